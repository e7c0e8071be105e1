// Replies that are odd but well-formed: rcodes and their reasons, chains that lead nowhere, data that is not
// what its type says, bytes that no terminal should see.

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/e2e/resolve_run.hh"

namespace test {
namespace {

constexpr unsigned servfail = 2, nxdomain = 3, notimp = 4, refused = 5;

/// "\# 3 C00002", as RFC 3597 writes data of any type.
std::string unknown_text(const std::string& rdata) {
  std::string out = "\\# " + std::to_string(rdata.size());
  const char* digits = "0123456789ABCDEF";
  if (!rdata.empty()) out += " ";
  for (char c : rdata) {
    auto byte = static_cast<unsigned char>(c);
    out += {digits[byte >> 4], digits[byte & 15]};
  }
  return out;
}

struct BadData {
  const char* name;
  const char* type;
  Record record;
};

const std::vector<BadData> bad_data = {
    {"A of no bytes", "A", Record::raw(1, "")},
    {"A of three bytes", "A", Record::raw(1, "\xc0\x01\x02")},
    {"A of five bytes", "A", Record::raw(1, std::string("\xc0\x00\x02\x01\x05", 5))},
    {"AAAA of four bytes", "AAAA", Record::raw(28, "\x20\x01\x0d\xb8")},
    {"AAAA of 17 bytes", "AAAA", Record::raw(28, std::string(17, 'a'))},
    {"MX of one byte", "MX", Record::raw(15, "a")},
    {"MX without a name", "MX", Record::raw(15, "ab")},
    {"MX with bytes behind its name", "MX", Record::raw(15, "ab" + dns::wire_name("x.test") + "z")},
    {"NS whose name runs out", "NS",
     Record::raw(2,
                 "\x05"
                 "ab")},
    {"PTR that points past the end", "PTR", Record::raw(12, "\xff\xff")},
    {"TXT of no bytes", "TXT", Record::raw(16, "")},
    {"TXT whose string runs out", "TXT",
     Record::raw(16,
                 "\x05"
                 "ab")},
    {"SOA without its numbers", "SOA", Record::raw(6, dns::wire_name("a.test") + dns::wire_name("b.test"))},
    {"SRV of five bytes", "SRV", Record::raw(33, "abcde")},
    {"CAA whose tag runs out", "CAA",
     Record::raw(257, std::string("\x00\x05"
                                  "ab",
                                  4))},
    {"DS of three bytes", "DS", Record::raw(43, "abc")},
    {"RRSIG of ten bytes", "RRSIG", Record::raw(46, "abcdefghij")},
    {"NSEC whose bitmap runs out", "NSEC",
     Record::raw(47, dns::wire_name("a.test") + std::string("\x00\x04\x40", 3))},
    {"NAPTR whose strings run out", "NAPTR",
     Record::raw(35,
                 "abcd\x05"
                 "ab")},
    {"SVCB with half a parameter", "SVCB", Record::raw(64, dns::u16(1) + dns::wire_name("a.test") + "abc")},
    {"LOC of five bytes", "LOC", Record::raw(29, std::string("\0bcde", 5))},
    {"HINFO of one string", "HINFO",
     Record::raw(13,
                 "\x02"
                 "ab")},
};

TEST(ResolveOdd, DataThatIsNotWhatItsTypeSays) {
  DnsServer server;
  for (const BadData& row : bad_data) {
    SCOPED_TRACE(row.name);
    std::string name = "bad" + std::to_string(&row - bad_data.data()) + ".test";
    server.add(name, row.record);
    Outcome outcome = resolve_json(server, {name, "-t", row.type});
    EXPECT_EQ(outcome.status, 1) << outcome.out << outcome.err;
    json::Value response = only(outcome);
    EXPECT_EQ(data_of(response["answer"]), Words{unknown_text(row.record.rdata)});
    EXPECT_FALSE(warnings_of(response).empty());
    Outcome text = resolve(server, {name, "-t", row.type});
    EXPECT_TRUE(contains(text.out, unknown_text(row.record.rdata))) << text.out;
    EXPECT_TRUE(contains(text.out, ";; warning: ")) << text.out;
  }
}

// One bad record does not take the others with it.
TEST(ResolveOdd, GoodDataBesideBad) {
  DnsServer server;
  server.add("mixed.test", Record::address("192.0.2.1"));
  server.add("mixed.test", Record::raw(type_a, "abcde"));
  server.add("mixed.test", Record::address("192.0.2.2"));
  Outcome outcome = resolve_json(server, {"mixed.test"});
  EXPECT_EQ(data_of(only(outcome)["answer"]), (Words{"192.0.2.1", "\\# 5 6162636465", "192.0.2.2"}));
}

TEST(ResolveOdd, BytesBehindTheLastRecord) {
  DnsServer server;
  server.add("good.test", Record::address("192.0.2.1"));
  server.behave("good.test", {.rewrite = [](const std::string& m) { return m + "abc"; }});
  Outcome outcome = resolve_json(server, {"good.test"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(data_of(only(outcome)["answer"]), Words{"192.0.2.1"});
  EXPECT_TRUE(contains(warnings_of(only(outcome)), "3 bytes")) << outcome.out;
}

TEST(ResolveOdd, TheQuestionInOtherLetters) {
  DnsServer server;
  server.add("good.test", Record::address("192.0.2.1"));
  server.behave("good.test", {.rewrite = [](std::string m) { return m.replace(13, 4, "GoOd"); }});
  Outcome outcome = resolve_json(server, {"good.test"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_TRUE(contains(warnings_of(only(outcome)), "GoOd.test.")) << outcome.out;
  // Asked as it was typed, and the same letters coming back are no oddity.
  outcome = resolve_json(server, {"gOOD.Test"});
  EXPECT_EQ(last_query(server).name, "gOOD.Test");
  server.behave("good.test", {});
  outcome = resolve_json(server, {"gOOD.Test"});
  EXPECT_EQ(warnings_of(only(outcome)), "");
}

struct Rcode {
  const char* name;
  unsigned number;
};

TEST(ResolveOdd, EveryRcodeHasItsNameAndStatusOne) {
  DnsServer server;
  for (const Rcode& row : {Rcode{"FORMERR", 1},
                           {"SERVFAIL", servfail},
                           {"NXDOMAIN", nxdomain},
                           {"NOTIMP", notimp},
                           {"REFUSED", refused},
                           {"YXDOMAIN", 6},
                           {"NOTAUTH", 9},
                           {"RCODE12", 12},
                           {"BADVERS", 16},
                           {"BADCOOKIE", 23},
                           {"RCODE3841", 3841}}) {
    for (bool question : {true, false}) {
      SCOPED_TRACE(row.name);
      server.behave("name.test", {.edit = [&](dns::Message& reply, const Question&) {
                      reply.flags = (reply.flags & ~15U) | (row.number & 15);
                      if (reply.opt) reply.opt->extended_rcode = static_cast<std::uint8_t>(row.number >> 4);
                      // Some servers send nothing back but the header; an OPT record is behind no question
                      // too.
                      if (!question) reply.question.clear();
                    }});
      Outcome outcome = resolve_json(server, {"name.test", "-w", "2"});
      EXPECT_EQ(outcome.status, 1) << outcome.out << outcome.err;
      EXPECT_EQ(only(outcome)["rcode"].string(), row.name);
      EXPECT_EQ(contains(warnings_of(only(outcome)), "question"), !question) << outcome.out;
      Outcome text = resolve(server, {"name.test", "-w", "2"});
      EXPECT_EQ(text.status, 1);
      EXPECT_TRUE(contains(text.out, std::string(" ") + row.name + " ")) << text.out;
      Outcome brief = resolve(server, {"name.test", "-w", "2", "--short"});
      EXPECT_TRUE(contains(brief.err, std::string("(") + row.name + ")")) << brief.err;
    }
  }
}

TEST(ResolveOdd, NoDataIsStatusOne) {
  DnsServer server;
  server.add("name.test", Record::txt("words"));
  server.behave("name.test", {.edit = [](dns::Message& reply, const Question&) {
                  reply.authority.push_back({"test", Record::soa("test", 7)});
                }});
  Outcome outcome = resolve_json(server, {"name.test", "-t", "A"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(only(outcome)["rcode"].string(), "NOERROR");
  EXPECT_EQ(only(outcome)["answer"].size(), 0U);
  EXPECT_EQ(data_of(only(outcome)["authority"]), Words{"ns.test. admin.test. 7 7200 3600 86400 300"});
}

// The reason is a foreigner's text: it may say anything, but not to the terminal.
TEST(ResolveOdd, TheReasonOfAnErrorIsShownEscaped) {
  DnsServer server;
  for (unsigned rcode : {servfail, refused}) {
    server.behave("name.test", {.edit = [rcode](dns::Message& reply, const Question&) {
                    reply.flags |= rcode;
                    reply.opt->options = {{15, dns::u16(22) + "\x1b[31mred\x07 \xe2\x80\xae"
                                                              "bidi \xff\n\"end\""}};
                  }});
    Outcome text = resolve(server, {"name.test"});
    EXPECT_EQ(text.status, 1);
    EXPECT_TRUE(contains(text.out, "22")) << text.out;
    EXPECT_TRUE(contains(text.out, "No Reachable Authority")) << text.out;
    EXPECT_TRUE(contains(text.out, "\\027[31mred\\007 \\226\\128\\174bidi \\255\\010")) << text.out;
    EXPECT_TRUE(std::ranges::all_of(text.out + text.err, [](char c) {
      return c == '\n' || (c >= ' ' && c < 127);
    })) << text.out;
    json::Value response = only(resolve_json(server, {"name.test"}));
    EXPECT_TRUE(contains(response["edns"].text(), "No Reachable Authority")) << response["edns"].text();
    EXPECT_FALSE(contains(response["edns"].text(), "\xe2\x80\xae")) << response["edns"].text();
  }
}

struct Aliases {
  const char* name;
  std::vector<dns::Answer> answer;
  int status;
  const char* warning;
};

const Record address = Record::address("192.0.2.1");
const std::vector<Aliases> chains = {
    {"a chain", {{"name.test", Record::cname("b.test")}, {"b.test", address}}, 0, ""},
    {"in other letters", {{"NAME.test", Record::cname("b.TEST")}, {"B.test", address}}, 0, ""},
    {"out of order", {{"b.test", address}, {"name.test", Record::cname("b.test")}}, 0, ""},
    {"an alias of itself",
     {{"name.test", Record::cname("name.test")}},
     1,
     "CNAME loop name.test. -> name.test."},
    {"a loop of two",
     {{"name.test", Record::cname("b.test")}, {"b.test", Record::cname("name.test")}},
     1,
     "CNAME loop name.test. -> b.test. -> name.test."},
    {"a loop behind the beginning",
     {{"name.test", Record::cname("b.test")},
      {"b.test", Record::cname("c.test")},
      {"c.test", Record::cname("b.test")}},
     1,
     "CNAME loop name.test. -> b.test. -> c.test. -> b.test."},
    {"a loop with an address",
     {{"name.test", Record::cname("name.test")}, {"b.test", address}},
     1,
     "CNAME loop"},
    {"a chain that ends", {{"name.test", Record::cname("b.test")}}, 1, "b.test."},
    {"a chain that breaks", {{"name.test", Record::cname("b.test")}, {"c.test", address}}, 1, "another name"},
    {"an unrelated owner", {{"other.test", address}}, 1, "another name"},
    {"only another type", {{"name.test", Record::txt("words")}}, 1, ""},
    {"the owner and a stranger", {{"name.test", address}, {"other.test", address}}, 0, ""},
};

TEST(ResolveOdd, ChainsAreFollowed) {
  DnsServer server;
  for (const Aliases& row : chains) {
    SCOPED_TRACE(row.name);
    server.behave("name.test", {.edit = [&row](dns::Message& reply, const Question&) {
                    reply.flags &= ~15U;
                    reply.answer = row.answer;
                  }});
    Outcome outcome = resolve_json(server, {"name.test"});
    EXPECT_EQ(outcome.status, row.status) << outcome.out << outcome.err;
    // Everything that came is shown, believed or not.
    EXPECT_EQ(only(outcome)["answer"].size(), row.answer.size());
    EXPECT_TRUE(contains(warnings_of(only(outcome)), row.warning)) << outcome.out;
    Outcome text = resolve(server, {"name.test"});
    EXPECT_EQ(text.status, row.status);
    EXPECT_TRUE(contains(text.out, row.warning)) << text.out;
  }
}

TEST(ResolveOdd, FortyAliases) {
  DnsServer server;
  auto link = [](int i) { return "link" + std::to_string(i) + ".test"; };
  for (int i = 0; i < 40; ++i) server.add(link(i), Record::cname(link(i + 1)));
  server.add(link(40), address);
  for (const Words& more : {Words{}, Words{"--bufsize", "4096"}, Words{"--tcp"}}) {
    Outcome outcome = resolve_json(server, Words{link(0)} + more);
    EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
    json::Value last = json::parse_lines(outcome.out).back();
    ASSERT_EQ(last["answer"].size(), 41U);
    EXPECT_EQ(last["answer"][40]["data"].string(), "192.0.2.1");
    EXPECT_EQ(last["answer"][39]["data"].string(), "link40.test.");
  }
}

/// All 256 bytes, a dot and a backslash among them, as labels of 32.
std::string every_byte_as_labels(unsigned first) {
  std::string wire;
  for (unsigned begin = first; begin < first + 128; begin += 32) {
    wire.push_back(32);
    for (unsigned byte = begin; byte < begin + 32; ++byte) wire.push_back(static_cast<char>(byte));
  }
  return wire + std::string(1, '\0');
}

std::string escaped(unsigned byte, const std::string& with_backslash) {
  char c = static_cast<char>(byte);
  if (byte < 0x20 || byte >= 0x7f) {
    std::string digits = std::to_string(byte);
    return "\\" + std::string(3 - digits.size(), '0') + digits;
  }
  return contains(with_backslash, std::string(1, c)) ? std::string("\\") + c : std::string(1, c);
}

TEST(ResolveOdd, NamesOfEveryByte) {
  DnsServer server;
  for (unsigned first : {0U, 128U}) {
    std::string expected;
    for (unsigned byte = first; byte < first + 128; ++byte) {
      expected += byte == ' ' ? "\\032" : escaped(byte, "\"().;\\@$");
      if (byte % 32 == 31) expected += '.';
    }
    std::string name = "bytes" + std::to_string(first) + ".test";
    server.add(name, Record::raw(type_ptr, every_byte_as_labels(first)));
    Outcome text = resolve(server, {name, "-t", "PTR"});
    EXPECT_EQ(text.status, 0) << text.out << text.err;
    EXPECT_TRUE(contains(text.out, expected)) << text.out << "\n" << expected;
    EXPECT_EQ(only(resolve_json(server, {name, "-t", "PTR"}))["answer"][0]["data"].string(), expected);
    EXPECT_EQ(resolve(server, {name, "-t", "PTR", "--short"}).out, expected + "\n");
  }
}

TEST(ResolveOdd, TextOfEveryByte) {
  DnsServer server;
  std::string bytes, expected;
  for (unsigned byte = 0; byte < 255; ++byte) {
    bytes.push_back(static_cast<char>(byte));
    expected += escaped(byte, "\"\\");
  }
  server.add("bytes.test", Record::txt(bytes));
  expected = "\"" + expected + "\"";
  EXPECT_EQ(only(resolve_json(server, {"bytes.test", "-t", "TXT"}))["answer"][0]["data"].string(), expected);
  EXPECT_EQ(resolve(server, {"bytes.test", "-t", "TXT", "--short"}).out, expected + "\n");
}

}  // namespace
}  // namespace test
