// How a target may be written: brackets, scopes, service names, leading zeros.

#include <gtest/gtest.h>

#include <csignal>

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

/// Connects and ends at once.
Outcome connect_to(const Words& target, const Namespace* inside = nullptr) {
  Words words = {"connect", "--json", "--shutdown", "rdwr"};
  words.insert(words.end(), target.begin(), target.end());
  return inside == nullptr ? run(nettool_argv(words)) : inside->run(nettool_argv(words));
}

TEST(OptionsAddress, EveryFormOfATarget) {
  TcpServer server4("127.0.0.1");
  TcpServer server6("::1");
  const std::string p4 = server4.port_text();
  const std::string p6 = server6.port_text();
  for (const Words& target :
       {Words{"127.0.0.1", p4}, Words{"127.0.0.1:" + p4}, Words{"127.0.0.1", "00" + p4},
        Words{"-n", "127.0.0.1:" + p4}, Words{"::ffff:127.0.0.1", p4}, Words{"[::ffff:127.0.0.1]:" + p4},
        Words{"-4", "127.0.0.1", p4}, Words{"--", "127.0.0.1", p4}}) {
    SCOPED_TRACE(testing::PrintToString(target));
    EXPECT_EQ(connect_to(target).status, 0);
    server4.accept().close();
  }
  for (const Words& target :
       {Words{"::1", p6}, Words{"[::1]", p6}, Words{"[::1]:" + p6}, Words{"0:0:0:0:0:0:0:1", p6},
        Words{"[0::0001]:" + p6}, Words{"-6", "::1", p6}, Words{"--", "[::1]:" + p6}}) {
    SCOPED_TRACE(testing::PrintToString(target));
    Outcome outcome = connect_to(target);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    // However it was written, RFC 5952 has one way to show it.
    EXPECT_EQ(json::only_event(outcome.err, "connected")["peer"]["address"].string(), "::1");
    server6.accept().close();
  }
}

// Options stand before, between and after the words.
TEST(OptionsAddress, OptionsAnywhere) {
  TcpServer server;
  const std::string port = server.port_text();
  for (const Words& words :
       {Words{"connect", "-w", "5", "127.0.0.1", port, "--shutdown", "rdwr"},
        Words{"connect", "127.0.0.1", "-w5", port, "--shutdown=rdwr"},
        Words{"-v", "connect", "127.0.0.1", "--timeout=5s", "--shutdown", "rdwr", port},
        Words{"connect", "127.0.0.1", port, "--shutdown", "rdwr", "-v"},
        Words{"connect", "-n4w", "5", "--shutdown", "rdwr", "127.0.0.1", port},
        // The last of several wins.
        Words{"connect", "-w", "0", "-w", "5", "--shutdown=rd", "--shutdown=rdwr", "127.0.0.1", port},
        Words{"connect", "-n", "-n", "-v", "-v", "--shutdown", "rdwr", "127.0.0.1", port}}) {
    SCOPED_TRACE(testing::PrintToString(words));
    Outcome outcome = run(nettool_argv(words));
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    server.accept().close();
  }
}

struct LinkLocal {
  Namespace ns;
  Options options;
  LinkLocal() {
    ns.run_ip({"-6", "addr", "add", "fe80::1/64", "dev", "lo", "nodad"});
    ns.wait_usable("fe80::1");
    options.in = Stdio::null();
    options.before_exec = ns.enter_hook();
  }
};

TEST(OptionsAddress, ScopesOfLinkLocalAddresses) {
  REQUIRE_NAMESPACES();
  LinkLocal net;
  Listener listener = start_listener({"-k", "fe80::1%lo", "0"}, net.options);
  EXPECT_EQ(listener.listening["address"].string(), "fe80::1%lo");
  const std::string port = listener.port_text();
  for (const Words& target :
       {Words{"fe80::1%lo", port}, Words{"[fe80::1%lo]:" + port}, Words{"[fe80::1%lo]", port},
        Words{"fe80::1%1", port}, Words{"--interface", "lo", "fe80::1", port},
        Words{"-s", "fe80::1%lo", "fe80::1%lo", port}}) {
    SCOPED_TRACE(testing::PrintToString(target));
    Outcome outcome = connect_to(target, &net.ns);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    json::Value connected = json::only_event(outcome.err, "connected");
    EXPECT_EQ(connected["peer"]["address"].string(), "fe80::1%lo");
    EXPECT_EQ(connected["local"]["address"].string(), "fe80::1%lo");
  }
  // As text the scope is inside the brackets.
  Outcome text = net.ns.run(nettool("-v", "connect", "--shutdown", "rdwr", "fe80::1%lo", port));
  EXPECT_TRUE(contains(text.err, "[fe80::1%lo]:" + port + "/tcp")) << text.err;
}

TEST(OptionsAddress, AScopeThatIsMissing) {
  REQUIRE_NAMESPACES();
  LinkLocal net;
  Outcome outcome = net.ns.run(nettool("connect", "fe80::1", "80"));
  EXPECT_EQ(outcome.status, 4) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "hint: ") && contains(outcome.err, "%interface")) << outcome.err;
}

TEST(OptionsAddress, ListenOnScopesInEveryForm) {
  REQUIRE_NAMESPACES();
  LinkLocal net;
  for (const Words& where : {Words{"fe80::1%lo", "0"}, Words{"[fe80::1%lo]:0"}, Words{"fe80::1%1", "0"},
                             Words{"--interface", "lo", "fe80::1", "0"}}) {
    SCOPED_TRACE(testing::PrintToString(where));
    Listener listener = start_listener(where, net.options);
    EXPECT_EQ(listener.listening["address"].string(), "fe80::1%lo");
    EXPECT_EQ(connect_to({"fe80::1%lo", listener.port_text()}, &net.ns).status, 0);
  }
}

// The answer of a listener on all addresses comes from the scoped one that was asked.
TEST(OptionsAddress, DatagramsWithScopes) {
  REQUIRE_NAMESPACES();
  LinkLocal net;
  Options options;
  options.before_exec = net.ns.enter_hook();
  for (const Words& where : {Words{"-u", "-k", "0"}, Words{"-u", "-k", "fe80::1%lo", "0"}}) {
    Listener listener = start_listener(where, options);
    Program client(nettool("connect", "-u", "fe80::1%lo", listener.port_text()), options);
    client.write_stdin("question");
    EXPECT_EQ(listener.program.read_exact(Stream::out, 8), "question");
    listener.program.write_stdin("answer");
    EXPECT_EQ(client.read_exact(Stream::out, 6), "answer");
  }
}

// The two ends of a cable have link-local addresses of their own.
TEST(OptionsAddress, LinkLocalAcrossACable) {
  REQUIRE_NAMESPACES();
  Namespace here;
  Namespace there;
  here.veth(there, "c0", "c1");
  here.run_ip({"-6", "addr", "add", "fe80::a/64", "dev", "c0", "nodad"});
  there.run_ip({"-6", "addr", "add", "fe80::b/64", "dev", "c1", "nodad"});
  here.wait_usable("fe80::a");
  there.wait_usable("fe80::b");
  TcpServer server = there.in([] { return TcpServer("fe80::b%c1"); });
  Outcome outcome = connect_to({"-s", "fe80::a%c0", "fe80::b%c0", server.port_text()}, &here);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  // Its scope is a number of the other network, whose name this one cannot know.
  EXPECT_TRUE(server.accept().peer_address().starts_with("fe80::a%"));
}

TEST(OptionsAddress, ServiceNames) {
  REQUIRE_NAMESPACES();
  Namespace ns;
  ns.services("echo 7/tcp\necho 7/udp\nnettool-test 7010/tcp alias-of-it # words\nnettool-test 7011/udp\n");
  TcpServer echo = ns.in([] { return TcpServer("127.0.0.1", {.port = 7}); });
  TcpServer tcp = ns.in([] { return TcpServer("127.0.0.1", {.port = 7010}); });
  UdpSocket udp = ns.in([] { return UdpSocket("127.0.0.1", 7011); });
  for (const Words& target : {Words{"127.0.0.1", "echo"}, Words{"127.0.0.1:echo"},
                              Words{"127.0.0.1", "nettool-test"}, Words{"127.0.0.1", "alias-of-it"}}) {
    SCOPED_TRACE(testing::PrintToString(target));
    EXPECT_EQ(connect_to(target, &ns).status, 0);
  }
  EXPECT_EQ(ns.run(nettool("connect", "-u", "-q", "0", "127.0.0.1", "nettool-test"), "x").status, 0);
  EXPECT_EQ(udp.recv().bytes, "x");
  // -n asks no table, and a name that the table lacks is no port.
  EXPECT_EQ(connect_to({"-n", "127.0.0.1", "echo"}, &ns).status, 2);
  EXPECT_EQ(connect_to({"127.0.0.1", "no-such-service"}, &ns).status, 2);
}

// Zero is a port like any other to a client: nobody can listen there.
TEST(OptionsAddress, PortZero) {
  EXPECT_EQ(connect_to({"127.0.0.1", "0"}).status, 1);
}

}  // namespace
}  // namespace test
