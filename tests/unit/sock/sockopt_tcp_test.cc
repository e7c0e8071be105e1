#include <gtest/gtest.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>

#include <cstring>
#include <string>

#include "net/sock/socket.hh"
#include "tests/support/net.hh"
#include "tests/support/require.hh"
#include "tests/unit/sock/option_fields.hh"

// What the table says of TCP's options beyond "set and read back".
namespace net {
namespace {

Socket tcp(int family = AF_INET) {
  auto socket = Socket::open(family, SOCK_STREAM);
  if (!socket) throw std::runtime_error(socket.error().symbol());
  return std::move(*socket);
}

std::string text_of(int fd, std::string_view name) {
  return option_text(option_of(fd, name));
}

TEST(SockoptTcp, DeferAcceptIsRoundedUpToARetransmission) {
  const Socket socket = tcp();
  constexpr std::pair<std::string_view, std::string_view> cases[] = {
      {"0", "0"},    {"1", "1 s"},   {"2", "3 s"},   {"4", "7 s"},
      {"8", "15 s"}, {"16", "31 s"}, {"60", "63 s"}, {"200", "247 s"},
  };
  for (const auto& [wanted, reads] : cases) {
    EXPECT_EQ(set_to(socket.fd(), "TCP_DEFER_ACCEPT=" + std::string(wanted)), "");
    EXPECT_EQ(text_of(socket.fd(), "TCP_DEFER_ACCEPT"), reads) << wanted;
  }
}

TEST(SockoptTcp, ValuesThatTheKernelBends) {
  struct Case {
    std::string_view setting;
    std::string_view reads;
  };
  constexpr Case cases[] = {
      {"TCP_LINGER2=500", "120 s"},     {"TCP_LINGER2=-1", "-1"},    {"TCP_LINGER2=-7", "-1"},
      {"TCP_WINDOW_CLAMP=1", "1152 B"}, {"TCP_WINDOW_CLAMP=0", "0"}, {"TCP_THIN_DUPACK=on", "off"},
  };
  const Socket socket = tcp();
  for (const Case& c : cases) {
    EXPECT_EQ(set_to(socket.fd(), c.setting), "") << c.setting;
    const std::string_view name = c.setting.substr(0, c.setting.find('='));
    EXPECT_EQ(text_of(socket.fd(), name), c.reads) << c.setting;
  }
}

TEST(SockoptTcp, WhatComesTooLate) {
  test::TcpServer server;
  const test::Peer client = test::connect_tcp("127.0.0.1", server.port());
  for (const std::string_view setting :
       {"TCP_FASTOPEN=5", "TCP_FASTOPEN_CONNECT=on", "TCP_FASTOPEN_NO_COOKIE=on", "TCP_WINDOW_CLAMP=0"}) {
    EXPECT_EQ(set_to(client.fd(), setting), "EINVAL") << setting;
  }
  // Taken, without effect.
  const std::string before = text_of(client.fd(), "TCP_MAXSEG");
  EXPECT_EQ(set_to(client.fd(), "TCP_MAXSEG=1000"), "");
  EXPECT_EQ(text_of(client.fd(), "TCP_MAXSEG"), before);
}

TEST(SockoptTcp, MaxsegBeforeConnectingLeavesRoomForTimestamps) {
  test::TcpServer server;
  const Socket socket = tcp();
  EXPECT_EQ(text_of(socket.fd(), "TCP_MAXSEG"), "536 B");
  ASSERT_EQ(set_to(socket.fd(), "TCP_MAXSEG=1000"), "");
  EXPECT_EQ(text_of(socket.fd(), "TCP_MAXSEG"), "1000 B");
  ASSERT_TRUE(socket.connect(Endpoint::loopback(AF_INET, server.port())));
  ASSERT_TRUE(test::poll_one(socket.fd(), POLLOUT, test::Deadline(test::patience)));
  const bool timestamps = text_in(option_of(socket.fd(), "TCP_INFO"), "options").contains("timestamps");
  EXPECT_EQ(text_of(socket.fd(), "TCP_MAXSEG"), timestamps ? "988 B" : "1000 B");
}

TEST(SockoptTcp, QuickackIsSwitchedByTheKernel) {
  test::TcpServer server;
  test::Peer client = test::connect_tcp("127.0.0.1", server.port());
  test::Peer peer = server.accept();
  ASSERT_EQ(set_to(peer.fd(), "TCP_QUICKACK=on"), "");
  EXPECT_EQ(text_of(peer.fd(), "TCP_QUICKACK"), "on");
  // An answer to each question makes it a conversation, where acknowledgments ride on data.
  for (int i = 0; i < 50 && text_of(peer.fd(), "TCP_QUICKACK") == "on"; ++i) {
    client.send_all("question");
    ASSERT_EQ(peer.recv_exact(8), "question");
    peer.send_all("answer");
    ASSERT_EQ(client.recv_exact(6), "answer");
  }
  EXPECT_EQ(text_of(peer.fd(), "TCP_QUICKACK"), "off");
  EXPECT_EQ(row_of("TCP_QUICKACK").nature, OptionNature::state);
}

/// The SYN's headers begin with their IP version and end with the TCP header's options.
TEST(SockoptTcp, SavedSynIsTakenByReadingIt) {
  for (const int family : {AF_INET, AF_INET6}) {
    const Socket listener = tcp(family);
    ASSERT_EQ(set_to(listener.fd(), "TCP_SAVE_SYN=on"), "");
    ASSERT_TRUE(listener.bind(Endpoint::loopback(family, 0)));
    ASSERT_TRUE(listener.listen(5));
    const std::uint16_t port = listener.local().port();
    const test::Peer client = test::connect_tcp(family == AF_INET ? "127.0.0.1" : "::1", port);
    ASSERT_TRUE(test::poll_one(listener.fd(), POLLIN, test::Deadline(test::patience)));
    Endpoint from;
    const auto accepted = listener.accept(from);
    ASSERT_TRUE(accepted);
    const std::string syn = text_of(accepted->fd(), "TCP_SAVED_SYN");
    ASSERT_GE(syn.size(), 2U * (family == AF_INET ? 40 : 60)) << syn;
    EXPECT_EQ(syn.front(), family == AF_INET ? '4' : '6') << syn;
    // The destination port of the TCP header.
    const std::size_t tcp_at = family == AF_INET ? 20 : 40;
    EXPECT_EQ(std::stoul(syn.substr(2 * (tcp_at + 2), 4), nullptr, 16), port) << syn;
    EXPECT_EQ(text_of(accepted->fd(), "TCP_SAVED_SYN"), "none") << "it is still there";
    EXPECT_TRUE(row_of("TCP_SAVED_SYN").destructive);
  }
}

TEST(SockoptTcp, SaveSynWithTheLinkLayerIsLonger) {
  const auto saved = [](std::string_view value) {
    const Socket listener = tcp();
    if (!set_to(listener.fd(), "TCP_SAVE_SYN=" + std::string(value)).empty()) return std::string();
    EXPECT_TRUE(listener.bind(Endpoint::loopback(AF_INET, 0)));
    EXPECT_TRUE(listener.listen(5));
    const test::Peer client = test::connect_tcp("127.0.0.1", listener.local().port());
    EXPECT_TRUE(test::poll_one(listener.fd(), POLLIN, test::Deadline(test::patience)));
    Endpoint from;
    const auto accepted = listener.accept(from);
    return accepted ? text_of(accepted->fd(), "TCP_SAVED_SYN") : std::string();
  };
  const std::string from_ip = saved("on");
  const std::string from_link = saved("with_link");
  ASSERT_GT(from_ip.size(), 80U);
  // 14 bytes of Ethernet before the IP header.
  EXPECT_EQ(from_link.size(), from_ip.size() + 28);
  EXPECT_EQ(from_link.substr(24, 5), "08004") << from_link;
}

TEST(SockoptTcp, UlpOfAnUnknownNameIsRefused) {
  test::TcpServer server;
  const test::Peer client = test::connect_tcp("127.0.0.1", server.port());
  EXPECT_EQ(text_of(client.fd(), "TCP_ULP"), "none");
  EXPECT_EQ(set_to(client.fd(), "TCP_ULP=nonesuch"), "ENOENT");
  EXPECT_EQ(text_of(client.fd(), "TCP_ULP"), "none");
}

TEST(SockoptTcp, CongestionIsAName) {
  const Socket socket = tcp();
  EXPECT_EQ(set_to(socket.fd(), "TCP_CONGESTION=nonesuch"), "ENOENT");
  EXPECT_EQ(set_to(socket.fd(), "TCP_CONGESTION=RENO"), "ENOENT");
  EXPECT_EQ(set_to(socket.fd(), "TCP_CONGESTION=reno"), "");
  EXPECT_EQ(text_of(socket.fd(), "TCP_CONGESTION"), "reno");
}

TEST(SockoptTcp, FastOpenKeys) {
  const Socket socket = tcp();
  const std::string one = "00112233445566778899aabbccddeeff";
  const std::string two = "ffeeddccbbaa99887766554433221100";
  EXPECT_EQ(set_to(socket.fd(), "TCP_FASTOPEN_KEY=" + one), "");
  EXPECT_EQ(text_of(socket.fd(), "TCP_FASTOPEN_KEY"), one);
  EXPECT_EQ(set_to(socket.fd(), "TCP_FASTOPEN_KEY=" + one + two), "");
  EXPECT_EQ(text_of(socket.fd(), "TCP_FASTOPEN_KEY"), one + two);
  EXPECT_EQ(set_to(socket.fd(), "TCP_FASTOPEN_KEY=0011"), "EINVAL");
  EXPECT_EQ(set_to(socket.fd(), "TCP_FASTOPEN_KEY=AABBccddeeff00112233445566778899"), "");
  EXPECT_EQ(text_of(socket.fd(), "TCP_FASTOPEN_KEY"), "aabbccddeeff00112233445566778899");
  EXPECT_NE(complaint("TCP_FASTOPEN_KEY", "001"), "");
  EXPECT_NE(complaint("TCP_FASTOPEN_KEY", "xy"), "");
  EXPECT_NE(complaint("TCP_SAVED_SYN", "00"), "");
}

TEST(SockoptTcp, RepairQueuesAndClock) {
  REQUIRE_ROOT();
  const Socket socket = tcp();
  ASSERT_EQ(set_to(socket.fd(), "TCP_REPAIR=on"), "");
  ASSERT_EQ(set_to(socket.fd(), "TCP_REPAIR_QUEUE=send"), "");
  ASSERT_EQ(set_to(socket.fd(), "TCP_QUEUE_SEQ=4000000000"), "");
  ASSERT_EQ(set_to(socket.fd(), "TCP_REPAIR_QUEUE=receive"), "");
  ASSERT_EQ(set_to(socket.fd(), "TCP_QUEUE_SEQ=17"), "");
  EXPECT_EQ(text_of(socket.fd(), "TCP_QUEUE_SEQ"), "17");
  ASSERT_EQ(set_to(socket.fd(), "TCP_REPAIR_QUEUE=send"), "");
  EXPECT_EQ(text_of(socket.fd(), "TCP_QUEUE_SEQ"), "4000000000");
  ASSERT_EQ(set_to(socket.fd(), "TCP_TIMESTAMP=3000000000"), "");
  const auto clock = std::get<std::int64_t>(option_of(socket.fd(), "TCP_TIMESTAMP").data);
  EXPECT_GE(clock, 3'000'000'000);
  EXPECT_LT(clock, 3'000'060'000) << "it goes in milliseconds";
  EXPECT_EQ(set_to(socket.fd(), "TCP_REPAIR=off_no_wp"), "");
  EXPECT_EQ(text_of(socket.fd(), "TCP_REPAIR"), "off");
  EXPECT_EQ(set_to(socket.fd(), "TCP_TIMESTAMP=1"), "EPERM");
}

TEST(SockoptTcp, RepairOptionsAreThoseOfTheRestoredConnection) {
  REQUIRE_ROOT();
  const Socket socket = tcp();
  // A connection that only one side knows.
  ASSERT_EQ(set_to(socket.fd(), "TCP_REPAIR=on"), "");
  ASSERT_TRUE(socket.bind(Endpoint::loopback(AF_INET, 0)));
  ASSERT_TRUE(socket.connect(Endpoint::loopback(AF_INET, 9)));
  ASSERT_EQ(text_in(option_of(socket.fd(), "TCP_INFO"), "state"), "established");
  ASSERT_EQ(set_to(socket.fd(), "TCP_REPAIR_OPTIONS=mss=1234,wscale=3:9,sack,timestamps"), "");
  EXPECT_EQ(text_of(socket.fd(), "TCP_MAXSEG"), "1234 B");
  const OptionValue info = option_of(socket.fd(), "TCP_INFO");
  EXPECT_EQ(number_in(info, "snd_wscale"), 3U);
  EXPECT_EQ(number_in(info, "rcv_wscale"), 9U);
  EXPECT_EQ(text_in(info, "options"), "timestamps,sack,wscale");
  const std::string window = "snd_wl1=0,snd_wnd=100,max_window=200,rcv_wnd=300,rcv_wup=0";
  ASSERT_EQ(set_to(socket.fd(), "TCP_REPAIR_WINDOW=" + window), "");
  EXPECT_EQ(text_of(socket.fd(), "TCP_REPAIR_WINDOW"), window);
  EXPECT_EQ(number_in(option_of(socket.fd(), "TCP_REPAIR_WINDOW"), "max_window"), 200U);
}

TEST(SockoptTcp, RepairOptionsAsBytes) {
  const OptionBytes bytes = encoded("TCP_REPAIR_OPTIONS", "mss=1460,wscale=7:8,sack,timestamps");
  constexpr tcp_repair_opt wanted[] = {{2, 1460}, {3, (8U << 16U) | 7U}, {4, 0}, {8, 0}};
  ASSERT_EQ(bytes.size(), sizeof wanted);
  EXPECT_EQ(std::memcmp(bytes.data(), wanted, sizeof wanted), 0);
  const SocketOption& row = row_of("TCP_REPAIR_OPTIONS");
  EXPECT_EQ(option_text(decode_option(bytes, row)), "mss=1460,wscale=7:8,sack,timestamps");
  constexpr tcp_repair_opt other{77, 5};
  const auto* const raw = reinterpret_cast<const std::byte*>(&other);
  EXPECT_EQ(option_text(decode_option(OptionView(raw, sizeof other), row)), "77=5");
  for (const std::string_view text : {"", "mss", "mss=", "mss=65536", "sack=1", "wscale=7", "wscale=15:1",
                                      "wscale=1:15", "nothing", "mss=1,", "window=3"}) {
    EXPECT_NE(complaint("TCP_REPAIR_OPTIONS", text), "") << text;
  }
}

tcp_md5sig md5(std::string_view name, std::string_view value) {
  const OptionBytes bytes = encoded(name, value);
  tcp_md5sig request{};
  EXPECT_EQ(bytes.size(), sizeof request);
  std::memcpy(&request, bytes.data(), sizeof request);
  return request;
}

TEST(SockoptTcp, Md5KeysAsBytes) {
  const tcp_md5sig plain = md5("TCP_MD5SIG", "192.0.2.1,se,cret");
  EXPECT_EQ(plain.tcpm_addr.ss_family, AF_INET);
  EXPECT_EQ(plain.tcpm_keylen, 7);
  EXPECT_EQ(std::memcmp(plain.tcpm_key, "se,cret", 8), 0);
  EXPECT_EQ(plain.tcpm_flags, 0);
  EXPECT_EQ(md5("TCP_MD5SIG", "192.0.2.1,").tcpm_keylen, 0);
  const tcp_md5sig extended = md5("TCP_MD5SIG_EXT", "2001:db8::/32%lo,0x0102");
  EXPECT_EQ(extended.tcpm_addr.ss_family, AF_INET6);
  EXPECT_EQ(extended.tcpm_flags, TCP_MD5SIG_FLAG_PREFIX | TCP_MD5SIG_FLAG_IFINDEX);
  EXPECT_EQ(extended.tcpm_prefixlen, 32);
  EXPECT_EQ(extended.tcpm_ifindex, 1);
  EXPECT_EQ(extended.tcpm_keylen, 2);
  EXPECT_EQ(extended.tcpm_key[1], 2);
  const OptionBytes bytes = encoded("TCP_MD5SIG_EXT", "2001:db8::/32%lo,0x0102");
  EXPECT_EQ(option_text(decode_option(bytes, row_of("TCP_MD5SIG_EXT"))), "2001:db8::/32%lo,(2 bytes)");
  EXPECT_EQ(option_text(decode_option(encoded("TCP_MD5SIG", "192.0.2.1,"), row_of("TCP_MD5SIG"))),
            "192.0.2.1");
  EXPECT_NE(complaint("TCP_MD5SIG", "192.0.2.1"), "");
  EXPECT_NE(complaint("TCP_MD5SIG", "192.0.2.1/24,key"), "");
  EXPECT_NE(complaint("TCP_MD5SIG", "192.0.2.1%lo,key"), "");
  EXPECT_NE(complaint("TCP_MD5SIG_EXT", "192.0.2.1/33,key"), "");
  EXPECT_NE(complaint("TCP_MD5SIG_EXT", "192.0.2.1/24%nonesuch,key"), "");
  EXPECT_NE(complaint("TCP_MD5SIG", "192.0.2.1,0x123"), "");
  EXPECT_NE(complaint("TCP_MD5SIG", "192.0.2.1," + std::string(81, 'k')), "");
}

// Both sides have the key, then one of them alone.
TEST(SockoptTcp, Md5DecidesWhoGetsThrough) {
  const Socket listener = tcp();
  const std::string signing = set_to(listener.fd(), "TCP_MD5SIG=127.0.0.1,secret");
  if (signing == "ENOPROTOOPT") GTEST_SKIP() << "no CONFIG_TCP_MD5SIG here";
  ASSERT_EQ(signing, "");
  ASSERT_TRUE(listener.bind(Endpoint::loopback(AF_INET, 0)));
  ASSERT_TRUE(listener.listen(5));
  const Endpoint address = listener.local();
  const Socket knows = tcp();
  ASSERT_EQ(set_to(knows.fd(), "TCP_MD5SIG=127.0.0.1,secret"), "");
  ASSERT_TRUE(knows.connect(address));
  ASSERT_TRUE(test::poll_one(knows.fd(), POLLOUT, test::Deadline(test::patience)));
  EXPECT_FALSE(knows.take_error());
  const Socket does_not = tcp();
  ASSERT_EQ(set_to(does_not.fd(), "TCP_USER_TIMEOUT=100"), "");
  (void)does_not.connect(address);
  ASSERT_TRUE(test::poll_one(does_not.fd(), POLLOUT, test::Deadline(test::patience)));
  EXPECT_EQ(does_not.take_error(), std::errc::timed_out);
}

TEST(SockoptTcp, ZerocopyReceiveTellsWhatWaits) {
  test::TcpServer server;
  test::Peer client = test::connect_tcp("127.0.0.1", server.port());
  test::Peer peer = server.accept();
  EXPECT_EQ(number_in(option_of(peer.fd(), "TCP_ZEROCOPY_RECEIVE"), "inq"), 0U);
  client.send_all("12345");
  ASSERT_TRUE(test::poll_one(peer.fd(), POLLIN, test::Deadline(test::patience)));
  const OptionValue value = option_of(peer.fd(), "TCP_ZEROCOPY_RECEIVE");
  EXPECT_EQ(number_in(value, "inq"), 5U);
  EXPECT_EQ(number_in(value, "recv_skip_hint"), 5U);
  EXPECT_EQ(number_in(value, "length"), 0U);
  EXPECT_EQ(peer.recv_exact(5), "12345") << "reading the option took data";
  EXPECT_TRUE(row_of("TCP_ZEROCOPY_RECEIVE").destructive);
}

}  // namespace
}  // namespace net
