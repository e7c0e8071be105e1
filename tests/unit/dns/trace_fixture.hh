#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "net/dns/trace.hh"
#include "tests/support/netns.hh"
#include "tests/support/require.hh"
#include "tests/unit/dns/scripted_network.hh"
#include "tests/unit/dns/wire_parts.hh"

/// Walks from a private root: glue is at port 53, so all of it is in a namespace.
namespace net::dns {

using Lines = std::vector<std::string>;

/// A referral: NS records of `zone` and glue as they are given.
inline std::string referral(const Exchange& exchange, const std::string& zone, const Lines& servers,
                            const std::vector<std::pair<std::string, std::string>>& glue = {}) {
  std::string out = header(exchange.query.id, 0x8000,
                           {.authority = static_cast<std::uint16_t>(servers.size()),
                            .additional = static_cast<std::uint16_t>(glue.size())}) +
                    exchange.query.question;
  for (const std::string& server : servers) out += record(zone, 2, wire_name(server));
  for (const auto& [name_text, address] : glue) {
    const test::Record one = test::Record::address(address);
    out += record(name_text, one.type, one.rdata);
  }
  return out;
}

/// AA and one address (of IPv4), or nothing for other types.
inline std::string authoritative(const Exchange& exchange, const std::string& address = "192.0.2.1") {
  const bool has = exchange.query.type == 1;
  return header(exchange.query.id, 0x8400, {.answer = static_cast<std::uint16_t>(has ? 1 : 0)}) +
         exchange.query.question + (has ? a_record(exchange.query.name, address) : "");
}

inline std::string error_reply(const Exchange& exchange, std::uint16_t flags) {
  return header(exchange.query.id, flags) + exchange.query.question;
}

inline Task<std::vector<TraceStep>> all_steps(Trace& trace) {
  std::vector<TraceStep> out;
  for (;;) {
    auto step = co_await trace.next();
    if (!step) co_return std::move(out);
    out.push_back(std::move(*step));
  }
}

/// "zone @address (name) -> child: ns1 (addresses) ns2; passed ns3: why".
inline std::string trace_text(const TraceStep& step) {
  std::string out = step.zone.text();
  if (step.result.response) {
    out += " @" + step.result.response->server.address_text();
    if (!step.server.name.is_root()) out += " " + step.server.name.text();
  }
  if (step.child) out += " -> " + step.child->text() + ":";
  for (const NameServer& server : step.delegation) {
    out += " " + server.name.text();
    for (const Endpoint& address : server.addresses) out += "/" + address.address_text();
    EXPECT_EQ(server.glue, !server.addresses.empty());
  }
  for (const PassedOver& passed : step.passed) {
    out += "; passed " + passed.server.name.text() +
           (passed.address ? "/" + passed.address->address_text() : "");
    out += (passed.lame ? " lame: " : passed.error ? " error: " : ": ") + passed.why;
    EXPECT_FALSE(passed.lame && passed.error);
  }
  return out;
}

class TraceFixture : public testing::Test {
 protected:
  void SetUp() override {
    REQUIRE_NAMESPACES();
    ns_ = std::make_unique<test::Namespace>();
    // The root knows test. at 127.0.0.2 and other. at 127.0.0.4.
    serve("127.0.0.1", [](Exchange& exchange) {
      if (exchange.query.name.ends_with("test")) {
        exchange.send(referral(exchange, "test", {"ns.test"}, {{"ns.test", "127.0.0.2"}}));
      } else {
        exchange.send(referral(exchange, "other", {"ns.other"}, {{"ns.other", "127.0.0.4"}}));
      }
    });
  }
  ScriptedNetwork::Server& serve(const std::string& address, ScriptedNetwork::Script script = {}) {
    return ns_->in([&] { return std::ref(network_.add(std::move(script), address, 53)); }).get();
  }
  /// The TLD's server delegates zone.test so.
  void delegate(const Lines& servers, const std::vector<std::pair<std::string, std::string>>& glue) {
    serve("127.0.0.2", [servers, glue](Exchange& exchange) {
      exchange.send(referral(exchange, "zone.test", servers, glue));
    });
  }
  Lines walk(const std::string& text = "www.zone.test", int family = AF_UNSPEC) {
    return ns_->in([&] {
      QueryOptions options;
      options.servers = {endpoint("127.0.0.1", 53), endpoint("::1", 53)};
      options.timeout = std::chrono::seconds(4);
      options.tries = 1;
      Reactor reactor(network_);
      Trace trace(reactor, {.question = asked(text)}, options, family);
      steps_ = reactor.run(all_steps(trace));
      Lines out;
      for (const TraceStep& step : steps_) out.push_back(trace_text(step));
      return out;
    });
  }

  std::unique_ptr<test::Namespace> ns_;
  ScriptedNetwork network_;
  std::vector<TraceStep> steps_;
};

}  // namespace net::dns
