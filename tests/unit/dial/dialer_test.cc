#include "net/dial/dialer.hh"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <initializer_list>
#include <string>
#include <vector>

#include "tests/support/net.hh"

// One address, on loopback.
namespace net {
namespace {

using namespace std::chrono_literals;

class Steps final : public DialObserver {
 public:
  void resolved(const dns::Answer& answer) override { answers.push_back(answer); }
  void attempted(const Attempt& attempt) override { attempts.push_back(attempt); }
  std::vector<dns::Answer> answers;
  std::vector<Attempt> attempts;
};

class DialerTest : public testing::Test {
 protected:
  Result<Dialed> dial(const std::string& host, std::uint16_t port, DialOptions options = {}) {
    Dialer dialer(reactor_, std::move(options), steps_);
    return reactor_.run(dialer.dial(host, port));
  }
  /// The errno that the dial fails with, by name.
  std::string refusal(const std::string& host, std::uint16_t port, DialOptions options = {}) {
    const auto dialed = dial(host, port, std::move(options));
    return dialed ? "connected" : dialed.error().symbol();
  }

  Reactor reactor_;
  Steps steps_;
};

DialOptions with_options(std::initializer_list<const char*> texts) {
  DialOptions options;
  for (const char* text : texts) {
    auto setting = parse_option(text);
    EXPECT_TRUE(setting) << text;
    options.options.push_back(std::move(*setting));
  }
  return options;
}

int int_option(const Socket& socket, int level, int name) {
  int value = -1;
  socklen_t length = sizeof value;
  getsockopt(socket.fd(), level, name, &value, &length);
  return value;
}

TEST_F(DialerTest, Connects) {
  test::TcpServer server;
  const auto dialed = dial("127.0.0.1", server.port());
  ASSERT_TRUE(dialed) << dialed.error().message();
  const test::Peer peer = server.accept();
  EXPECT_EQ(dialed->peer.text(), "127.0.0.1:" + server.port_text());
  EXPECT_EQ(dialed->socket.peer(), dialed->peer);
  EXPECT_EQ(dialed->socket.local().port(), peer.peer_port());
  EXPECT_TRUE(dialed->connected);
  EXPECT_GT(dialed->time, Duration::zero());
}

TEST_F(DialerTest, TellsItsSteps) {
  test::TcpServer server("::1");
  ASSERT_TRUE(dial("::1", server.port()));
  ASSERT_EQ(steps_.answers.size(), 1U);
  EXPECT_EQ(steps_.answers[0].source, dns::Source::literal);
  EXPECT_EQ(steps_.answers[0].host, "::1");
  EXPECT_EQ(steps_.answers[0].family, AF_INET6);
  ASSERT_EQ(steps_.attempts.size(), 1U);
  EXPECT_EQ(steps_.attempts[0].address.text(), "[::1]:" + server.port_text());
  EXPECT_FALSE(steps_.attempts[0].error);
}

TEST_F(DialerTest, Refused) {
  for (const std::string host : {"127.0.0.1", "::1"}) {
    const std::uint16_t port = test::closed_port(SOCK_STREAM, host);
    const auto dialed = dial(host, port);
    ASSERT_FALSE(dialed) << host;
    EXPECT_EQ(dialed.error().op, "connect");
    EXPECT_EQ(dialed.error().symbol(), "ECONNREFUSED");
    EXPECT_EQ(dialed.error().blame, Blame::remote);
    EXPECT_TRUE(dialed.error().subject.ends_with(":" + std::to_string(port) + "/tcp"))
        << dialed.error().subject;
    ASSERT_FALSE(steps_.attempts.empty());
    ASSERT_TRUE(steps_.attempts.back().error);
    EXPECT_EQ(steps_.attempts.back().error->symbol(), "ECONNREFUSED");
  }
}

TEST_F(DialerTest, SilenceUntilTheTimeout) {
  const test::SilentPort silent;
  DialOptions options;
  options.timeout = 120ms;
  const TimePoint begin = reactor_.now();
  const auto dialed = dial("127.0.0.1", silent.port(), options);
  const Duration took = reactor_.now() - begin;
  ASSERT_FALSE(dialed);
  EXPECT_EQ(dialed.error().symbol(), "ETIMEDOUT");
  EXPECT_EQ(dialed.error().blame, Blame::silence);
  EXPECT_EQ(dialed.error().message(), "no answer in 120 ms");
  EXPECT_GE(took, 120ms);
  EXPECT_LT(took, 5s);
  ASSERT_EQ(steps_.attempts.size(), 1U);
  EXPECT_GE(steps_.attempts[0].syns_sent, 1U);
  EXPECT_GE(steps_.attempts[0].time, 119ms);
}

// Our own port as source and destination connects to itself (RFC 9293, 3.5); nobody else is there.
TEST_F(DialerTest, ConnectingToItselfIsNoConnection) {
  DialOptions options;
  options.source = *Endpoint::parse_ip("127.0.0.1", 0);
  options.source_port = test::closed_port(SOCK_STREAM);
  const auto dialed = dial("127.0.0.1", options.source_port, options);
  ASSERT_FALSE(dialed);
  EXPECT_EQ(dialed.error().symbol(), "ECONNREFUSED");
  EXPECT_EQ(dialed.error().blame, Blame::remote);
  EXPECT_TRUE(dialed.error().message().contains("itself")) << dialed.error().message();
}

TEST_F(DialerTest, SourceAddressAndPort) {
  test::TcpServer server;
  DialOptions options;
  options.source = *Endpoint::parse_ip("127.0.0.5", 0);
  options.source_port = test::closed_port(SOCK_STREAM, "127.0.0.5");
  const auto dialed = dial("127.0.0.1", server.port(), options);
  ASSERT_TRUE(dialed) << dialed.error().message();
  const test::Peer peer = server.accept();
  EXPECT_EQ(peer.peer_address(), "127.0.0.5");
  EXPECT_EQ(peer.peer_port(), options.source_port);
}

TEST_F(DialerTest, SourcePortAlone) {
  test::TcpServer server("::1");
  DialOptions options;
  options.source_port = test::closed_port(SOCK_STREAM, "::1");
  ASSERT_TRUE(dial("::1", server.port(), options));
  EXPECT_EQ(server.accept().peer_port(), options.source_port);
}

TEST_F(DialerTest, SourceThatIsNotOurs) {
  DialOptions options;
  options.source = *Endpoint::parse_ip("192.0.2.1", 0);
  const auto dialed = dial("127.0.0.1", 1, options);
  ASSERT_FALSE(dialed);
  EXPECT_EQ(dialed.error().op, "bind");
  EXPECT_EQ(dialed.error().symbol(), "EADDRNOTAVAIL");
  EXPECT_EQ(dialed.error().blame, Blame::local);
}

TEST_F(DialerTest, AddressesOfAnotherFamilyAreNotTried) {
  DialOptions options;
  options.family = AF_INET6;
  EXPECT_EQ(refusal("127.0.0.1", 1, options), "EAFNOSUPPORT");
  options = {};
  options.source = *Endpoint::parse_ip("::1", 0);
  EXPECT_EQ(refusal("127.0.0.1", 1, options), "EAFNOSUPPORT");
  EXPECT_TRUE(steps_.attempts.empty());
}

TEST_F(DialerTest, Interface) {
  test::TcpServer server;
  DialOptions options;
  options.interface = "lo";
  EXPECT_TRUE(dial("127.0.0.1", server.port(), options));
  options.interface = "nonesuch";
  EXPECT_EQ(refusal("127.0.0.1", server.port(), options), "ENODEV");
}

TEST_F(DialerTest, OptionsAreSetBeforeAndAfter) {
  test::TcpServer server;
  const auto dialed = dial("127.0.0.1", server.port(),
                           with_options({"TCP_NODELAY=on", "TCP_KEEPIDLE=33", "TCP_QUICKACK=off"}));
  ASSERT_TRUE(dialed) << dialed.error().message();
  EXPECT_EQ(int_option(dialed->socket, IPPROTO_TCP, TCP_NODELAY), 1);
  EXPECT_EQ(int_option(dialed->socket, IPPROTO_TCP, TCP_KEEPIDLE), 33);
  EXPECT_EQ(int_option(dialed->socket, IPPROTO_TCP, TCP_QUICKACK), 0);
}

// The dialer's own use of an option does not undo the user's.
TEST_F(DialerTest, RecverrStaysAsItWasAsked) {
  test::TcpServer server;
  const auto asked = dial("127.0.0.1", server.port(), with_options({"IP_RECVERR=on"}));
  ASSERT_TRUE(asked);
  EXPECT_EQ(int_option(asked->socket, IPPROTO_IP, IP_RECVERR), 1);
  const auto plain = dial("127.0.0.1", server.port());
  ASSERT_TRUE(plain);
  EXPECT_EQ(int_option(plain->socket, IPPROTO_IP, IP_RECVERR), 0);
}

TEST_F(DialerTest, OptionsOfIpv6AreSkippedOnIpv4) {
  test::TcpServer four;
  test::TcpServer six("::1");
  EXPECT_TRUE(dial("127.0.0.1", four.port(), with_options({"IPV6_UNICAST_HOPS=9"})));
  const auto dialed = dial("::1", six.port(), with_options({"IPV6_UNICAST_HOPS=9"}));
  ASSERT_TRUE(dialed);
  EXPECT_EQ(int_option(dialed->socket, IPPROTO_IPV6, IPV6_UNICAST_HOPS), 9);
}

TEST_F(DialerTest, ARefusedOptionIsAnError) {
  test::TcpServer server;
  const auto dialed = dial("127.0.0.1", server.port(), with_options({"TCP_KEEPCNT=1000"}));
  ASSERT_FALSE(dialed);
  EXPECT_EQ(dialed.error().op, "setsockopt");
  EXPECT_EQ(dialed.error().subject, "TCP_KEEPCNT=1000");
  EXPECT_EQ(dialed.error().blame, Blame::local);
  EXPECT_EQ(dialed.error().hint, "takes 1 to 127");
  EXPECT_TRUE(server.nobody_for(0ms));
}

DialOptions udp() {
  DialOptions options;
  options.transport.type = SOCK_DGRAM;
  return options;
}

TEST_F(DialerTest, Udp) {
  test::UdpSocket server;
  const auto dialed = dial("127.0.0.1", server.port(), udp());
  ASSERT_TRUE(dialed);
  EXPECT_TRUE(dialed->connected);
  EXPECT_EQ(dialed->socket.peer(), dialed->peer);
  // Or a router's "no" would never be heard.
  EXPECT_EQ(int_option(dialed->socket, IPPROTO_IP, IP_RECVERR), 1);
  EXPECT_EQ(int_option(dialed->socket, SOL_SOCKET, SO_BROADCAST), 0);
}

// What the dialer would set by itself, the user may have otherwise.
TEST_F(DialerTest, TheUsersOptionsComeBeforeItsOwn) {
  test::UdpSocket server;
  DialOptions options = with_options({"IP_RECVERR=off"});
  options.transport.type = SOCK_DGRAM;
  auto dialed = dial("127.0.0.1", server.port(), options);
  ASSERT_TRUE(dialed);
  EXPECT_EQ(int_option(dialed->socket, IPPROTO_IP, IP_RECVERR), 0);

  options = with_options({"SO_BROADCAST=off"});
  options.transport.type = SOCK_DGRAM;
  options.unconnected = true;
  dialed = dial("127.0.0.1", server.port(), options);
  ASSERT_TRUE(dialed);
  EXPECT_EQ(int_option(dialed->socket, SOL_SOCKET, SO_BROADCAST), 0);

  test::TcpServer stream;
  options = with_options({"IP_RECVERR=on"});
  dialed = dial("127.0.0.1", stream.port(), options);
  ASSERT_TRUE(dialed);
  EXPECT_EQ(int_option(dialed->socket, IPPROTO_IP, IP_RECVERR), 1);
}

TEST_F(DialerTest, UdpUnconnected) {
  test::UdpSocket server;
  DialOptions options = udp();
  options.unconnected = true;
  const auto dialed = dial("127.0.0.1", server.port(), options);
  ASSERT_TRUE(dialed);
  EXPECT_FALSE(dialed->connected);
  EXPECT_EQ(dialed->socket.peer(), Endpoint());
  EXPECT_EQ(dialed->peer.port(), server.port());
}

TEST_F(DialerTest, UdpToGroupsAndBroadcastIsNotConnected) {
  for (const std::string host : {"239.1.2.3", "255.255.255.255", "ff02::1%lo", "127.255.255.255"}) {
    const auto dialed = dial(host, 9, udp());
    ASSERT_TRUE(dialed) << host << ": " << dialed.error().message();
    EXPECT_FALSE(dialed->connected) << host;
    EXPECT_EQ(int_option(dialed->socket, SOL_SOCKET, SO_BROADCAST), 1) << host;
  }
}

TEST_F(DialerTest, ALinkLocalAddressNeedsItsInterface) {
  const auto dialed = dial("fe80::1", 9, udp());
  ASSERT_FALSE(dialed);
  EXPECT_EQ(dialed.error().blame, Blame::local);
  DialOptions options = udp();
  options.interface = "lo";
  const auto scoped = dial("ff02::1", 9, options);
  ASSERT_TRUE(scoped) << scoped.error().message();
}

Task<bool> dial_until(Reactor& reactor, Dialer& dialer, std::uint16_t port, TimePoint when) {
  auto dialed = co_await with_deadline(reactor, when, dialer.dial("127.0.0.1", port));
  co_return dialed.has_value();
}

TEST_F(DialerTest, CanBeAbandoned) {
  const test::SilentPort silent;
  Dialer dialer(reactor_, {}, steps_);
  EXPECT_FALSE(reactor_.run(dial_until(reactor_, dialer, silent.port(), reactor_.now() + 20ms)));
}

}  // namespace
}  // namespace net
