// AXFR and IXFR: many messages over one connection, shown record by record; ends that are none.

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/e2e/resolve_run.hh"

namespace test {
namespace {

using Records = std::vector<Record>;

/// A transfer in messages: the first has the question, the others need none (RFC 5936, 2.2.1).
Behaviour sends(const std::vector<Records>& messages, bool closes = false) {
  return {.script = [=](const std::string&, const Question& asked) {
    std::vector<Delivery> all;
    for (const Records& records : messages) {
      dns::Message message = dns::reply_to(dns::parse_query(asked.message).value());
      message.flags |= dns::aa;
      for (const Record& record : records) message.answer.push_back({"zone.test", record});
      if (!all.empty()) message.question.clear();
      all.push_back({.bytes = dns::framed(message.wire())});
    }
    all.back().close = closes;
    return all;
  }};
}

Record soa(std::uint32_t serial) {
  return Record::soa("zone.test", serial);
}

Record a(int last) {
  return Record::address("192.0.2." + std::to_string(last));
}

/// The first words of each record's data, over all objects.
std::string seen(const Outcome& outcome) {
  std::string out;
  for (const json::Value& object : json::parse_lines(outcome.out)) {
    if (!object.has("answer")) continue;
    for (const json::Value& record : object["answer"].elements()) {
      const std::string& data = record["data"].string();
      bool is_soa = record["type"].string() == "SOA";
      out += (out.empty() ? "" : " ") + (is_soa ? "soa" + data.substr(31, 1) : data.substr(8));
    }
  }
  return out;
}

struct Row {
  const char* name;
  const char* type;
  std::vector<Records> messages;
  std::string records;  ///< addresses' last bytes and the SOAs with their serials
};

const std::vector<Row> complete = {
    {"one message", "AXFR", {{soa(3), a(1), a(2), soa(3)}}, "soa3 1 2 soa3"},
    {"a message for each record", "AXFR", {{soa(3)}, {a(1)}, {a(2)}, {soa(3)}}, "soa3 1 2 soa3"},
    {"nothing but the SOA", "AXFR", {{soa(3)}, {soa(3)}}, "soa3 soa3"},
    {"an empty message on the way", "AXFR", {{soa(3), a(1)}, {}, {a(2), soa(3)}}, "soa3 1 2 soa3"},
    {"nothing new", "IXFR=3", {{soa(3)}}, "soa3"},
    {"older than what is known", "IXFR=4", {{soa(3)}}, "soa3"},
    {"one difference", "IXFR=2", {{soa(3), soa(2), a(1), soa(3), a(2), soa(3)}}, "soa3 soa2 1 soa3 2 soa3"},
    {"two differences",
     "IXFR=1",
     {{soa(3), soa(1), a(1), soa(2), a(2)}, {soa(2), soa(3), a(3), soa(3)}},
     "soa3 soa1 1 soa2 2 soa2 soa3 3 soa3"},
    {"the whole zone instead", "IXFR=1", {{soa(3), a(1)}, {a(2), soa(3)}}, "soa3 1 2 soa3"},
};

TEST(ResolveTransfer, EndsWithItsLastRecord) {
  DnsServer server;
  for (const Row& row : complete) {
    SCOPED_TRACE(row.name);
    // The server keeps the connection: who waits for its end waits for ever.
    server.behave("zone.test", sends(row.messages));
    Outcome outcome = resolve_json(server, {"zone.test", "-t", row.type});
    EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
    EXPECT_EQ(seen(outcome), row.records);
    EXPECT_LT(outcome.seconds, 3);
    EXPECT_TRUE(server.questions().back().tcp);
    // In text a record a line, under one status line.
    Outcome text = resolve(server, {"zone.test", "-t", row.type});
    EXPECT_EQ(text.status, 0);
    auto records = std::ranges::count_if(lines_of(text.out),
                                         [](const std::string& l) { return l.starts_with("zone.test."); });
    EXPECT_EQ(records, std::ranges::count(row.records, ' ') + 1) << text.out;
    EXPECT_EQ(std::ranges::count_if(lines_of(text.out),
                                    [](const std::string& l) { return l.starts_with(";; zone.test."); }),
              1)
        << text.out;
  }
}

// What follows the end in the same message or behind it is none of the zone.
TEST(ResolveTransfer, BehindTheEnd) {
  DnsServer server;
  server.behave("zone.test", sends({{soa(3), a(1), soa(3)}, {a(66)}}));
  Outcome outcome = resolve_json(server, {"zone.test", "-t", "AXFR"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(seen(outcome), "soa3 1 soa3");
}

TEST(ResolveTransfer, ThatEndsTooEarly) {
  DnsServer server;
  struct Early {
    const char* name;
    Behaviour behaviour;
    int status;
    std::string records;
  };
  const std::vector<Early> table = {
      {"closed in the middle", sends({{soa(3), a(1)}, {a(2)}}, true), 1, "soa3 1 2"},
      {"closed at once",
       {.script = [](const std::string&, const Question&) { return std::vector<Delivery>{{.close = true}}; }},
       1,
       ""},
      {"silent in the middle", sends({{soa(3), a(1)}, {a(2)}}), 3, "soa3 1 2"},
      {"refused", {.rcode = 5}, 1, ""},
      {"no records", sends({{}}), 1, ""},
      {"no SOA first", sends({{a(1), soa(3)}}, true), 1, "1 soa3"},
  };
  for (const Early& row : table) {
    SCOPED_TRACE(row.name);
    server.behave("zone.test", row.behaviour);
    for (const Words& more : {Words{"--json"}, Words{}, Words{"--short"}}) {
      Outcome outcome = resolve(server, Words{"zone.test", "-t", "AXFR", "-w", "600ms"} + more);
      EXPECT_EQ(outcome.status, row.status) << outcome.out << outcome.err;
      if (more == Words{"--json"}) EXPECT_EQ(seen(outcome), row.records) << outcome.out;
    }
  }
}

TEST(ResolveTransfer, ByNobody) {
  DnsServer server;
  server.refuse_tcp();
  Outcome outcome = resolve_json(server, {"zone.test", "-t", "AXFR"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(only(outcome)["error"]["code"].string(), "ECONNREFUSED");
}

// A zone of 30000 records comes as it is sent, and is not gathered.
TEST(ResolveTransfer, ALongOne) {
  DnsServer server;
  std::vector<Records> messages = {{soa(3)}};
  for (int i = 0; i < 300; ++i) messages.emplace_back(100, a(i % 250));
  messages.push_back({soa(3)});
  server.behave("zone.test", sends(messages));
  Outcome outcome = resolve(server, {"zone.test", "-t", "AXFR", "--short"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(std::ranges::count(outcome.out, '\n'), 30002);
}

TEST(ResolveTransfer, ReadersSeeRecordsBeforeTheEnd) {
  DnsServer server;
  server.behave("zone.test", sends({{soa(3), a(1)}, {a(2)}}));
  Program program(nettool("resolve", "zone.test", "-t", "AXFR", "--short", "-w", "15", at(server)));
  // The end never comes, what came is there.
  (void)program.read_until(Stream::out, "192.0.2.2\n");
  program.signal(SIGINT);
  EXPECT_EQ(program.wait().status, 130);
}

TEST(ResolveTransfer, WhoDoesNotKnowEdns) {
  DnsServer server;
  server.behave("zone.test", {.script = [](const std::string& reply, const Question& asked) {
                  dns::Message message = dns::reply_to(dns::parse_query(asked.message).value());
                  if (asked.edns) {
                    message.flags |= 1;
                    message.opt.reset();
                    return std::vector<Delivery>{{.bytes = dns::framed(message.wire()), .close = true}};
                  }
                  return sends({{soa(3), a(1), soa(3)}}).script(reply, asked);
                }});
  Outcome outcome = resolve_json(server, {"zone.test", "-t", "AXFR"});
  EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
  EXPECT_EQ(seen(outcome), "soa3 1 soa3");
  EXPECT_TRUE(contains(warnings_of(only(outcome)), "EDNS")) << outcome.out;
}

}  // namespace
}  // namespace test
