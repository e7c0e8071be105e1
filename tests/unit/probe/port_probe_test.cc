#include "net/probe/port_probe.hh"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <string>
#include <thread>

#include "tests/support/files.hh"
#include "tests/support/net.hh"
#include "tests/support/netns.hh"
#include "tests/support/require.hh"
#include "tests/support/unix_socket.hh"

// One question to one address, on loopback, and across a router of our own.
namespace net {
namespace {

using namespace std::chrono_literals;

constexpr Transport udp{.type = SOCK_DGRAM};

Endpoint ip(const std::string& address, std::uint16_t port) {
  return *Endpoint::parse_ip(address, port);
}

Attempt probe(const Endpoint& address, const DialOptions& options = {}, Duration timeout = 10s) {
  Reactor reactor;
  return reactor.run(probe_port(reactor, options, address, timeout));
}

/// The errno of the attempt by its name, "" for an answer.
std::string symbol(const Attempt& attempt) {
  return attempt.error ? attempt.error->symbol() : "";
}

/// Answers one datagram with `answer`.
class Answering {
 public:
  explicit Answering(std::string answer, const std::string& address = "127.0.0.1")
      : socket_(address), thread_([this, text = std::move(answer)] {
          const test::Datagram asked = socket_.recv();
          question_ = asked.bytes;
          socket_.reply(asked, text);
        }) {}
  Answering(const Answering&) = delete;
  Answering& operator=(const Answering&) = delete;
  ~Answering() { thread_.join(); }

  [[nodiscard]] std::uint16_t port() const { return socket_.port(); }

 private:
  test::UdpSocket socket_;
  std::string question_;
  std::thread thread_;
};

TEST(PortProbe, AnOpenPortIsClosedAgain) {
  for (const std::string address : {"127.0.0.1", "::1"}) {
    test::TcpServer server(address);
    const Attempt attempt = probe(ip(address, server.port()));
    EXPECT_EQ(symbol(attempt), "") << address;
    EXPECT_GT(attempt.time, Duration::zero());
    EXPECT_EQ(attempt.address, ip(address, server.port()));
    EXPECT_EQ(server.accept().recv_until_eof(), "");
  }
}

TEST(PortProbe, AClosedPortRefuses) {
  for (const std::string address : {"127.0.0.1", "::1"}) {
    const Attempt tcp = probe(ip(address, test::closed_port(SOCK_STREAM, address)));
    EXPECT_EQ(symbol(tcp), "ECONNREFUSED") << address;
    EXPECT_FALSE(tcp.icmp) << "it was a RST";
    const Attempt datagram = probe(ip(address, test::closed_port(SOCK_DGRAM, address)), {.transport = udp});
    EXPECT_EQ(symbol(datagram), "ECONNREFUSED") << address;
    ASSERT_TRUE(datagram.icmp) << address;
    EXPECT_EQ(datagram.icmp->offender.address_text(), address);
    EXPECT_EQ(datagram.error->blame, Blame::remote);
  }
}

TEST(PortProbe, Silence) {
  const test::SilentPort silent;
  const Attempt tcp = probe(ip("127.0.0.1", silent.port()), {}, 100ms);
  EXPECT_EQ(symbol(tcp), "ETIMEDOUT");
  EXPECT_EQ(tcp.error->message(), "no answer in 100 ms");
  EXPECT_EQ(tcp.error->blame, Blame::silence);
  EXPECT_EQ(tcp.syns_sent, 1U);
  EXPECT_GE(tcp.time, 99ms);
  const test::UdpSocket mute;
  const Attempt datagram = probe(ip("127.0.0.1", mute.port()), {.transport = udp}, 100ms);
  EXPECT_EQ(symbol(datagram), "ETIMEDOUT");
  EXPECT_EQ(datagram.error->message(), "no answer in 100 ms");
  EXPECT_EQ(datagram.error->subject, "127.0.0.1:" + mute.port_text() + "/udp");
}

TEST(PortProbe, AnyDatagramIsAnAnswer) {
  for (const std::string answer : {"yes", ""}) {
    for (const bool unconnected : {false, true}) {
      const Answering server(answer);
      const Attempt attempt =
          probe(ip("127.0.0.1", server.port()), {.transport = udp, .unconnected = unconnected});
      EXPECT_EQ(symbol(attempt), "") << answer;
      EXPECT_GT(attempt.time, Duration::zero());
    }
  }
}

// From the very port that is asked a datagram comes back to its sender.
TEST(PortProbe, ItselfIsNobody) {
  DialOptions options{.transport = udp};
  options.source_port = test::closed_port(SOCK_DGRAM);
  const Attempt attempt = probe(ip("127.0.0.1", options.source_port), options);
  EXPECT_EQ(symbol(attempt), "ECONNREFUSED");
  EXPECT_TRUE(attempt.error->message().contains("itself"));
}

TEST(PortProbe, FromTheSourceAskedFor) {
  test::TcpServer server("127.0.0.1");
  const std::uint16_t port = test::closed_port(SOCK_STREAM);
  const Attempt attempt =
      probe(ip("127.0.0.1", server.port()), {.source = ip("127.0.0.9", 0), .source_port = port});
  EXPECT_EQ(symbol(attempt), "");
  const test::Peer peer = server.accept();
  EXPECT_EQ(peer.peer_address(), "127.0.0.9");
  EXPECT_EQ(peer.peer_port(), port);
  const Attempt nobody = probe(ip("127.0.0.1", server.port()), {.source = ip("192.0.2.77", 0)});
  EXPECT_EQ(symbol(nobody), "EADDRNOTAVAIL");
  EXPECT_EQ(nobody.error->blame, Blame::local);
}

TEST(PortProbe, UnixSockets) {
  const test::TempDir dir;
  const auto at = [&dir](const char* name) { return *Endpoint::parse_unix(dir / name); };
  const DialOptions streams{.transport = {.unix_domain = true}};
  const DialOptions datagrams{.transport = {.unix_domain = true, .type = SOCK_DGRAM}};
  EXPECT_EQ(symbol(probe(at("none"), streams)), "ENOENT");
  test::UnixServer server(dir / "stream");
  EXPECT_EQ(symbol(probe(at("stream"), streams)), "");
  EXPECT_EQ(server.accept().recv_until_eof(), "");

  test::UnixServer answering(dir / "datagram", SOCK_DGRAM);
  std::thread answers([&] { answering.send_to("yes", answering.recv().from); });
  EXPECT_EQ(symbol(probe(at("datagram"), datagrams)), "");
  answers.join();
  EXPECT_EQ(symbol(probe(at("datagram"), datagrams, 50ms)), "ETIMEDOUT");
  answering.close();
  EXPECT_EQ(symbol(probe(at("datagram"), datagrams)), "ECONNREFUSED");
}

TEST(PortProbe, ARouterSaysNo) {
  REQUIRE_NAMESPACES();
  test::Namespace client;
  test::Namespace router;
  client.veth(router, "up0", "down0");
  client.run_ip({"addr", "add", "10.9.0.1/24", "dev", "up0"});
  router.run_ip({"addr", "add", "10.9.0.254/24", "dev", "down0"});
  client.run_ip({"route", "add", "default", "via", "10.9.0.254"});
  router.sysctl("net.ipv4.ip_forward", "1");
  router.run_ip({"route", "add", "prohibit", "192.0.2.1"});
  for (const Transport transport : {Transport{}, udp}) {
    const Attempt attempt = client.in([&] { return probe(ip("192.0.2.1", 80), {.transport = transport}); });
    EXPECT_EQ(symbol(attempt), "EHOSTUNREACH");
    ASSERT_TRUE(attempt.icmp) << transport.name();
    EXPECT_EQ(attempt.icmp->offender.address_text(), "10.9.0.254");
    EXPECT_EQ(attempt.error->said_by, "10.9.0.254");
    EXPECT_EQ(attempt.error->blame, Blame::remote);
  }
}

}  // namespace
}  // namespace net
