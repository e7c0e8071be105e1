// --source, --source-port and --interface: as the peer sees them.

#include <gtest/gtest.h>

#include "tests/support/net.hh"
#include "tests/support/netns.hh"
#include "tests/support/nettool.hh"
#include "tests/support/require.hh"

namespace test {
namespace {

using Words = std::vector<std::string>;

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// The far end of `nettool connect HOW... 127.0.0.1 PORT`, or of ::1.
Peer far_end(TcpServer& server, const std::string& address, Words how) {
  how.insert(how.begin(), {"connect", "--shutdown", "rdwr"});
  how.insert(how.end(), {address, server.port_text()});
  Outcome outcome = run(nettool_argv(how));
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  return server.accept();
}

TEST(OptionsSource, Address) {
  TcpServer server;
  for (const char* source : {"127.0.0.5", "127.1.2.3"}) {
    for (const Words& how :
         {Words{"-s", source}, Words{"--source", source}, Words{std::string("--source=") + source}}) {
      EXPECT_EQ(far_end(server, "127.0.0.1", how).peer_address(), source);
    }
  }
  TcpServer server6("::1");
  EXPECT_EQ(far_end(server6, "::1", {"-s", "::1"}).peer_address(), "::1");
}

TEST(OptionsSource, Port) {
  TcpServer server;
  std::uint16_t port = closed_port(SOCK_STREAM);
  EXPECT_EQ(far_end(server, "127.0.0.1", {"-p", std::to_string(port)}).peer_port(), port);
  Peer both = far_end(server, "127.0.0.1", {"-s", "127.0.0.5", "--source-port", "0" + std::to_string(port)});
  EXPECT_EQ(both.peer_address(), "127.0.0.5");
  EXPECT_EQ(both.peer_port(), port);
}

// SO_REUSEADDR is set: what an earlier connection left behind is no obstacle.
TEST(OptionsSource, ThePortAgainAtOnce) {
  TcpServer first;
  TcpServer second;
  std::string port = std::to_string(closed_port(SOCK_STREAM));
  // The peer closes first, so that TIME_WAIT is not ours, or we do, so that it is.
  for (bool peer_first : {true, false}) {
    for (TcpServer* server : {&first, &second}) {
      Program program(nettool("connect", "-p", port, "127.0.0.1", server->port_text()));
      Peer peer = server->accept();
      EXPECT_EQ(std::to_string(peer.peer_port()), port);
      if (peer_first) peer.close();
      program.close_stdin();
      if (!peer_first) EXPECT_EQ(peer.recv_until_eof(), "");
      peer.close();
      EXPECT_EQ(program.wait().status, 0);
    }
  }
  Program held(nettool("connect", "-p", port, "127.0.0.1", first.port_text()));
  Peer one = first.accept();
  Program also(nettool("connect", "-p", port, "127.0.0.1", second.port_text()));
  EXPECT_EQ(second.accept().peer_port(), one.peer_port());
}

// Racing attempts share the source port, which takes the flag on each of them.
TEST(OptionsSource, APortForARace) {
  REQUIRE_NAMESPACES();
  Namespace ns;
  ns.blackhole("192.0.2.1");
  ns.add_address("192.0.2.9");
  ns.hosts("192.0.2.1 both.test\n192.0.2.9 both.test\n");
  TcpServer server = ns.in([] { return TcpServer("192.0.2.9"); });
  Outcome outcome = ns.run(
      nettool("connect", "-p", "5000", "-w", "5", "--shutdown", "rdwr", "both.test", server.port_text()));
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(server.accept().peer_port(), 5000);
}

// Two cables, and the same network behind both: the interface decides.
TEST(OptionsSource, Interface) {
  REQUIRE_NAMESPACES();
  Namespace here;
  Namespace left;
  Namespace right;
  here.veth(left, "left0", "peer0");
  here.veth(right, "right0", "peer0");
  for (const char* name : {"left0", "right0"}) here.run_ip({"addr", "add", "10.8.0.1/24", "dev", name});
  for (Namespace* ns : {&left, &right}) ns->run_ip({"addr", "add", "10.8.0.2/24", "dev", "peer0"});
  TcpServer at_left = left.in([] { return TcpServer("10.8.0.2", {.port = 7000}); });
  TcpServer at_right = right.in([] { return TcpServer("10.8.0.2", {.port = 7000}); });
  for (const auto& [name, server, other] :
       {std::tuple("left0", &at_left, &at_right), std::tuple("right0", &at_right, &at_left)}) {
    Outcome outcome =
        here.run(nettool("connect", "--interface", name, "-i", "200ms", "10.8.0.2", "7000"), name);
    // The server has not ended its side: -i ends this one.
    EXPECT_EQ(outcome.status, 3) << outcome.err;
    EXPECT_EQ(server->accept().recv_until_eof(), name);
    EXPECT_TRUE(other->nobody_for(0ms));
  }
  UdpSocket udp = right.in([] { return UdpSocket("10.8.0.2", 7001); });
  EXPECT_EQ(
      here.run(nettool("connect", "-u", "--interface", "right0", "-q", "0", "10.8.0.2", "7001"), "x").status,
      0);
  EXPECT_EQ(udp.recv().bytes, "x");
  // By lo nobody gets there.
  Outcome nowhere = here.run(nettool("connect", "--interface", "lo", "-w", "300ms", "10.8.0.2", "7000"));
  EXPECT_TRUE(nowhere.status == 3 || nowhere.status == 4) << nowhere.err;
}

// The source of IPv6 as well, on an address that is not the one the kernel would choose.
TEST(OptionsSource, AnotherIPv6Address) {
  REQUIRE_NAMESPACES();
  Namespace ns;
  ns.add_address("2001:db8::1");
  ns.add_address("2001:db8::2");
  for (const char* address : {"2001:db8::1", "2001:db8::2"}) ns.wait_usable(address);
  TcpServer server = ns.in([] { return TcpServer("2001:db8::1"); });
  Outcome outcome = ns.run(
      nettool("connect", "-s", "2001:db8::2", "--shutdown", "rdwr", "2001:db8::1", server.port_text()));
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(server.accept().peer_address(), "2001:db8::2");
}

// "addresses of the other family are dropped": those of the name; one that is written is a contradiction.
TEST(OptionsSource, TheOtherFamilyIsDropped) {
  REQUIRE_NAMESPACES();
  Namespace ns;
  ns.hosts("::1 both.test\n127.0.0.1 both.test\n::1 six.test\n");
  TcpServer server4 = ns.in([] { return TcpServer("127.0.0.1", {.port = 7000}); });
  TcpServer server6 = ns.in([] { return TcpServer("::1", {.port = 7000}); });
  Outcome outcome = ns.run(nettool("connect", "-s", "127.0.0.5", "--shutdown", "rdwr", "both.test", "7000"));
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(server4.accept().peer_address(), "127.0.0.5");
  EXPECT_TRUE(server6.nobody_for(0ms));
  // Nothing is left of this one: it has no address that could be used.
  Outcome none = ns.run(nettool("connect", "-s", "127.0.0.5", "six.test", "7000"));
  EXPECT_TRUE(none.status == 1 || none.status == 4) << none.err;
  EXPECT_TRUE(contains(none.err, "six.test")) << none.err;
  EXPECT_TRUE(server6.nobody_for(0ms));
  EXPECT_EQ(ns.run(nettool("connect", "-s", "127.0.0.5", "::1", "7000")).status, 2);
}

}  // namespace
}  // namespace test
