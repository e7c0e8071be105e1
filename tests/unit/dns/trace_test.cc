#include "net/dns/trace.hh"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>

#include "tests/unit/dns/trace_fixture.hh"

// From the root down: delegations, lame servers, glue and hearsay.
namespace net::dns {
namespace {

using namespace std::chrono_literals;
using TraceTest = TraceFixture;

const std::string from_root = ". @127.0.0.1 -> test.: ns.test./127.0.0.2";
const std::string from_tld = "test. @127.0.0.2 ns.test. -> zone.test.: ns.zone.test./127.0.0.3";

TEST_F(TraceTest, DownToTheAnswer) {
  delegate({"ns.zone.test"}, {{"ns.zone.test", "127.0.0.3"}});
  auto& zone = serve("127.0.0.3", [](Exchange& exchange) { exchange.send(authoritative(exchange)); });
  EXPECT_EQ(walk(), (Lines{from_root, from_tld, "zone.test. @127.0.0.3 ns.zone.test."}));
  ASSERT_EQ(zone.asked.size(), 1U);
  EXPECT_EQ(zone.asked[0].query.flags & 0x0100, 0) << "without RD";
  EXPECT_EQ(zone.asked[0].query.name, "www.zone.test");
  ASSERT_TRUE(steps_.back().result.response);
  EXPECT_EQ(steps_.back().result.response->message.answer.size(), 1U);
  EXPECT_FALSE(steps_.back().child);
}

TEST_F(TraceTest, NoAndNothingAreAnswersToo) {
  delegate({"ns.zone.test"}, {{"ns.zone.test", "127.0.0.3"}});
  std::uint16_t flags = 0x8403;
  serve("127.0.0.3", [&flags](Exchange& exchange) { exchange.send(error_reply(exchange, flags)); });
  EXPECT_EQ(walk().back(), "zone.test. @127.0.0.3 ns.zone.test.");
  EXPECT_EQ(steps_.back().result.response->message.rcode(), 3);
  flags = 0x8400;
  EXPECT_EQ(walk().back(), "zone.test. @127.0.0.3 ns.zone.test.");
}

TEST_F(TraceTest, LameServersArePassedOver) {
  struct Case {
    std::string_view why;
    std::string (*reply)(const Exchange& exchange);
  };
  const Case cases[] = {
      {"REFUSED", [](const Exchange& exchange) { return error_reply(exchange, 0x8005); }},
      {"SERVFAIL", [](const Exchange& exchange) { return error_reply(exchange, 0x8002); }},
      {"REFUSED", [](const Exchange& exchange) { return error_reply(exchange, 0x8405); }},
      {"not authoritative", [](const Exchange& exchange) { return exchange.address_reply(); }},
      {"refers to no zone below", [](const Exchange& exchange) { return error_reply(exchange, 0x8000); }},
      {"refers to no zone below", [](const Exchange& exchange) { return error_reply(exchange, 0x8003); }},
      {"refers to no zone below",
       [](const Exchange& exchange) { return referral(exchange, ".", {"ns.test"}); }},
      {"refers to no zone below",
       [](const Exchange& exchange) { return referral(exchange, "zone.test", {"ns.zone.test"}); }},
      {"refers to no zone below",
       [](const Exchange& exchange) { return referral(exchange, "x.zone.test", {"ns.zone.test"}); }},
      {"malformed reply: name runs past the end",
       [](const Exchange& exchange) {
         return header(exchange.query.id, 0x8400, {.answer = 1}) + exchange.query.question;
       }},
  };
  delegate({"ns1.zone.test", "ns2.zone.test"},
           {{"ns1.zone.test", "127.0.0.3"}, {"ns2.zone.test", "127.0.0.5"}});
  std::string (*reply)(const Exchange& exchange) = nullptr;
  serve("127.0.0.3", [&reply](Exchange& exchange) { exchange.send(reply(exchange)); });
  serve("127.0.0.5", [](Exchange& exchange) { exchange.send(authoritative(exchange)); });
  for (const Case& c : cases) {
    reply = c.reply;
    EXPECT_EQ(walk().back(), "zone.test. @127.0.0.5 ns2.zone.test.; passed ns1.zone.test./127.0.0.3 lame: " +
                                 std::string(c.why));
  }
  EXPECT_EQ(network_.elapsed(), 0s);
}

TEST_F(TraceTest, ServersThatAreNotReached) {
  delegate({"ns1.zone.test", "ns2.zone.test", "ns3.zone.test"}, {{"ns1.zone.test", "127.0.0.9"},
                                                                 {"ns1.zone.test", "127.0.0.3"},
                                                                 {"ns2.zone.test", "192.0.2.1"},
                                                                 {"ns3.zone.test", "127.0.0.5"}});
  serve("127.0.0.3");
  auto& last = serve("127.0.0.5", [](Exchange& exchange) { exchange.send(authoritative(exchange)); });
  EXPECT_EQ(
      walk().back(),
      "zone.test. @127.0.0.5 ns3.zone.test.; passed ns1.zone.test./127.0.0.9 error: connection refused: port "
      "unreachable (ICMP 3/3); "
      "passed ns1.zone.test./127.0.0.3 error: no answer in 1.33 s; passed ns2.zone.test./192.0.2.1 error: "
      "network is unreachable");
  EXPECT_EQ(last.asked.size(), 1U);
}

TEST_F(TraceTest, NobodyAnswers) {
  delegate({"ns1.zone.test", "ns2.zone.test"},
           {{"ns1.zone.test", "127.0.0.3"}, {"ns2.zone.test", "127.0.0.5"}});
  serve("127.0.0.3");
  serve("127.0.0.5");
  const Lines texts = walk();
  ASSERT_EQ(texts.size(), 3U);
  EXPECT_EQ(texts[2],
            "zone.test.; passed ns1.zone.test./127.0.0.3 error: no answer in 2 s; "
            "passed ns2.zone.test./127.0.0.5 error: no answer in 2 s");
  EXPECT_FALSE(steps_[2].result.response);
  EXPECT_EQ(network_.elapsed(), 4s) << "the timeout is for the zone";
}

TEST_F(TraceTest, WithoutGlueTheAddressIsWalkedFor) {
  delegate({"ns1.other", "ns2.other"}, {});
  serve("127.0.0.4", [](Exchange& exchange) {
    exchange.send(authoritative(exchange, exchange.query.name == "ns1.other" ? "127.0.0.3" : "127.0.0.9"));
  });
  serve("127.0.0.3", [](Exchange& exchange) { exchange.send(authoritative(exchange)); });
  EXPECT_EQ(walk(), (Lines{from_root, "test. @127.0.0.2 ns.test. -> zone.test.: ns1.other. ns2.other.",
                           "zone.test. @127.0.0.3 ns1.other."}));
  EXPECT_FALSE(steps_[2].server.glue);
}

TEST_F(TraceTest, HearsayIsNotBelieved) {
  // test. has no business with other.; ns.zone.test is its own.
  delegate({"ns.other", "ns.zone.test"}, {{"ns.other", "127.0.0.66"}, {"ns.zone.test", "127.0.0.3"}});
  auto& liar = serve("127.0.0.66", [](Exchange& exchange) { exchange.send(authoritative(exchange)); });
  serve("127.0.0.3", [](Exchange& exchange) { exchange.send(authoritative(exchange)); });
  EXPECT_EQ(walk(),
            (Lines{from_root, "test. @127.0.0.2 ns.test. -> zone.test.: ns.other. ns.zone.test./127.0.0.3",
                   "zone.test. @127.0.0.3 ns.zone.test."}))
      << "and those with glue come first";
  EXPECT_TRUE(liar.asked.empty());
}

TEST_F(TraceTest, RecordsBesideTheDelegationAreIgnored) {
  serve("127.0.0.2", [](Exchange& exchange) {
    std::string reply =
        header(exchange.query.id, 0x8000, {.authority = 3, .additional = 3}) + exchange.query.question;
    reply += record("elsewhere.test", 2, wire_name("evil.test"));
    reply += record("zone.test", 2, "\5cut");
    reply += record("Zone.test", 2, wire_name("ns.zone.test"));
    reply += a_record("evil.zone.test", "127.0.0.66") + record("ns.zone.test", 1, "cut");
    reply += a_record("NS.zone.test", "127.0.0.3");
    exchange.send(reply);
  });
  serve("127.0.0.3", [](Exchange& exchange) { exchange.send(authoritative(exchange)); });
  EXPECT_EQ(walk()[1], "test. @127.0.0.2 ns.test. -> zone.test.: ns.zone.test./127.0.0.3");
  EXPECT_EQ(walk().back(), "zone.test. @127.0.0.3 ns.zone.test.");
}

TEST_F(TraceTest, TheFamilyRestrictsWhoIsAsked) {
  delegate({"ns.zone.test"}, {{"ns.zone.test", "::1"}, {"ns.zone.test", "127.0.0.3"}});
  serve("127.0.0.3", [](Exchange& exchange) { exchange.send(authoritative(exchange)); });
  EXPECT_EQ(walk("www.zone.test", AF_INET),
            (Lines{from_root, from_tld, "zone.test. @127.0.0.3 ns.zone.test."}));
  EXPECT_EQ(walk("www.zone.test", AF_INET6),
            Lines{".; passed ./::1 error: connection refused: port unreachable (ICMPv6 1/4)"});
}

}  // namespace
}  // namespace net::dns
