#include "cmd/port_rows.hh"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "cmd/port_json.hh"
#include "tests/support/json.hh"
#include "tests/unit/cmd/port_sample.hh"
#include "tests/unit/cmd/written.hh"

namespace cmd {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

/// The text of a range of which `odd` are not free.
std::string text_of(const PortSpan& span, const std::vector<PortSample>& odd = {}) {
  return written({},
                 [&](Results& results) {
                   PortBlocks blocks(results, label_width(span));
                   blocks.begin(span);
                   for (std::uint32_t port = span.ports.first; port <= span.ports.last; ++port) {
                     PortSample sample(span.transport, static_cast<std::uint16_t>(port));
                     for (const PortSample& other : odd) {
                       if (other.facts.port == port) sample = other;
                     }
                     blocks.add(sample.facts);
                   }
                   blocks.end();
                   blocks.conclude();
                 })
      .out;
}

TEST(PortBlocks, OnePort) {
  EXPECT_EQ(text_of({udp, {9190, 9190}}),
            "9190/udp  user port, no registered name; free\n"
            "\n"
            "9190/udp: free now\n");
  EXPECT_EQ(text_of({tcp, {9190, 9190}}, {PortSample().probed(taken).listening("0.0.0.0").listening("::")}),
            "9190/tcp  user port, no registered name\n"
            "          held by    nginx (pid 812, user web), listening on 0.0.0.0, [::]\n"
            "          bind       fails now, with SO_REUSEADDR too (it is listening)\n"
            "\n"
            "9190/tcp: held by nginx (pid 812)\n");
}

TEST(PortBlocks, AllThatAPortMayHave) {
  PortSample sample;
  sample.probed(taken, free_answer, taken).listening("127.0.0.1").bound("127.0.0.2").connected(2);
  sample.waiting(1, 7s);
  EXPECT_EQ(text_of({tcp, {9190, 9190}}, {sample}),
            "9190/tcp  user port, no registered name\n"
            "          held by    nginx (pid 812, user web), listening on 127.0.0.1\n"
            "          held by    nginx (pid 812, user web), bound to 127.0.0.2, not listening\n"
            "          connected  2 ESTABLISHED\n"
            "          TIME_WAIT  1 connection, the last for 7 s and up to 2 s more\n"
            "          bind       fails now, with SO_REUSEADDR too (it is listening)\n"
            "\n"
            "9190/tcp: held by nginx (pid 812) on 127.0.0.1; [::] is free\n");
}

TEST(PortBlocks, WhoseConnectionsTheyAre) {
  PortSample sample;
  sample.probed(reusable).connected(2).connected(1, 813);
  EXPECT_TRUE(text_of({tcp, {9190, 9190}}, {sample})
                  .contains("connected  3 ESTABLISHED, held by nginx (pid 812, user web) and nginx (pid 813, "
                            "user web)\n"));
}

TEST(PortBlocks, RangesAreFoldedWhereTheyAreAlike) {
  EXPECT_EQ(text_of({tcp, {1020, 1030}}),
            "1020-1023/tcp  system ports, privileged (below 1024); free\n"
            "1024-1030/tcp  user ports; free\n"
            "\n"
            "1020-1030/tcp: 11 free\n");
  EXPECT_EQ(text_of({tcp, {9189, 9193}}, {PortSample().probed(taken).listening("::"),
                                          PortSample(tcp, 9192).probed(reusable).waiting(2, 30s)}),
            "9189/tcp       user port, no registered name; free\n"
            "9190/tcp       user port, no registered name\n"
            "               held by    nginx (pid 812, user web), listening on [::]\n"
            "               bind       fails now, with SO_REUSEADDR too (it is listening)\n"
            "9191/tcp       user port, no registered name; free\n"
            "9192/tcp       user port, no registered name\n"
            "               TIME_WAIT  2 connections, the last for 30 s and up to 2 s more\n"
            "               bind       fails now, works with SO_REUSEADDR\n"
            "9193/tcp       user port, no registered name; free\n"
            "\n"
            "9189-9193/tcp: 3 free, 1 held, 1 time-wait\n");
}

// Every boundary of what the lines say: the kernel's choice, classes, the ephemeral range.
TEST(PortBlocks, AllPorts) {
  EXPECT_EQ(text_of({tcp, {0, 65535}}),
            "0/tcp            no port: it stands for one that the kernel chooses from 32768-60999\n"
            "1-1023/tcp       system ports, privileged (below 1024); free\n"
            "1024-32767/tcp   user ports; free\n"
            "32768-49151/tcp  user ports, ephemeral (32768-60999); free\n"
            "49152-60999/tcp  dynamic ports, ephemeral (32768-60999); free\n"
            "61000-65535/tcp  dynamic ports; free\n"
            "\n"
            "0-65535/tcp: 65536 free\n");
}

TEST(PortJson, KeysAndTheirOrder) {
  PortSample sample;
  sample.probed(taken, free_answer, taken).listening("127.0.0.1").listening("::", 0).bound("127.0.0.2");
  sample.connected(20).waiting(2, 1500ms).facts.service = net::kern::Service{"alpha", {"beta"}};
  const std::string out =
      written({.json = true}, [&](Results& results) { results.object(port_object(sample.facts)); }).out;
  // Not more than 16 of them.
  std::string connections;
  for (int i = 0; i < 16; ++i) {
    connections += std::string(i == 0 ? "" : ",") +
                   R"({"local":{"address":"127.0.0.1","port":9190},"peer":{"address":"192.0.2.1","port":53},)"
                   R"("state":"ESTABLISHED","pid":812,"program":"nginx","user":"web"})";
  }
  EXPECT_EQ(
      out,
      R"({"port":9190,"protocol":"tcp","class":"user","service":"alpha","aliases":["beta"],)"
      R"("privileged":false,"ephemeral":false,"reserved":false,)"
      R"("listeners":[{"address":"127.0.0.1","pid":812,"program":"nginx","user":"web"},)"
      R"({"address":"::","pid":null,"program":null,"user":"web"}],)"
      R"("bound_only":[{"address":"127.0.0.2","pid":812,"program":"nginx","user":"web"}],)"
      R"("states":{"ESTABLISHED":20,"TIME_WAIT":2,"BOUND":1,"LISTEN":2},"time_wait":{"count":2,"last_expiry_ms":1500},)"
      R"("bindable":false,"bindable_with_reuseaddr":false,)"
      R"("binds":[{"address":"0.0.0.0","plain":false,"reuseaddr":false,"error":{"op":"bind",)"
      R"("subject":"0.0.0.0:9190/tcp","code":"EADDRINUSE","message":"address already in use",)"
      R"("hint":null}},{"address":"::","plain":true,"reuseaddr":true,"error":null}],"connections":[)" +
          connections + "]}\n");
}

TEST(PortJson, WhatIsNotKnownIsNull) {
  PortSample sample(udp);
  sample.facts.probe.reset();
  sample.facts.bound_only_known = false;
  const std::string out =
      written({.json = true}, [&](Results& results) { results.object(port_object(sample.facts)); }).out;
  const auto object = test::json::parse(out);
  for (const char* key : {"service", "bound_only", "bindable", "bindable_with_reuseaddr"}) {
    EXPECT_TRUE(object[key].is_null()) << key;
  }
  EXPECT_TRUE(object["time_wait"]["last_expiry_ms"].is_null());
  EXPECT_EQ(object["binds"].size(), 0U);
}

TEST(PortListening, IsATable) {
  PortSample ssh(tcp, 22);
  ssh.listening("0.0.0.0").listening("::").facts.service = net::kern::Service{"ssh", {}};
  PortSample dns(udp, 5353);
  dns.listening("224.0.0.251", 9).listening("0.0.0.0", 0);
  EXPECT_EQ(written({}, [&](Results& results) { print_listening(results, {ssh.facts, dns.facts}); }).out,
            "22/tcp    ssh  0.0.0.0, [::]  nginx (pid 812, user web)\n"
            "5353/udp  -    224.0.0.251    nginx (pid 9, user web)\n"
            "5353/udp  -    0.0.0.0        a process of user web\n");
}

}  // namespace
}  // namespace cmd
