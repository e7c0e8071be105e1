// The scripted DNS server and the namespaces, proved with dig, ip and python.

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

#include "tests/support/dns_server.hh"
#include "tests/support/net.hh"
#include "tests/support/netns.hh"
#include "tests/support/require.hh"

namespace test {
namespace {

std::string dig(const DnsServer& server, std::vector<std::string> arguments) {
  std::vector<std::string> argv = {"dig",     "@127.0.0.1", "-p",        std::to_string(server.port()),
                                   "+noall",  "+answer",    "+comments", "+nocookie",
                                   "+tries=1"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return run(argv).out;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(SupportDns, AnswersByTheBook) {
  REQUIRE_PROGRAM("dig");
  DnsServer server;
  server.add("www.Example.test", Record::cname("real.example.test."));
  server.add_addresses("real.example.test", {"192.0.2.1", "192.0.2.2", "2001:db8::1"});
  server.add("real.example.test", Record::txt("some words"));
  server.add("real.example.test", Record::mx(10, "mail.example.test"));
  server.add("1.2.0.192.in-addr.arpa", Record::ptr("real.example.test"));

  std::string www = dig(server, {"WWW.example.test", "A"});
  EXPECT_TRUE(contains(www, "CNAME\treal.example.test.")) << www;
  EXPECT_TRUE(contains(www, "A\t192.0.2.2")) << www;
  EXPECT_TRUE(contains(dig(server, {"www.example.test", "AAAA"}), "2001:db8::1"));
  EXPECT_TRUE(contains(dig(server, {"real.example.test", "MX"}), "10 mail.example.test."));
  EXPECT_TRUE(contains(dig(server, {"real.example.test", "TXT"}), "\"some words\""));
  EXPECT_TRUE(contains(dig(server, {"-x", "192.0.2.1"}), "real.example.test."));
  EXPECT_TRUE(contains(dig(server, {"none.test"}), "NXDOMAIN"));
  std::string nodata = dig(server, {"real.example.test", "SOA"});
  EXPECT_TRUE(contains(nodata, "NOERROR") && contains(nodata, "ANSWER: 0")) << nodata;

  std::vector<Question> asked = server.questions();
  ASSERT_EQ(asked.size(), 7U);
  EXPECT_EQ(asked[0].name, "WWW.example.test");
  EXPECT_EQ(asked[1].type, type_aaaa);
  EXPECT_TRUE(asked[0].edns);
  EXPECT_FALSE(asked[0].tcp);
}

TEST(SupportDns, TruncatesAndAnswersOverTcp) {
  REQUIRE_PROGRAM("dig");
  DnsServer server;
  std::vector<std::string> many;
  for (int i = 1; i <= 60; ++i) many.push_back("192.0.2." + std::to_string(i));
  server.add_addresses("many.test", many);
  std::string cut = dig(server, {"+noedns", "+ignore", "many.test"});
  EXPECT_TRUE(contains(cut, " tc ") && contains(cut, "ANSWER: 0")) << cut;
  EXPECT_TRUE(contains(dig(server, {"+noedns", "many.test"}), "192.0.2.60"));
  EXPECT_TRUE(server.questions().back().tcp);
  EXPECT_FALSE(server.questions().back().edns);

  server.add_addresses("small.test", {"192.0.2.7"});
  server.behave("small.test", {.truncate = true});
  EXPECT_TRUE(contains(dig(server, {"small.test"}), "192.0.2.7"));
  EXPECT_TRUE(server.questions().back().tcp);
}

TEST(SupportDns, MisbehavesAsAsked) {
  REQUIRE_PROGRAM("dig");
  DnsServer server;
  for (const char* name : {"slow.test", "half.test", "sick.test", "junk.test"}) {
    server.add_addresses(name, {"192.0.2.1", "2001:db8::1"});
  }
  server.behave("slow.test", {.delay = 300ms});
  Stopwatch watch;
  EXPECT_TRUE(contains(dig(server, {"slow.test"}), "192.0.2.1"));
  EXPECT_GE(watch.seconds(), 0.3);
  server.behave("half.test", {.silent = true}, type_aaaa);
  EXPECT_TRUE(contains(dig(server, {"half.test"}), "192.0.2.1"));
  EXPECT_TRUE(contains(dig(server, {"+timeout=1", "half.test", "AAAA"}), "timed out"));
  server.wait_asked("half.test", type_aaaa);
  server.behave("sick.test", {.rcode = 2});
  EXPECT_TRUE(contains(dig(server, {"sick.test"}), "SERVFAIL"));
  server.behave("junk.test", {.rewrite = [](std::string reply) { return reply.substr(0, 20); }});
  EXPECT_FALSE(contains(dig(server, {"+timeout=1", "junk.test"}), "192.0.2.1"));
  server.behave("*", {.rcode = 5});
  EXPECT_TRUE(contains(dig(server, {"other.test"}), "REFUSED"));
}

TEST(SupportNamespace, IsANetworkOfItsOwn) {
  REQUIRE_NAMESPACES();
  Namespace ns;
  TcpServer server = ns.in([] { return TcpServer("127.0.0.1"); });
  EXPECT_TRUE(contains(message_of([&] { (void)connect_tcp("127.0.0.1", server.port(), 5s); }), "refused"));
  Peer client = ns.in([&] { return connect_tcp("127.0.0.1", server.port()); });
  Peer served = server.accept();
  client.send_all("x");
  EXPECT_EQ(served.recv_some(), "x");
  EXPECT_THROW(ns.in([] { throw std::logic_error("passed on"); }), std::logic_error);
  ns.add_address("192.0.2.77");
  ns.add_address("2001:db8::77");
  EXPECT_TRUE(contains(ns.run_ip({"addr"}), "2001:db8::77/128"));
  EXPECT_NO_THROW(ns.in([] { return TcpServer("192.0.2.77"); }));
  ns.sysctl("net.ipv4.ip_forward", "1");
  EXPECT_EQ(ns.run({"cat", "/proc/sys/net/ipv4/ip_forward"}).out, "1\n");
  EXPECT_EQ(ns.run({"pwd"}).out, run({"pwd"}).out);
}

TEST(SupportNamespace, HasItsOwnFilesAndResolver) {
  REQUIRE_NAMESPACES();
  std::string hosts_before = run_ok({"cat", "/etc/hosts"});
  Namespace ns;
  ns.add_address("192.0.2.99");
  ns.hosts("192.0.2.5 private.test\n");
  ns.resolv_conf("nameserver 127.0.0.1\nsearch corp.test\n");
  ns.nsswitch("hosts: files dns\n");
  ns.gai_conf("precedence ::ffff:0:0/96 100\n");
  auto dns = ns.in([] { return std::make_unique<DnsServer>("127.0.0.1", 53); });
  dns->add_addresses("intra.corp.test", {"192.0.2.6"});
  EXPECT_TRUE(contains(ns.run({"getent", "ahostsv4", "private.test"}).out, "192.0.2.5"));
  EXPECT_TRUE(contains(ns.run({"getent", "ahostsv4", "intra"}).out, "192.0.2.6"));
  dns->wait_asked("intra.corp.test", type_a);
  ns.hosts("192.0.2.9 private.test\n");
  EXPECT_TRUE(contains(ns.run({"getent", "ahostsv4", "private.test"}).out, "192.0.2.9"));
  EXPECT_EQ(run_ok({"cat", "/etc/hosts"}), hosts_before);
}

// 3.5 s is longer than any of the kernel's answers to itself: no neighbour 3 s, v6 to lo 1 s.
TEST(SupportNamespace, BlackholesAreTrulySilent) {
  REQUIRE_NAMESPACES();
  Namespace ns;
  for (const char* address : {"192.0.2.9", "2001:db8:9::9"}) ns.blackhole(address);
  constexpr const char* script = R"(
import select, socket, sys
socks = []
for address in sys.argv[1:]:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        s = socket.socket(family, kind)
        s.setblocking(False)
        error = s.connect_ex((address, 80))
        if kind == socket.SOCK_DGRAM: s.send(b"x")
        print(address, kind.name, error, s.getsockname()[0])
        socks.append(s)
poll = select.poll()
for s in socks: poll.register(s, select.POLLIN)
print("events", poll.poll(3500), [s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) for s in socks])
)";
  Outcome outcome = ns.run({"python3", "-c", script, "192.0.2.9", "2001:db8:9::9"});
  EXPECT_EQ(outcome.err, "");
  EXPECT_TRUE(contains(outcome.out, "events [] [0, 0, 0, 0]")) << outcome.out;
  EXPECT_TRUE(contains(outcome.out, "SOCK_STREAM 115 198.18.0.1")) << outcome.out;
  EXPECT_TRUE(contains(outcome.out, "SOCK_STREAM 115 2001:db8:ffff::1")) << outcome.out;
}

TEST(SupportNamespace, CablesJoinTwo) {
  REQUIRE_NAMESPACES();
  Namespace left;
  Namespace right;
  left.veth(right, "east", "west");
  left.run_ip({"addr", "add", "192.0.2.1/24", "dev", "east"});
  right.run_ip({"addr", "add", "192.0.2.2/24", "dev", "west"});
  left.run_ip({"-6", "addr", "add", "2001:db8::1/64", "dev", "east", "nodad"});
  right.run_ip({"-6", "addr", "add", "2001:db8::2/64", "dev", "west", "nodad"});
  for (const char* address : {"192.0.2.2", "2001:db8::2"}) {
    TcpServer server = right.in([&] { return TcpServer(address); });
    Peer client = left.in([&] { return connect_tcp(address, server.port()); });
    EXPECT_EQ(server.accept().peer_port(), client.local_port());
  }
}

}  // namespace
}  // namespace test
