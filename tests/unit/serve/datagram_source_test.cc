#include "net/serve/datagram_source.hh"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/sock/datagram.hh"
#include "tests/support/files.hh"
#include "tests/support/net.hh"
#include "tests/support/require.hh"
#include "tests/support/unix_socket.hh"
#include "tests/unit/hand_clock.hh"

namespace net {
namespace {

using Texts = std::vector<std::string>;

class Log final : public SourceObserver {
 public:
  void rejected(const Endpoint& peer, Rejection reason) override {
    events.push_back(peer.text() + " " + std::string(rejection_name(reason)));
  }
  void failed(const Error& error) override { events.push_back("failed " + error.symbol()); }
  void dropped(const Client& client) override { events.push_back("dropped " + client.peer.text()); }
  Texts events{};
};

/// Time for all that has come to be taken from the socket.
Task<> settle(Reactor& reactor) {
  for (int i = 0; i < 50; ++i) co_await reactor.yield();
  // An error makes it pause.
  co_await reactor.sleep(std::chrono::milliseconds(2));
  for (int i = 0; i < 50; ++i) co_await reactor.yield();
}

class DatagramSourceTest : public testing::Test {
 protected:
  void open(const std::string& address = "127.0.0.1", const DatagramSourceOptions& options = {},
            bool icmp_errors = false) {
    ListenOptions listen;
    listen.transport.type = SOCK_DGRAM;
    listen.transport.unix_domain = address.front() == '/';
    if (listen.transport.unix_domain) {
      listen.address = *Endpoint::parse_unix(address);
    } else if (address != "*") {
      listen.address = *Endpoint::parse_ip(address, 0);
    }
    listen.prepare = [icmp_errors](const Socket& socket, int family) -> Result<void> {
      if (icmp_errors) static_cast<void>(socket.set_int(IPPROTO_IP, IP_RECVERR, 1, "IP_RECVERR"));
      return want_packet_info(socket, family);
    };
    auto listener = Listener::open(listen);
    ASSERT_TRUE(listener) << listener.error().message();
    port_ = listener->local().port();
    source_ = make_datagram_source(reactor_, std::move(*listener), listen.transport, gate_, log_, options);
  }
  void send(test::UdpSocket& from, std::string_view text, const std::string& to = "127.0.0.1") {
    from.send_to(text, to, port_);
  }
  Connection next() {
    auto connection = reactor_.run(source_->next());
    EXPECT_TRUE(connection);
    return std::move(*connection);
  }
  void settle_all() { reactor_.run(settle(reactor_)); }
  /// The next datagram, or "(would block)".
  static std::string read(const Connection& connection) {
    std::vector<std::byte> buffer(70000);
    const Io got = connection.peer->read(buffer);
    if (got) return {reinterpret_cast<const char*>(buffer.data()), *got};
    return would_block(got.error()) ? "(would block)" : strerrorname_np(got.error().value());
  }
  static std::string write(const Connection& connection, std::string_view text) {
    const Io put = connection.peer->write(std::as_bytes(std::span(text)));
    return put ? "" : strerrorname_np(put.error().value());
  }

  HandClock clock_;
  Reactor reactor_{clock_};
  Gate gate_;
  Log log_;
  std::uint16_t port_ = 0;
  std::unique_ptr<Source> source_;
};

TEST_F(DatagramSourceTest, EachPeerIsAClient) {
  open();
  test::UdpSocket first;
  test::UdpSocket second;
  send(first, "one");
  send(second, "two");
  send(first, "");
  send(first, std::string(65507, 'x'));
  const Connection one = next();
  const Connection two = next();
  EXPECT_EQ(one.client.id, 1U);
  EXPECT_EQ(two.client.id, 2U);
  EXPECT_EQ(one.client.peer.text(), "127.0.0.1:" + first.port_text());
  EXPECT_EQ(one.client.local.text(), "127.0.0.1:" + std::to_string(port_));
  EXPECT_FALSE(one.socket);
  EXPECT_FALSE(one.peer->has_end());
  settle_all();
  EXPECT_EQ(read(one), "one");
  EXPECT_EQ(read(one), "");
  EXPECT_EQ(read(one).size(), 65507U);
  EXPECT_EQ(read(one), "(would block)");
  EXPECT_FALSE(one.peer->in().is_set());
  EXPECT_EQ(read(two), "two");
  EXPECT_EQ(write(two, "to two"), "");
  EXPECT_EQ(write(one, ""), "");
  EXPECT_EQ(second.recv().bytes, "to two");
  EXPECT_EQ(first.recv().bytes, "");
  send(first, "more");
  settle_all();
  EXPECT_TRUE(one.peer->in().is_set());
  EXPECT_EQ(read(one), "more");
}

TEST_F(DatagramSourceTest, APeerWhoseStreamIsGoneIsNewAgain) {
  open();
  test::UdpSocket peer;
  send(peer, "one");
  {
    const Connection connection = next();
    EXPECT_EQ(connection.client.id, 1U);
  }
  send(peer, "two");
  const Connection again = next();
  EXPECT_EQ(again.client.id, 2U);
  EXPECT_EQ(read(again), "two");
}

// One peer that asks two addresses is two clients: each answer comes from where its question went.
TEST_F(DatagramSourceTest, AnswersComeFromTheAddressAsked) {
  for (const std::string where : {"0.0.0.0", "*"}) {
    open(where);
    test::UdpSocket peer;
    send(peer, "one", "127.0.0.9");
    send(peer, "two", "127.0.0.1");
    const Connection one = next();
    const Connection two = next();
    EXPECT_EQ(one.client.local.text(), "127.0.0.9:" + std::to_string(port_));
    EXPECT_EQ(two.client.local.text(), "127.0.0.1:" + std::to_string(port_));
    EXPECT_EQ(write(two, "two"), "");
    EXPECT_EQ(write(one, "one"), "");
    EXPECT_EQ(peer.recv().address, "127.0.0.1");
    EXPECT_EQ(peer.recv().address, "127.0.0.9");
  }
}

TEST_F(DatagramSourceTest, AFullTableLetsTheMostSilentGo) {
  open("127.0.0.1", {.max_peers = 2});
  std::array<test::UdpSocket, 4> peers;
  send(peers[0], "a");
  send(peers[1], "b");
  const Connection first = next();
  const Connection second = next();
  send(peers[0], "again");
  settle_all();
  send(peers[2], "c");
  const Connection third = next();
  EXPECT_TRUE(second.peer->gone().is_set());
  EXPECT_FALSE(first.peer->gone().is_set());
  // It may still say a last word.
  EXPECT_EQ(write(second, "bye"), "");
  EXPECT_EQ(peers[1].recv().bytes, "bye");
  // What nobody served yet goes without a word: of two that wait the first has to.
  send(peers[3], "d");
  settle_all();
  EXPECT_TRUE(first.peer->gone().is_set());
  send(peers[1], "e");
  settle_all();
  EXPECT_TRUE(third.peer->gone().is_set());
  send(peers[0], "f");
  settle_all();
  EXPECT_EQ(next().client.peer.port(), peers[1].port());
}

TEST_F(DatagramSourceTest, TheGateDecides) {
  AccessList access;
  access.add({false, *IpPrefix::parse("127.0.0.2/32")});
  for (const std::string where : {"0.0.0.0", "*"}) {
    log_.events.clear();
    gate_ = Gate(access, 0);
    open(where);
    test::UdpSocket denied("127.0.0.2");
    test::UdpSocket welcome;
    for (int i = 0; i < 3; ++i) send(denied, "x");
    send(welcome, "one");
    EXPECT_EQ(read(next()), "one");
    EXPECT_EQ(log_.events, Texts({"127.0.0.2:" + denied.port_text() + " denied"}));
  }
}

TEST_F(DatagramSourceTest, AnAddressThatHasEnough) {
  gate_ = Gate({}, 1);
  open("0.0.0.0");
  test::UdpSocket first;
  test::UdpSocket second;
  test::UdpSocket elsewhere("127.0.0.3");
  send(first, "one");
  send(second, "two");
  send(elsewhere, "three");
  const Connection one = next();
  gate_.enter(one.client.peer);
  const Connection three = next();
  EXPECT_EQ(three.client.id, 2U);
  EXPECT_EQ(read(three), "three");
  EXPECT_EQ(log_.events, Texts({"127.0.0.1:" + second.port_text() + " max_per_address"}));
}

// CERT CA-1996-01: two that answer everything would talk for ever.
TEST_F(DatagramSourceTest, OnesOwnPortIsDeniedToServices) {
  open("127.0.0.1", {.answers_everything = true});
  test::UdpSocket twin("127.0.0.2", port_);
  test::UdpSocket other;
  send(twin, "x");
  send(other, "y");
  EXPECT_EQ(next().client.peer.port(), other.port());
  EXPECT_EQ(log_.events, Texts({"127.0.0.2:" + std::to_string(port_) + " denied"}));
  open("127.0.0.1", {});
  test::UdpSocket second_twin("127.0.0.2", port_);
  send(second_twin, "x");
  EXPECT_EQ(next().client.peer.port(), port_);
}

TEST_F(DatagramSourceTest, WhoDoesNotTakeItsDatagramsLosesThem) {
  open();
  test::UdpSocket fast;
  test::UdpSocket slow;
  send(slow, "x");
  const Connection connection = next();
  // A few at a time, so that the kernel loses none.
  for (int i = 0; i < 700; ++i) {
    send(slow, std::to_string(i));
    if (i % 50 == 49) settle_all();
  }
  EXPECT_EQ(log_.events, Texts({"dropped 127.0.0.1:" + slow.port_text()}));
  EXPECT_EQ(read(connection), "x");
  for (int i = 0; i < 511; ++i) EXPECT_EQ(read(connection), std::to_string(i));
  EXPECT_EQ(read(connection), "(would block)");
  // Large ones are bounded by their bytes.
  for (int i = 0; i < 40; ++i) {
    send(slow, std::string(60000, 'x'));
    settle_all();
  }
  int kept = 0;
  while (read(connection) != "(would block)") ++kept;
  EXPECT_EQ(kept, (1 << 20) / 60000);
  // Nobody else is hurt.
  send(fast, "hello");
  EXPECT_EQ(read(next()), "hello");
}

TEST_F(DatagramSourceTest, ClosedItKeepsThoseItHas) {
  open();
  test::UdpSocket known;
  test::UdpSocket waiting;
  test::UdpSocket late;
  send(known, "one");
  const Connection connection = next();
  send(waiting, "x");
  settle_all();
  source_->close();
  EXPECT_FALSE(reactor_.run(source_->next()));
  send(late, "x");
  send(known, "two");
  settle_all();
  EXPECT_EQ(read(connection), "one");
  EXPECT_EQ(read(connection), "two");
  EXPECT_EQ(write(connection, "answer"), "");
  EXPECT_EQ(known.recv().bytes, "answer");
  EXPECT_EQ(log_.events, Texts({"127.0.0.1:" + late.port_text() + " not_the_client"}));
}

// The port of a client is closed, and ICMP says so: to the socket, where IP_RECVERR is set.
TEST_F(DatagramSourceTest, AnUnreachablePeerHarmsNobody) {
  for (const bool icmp_errors : {false, true}) {
    open("127.0.0.1", {}, icmp_errors);
    test::UdpSocket lost;
    test::UdpSocket other;
    send(lost, "x");
    send(other, "y");
    const Connection gone = next();
    const Connection here = next();
    lost.close();
    for (int i = 0; i < 3; ++i) {
      static_cast<void>(write(gone, "to nobody"));
      EXPECT_EQ(write(here, "answer"), "");
      EXPECT_EQ(other.recv().bytes, "answer");
      static_cast<void>(write(gone, "to nobody"));
      send(other, "again");
      settle_all();
    }
    EXPECT_EQ(read(here), "y");
    EXPECT_EQ(read(here), "again");
  }
}

TEST_F(DatagramSourceTest, UnixPeers) {
  const test::TempDir folder;
  open(folder / "server");
  test::Peer named = test::connect_unix(folder / "server", SOCK_DGRAM);
  named.send_all("one");
  const Connection one = next();
  EXPECT_EQ(one.client.local.text(), folder / "server");
  EXPECT_EQ(read(one), "one");
  EXPECT_EQ(write(one, "answer"), "");
  EXPECT_EQ(named.recv_some(), "answer");
  named.close();
  EXPECT_EQ(write(one, "answer"), "ECONNREFUSED");
  // One with a file, which goes.
  test::UnixServer file(folder / "client", SOCK_DGRAM);
  file.send_to("two", folder / "server");
  const Connection two = next();
  EXPECT_EQ(write(two, "answer"), "");
  unlink((folder / "client").c_str());
  EXPECT_EQ(write(two, "answer"), "ECONNREFUSED");
}

TEST_F(DatagramSourceTest, AnUnnamedUnixPeerIsHeardAndNotAnswered) {
  const test::TempDir folder;
  open(folder / "server");
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const Endpoint server = *Endpoint::parse_unix(folder / "server");
  ASSERT_EQ(sendto(fd, "hello", 5, 0, server.data(), server.size()), 5);
  close(fd);
  const Connection connection = next();
  EXPECT_EQ(read(connection), "hello");
  EXPECT_EQ(write(connection, "answer"), "ECONNRESET");
}

}  // namespace
}  // namespace net
