// A socket that reaches itself, because the kernel picked the very port that is asked for, has found nobody.

#include <gtest/gtest.h>

#include "tests/e2e/scan_run.hh"
#include "tests/support/netns.hh"
#include "tests/support/require.hh"

namespace test {
namespace {

TEST(ScanSelf, AConnectionToItselfIsClosed) {
  REQUIRE_NAMESPACES();
  Namespace ns;
  // So few ports to pick from that it happens again and again.
  ns.sysctl("net.ipv4.ip_local_port_range", "40000 40019");
  std::string hosts;
  for (int i = 0; i < 40; ++i) hosts += "127.0.0.1\n::1\n";
  const Outcome outcome =
      scan({"--json", "--all", "-f", "-", "40000-40019"}, hosts, {.before_exec = ns.enter_hook()});
  EXPECT_EQ(outcome.status, 1) << outcome.err;
  int itself = 0;
  for (const json::Value& port : json::events(outcome.out, "port")) {
    ASSERT_EQ(port["state"].string(), "closed") << port.text();
    itself += port["error"]["message"].string().find("connected to itself") != std::string::npos ? 1 : 0;
  }
  EXPECT_GT(itself, 0) << "it never happened: nothing was tested";
}

}  // namespace
}  // namespace test
