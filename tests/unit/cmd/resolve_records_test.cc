#include "cmd/resolve_records.hh"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cmd/json_out.hh"
#include "tests/support/json.hh"
#include "tests/unit/dns/wire_parts.hh"

// Records in words, in columns and as JSON; EDNS likewise.
namespace cmd {
namespace {

using namespace net::dns;
using Texts = std::vector<std::string>;

/// A reply with these records in its answer.
Message answer_of(const Texts& records) {
  std::string bytes =
      header(1, 0x8000, {.questions = 0, .answer = static_cast<std::uint16_t>(records.size())});
  for (const std::string& one : records) bytes += one;
  return decoded(bytes);
}

Texts lines_of(const Message& message, const std::vector<RecordText>& more = {}) {
  Texts warnings;
  const auto records = record_texts(message, message.answer, warnings);
  RecordColumns columns;
  columns.measure(records);
  columns.measure(more);
  Texts lines;
  for (const RecordText& one : records) lines.push_back(columns.line(one));
  return lines;
}

TEST(ResolveRecords, StandInColumns) {
  const Message message =
      answer_of({record("a.test", 1, std::string(4, '\1'), 5),
                 record("long.a.test", 28, std::string(16, '\0'), 86400), record("a.test", 65280, "x", 0)});
  EXPECT_EQ(lines_of(message),
            (Texts{"a.test.       5      IN  A          1.1.1.1", "long.a.test.  86400  IN  AAAA       ::",
                   R"(a.test.       0      IN  TYPE65280  \# 1 78)"}));
  // Another section's columns count too.
  EXPECT_EQ(lines_of(answer_of({a_record("b.test")}), {{"wide.owner.test.", "1", "CLASS42", "A", ""}}),
            Texts{"b.test.           300  IN       A  192.0.2.1"});
}

TEST(ResolveRecords, OneLongOwnerDoesNotPushTheOthersAway) {
  const std::string long_name(60, 'x');
  EXPECT_EQ(lines_of(answer_of({a_record(long_name), a_record("a")})),
            (Texts{long_name + ".  300  IN  A  192.0.2.1",
                   "a." + std::string(38, ' ') + "  300  IN  A  192.0.2.1"}));
}

TEST(ResolveRecords, MalformedDataIsGenericWithAWarning) {
  const Message message = answer_of({record("a.test", 1, "abc"), a_record("a.test")});
  Texts warnings{"before"};
  const auto records = record_texts(message, message.answer, warnings);
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].data, R"(\# 3 616263)");
  EXPECT_EQ(records[1].data, "192.0.2.1");
  ASSERT_EQ(warnings.size(), 2U);
  EXPECT_TRUE(warnings[1].starts_with("malformed data of a.test. A at byte ")) << warnings[1];
  EXPECT_TRUE(has_malformed_data(message));
  EXPECT_FALSE(has_malformed_data(answer_of({a_record("a.test")})));
}

TEST(ResolveRecords, AsJson) {
  const Message message = answer_of({record("a\x1b.test", 16, "\2a\"", 0xffffffff)});
  Texts warnings;
  const std::string json =
      to_json(Object{{"r", records_value(record_texts(message, message.answer, warnings))}});
  const auto parsed = test::json::parse(json);
  const auto& one = parsed["r"][0];
  EXPECT_EQ(one.keys(), (Texts{"name", "type", "class", "ttl", "data"}));
  EXPECT_EQ(one["name"].string(), R"(a\027.test.)");
  EXPECT_EQ(one["type"].string(), "TXT");
  EXPECT_EQ(one["class"].string(), "IN");
  EXPECT_EQ(one["ttl"].integer(), 0xffffffffLL);
  EXPECT_EQ(one["data"].string(), R"("a\"")");
}

TEST(ResolveEdnsText, SaysWhatIsSet) {
  EXPECT_EQ(edns_text({}), "edns 1232 bytes");
  EXPECT_EQ(edns_text({.udp_size = 512, .version = 1, .dnssec_ok = true}), "edns 512 bytes version 1 do");
  EXPECT_EQ(edns_text({.options = {{3, {'n', 's'}}, {9, {}}, {65001, {0xab}}}}),
            R"(edns 1232 bytes; nsid 6e73 ("ns"); expire; opt65001 ab)");
}

TEST(ResolveEdnsText, AsJson) {
  EXPECT_EQ(to_json(Object{{"edns", edns_value(std::nullopt)}}), R"({"edns":null})");
  const auto parsed = test::json::parse(to_json(Object{
      {"edns",
       edns_value(Edns{.udp_size = 4096, .version = 1, .dnssec_ok = true, .options = {{15, {0, 18}}}})}}));
  const auto& edns = parsed["edns"];
  EXPECT_EQ(edns.keys(), (Texts{"version", "udp_size", "flags", "options"}));
  EXPECT_EQ(edns["version"].integer(), 1);
  EXPECT_EQ(edns["udp_size"].integer(), 4096);
  ASSERT_EQ(edns["flags"].size(), 1U);
  EXPECT_EQ(edns["flags"][0].string(), "do");
  const auto& option = edns["options"][0];
  EXPECT_EQ(option.keys(), (Texts{"code", "name", "data", "text"}));
  EXPECT_EQ(option["code"].integer(), 15);
  EXPECT_EQ(option["name"].string(), "ede");
  EXPECT_EQ(option["data"].string(), "0012");
  EXPECT_EQ(option["text"].string(), "18 (Prohibited)");
  const auto bare = test::json::parse(to_json(Object{{"edns", edns_value(Edns{})}}));
  EXPECT_EQ(bare["edns"]["flags"].size() + bare["edns"]["options"].size(), 0U);
}

}  // namespace
}  // namespace cmd
