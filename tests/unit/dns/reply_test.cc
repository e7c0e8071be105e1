#include "net/dns/reply.hh"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/dns/wire_parts.hh"

// What is believed, what is odd, and what a reply amounts to.
namespace net::dns {
namespace {

using namespace std::string_literals;
using Texts = std::vector<std::string>;

constexpr std::uint16_t qr = 0x8000;

TEST(Mismatch, EachKind) {
  struct Case {
    std::string_view what;
    std::string bytes;
    std::string_view why;
  };
  const Case cases[] = {
      {"the reply", header(7, qr) + question("a.test"), ""},
      {"other letters", header(7, qr) + question("A.TesT"), ""},
      {"nothing", "", "shorter than a header"},
      {"11 bytes", (header(7, qr)).substr(0, 11), "shorter than a header"},
      {"other id", header(8, qr) + question("a.test"), "wrong id"},
      {"id in the other order", header(0x0700, qr) + question("a.test"), "wrong id"},
      {"the query itself", header(7, 0x0100) + question("a.test"), "QR bit clear"},
      {"NOTIFY", header(7, qr | 0x2000) + question("a.test"), "wrong opcode"},
      {"no question, NOERROR", header(7, qr, {.questions = 0}), "no question"},
      {"no question, SERVFAIL", header(7, qr | 2, {.questions = 0}), ""},
      {"no question, cut off", header(7, qr | 2, {.questions = 0, .answer = 1}), "no question"},
      {"a question cut off", header(7, qr | 2, {.questions = 1}) + "\1a", "no question"},
      {"no question, BADVERS",
       header(7, qr, {.questions = 0, .additional = 1}) + opt_record("", 512, 0x01000000), ""},
      {"other name", header(7, qr) + question("b.test"), "wrong question"},
      {"other type", header(7, qr) + question("a.test", 28), "wrong question"},
      {"other class", header(7, qr) + question("a.test", 1, 3), "wrong question"},
      {"two questions", header(7, qr, {.questions = 2}) + question("a.test") + question("a.test"),
       "wrong question"},
      {"other name with an error", header(7, qr | 3) + question("b.test"), "wrong question"},
      {"malformed behind the question", header(7, qr, {.answer = 1}) + question("a.test") + "x", ""},
  };
  for (const Case& c : cases) EXPECT_EQ(mismatch(decoded(c.bytes), 7, asked("a.test")), c.why) << c.what;
}

TEST(Oddities, AreTold) {
  struct Case {
    std::string_view what;
    std::string bytes;
    bool tcp;
    Texts texts;
  };
  const Case cases[] = {
      {"nothing odd", header(7, qr) + question("a.test"), false, {}},
      {"TC by UDP is not odd", header(7, qr | 0x0200) + question("a.test"), false, {}},
      {"TC by TCP", header(7, qr | 0x0200) + question("a.test"), true, {"TC is set in a reply by TCP"}},
      {"no question", header(7, qr | 2, {.questions = 0}), false, {"the reply has no question section"}},
      {"other letters",
       header(7, qr) + question("A.test"),
       false,
       {"the question came back in other letters: A.test."}},
      {"one byte over", header(7, qr) + question("a.test") + "x", false, {"1 byte behind the last record"}},
      {"bytes over", header(7, qr) + question("a.test") + "xyz", true, {"3 bytes behind the last record"}},
      {"malformed",
       header(7, qr, {.answer = 1}) + question("a.test") + "\xc0",
       false,
       {"malformed at byte 24 of 25: name runs past the end"}},
      {"all at once",
       header(7, qr | 0x0200) + question("A.test") + "x",
       true,
       {"the question came back in other letters: A.test.", "1 byte behind the last record",
        "TC is set in a reply by TCP"}},
  };
  for (const Case& c : cases)
    EXPECT_EQ(oddities(decoded(c.bytes), asked("a.test"), c.tcp), c.texts) << c.what;
}

TEST(RefusesEdns, FormerrWithoutOpt) {
  EXPECT_TRUE(refuses_edns(decoded(header(1, qr | 1) + question("a.test"))));
  EXPECT_TRUE(refuses_edns(decoded(header(1, qr | 1, {.questions = 0}))));
  EXPECT_FALSE(
      refuses_edns(decoded(header(1, qr | 1, {.additional = 1}) + question("a.test") + opt_record())));
  EXPECT_FALSE(refuses_edns(decoded(header(1, qr | 4) + question("a.test"))));
  EXPECT_FALSE(refuses_edns(decoded(header(1, qr) + question("a.test"))));
}

TEST(Strangers, AreCountedByKind) {
  Strangers strangers;
  EXPECT_TRUE(strangers.texts().empty());
  const Endpoint first = endpoint("192.0.2.1", 53);
  strangers.add("wrong id", first);
  EXPECT_EQ(strangers.texts(), Texts{"1 datagram ignored: wrong id (from 192.0.2.1#53)"});
  strangers.add("wrong id", first);
  strangers.add("QR bit clear", endpoint("2001:db8::1", 5353));
  EXPECT_EQ(strangers.texts(), (Texts{"1 datagram ignored: QR bit clear (from 2001:db8::1#5353)",
                                      "2 datagrams ignored: wrong id (from 192.0.2.1#53)"}));
  strangers.add("wrong id", first.with_port(54));
  strangers.add("wrong id", first);
  EXPECT_EQ(strangers.texts().back(), "4 datagrams ignored: wrong id (from 192.0.2.1#53 and others)");
}

/// A reply to `asked("n0.test")` with these records, in this order.
Message reply_with(const std::vector<std::string>& records, std::uint16_t flags = qr) {
  std::string bytes =
      header(1, flags, {.answer = static_cast<std::uint16_t>(records.size())}) + question("n0.test");
  for (const std::string& one : records) bytes += one;
  return decoded(bytes);
}

/// n0 -> n1 -> ... -> n`length`, in the order of a server that is not helpful.
std::vector<std::string> backwards_chain(int length) {
  std::vector<std::string> records;
  for (int i = length; i-- > 0;) {
    records.push_back(cname_record("N" + std::to_string(i) + ".test", "n" + std::to_string(i + 1) + ".test"));
  }
  return records;
}

std::string chain_of(const std::vector<std::string>& records, Type type = Type::A) {
  const Chain chain = follow_chain(reply_with(records), asked("n0.test", type));
  return chain_text(chain) + (chain.loop ? " loop" : "");
}

TEST(FollowChain, AlongTheAnswer) {
  EXPECT_EQ(chain_of({}), "n0.test.");
  EXPECT_EQ(chain_of({cname_record("n0.test", "b.test")}), "n0.test. -> b.test.");
  EXPECT_EQ(chain_of({cname_record("b.test", "c.test"), cname_record("N0.TEST", "B.test")}),
            "n0.test. -> B.test. -> c.test.");
  EXPECT_EQ(chain_of({cname_record("x.test", "y.test")}), "n0.test.") << "of another name";
  EXPECT_EQ(chain_of({record("n0.test", 39, wire_name("b.test"))}), "n0.test.") << "DNAME is no CNAME";
  EXPECT_EQ(chain_of({record("n0.test", 5, "\5cut"), cname_record("n0.test", "b.test")}),
            "n0.test. -> b.test.")
      << "one that cannot be read is passed over";
}

TEST(FollowChain, NotForTheAliasItselfNorForEverything) {
  const std::vector<std::string> records{cname_record("n0.test", "b.test")};
  for (const Type type : {Type::CNAME, Type::ANY, Type::AXFR, Type::IXFR}) {
    EXPECT_EQ(chain_of(records, type), "n0.test.") << type_text(type);
  }
  EXPECT_EQ(chain_of(records, Type::MX), "n0.test. -> b.test.");
}

TEST(FollowChain, LoopsEnd) {
  EXPECT_EQ(chain_of({cname_record("n0.test", "n0.test")}), "n0.test. -> n0.test. loop");
  EXPECT_EQ(chain_of({cname_record("n0.test", "b.test"), cname_record("b.test", "N0.test")}),
            "n0.test. -> b.test. -> N0.test. loop");
  EXPECT_EQ(chain_of({cname_record("n0.test", "b.test"), cname_record("b.test", "b.test")}),
            "n0.test. -> b.test. -> b.test. loop");
}

TEST(FollowChain, FortyAreFollowedAndHundredsAreNot) {
  const auto length_of = [](int records) {
    const Chain chain = follow_chain(reply_with(backwards_chain(records)), asked("n0.test"));
    EXPECT_FALSE(chain.loop);
    return chain.names.size();
  };
  EXPECT_EQ(length_of(40), 41U);
  EXPECT_EQ(length_of(99), 100U);
  EXPECT_EQ(length_of(100), 100U);
  EXPECT_EQ(length_of(300), 100U);
}

struct Judged {
  std::string_view what;
  Message reply;
  Type type;
  std::optional<Status> status;
  std::string_view detail;
  bool strange;
};

TEST(Judge, WhatAReplyAmountsTo) {
  const std::string address = a_record("n0.test");
  const auto with_rcode = [](int rcode) { return reply_with({}, static_cast<std::uint16_t>(qr | rcode)); };
  const Judged cases[] = {
      {"data", reply_with({address}), Type::A, {}, "", false},
      {"data under other letters", reply_with({a_record("N0.TEST")}), Type::A, {}, "", false},
      {"data at the chain's end",
       reply_with({cname_record("n0.test", "b.test"), a_record("b.test")}),
       Type::A,
       {},
       "",
       false},
      {"the alias itself", reply_with({cname_record("n0.test", "b.test")}), Type::CNAME, {}, "", false},
      {"anything for ANY", reply_with({cname_record("n0.test", "b.test")}), Type::ANY, {}, "", false},
      {"a transfer", reply_with({soa_record("n0.test", 1)}), Type::AXFR, {}, "", false},
      {"nothing", reply_with({}), Type::MX, Status::no_data, "the name has no MX record", false},
      {"nothing for ANY", reply_with({}), Type::ANY, Status::no_data, "the name has no ANY record", false},
      {"an empty transfer", reply_with({}), Type::AXFR, Status::no_data, "the name has no AXFR record",
       false},
      {"data of another type", reply_with({address}), Type::MX, Status::no_data, "the name has no MX record",
       false},
      {"data of another class",
       reply_with({test::dns::wire_name("n0.test") + u16(1) + u16(3) + u32(300) + u16(4) + "abcd"}), Type::A,
       Status::no_data, "the answer is of another class", true},
      {"data of another name", reply_with({a_record("b.test")}), Type::A, Status::no_data,
       "the answer is about another name", true},
      {"data of a name in the chain's middle",
       reply_with({cname_record("n0.test", "b.test"), a_record("n0.test")}), Type::A, Status::no_data,
       "the CNAME chain n0.test. -> b.test. ends without A", true},
      {"data of another name behind a chain",
       reply_with({cname_record("n0.test", "b.test"), a_record("c.test")}), Type::A, Status::no_data,
       "the answer is about another name", true},
      {"self loop", reply_with({cname_record("n0.test", "n0.test")}), Type::A, Status::no_data,
       "CNAME loop n0.test. -> n0.test.", true},
      {"loop with data", reply_with({cname_record("n0.test", "n0.test"), address}), Type::A, Status::no_data,
       "CNAME loop n0.test. -> n0.test.", true},
      {"malformed", decoded(header(1, qr | 3, {.answer = 1}) + question("n0.test") + "\xc0\x63"s), Type::A,
       Status::malformed, "malformed reply: compression pointer past the end", false},
      {"FORMERR", with_rcode(1), Type::A, Status::format_error, "", false},
      {"SERVFAIL", with_rcode(2), Type::A, Status::server_failure, "", false},
      {"NXDOMAIN", with_rcode(3), Type::A, Status::no_such_name, "", false},
      {"NOTIMP", with_rcode(4), Type::A, Status::not_implemented, "", false},
      {"REFUSED", with_rcode(5), Type::A, Status::refused, "", false},
      {"YXDOMAIN has no status of its own", with_rcode(6), Type::A, Status::server_failure, "", false},
      {"NXDOMAIN behind an alias", reply_with({cname_record("n0.test", "b.test")}, qr | 3), Type::A,
       Status::no_such_name, "", false},
      {"data with an error", reply_with({address}, qr | 2), Type::A, Status::server_failure, "", false},
  };
  for (const Judged& c : cases) {
    const Verdict verdict = judge(c.reply, asked("n0.test", c.type));
    EXPECT_EQ(verdict.status, c.status) << c.what;
    EXPECT_EQ(verdict.detail, c.detail) << c.what;
    EXPECT_EQ(verdict.strange, c.strange) << c.what;
    EXPECT_EQ(verdict.rcode, c.reply.rcode()) << c.what;
  }
}

TEST(Judge, UpperBitsOfTheRcodeCount) {
  const Message badvers = decoded(header(1, qr, {.answer = 1, .additional = 1}) + question("n0.test") +
                                  a_record("n0.test") + opt_record("", 512, 0x01000000));
  const Verdict verdict = judge(badvers, asked("n0.test"));
  EXPECT_EQ(verdict.rcode, 16);
  EXPECT_EQ(verdict.status, Status::server_failure);
}

}  // namespace
}  // namespace net::dns
