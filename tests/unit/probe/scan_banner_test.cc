#include <gtest/gtest.h>

#include <thread>

#include "net/probe/scan.hh"
#include "tests/support/net.hh"
#include "tests/unit/probe/scan_support.hh"

// What an open port says first.
namespace net {
namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::string>;

/// Scans a port whose server does `work` with its one client.
std::unique_ptr<KeptResults> scanned(const std::function<void(test::Peer)>& work, Duration timeout = 20s) {
  test::TcpServer server;
  std::jthread thread([&] { work(server.accept()); });
  auto results = std::make_unique<KeptResults>();
  ListedHosts source({"127.0.0.1"});
  ScanOptions options;
  options.ports = {{server.port(), server.port()}};
  options.banner = true;
  options.timeout = timeout;
  Reactor reactor;
  EXPECT_TRUE(reactor.run(make_tcp_scan(reactor, options, source, *results)->run()));
  EXPECT_EQ(results->lines.size(), 1U);
  return results;
}

/// Waits for the client's end, so that ours does not come first.
void until_gone(test::Peer peer) {
  static_cast<void>(peer.ends_by_reset());
}

TEST(ScanBanner, EndsWithALine) {
  const auto results = scanned([](test::Peer peer) {
    peer.send_all("220 ready\r\n");
    until_gone(std::move(peer));
  });
  EXPECT_EQ(results->banners, Words{"220 ready\r\n"});
}

TEST(ScanBanner, InPieces) {
  const auto results = scanned([](test::Peer peer) {
    for (const char byte : std::string("SSH-2.0\n")) peer.send_all(std::string(1, byte));
    until_gone(std::move(peer));
  });
  EXPECT_EQ(results->banners, Words{"SSH-2.0\n"});
}

TEST(ScanBanner, EndsWithTheConnection) {
  const auto results = scanned([](test::Peer peer) { peer.send_all("no line"); });
  EXPECT_EQ(results->banners, Words{"no line"});
}

TEST(ScanBanner, IsBounded) {
  const auto results = scanned([](test::Peer peer) {
    peer.send_all(std::string(100000, 'x'));
    until_gone(std::move(peer));
  });
  EXPECT_EQ(results->banners, Words{std::string(256, 'x')});
}

TEST(ScanBanner, HasAnyBytes) {
  const std::string bytes("\0\xff\x1b[2J\n", 7);
  const auto results = scanned([&](test::Peer peer) {
    peer.send_all(bytes);
    until_gone(std::move(peer));
  });
  EXPECT_EQ(results->banners, Words{bytes});
}

TEST(ScanBanner, OneThatNeverEndsCountsAsFarAsItCame) {
  const auto results = scanned(
      [](test::Peer peer) {
        peer.send_all("login: ");
        until_gone(std::move(peer));
      },
      300ms);
  EXPECT_EQ(results->banners, Words{"login: "});
  EXPECT_TRUE(results->lines.front().ends_with(" open"));
}

TEST(ScanBanner, APortThatSaysNothingIsOpen) {
  const auto results = scanned([](test::Peer peer) { until_gone(std::move(peer)); }, 100ms);
  EXPECT_EQ(results->banners, Words{""});
  EXPECT_TRUE(results->lines.front().ends_with(" open"));
}

TEST(ScanBanner, AResetAfterConnectingIsAnOpenPort) {
  const auto results = scanned([](test::Peer peer) { peer.reset(); });
  EXPECT_TRUE(results->lines.front().ends_with(" open"));
}

}  // namespace
}  // namespace net
