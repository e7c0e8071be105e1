#include "net/dns/message.hh"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/dns/wire_parts.hh"

// Messages taken apart: flags, sections, OPT, and where they break off.
namespace net::dns {
namespace {

using namespace std::string_literals;
using Views = std::vector<std::string_view>;

TEST(MessageFlags, EachBitByItsName) {
  struct Case {
    std::uint16_t word;
    std::string_view name;
    bool Flags::* member;
  };
  // RFC 1035, 4.1.1; RFC 4035, 3.1.6 and 3.2.2.
  const Case cases[] = {{0x8000, "qr", &Flags::qr}, {0x0400, "aa", &Flags::aa}, {0x0200, "tc", &Flags::tc},
                        {0x0100, "rd", &Flags::rd}, {0x0080, "ra", &Flags::ra}, {0x0040, "z", &Flags::z},
                        {0x0020, "ad", &Flags::ad}, {0x0010, "cd", &Flags::cd}};
  for (const Case& c : cases) {
    const Flags flags = decoded(header(1, c.word, {.questions = 0})).flags;
    EXPECT_TRUE(flags.*c.member) << c.name;
    EXPECT_EQ(flag_names(flags), Views{c.name});
    EXPECT_EQ(flags.opcode, 0) << c.name;
    EXPECT_EQ(flags.rcode, 0) << c.name;
  }
  const Flags all = decoded(header(1, 0xffff, {.questions = 0})).flags;
  EXPECT_EQ(flag_names(all), (Views{"qr", "aa", "tc", "rd", "ra", "z", "ad", "cd"}));
  EXPECT_EQ(all.opcode, 15);
  EXPECT_EQ(all.rcode, 15);
  EXPECT_EQ(decoded(header(1, 0x2803, {.questions = 0})).flags.opcode, 5) << "UPDATE";
  EXPECT_EQ(decoded(header(1, 0x2803, {.questions = 0})).flags.rcode, 3);
  EXPECT_TRUE(flag_names({}).empty());
}

/// A reply with something in each section, compressed by hand: the question's name stands at 12.
std::string full_reply() {
  return header(0xbeef, 0x8580, {.questions = 1, .answer = 2, .authority = 1, .additional = 2}) +
         question("www.test", 1) + raw_record("\xc0\x0c"s, 5, "\1x\xc0\x10"s, 60) +
         raw_record("\1x\xc0\x10"s, 1, "\xc0\x00\x02\x01"s, 0xfffffffe) +
         raw_record("\xc0\x10"s, 2, "\2ns\xc0\x10"s) +
         raw_record("\2ns\xc0\x10"s, 28, std::string(16, '\1')) +
         opt_record(option(3, "id"), 4096, 0x01008000);
}

TEST(MessageDecode, EverySection) {
  const Message message = decoded(full_reply());
  EXPECT_FALSE(message.flaw);
  EXPECT_EQ(message.id, 0xbeef);
  ASSERT_EQ(message.questions.size(), 1U);
  EXPECT_EQ(message.questions[0], asked("www.test"));
  ASSERT_EQ(message.answer.size(), 2U);
  EXPECT_EQ(message.answer[0].owner.text(), "www.test.");
  EXPECT_EQ(message.answer[0].type, Type::CNAME);
  EXPECT_EQ(message.answer[0].klass, Class::IN);
  EXPECT_EQ(message.answer[0].ttl, 60U);
  EXPECT_EQ(message.answer[1].owner.text(), "x.test.");
  EXPECT_EQ(message.answer[1].ttl, 0xfffffffeU);
  EXPECT_EQ(hex_text(message.data(message.answer[1]).bytes()), "c0000201");
  ASSERT_EQ(message.authority.size(), 1U);
  EXPECT_EQ(message.authority[0].owner.text(), "test.");
  ASSERT_EQ(message.additional.size(), 1U) << "the OPT record is not among them";
  EXPECT_EQ(message.additional[0].length, 16U);
  ASSERT_TRUE(message.edns);
  EXPECT_EQ(message.edns->udp_size, 4096);
  EXPECT_EQ(message.edns->extended_rcode, 1);
  EXPECT_EQ(message.edns->version, 0);
  EXPECT_TRUE(message.edns->dnssec_ok);
  ASSERT_EQ(message.edns->options.size(), 1U);
  EXPECT_EQ(message.edns->options[0].code, 3);
  EXPECT_EQ(message.edns->options[0].data, buffer_of("id"));
  EXPECT_EQ(message.rcode(), 16);
  EXPECT_EQ(message.trailing, 0U);
  EXPECT_EQ(message.wire, buffer_of(full_reply()));
}

TEST(MessageDecode, CutAtEveryByteItSaysWhereAndKeepsWhatStoodBefore) {
  const std::string whole = full_reply();
  // Where each part is complete.
  std::size_t parts_before = 0;
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const Message message = decoded(std::string_view(whole).substr(0, length));
    ASSERT_TRUE(message.flaw) << length;
    EXPECT_LE(message.flaw->offset, length);
    EXPECT_FALSE(message.flaw->what.empty());
    const std::size_t parts = message.questions.size() + message.answer.size() + message.authority.size() +
                              message.additional.size();
    EXPECT_GE(parts, parts_before) << length;
    EXPECT_LE(parts, 5U);
    parts_before = parts;
    for (const Record& kept : message.answer) EXPECT_LE(kept.offset + kept.length, length);
  }
  EXPECT_EQ(parts_before, 5U);
}

TEST(MessageDecode, WhereItBreaksOff) {
  const std::string start = header(1, 0x8000, {.questions = 1, .answer = 1});
  const std::string asked_for = question("a.test");  // 12 bytes: the answer begins at 24
  struct Case {
    std::string_view what;
    std::string bytes;
    std::size_t offset;
    std::string_view why;
  };
  const Case cases[] = {
      {"nothing", "", 0, "shorter than a header"},
      {"eleven bytes", std::string(11, '\0'), 11, "shorter than a header"},
      {"no question", start, 12, "name runs past the end"},
      {"question without class", start + asked_for.substr(0, 11), 23, "the question runs past the end"},
      {"no answer", start + asked_for, 24, "name runs past the end"},
      {"fixed part cut", start + asked_for + "\0\0\1\0\1\0\0\0\0\0"s, 34, "a record runs past the end"},
      {"data cut", start + asked_for + "\0\0\1\0\1\0\0\0\0\0\4abc"s, 35, "a record's data runs past the end"},
      {"loop in the owner", start + asked_for + "\xc0\x18"s, 24, "compression loop"},
  };
  for (const Case& c : cases) {
    const Message message = decoded(c.bytes);
    ASSERT_TRUE(message.flaw) << c.what;
    EXPECT_EQ(message.flaw->offset, c.offset) << c.what;
    EXPECT_EQ(message.flaw->what, c.why) << c.what;
    EXPECT_TRUE(message.answer.empty()) << c.what;
  }
}

TEST(MessageDecode, CountsThatLieCostNothing) {
  const Counts liar{.questions = 0xffff, .answer = 0xffff, .authority = 0xffff, .additional = 0xffff};
  const Message message = decoded(header(1, 0x8000, liar) + question("a.test"));
  ASSERT_TRUE(message.flaw);
  EXPECT_EQ(message.flaw->offset, 24U);
  EXPECT_EQ(message.questions.size(), 1U);
  EXPECT_LE(message.questions.capacity(), 2U);
  EXPECT_EQ(message.answer.capacity() + message.authority.capacity() + message.additional.capacity(), 0U);
  const Message none = decoded(header(1, 0x8000, {.questions = 0, .answer = 0xffff}));
  EXPECT_EQ(none.answer.capacity(), 0U);
  EXPECT_TRUE(none.flaw);
}

TEST(MessageDecode, TrailingBytesAreCounted) {
  const Message message = decoded(header(1, 0x8000) + question("a.test") + "xyz");
  EXPECT_FALSE(message.flaw);
  EXPECT_EQ(message.trailing, 3U);
}

TEST(MessageDecode, SeveralQuestions) {
  const Message message =
      decoded(header(1, 0, {.questions = 2}) + question("a", 15, 3) + question("b", 65280, 254));
  ASSERT_EQ(message.questions.size(), 2U);
  EXPECT_EQ(question_text(message.questions[0]), "a. CH MX");
  EXPECT_EQ(question_text(message.questions[1]), "b. NONE TYPE65280");
}

TEST(MessageOpt, AClassAndTtlOfItsOwn) {
  const Message message =
      decoded(header(1, 0x8003, {.questions = 0, .additional = 1}) + opt_record("", 512, 0x00ff7fff));
  ASSERT_TRUE(message.edns);
  EXPECT_EQ(message.edns->udp_size, 512);
  EXPECT_EQ(message.edns->version, 255);
  EXPECT_FALSE(message.edns->dnssec_ok) << "only the top bit of the flags";
  EXPECT_EQ(message.rcode(), 3);
  const Message high =
      decoded(header(1, 0x8007, {.questions = 0, .additional = 1}) + opt_record("", 512, 0xff000000));
  EXPECT_EQ(high.rcode(), 0xff7);
  EXPECT_EQ(decoded(header(1, 0x8005, {.questions = 0})).rcode(), 5);
}

TEST(MessageOpt, ASecondOneIsARecord) {
  const Message message = decoded(header(1, 0x8000, {.questions = 0, .additional = 2}) +
                                  opt_record("", 1000) + opt_record("", 2000));
  EXPECT_FALSE(message.flaw);
  EXPECT_EQ(message.edns->udp_size, 1000);
  ASSERT_EQ(message.additional.size(), 1U);
  EXPECT_EQ(message.additional[0].type, Type::OPT);
}

TEST(MessageOpt, InAnotherSectionItIsARecord) {
  const Message message =
      decoded(header(1, 0x8000, {.questions = 0, .answer = 1, .authority = 1}) + opt_record() + opt_record());
  EXPECT_FALSE(message.flaw);
  EXPECT_FALSE(message.edns);
  EXPECT_EQ(message.answer.size(), 1U);
  EXPECT_EQ(message.authority.size(), 1U);
}

TEST(MessageOpt, OptionsThatDoNotFit) {
  struct Case {
    std::string_view what;
    std::string options;
    std::size_t good;
    std::size_t offset;  ///< the OPT's data begins at 12 + 11
  };
  const Case cases[] = {
      {"half a code", "\0"s, 0, 23},
      {"no length", "\0\3"s, 0, 23},
      {"length beyond", "\0\3\0\5abcd"s, 0, 23},
      {"after a good one", option(3, "ab") + "\0\3\0"s, 1, 29},
      {"huge length", option(3, "") + "\0\3\xff\xff"s, 1, 27},
  };
  for (const Case& c : cases) {
    // Bytes behind the record must not be taken for the option's.
    const Message message =
        decoded(header(1, 0x8000, {.questions = 0, .additional = 1}) + opt_record(c.options) + "behind");
    ASSERT_TRUE(message.flaw) << c.what;
    EXPECT_EQ(message.flaw->what, "an EDNS option runs past its record") << c.what;
    EXPECT_EQ(message.flaw->offset, c.offset) << c.what;
    ASSERT_TRUE(message.edns) << c.what;
    EXPECT_EQ(message.edns->options.size(), c.good) << c.what;
  }
}

TEST(MessageDecode, RecordsOfNoData) {
  const Message message = decoded(header(1, 0x8000, {.questions = 0, .answer = 1}) + record("a", 10, ""));
  EXPECT_FALSE(message.flaw);
  ASSERT_EQ(message.answer.size(), 1U);
  EXPECT_EQ(message.answer[0].length, 0U);
  EXPECT_EQ(message.answer[0].offset, message.wire.size());
  EXPECT_TRUE(message.data(message.answer[0]).bytes().empty());
}

}  // namespace
}  // namespace net::dns
