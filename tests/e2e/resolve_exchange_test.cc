// From UDP to TCP and back to plain DNS: cut answers, TCP in pieces, EDNS that a server does not know.

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/e2e/resolve_run.hh"
#include "tests/support/net.hh"

namespace test {
namespace {

using Deliveries = std::vector<Delivery>;

/// Over UDP the answer is there, but TC says that more would be.
Behaviour cut_with_records() {
  return {.edit = [](dns::Message& reply, const Question& asked) {
    if (!asked.tcp) reply.flags |= dns::tc;
  }};
}

bool has_flag(const json::Value& response, const std::string& flag) {
  return std::ranges::any_of(response["flags"].elements(),
                             [&](const json::Value& value) { return value.string() == flag; });
}

TEST(ResolveExchange, CutThenByTcp) {
  DnsServer server;
  server.add("big.test", Record::address("192.0.2.1"));
  for (const Behaviour& behaviour : {Behaviour{.truncate = true}, cut_with_records()}) {
    server.behave("big.test", behaviour);
    Outcome outcome = resolve_json(server, {"big.test"});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    std::vector<json::Value> both = json::parse_lines(outcome.out);
    ASSERT_EQ(both.size(), 2U) << outcome.out;
    EXPECT_EQ(both[0]["transport"].string(), "udp");
    EXPECT_TRUE(has_flag(both[0], "tc"));
    EXPECT_EQ(both[1]["transport"].string(), "tcp");
    EXPECT_FALSE(has_flag(both[1], "tc"));
    EXPECT_EQ(data_of(both[1]["answer"]), Words{"192.0.2.1"});

    Outcome text = resolve(server, {"big.test"});
    EXPECT_EQ(text.status, 0);
    Words lines = lines_of(text.out);
    EXPECT_TRUE(contains(lines.at(0), "/udp NOERROR qr tc rd ra ")) << text.out;
    auto records =
        std::ranges::count_if(lines, [](const std::string& l) { return l.starts_with("big.test."); });
    EXPECT_EQ(records, 1) << text.out;
    EXPECT_TRUE(contains(text.out, "/tcp NOERROR qr rd ra ")) << text.out;
    EXPECT_EQ(resolve(server, {"big.test", "--short"}).out, "192.0.2.1\n");
  }
}

TEST(ResolveExchange, LongerThanTheBufferComesByTcp) {
  DnsServer server;
  server.add("long.test", Record::txt(std::string(700, 'x')));
  EXPECT_EQ(json::parse_lines(resolve_json(server, {"long.test", "-t", "TXT"}).out).size(), 1U);
  EXPECT_EQ(json::parse_lines(resolve_json(server, {"long.test", "-t", "TXT", "--no-edns"}).out).size(), 2U);
  EXPECT_EQ(
      json::parse_lines(resolve_json(server, {"long.test", "-t", "TXT", "--bufsize", "600"}).out).size(), 2U);
}

// The cut answer is all there is: it is shown, and so is why there is no more.
TEST(ResolveExchange, CutAndTcpFails) {
  struct Row {
    const char* name;
    bool listens;
    std::function<Deliveries(const std::string& reply)> by_tcp;
    int status;
    const char* code;
  };
  const std::vector<Row> table = {
      {"refused", false, {}, 1, "ECONNREFUSED"},
      {"silent", true, [](const std::string&) { return Deliveries{}; }, 3, "ETIMEDOUT"},
      {"closed at once", true, [](const std::string&) { return Deliveries{{.close = true}}; }, 1, ""},
      {"closed in the length", true,
       [](const std::string&) { return Deliveries{{.bytes = "a", .close = true}}; }, 1, ""},
      {"closed in the message", true,
       [](const std::string& reply) {
         return Deliveries{{.bytes = dns::framed(reply).substr(0, 20), .close = true}};
       },
       1, ""},
      {"a length that lies", true,
       [](const std::string& reply) {
         return Deliveries{
             {.bytes = dns::u16(static_cast<std::uint16_t>(reply.size() + 9)) + reply, .close = true}};
       },
       1, ""},
  };
  for (const Row& row : table) {
    SCOPED_TRACE(row.name);
    DnsServer server;
    if (!row.listens) server.refuse_tcp();
    server.add("cut.test", Record::address("192.0.2.1"));
    Behaviour behaviour = cut_with_records();
    behaviour.script = [&row](const std::string& reply, const Question& asked) {
      return asked.tcp ? row.by_tcp(reply) : Deliveries{{reply}};
    };
    server.behave("cut.test", behaviour);
    Outcome outcome = resolve_json(server, {"cut.test", "-w", "700ms"});
    EXPECT_EQ(outcome.status, row.status) << outcome.out << outcome.err;
    std::vector<json::Value> both = json::parse_lines(outcome.out);
    ASSERT_EQ(both.size(), 2U) << outcome.out;
    EXPECT_EQ(data_of(both[0]["answer"]), Words{"192.0.2.1"});
    EXPECT_EQ(both[1]["error"]["op"].string(), "resolve");
    if (*row.code != '\0') EXPECT_EQ(both[1]["error"]["code"].string(), row.code);

    Outcome text = resolve(server, {"cut.test", "-w", "700ms"});
    EXPECT_EQ(text.status, row.status);
    EXPECT_TRUE(contains(text.out, "192.0.2.1")) << text.out;
    EXPECT_TRUE(text.err.starts_with("nettool: resolve cut.test. IN A @127.0.0.1#")) << text.err;
    EXPECT_TRUE(contains(text.err, "/tcp: ")) << text.err;
  }
}

TEST(ResolveExchange, CutByTcpTooIsTold) {
  DnsServer server;
  server.add("cut.test", Record::address("192.0.2.1"));
  server.behave("cut.test", {.edit = [](dns::Message& reply, const Question&) { reply.flags |= dns::tc; }});
  Outcome outcome = resolve_json(server, {"cut.test", "--tcp"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_TRUE(contains(warnings_of(only(outcome)), "TC")) << outcome.out;
  EXPECT_EQ(data_of(only(outcome)["answer"]), Words{"192.0.2.1"});
}

// As long as a message can be: 65535 bytes.
TEST(ResolveExchange, TheLongestMessage) {
  DnsServer server;
  server.behave("huge.test", {.edit = [](dns::Message& reply, const Question&) {
                  reply.flags &= ~15U;
                  while (reply.wire().size() < 65000) {
                    reply.answer.push_back({"huge.test", Record::txt(std::string(255, 'x'))});
                  }
                  // A record of no bytes of text takes so much more; its text takes the rest.
                  reply.answer.push_back({"huge.test", Record::raw(65280, "")});
                  reply.answer.back().record.rdata = std::string(65535 - reply.wire().size(), 'y');
                }});
  for (const Words& more : {Words{"--tcp"}, Words{}}) {
    Outcome outcome = resolve_json(server, Words{"huge.test", "-t", "TXT"} + more);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    json::Value last = json::parse_lines(outcome.out).back();
    EXPECT_EQ(last["size"].integer(), 65535);
    EXPECT_EQ(last["transport"].string(), "tcp");
    EXPECT_GT(last["answer"].size(), 200U);
    EXPECT_EQ(warnings_of(last), "");
  }
}

// A datagram of nearly that size, where the query says that there is room for it.
TEST(ResolveExchange, TheLongestDatagram) {
  DnsServer server;
  server.behave("huge.test", {.edit = [](dns::Message& reply, const Question&) {
                  reply.flags &= ~15U;
                  reply.answer.push_back({"huge.test", Record::raw(65280, std::string(65400, 'y'))});
                }});
  Outcome outcome = resolve_json(server, {"huge.test", "-t", "TYPE65280", "--bufsize", "65507"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(only(outcome)["transport"].string(), "udp");
  std::string data = only(outcome)["answer"][0]["data"].string();
  EXPECT_TRUE(data.starts_with("\\# 65400 7979")) << data.substr(0, 40);
  EXPECT_EQ(std::ranges::count(data, '7'), 65400);
}

TEST(ResolveExchange, TcpInPieces) {
  DnsServer server;
  server.add("slow.test", Record::address("192.0.2.1"));
  server.behave("slow.test", {.script = [](const std::string& reply, const Question&) {
                  Deliveries pieces;
                  for (char byte : dns::framed(reply)) {
                    auto delay = Duration(2 * static_cast<int>(pieces.size()));
                    pieces.push_back({std::string(1, byte), delay});
                  }
                  return pieces;
                }});
  Outcome outcome = resolve_json(server, {"slow.test", "--tcp"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(data_of(only(outcome)["answer"]), Words{"192.0.2.1"});
}

// A message of another question on the connection is passed over and counted, as a datagram is.
TEST(ResolveExchange, AnotherMessageFirstByTcp) {
  DnsServer server;
  server.add("good.test", Record::address("192.0.2.1"));
  server.behave("good.test", {.script = [](std::string reply, const Question&) {
                  std::string other = reply;
                  other[0] = static_cast<char>(other[0] ^ 1);
                  return Deliveries{{dns::framed(other) + dns::framed(reply)}};
                }});
  Outcome outcome = resolve_json(server, {"good.test", "--tcp"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_TRUE(contains(warnings_of(only(outcome)), "wrong id")) << outcome.out;
}

TEST(ResolveExchange, OnlyAnotherMessageByTcp) {
  DnsServer server;
  server.behave("good.test", {.script = [](std::string reply, const Question&) {
                  reply[0] = static_cast<char>(reply[0] ^ 1);
                  return Deliveries{{.bytes = dns::framed(reply), .close = true}};
                }});
  Outcome outcome = resolve_json(server, {"good.test", "--tcp"});
  EXPECT_EQ(outcome.status, 1) << outcome.out;
  EXPECT_TRUE(contains(outcome.out, "wrong id")) << outcome.out;
}

TEST(ResolveExchange, AServerThatDoesNotKnowEdns) {
  struct Row {
    const char* name;
    bool question;
  };
  for (const Row& row : {Row{"with the question", true}, Row{"nothing but the header", false}}) {
    for (const Words& more : {Words{}, Words{"--tcp"}, Words{"--dnssec", "--nsid"}}) {
      SCOPED_TRACE(row.name);
      DnsServer server;
      server.add("good.test", Record::address("192.0.2.1"));
      server.behave("good.test", {.edit = [&row](dns::Message& reply, const Question& asked) {
                      if (!asked.edns) return;
                      reply.flags |= 1;  // FORMERR
                      reply.answer.clear();
                      reply.opt.reset();
                      if (!row.question) reply.question.clear();
                    }});
      Outcome outcome = resolve_json(server, Words{"good.test"} + more);
      EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
      json::Value response = only(outcome);
      EXPECT_EQ(data_of(response["answer"]), Words{"192.0.2.1"});
      EXPECT_TRUE(response["edns"].is_null());
      EXPECT_TRUE(contains(warnings_of(response), "EDNS")) << outcome.out;
      std::vector<Question> asked = server.questions();
      ASSERT_EQ(asked.size(), 2U);
      EXPECT_TRUE(asked[0].edns);
      EXPECT_FALSE(asked[1].edns);
    }
  }
}

// What the server does not know by UDP it does not know by TCP either.
TEST(ResolveExchange, WithoutEdnsAndThenCut) {
  DnsServer server;
  server.add("good.test", Record::address("192.0.2.1"));
  server.behave("good.test", {.edit = [](dns::Message& reply, const Question& asked) {
                  if (asked.edns) {
                    reply.flags |= 1;
                    reply.opt.reset();
                    reply.answer.clear();
                  } else if (!asked.tcp) {
                    reply.flags |= dns::tc;
                  }
                }});
  Outcome outcome = resolve_json(server, {"good.test"});
  EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
  std::string asked;
  for (const Question& question : server.questions()) {
    asked += std::string(question.tcp ? "tcp" : "udp") + (question.edns ? "+edns " : " ");
  }
  EXPECT_EQ(asked, "udp+edns udp tcp ");
  EXPECT_TRUE(contains(warnings_of(json::parse_lines(outcome.out).back()), "EDNS")) << outcome.out;
}

// FORMERR to a query without EDNS is an answer like any other.
TEST(ResolveExchange, FormerrWithoutEdns) {
  DnsServer server;
  server.behave("bad.test", {.rcode = 1});
  Outcome outcome = resolve_json(server, {"bad.test", "--no-edns"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(only(outcome)["rcode"].string(), "FORMERR");
  EXPECT_EQ(server.questions().size(), 1U);
}

TEST(ResolveExchange, AServerThatDropsEdns) {
  DnsServer server;
  server.add("good.test", Record::address("192.0.2.1"));
  server.behave("good.test", {.script = [](const std::string& reply, const Question& asked) {
                  return asked.edns ? Deliveries{} : Deliveries{{reply}};
                }});
  Outcome outcome = resolve_json(server, {"good.test", "-w", "900ms"});
  EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
  EXPECT_TRUE(contains(warnings_of(only(outcome)), "EDNS")) << outcome.out;
  EXPECT_EQ(server.questions().size(), 3U);
  // A single try is never without: its silence is silence.
  EXPECT_EQ(resolve_json(server, {"good.test", "-w", "300ms", "--tries", "1"}).status, 3);
  EXPECT_TRUE(server.questions().back().edns);
}

// A late answer to the first try still counts when the second has been sent.
TEST(ResolveExchange, ALateAnswer) {
  DnsServer server;
  server.add("late.test", Record::address("192.0.2.1"));
  server.behave("late.test", {.script = [first = true](const std::string& reply, const Question&) mutable {
                  return std::exchange(first, false) ? Deliveries{{reply, 600ms}} : Deliveries{};
                }});
  Outcome outcome = resolve_json(server, {"late.test", "-w", "3", "--tries", "6"});
  EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
  EXPECT_EQ(data_of(only(outcome)["answer"]), Words{"192.0.2.1"});
  EXPECT_GE(only(outcome)["time_ms"].number(), 590);
  EXPECT_EQ(warnings_of(only(outcome)), "");
}

TEST(ResolveExchange, NobodyListens) {
  const std::string port = std::to_string(closed_port(SOCK_DGRAM));
  for (const Words& more : {Words{}, Words{"--tcp"}}) {
    Outcome outcome = run(nettool_argv(Words{"resolve", "--json", "x.test", "@127.0.0.1:" + port} + more));
    EXPECT_EQ(outcome.status, 1) << outcome.out << outcome.err;
    EXPECT_EQ(only(outcome)["error"]["code"].string(), "ECONNREFUSED");
    // The kernel says so at once; nobody waits for the timeout.
    EXPECT_LT(outcome.seconds, 2);
  }
}

}  // namespace
}  // namespace test
