#include "net/dns/transfer.hh"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "net/dns/status.hh"
#include "tests/unit/dns/scripted_network.hh"
#include "tests/unit/dns/wire_parts.hh"

// Zone transfers over TCP, message by message.
namespace net::dns {
namespace {

using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

/// A part of a transfer: QR, AA, and these answers; with the question or without.
std::string part(const Exchange& exchange, const Texts& answers, bool with_question = true) {
  const Counts counts{.questions = static_cast<std::uint16_t>(with_question ? 1 : 0),
                      .answer = static_cast<std::uint16_t>(answers.size())};
  std::string out = header(exchange.query.id, 0x8400, counts);
  if (with_question) out += exchange.query.question;
  for (const std::string& one : answers) out += one;
  return out;
}

Task<std::vector<Result<Response>>> all_of(Transfer& transfer) {
  std::vector<Result<Response>> out;
  for (;;) {
    auto one = co_await transfer.next();
    if (!one) co_return std::move(out);
    out.push_back(std::move(*one));
  }
}

class TransferTest : public testing::Test {
 protected:
  /// "N records" of each message, then "error: why".
  Texts run(const std::vector<Endpoint>& servers, Type type = Type::AXFR) {
    QuerySpec spec;
    spec.question = asked("zone.test", type);
    if (type == Type::IXFR) spec.ixfr_serial = 5;
    if (plain_) spec.edns.reset();
    QueryOptions options;
    options.servers = servers;
    options.timeout = 4s;
    Reactor reactor(network_);
    Transfer transfer(reactor, spec, options);
    results_ = reactor.run(all_of(transfer));
    server_ = transfer.server();
    Texts out;
    for (const Result<Response>& one : results_) {
      out.push_back(one ? std::to_string(one->message.answer.size()) + " records"
                        : "error: " + one.error().symbol() + ": " + one.error().message());
    }
    return out;
  }

  ScriptedNetwork network_;
  std::vector<Result<Response>> results_;
  Endpoint server_;
  bool plain_ = false;
};

TEST_F(TransferTest, InOneMessage) {
  auto& server = network_.add([this](Exchange& exchange) {
    network_.pass(5ms);
    exchange.send(
        part(exchange, {soa_record("zone.test", 7), a_record("zone.test"), soa_record("zone.test", 7)}));
  });
  EXPECT_EQ(run({server.endpoint()}), Texts{"3 records"});
  ASSERT_EQ(server.asked.size(), 1U);
  EXPECT_TRUE(server.asked[0].tcp);
  EXPECT_EQ(server.asked[0].query.type, 252);
  EXPECT_TRUE(server.asked[0].query.opt);
  EXPECT_EQ(results_[0]->server, server.endpoint());
  EXPECT_EQ(server_, server.endpoint());
  EXPECT_TRUE(results_[0]->tcp);
  EXPECT_TRUE(results_[0]->with_edns);
  EXPECT_EQ(results_[0]->time, 5ms);
  EXPECT_TRUE(results_[0]->warnings.empty());
}

TEST_F(TransferTest, InSeveralTheLaterOnesWithoutAQuestion) {
  auto& server = network_.add([](Exchange& exchange) {
    exchange.send(part(exchange, {soa_record("zone.test", 7)}));
    exchange.send(part(exchange, {a_record("a.zone.test"), a_record("b.zone.test")}, false));
    exchange.send(part(exchange, {}, false));
    exchange.send(part(exchange, {a_record("c.zone.test")}));
    exchange.send(part(exchange, {soa_record("zone.test", 7)}, false));
  });
  EXPECT_EQ(run({server.endpoint()}),
            (Texts{"1 records", "2 records", "0 records", "1 records", "1 records"}));
  for (const auto& one : results_) EXPECT_TRUE(one->warnings.empty()) << "a missing question is not odd here";
}

TEST_F(TransferTest, DifferencesAndTheirSerial) {
  auto& server = network_.add([](Exchange& exchange) {
    exchange.send(
        part(exchange, {soa_record("zone.test", 7), soa_record("zone.test", 5), a_record("a.zone.test")}));
    exchange.send(
        part(exchange, {soa_record("zone.test", 7), a_record("b.zone.test"), soa_record("zone.test", 7)}));
  });
  EXPECT_EQ(run({server.endpoint()}, Type::IXFR), (Texts{"3 records", "3 records"}));
  EXPECT_TRUE(server.asked[0].bytes.contains(u16(6) + u16(1) + u32(0) + u16(22) + u16(0) + u32(5)));
}

TEST_F(TransferTest, NothingNewEndsWithTheFirstMessage) {
  auto& server =
      network_.add([](Exchange& exchange) { exchange.send(part(exchange, {soa_record("zone.test", 5)})); });
  EXPECT_EQ(run({server.endpoint()}, Type::IXFR), Texts{"1 records"});
  EXPECT_EQ(network_.elapsed(), 0s);
}

TEST_F(TransferTest, SerialsBehindCompressedNames) {
  auto& server = network_.add([](Exchange& exchange) {
    const std::string rdata = "\xc0\x0c\1x\xc0\x0c" + u32(7) + std::string(16, '\0');
    exchange.send(part(exchange, {record("zone.test", 6, rdata), record("zone.test", 6, rdata)}));
  });
  EXPECT_EQ(run({server.endpoint()}), Texts{"2 records"});
}

TEST_F(TransferTest, WhatEndsItAtOnce) {
  struct Case {
    std::string_view what;
    ScriptedNetwork::Script script;
  };
  const Case cases[] = {
      {"an error rcode", [](Exchange& exchange) { exchange.send(exchange.reply(5)); }},
      {"an empty first message", [](Exchange& exchange) { exchange.send(part(exchange, {})); }},
      {"no SOA", [](Exchange& exchange) { exchange.send(part(exchange, {a_record("zone.test")})); }},
      {"a malformed message",
       [](Exchange& exchange) {
         exchange.send(part(exchange, {soa_record("zone.test", 7), a_record("zone.test")}).substr(0, 90));
       }},
      {"a SOA that cannot be read",
       [](Exchange& exchange) { exchange.send(part(exchange, {record("zone.test", 6, "\1")})); }},
  };
  for (const Case& c : cases) {
    auto& server = network_.add(c.script);
    EXPECT_EQ(run({server.endpoint()}).size(), 1U) << c.what;
    EXPECT_TRUE(results_[0]) << c.what;
    EXPECT_EQ(network_.elapsed(), 0s) << c.what;
  }
}

TEST_F(TransferTest, ALaterMessageWithAnErrorEndsIt) {
  auto& server = network_.add([](Exchange& exchange) {
    exchange.send(part(exchange, {soa_record("zone.test", 7)}));
    exchange.send(exchange.reply(2));
  });
  EXPECT_EQ(run({server.endpoint()}), (Texts{"1 records", "0 records"}));
}

TEST_F(TransferTest, ForeignMessagesAreErrors) {
  struct Case {
    std::string_view what;
    ScriptedNetwork::Script script;
    std::string_view why;
  };
  const std::string soa = soa_record("zone.test", 7);
  const auto first_then = [soa](const std::string& second, bool same_id) {
    return [soa, second, same_id](Exchange& exchange) {
      exchange.send(part(exchange, {soa}));
      const auto id = static_cast<std::uint16_t>(exchange.query.id ^ (same_id ? 0 : 1));
      exchange.send(u16(id) + second);
    };
  };
  const std::string rest = u16(1) + u16(0) + u16(0);
  const Case cases[] = {
      {"first without a question", [soa](Exchange& exchange) { exchange.send(part(exchange, {soa}, false)); },
       "no question"},
      {"later with another id", first_then(u16(0x8400) + u16(0) + rest + soa, false), "wrong id"},
      {"later that is a query", first_then(u16(0x0400) + u16(0) + rest + soa, true), "QR bit clear"},
      {"later about another name",
       first_then(u16(0x8400) + u16(1) + rest + question("other.test", 252) + soa, true), "wrong question"},
      {"later that is too short", first_then("\x84", true), "shorter than a header"},
  };
  for (const Case& c : cases) {
    auto& server = network_.add(c.script);
    const Texts texts = run({server.endpoint()});
    EXPECT_EQ(texts.back(),
              "error: BADRESP: a message that is no part of the transfer: " + std::string(c.why))
        << c.what;
  }
}

TEST_F(TransferTest, AnEarlyCloseIsAnError) {
  auto& server = network_.add([](Exchange& exchange) {
    exchange.send(part(exchange, {soa_record("zone.test", 7)}));
    exchange.close();
  });
  EXPECT_EQ(run({server.endpoint()}),
            (Texts{"1 records", "error: BADRESP: the server closed the TCP connection after 0 bytes of 2"}));
  EXPECT_EQ(results_[1].error().subject, "zone.test. IN AXFR @" + server_text(server.endpoint()) + "/tcp");
  // A name server that takes the connection and closes it gets no second question.
  auto& closes = network_.add([](Exchange& exchange) { exchange.close(); });
  EXPECT_EQ(run({closes.endpoint(), server.endpoint()}).size(), 1U);
}

TEST_F(TransferTest, SilenceInTheMiddle) {
  auto& server = network_.add([this](Exchange& exchange) {
    network_.pass(1s);
    exchange.send(part(exchange, {soa_record("zone.test", 7)}));
  });
  EXPECT_EQ(run({server.endpoint()}),
            (Texts{"1 records", "error: ETIMEDOUT: the transfer was not complete after 4 s"}));
  EXPECT_EQ(network_.elapsed(), 4s);
}

TEST_F(TransferTest, ServersAreTriedUntilOneTakesTheConnection) {
  auto& refused = network_.add();
  refused.close_tcp();
  const test::SilentPort silent;
  auto& good = network_.add([](Exchange& exchange) {
    exchange.send(part(exchange, {soa_record("zone.test", 7), soa_record("zone.test", 7)}));
  });
  EXPECT_EQ(run({refused.endpoint(), endpoint("127.0.0.1", silent.port()), good.endpoint()}),
            Texts{"2 records"});
  EXPECT_EQ(network_.elapsed(), 2s) << "half of the time was the silent one's";
  EXPECT_EQ(server_, good.endpoint());
}

TEST_F(TransferTest, NobodyThere) {
  auto& refused = network_.add();
  refused.close_tcp();
  EXPECT_TRUE(run({refused.endpoint()})[0].starts_with("error: ECONNREFUSED"));
  const test::SilentPort silent;
  EXPECT_EQ(run({endpoint("127.0.0.1", silent.port())}), Texts{"error: ETIMEDOUT: no answer in 4 s"});
}

TEST_F(TransferTest, FormerrIsAskedAgainWithoutEdns) {
  auto& server = network_.add([](Exchange& exchange) {
    if (exchange.query.opt) {
      exchange.send(header(exchange.query.id, 0x8001) + exchange.query.question);
    } else {
      exchange.send(part(exchange, {soa_record("zone.test", 7), soa_record("zone.test", 7)}));
    }
  });
  EXPECT_EQ(run({server.endpoint()}), Texts{"2 records"});
  EXPECT_EQ(server.asked.size(), 2U);
  EXPECT_FALSE(results_[0]->with_edns);
  EXPECT_EQ(results_[0]->warnings.size(), 1U);
  plain_ = true;
  EXPECT_EQ(run({server.endpoint()}), Texts{"2 records"});
  EXPECT_EQ(server.asked.size(), 3U);
  EXPECT_TRUE(results_[0]->warnings.empty());
}

}  // namespace
}  // namespace net::dns
