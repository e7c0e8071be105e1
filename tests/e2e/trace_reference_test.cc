// connect --trace, as nobody, sees what Debian's traceroute sees as root.

#include <gtest/gtest.h>

#include <sstream>

#include "tests/e2e/trace_run.hh"
#include "tests/support/net.hh"
#include "tests/support/require.hh"
#include "tests/support/words.hh"

namespace test {
namespace {

/// "1 10.77.1.2", "2 *", ... of `traceroute -q 1 -n`.
Words reference(Topology& net, const std::vector<std::string>& arguments) {
  std::vector<std::string> argv = {"traceroute", "-n", "-q", "1", "-w", "0.7", "-N", "1"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  const Outcome outcome = net.client().run(argv, "", 60s);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  Words hops;
  const Words lines = lines_of(outcome.out);
  for (std::size_t line = 1; line < lines.size(); ++line) {  // the first is a heading
    std::istringstream words(lines[line]);
    std::string ttl;
    std::string address;
    words >> ttl >> address;
    hops.push_back(ttl + " " + address);
  }
  return hops;
}

Words addresses(const TraceRun& run) {
  Words hops;
  for (const json::Value& hop : run.hops) {
    hops.push_back(std::to_string(hop["ttl"].integer()) + " " +
                   (hop["address"].is_null() ? "*" : hop["address"].string()));
  }
  return hops;
}

/// Whether it is the one with -T, and not busybox's.
bool has_modern_traceroute() {
  return has_program("traceroute") &&
         run({"traceroute", "--version"}).err.find("Modern traceroute") != std::string::npos;
}

TEST(TraceReferenceSilence, HopByHop) {
  REQUIRE_NAMESPACES();
  REQUIRE_THAT(has_modern_traceroute(), "needs the traceroute of Linux distributions");
  Topology net({.routers = 6});
  const Tracer tracer(net.client());
  net.hide(3);
  for (const IpFamily family : {IpFamily::v4, IpFamily::v6}) {
    const std::string target = net.server_address(family);
    TcpServer server = net.server().in([&] { return TcpServer(target); });
    const std::string open = server.port_text();
    const Words by_tcp = reference(net, {"-T", "-p", open, target});
    ASSERT_EQ(by_tcp.size(), 7U);
    EXPECT_EQ(by_tcp[2], "3 *");
    EXPECT_EQ(addresses(tracer.json({"-w", "250ms", target, open})), by_tcp);
    server.close();
    EXPECT_EQ(addresses(tracer.json({"-w", "250ms", target, open})),
              reference(net, {"-T", "-p", open, target}));
    EXPECT_EQ(addresses(tracer.json({"-u", "-w", "250ms", target, open})),
              reference(net, {"-U", "-p", open, target}));
  }
}

TEST(TraceReferenceSilence, ProhibitedOnTheWay) {
  REQUIRE_NAMESPACES();
  REQUIRE_THAT(has_modern_traceroute(), "needs the traceroute of Linux distributions");
  for (const char* protocol : {"tcp", "udp"}) {
    // A new one, as a router does not say so more than five times at once.
    Topology net({.routers = 4});
    const Tracer tracer(net.client());
    net.refuse_port(3, "prohibit", protocol, 81);
    for (const IpFamily family : {IpFamily::v4, IpFamily::v6}) {
      const std::string target = net.server_address(family);
      const bool tcp = std::string(protocol) == "tcp";
      const Words expected = reference(net, {tcp ? "-T" : "-U", "-p", "81", target});
      EXPECT_EQ(expected.size(), 3U);
      Words arguments = {target, "81"};
      if (!tcp) arguments.emplace_back("-u");
      EXPECT_EQ(addresses(tracer.json(arguments)), expected);
    }
  }
}

}  // namespace
}  // namespace test
