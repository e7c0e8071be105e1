// linux/tcp.h knows more of struct tcp_info than netinet/tcp.h, and clashes with it.
#include <gtest/gtest.h>
#include <linux/tcp.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <set>

#include "net/sock/socket.hh"
#include "net/sock/tcp_info.hh"
#include "net/sock/tcp_info_layout.hh"
#include "tests/support/net.hh"
#include "tests/unit/sock/option_fields.hh"

namespace net {
namespace {

struct Place {
  std::string_view name;
  std::size_t offset;
  std::size_t size;
};

#define PLACE(member) {#member, offsetof(::tcp_info, tcpi_##member), sizeof(::tcp_info::tcpi_##member)}

// All that the oldest headers that we build with have, but for the bit fields.
constexpr Place places[] = {
    PLACE(state),
    PLACE(ca_state),
    PLACE(retransmits),
    PLACE(probes),
    PLACE(backoff),
    PLACE(options),
    PLACE(rto),
    PLACE(ato),
    PLACE(snd_mss),
    PLACE(rcv_mss),
    PLACE(unacked),
    PLACE(sacked),
    PLACE(lost),
    PLACE(retrans),
    PLACE(fackets),
    PLACE(last_data_sent),
    PLACE(last_ack_sent),
    PLACE(last_data_recv),
    PLACE(last_ack_recv),
    PLACE(pmtu),
    PLACE(rcv_ssthresh),
    PLACE(rtt),
    PLACE(rttvar),
    PLACE(snd_ssthresh),
    PLACE(snd_cwnd),
    PLACE(advmss),
    PLACE(reordering),
    PLACE(rcv_rtt),
    PLACE(rcv_space),
    PLACE(total_retrans),
    PLACE(pacing_rate),
    PLACE(max_pacing_rate),
    PLACE(bytes_acked),
    PLACE(bytes_received),
    PLACE(segs_out),
    PLACE(segs_in),
    PLACE(notsent_bytes),
    PLACE(min_rtt),
    PLACE(data_segs_in),
    PLACE(data_segs_out),
    PLACE(delivery_rate),
    PLACE(busy_time),
    PLACE(rwnd_limited),
    PLACE(sndbuf_limited),
    PLACE(delivered),
    PLACE(delivered_ce),
    PLACE(bytes_sent),
    PLACE(bytes_retrans),
    PLACE(dsack_dups),
    PLACE(reord_seen),
    PLACE(rcv_ooopack),
    PLACE(snd_wnd),
    // Newer than those headers, by hand.
    {"rcv_wnd", 232, 4},
    {"rehash", 236, 4},
    {"total_rto", 240, 2},
    {"total_rto_recoveries", 242, 2},
    {"total_rto_time", 244, 4},
    {"received_ce", 248, 4},
    {"delivered_e1_bytes", 252, 4},
    {"delivered_e0_bytes", 256, 4},
    {"delivered_ce_bytes", 260, 4},
    {"received_e1_bytes", 264, 4},
    {"received_e0_bytes", 268, 4},
    {"received_ce_bytes", 272, 4},
    {"accecn", 276, 4},
};

TEST(TcpInfoLayout, IsTheHeaders) {
  std::set<std::string_view> named{"snd_wscale", "rcv_wscale", "delivery_rate_app_limited",
                                   "fastopen_client_fail"};
  for (const Place& place : places) {
    named.insert(place.name);
    const auto field = std::ranges::find(tcp_info_layout().fields, place.name, &OptionField::name);
    ASSERT_NE(field, tcp_info_layout().fields.end()) << place.name;
    EXPECT_EQ(field->offset, place.offset) << place.name;
    EXPECT_EQ(field->size, place.size) << place.name;
  }
  EXPECT_EQ(tcp_info_layout().fields.size(), named.size());
}

OptionValue decoded(const OptionBytes& bytes) {
  return decode_option(bytes, row_of("TCP_INFO"));
}

template <class Struct>
OptionBytes bytes_of(const Struct& value, std::size_t size = sizeof(Struct)) {
  OptionBytes bytes(size);
  std::memcpy(bytes.data(), &value, std::min(size, sizeof value));
  return bytes;
}

// Written with the header's struct, so that the bit fields are the compiler's.
TEST(TcpInfoDecode, WordsFlagsAndBitFields) {
  ::tcp_info info{};
  info.tcpi_state = 8;
  info.tcpi_ca_state = 3;
  info.tcpi_options = 1 | 4 | 32 | 128;
  info.tcpi_snd_wscale = 7;
  info.tcpi_rcv_wscale = 9;
  info.tcpi_delivery_rate_app_limited = 1;
  info.tcpi_fastopen_client_fail = 2;
  info.tcpi_rtt = 22;
  info.tcpi_snd_ssthresh = 0x7fffffff;
  info.tcpi_pacing_rate = UINT64_MAX;
  info.tcpi_min_rtt = UINT32_MAX;
  info.tcpi_bytes_acked = std::uint64_t{5} << 40U;
  const OptionValue value = decoded(bytes_of(info));
  EXPECT_EQ(text_in(value, "state"), "close_wait");
  EXPECT_EQ(text_in(value, "ca_state"), "recovery");
  EXPECT_EQ(text_in(value, "options"), "timestamps,wscale,syn_data,tfo_child");
  EXPECT_EQ(number_in(value, "snd_wscale"), 7U);
  EXPECT_EQ(number_in(value, "rcv_wscale"), 9U);
  EXPECT_EQ(text_in(value, "delivery_rate_app_limited"), "on");
  EXPECT_EQ(text_in(value, "fastopen_client_fail"), "data_not_acked");
  EXPECT_EQ(text_in(value, "rtt"), "22 us");
  EXPECT_EQ(text_in(value, "snd_ssthresh"), "infinite");
  EXPECT_EQ(text_in(value, "pacing_rate"), "unlimited");
  EXPECT_EQ(text_in(value, "min_rtt"), "unknown");
  EXPECT_EQ(number_in(value, "bytes_acked"), std::uint64_t{5} << 40U);
  info.tcpi_state = 77;
  info.tcpi_delivery_rate_app_limited = 0;
  const OptionValue strange = decoded(bytes_of(info));
  EXPECT_EQ(text_in(strange, "state"), "77");
  EXPECT_EQ(text_in(strange, "delivery_rate_app_limited"), "off");
  EXPECT_EQ(text_in(strange, "fastopen_client_fail"), "data_not_acked");
}

TEST(TcpInfoDecode, EveryStateHasItsName) {
  constexpr std::string_view names[] = {
      "established", "syn_sent", "syn_recv", "fin_wait1", "fin_wait2",    "time_wait",     "close",
      "close_wait",  "last_ack", "listen",   "closing",   "new_syn_recv", "bound_inactive"};
  for (std::size_t i = 0; i < std::size(names); ++i) {
    ::tcp_info info{};
    info.tcpi_state = static_cast<std::uint8_t>(i + 1);
    EXPECT_EQ(text_in(decoded(bytes_of(info)), "state"), names[i]);
  }
}

TEST(TcpInfoDecode, AnOlderKernelHasFewerMembers) {
  ::tcp_info info{};
  info.tcpi_state = 1;
  // Up to tcpi_total_retrans, as Linux 3 had it.
  const OptionValue value = decoded(bytes_of(info, 104));
  EXPECT_EQ(text_in(value, "state"), "established");
  EXPECT_NE(find_field(value, "total_retrans"), nullptr);
  EXPECT_EQ(find_field(value, "pacing_rate"), nullptr);
  EXPECT_EQ(find_field(value, "unknown_bytes"), nullptr);
  // A member that came in half is left out.
  EXPECT_EQ(find_field(decoded(bytes_of(info, 103)), "total_retrans"), nullptr);
  EXPECT_TRUE(std::get<OptionValue::Fields>(decoded({}).data).empty());
}

TEST(TcpInfoDecode, ANewerKernelHasMoreThanWeKnow) {
  const ::tcp_info info{};
  EXPECT_EQ(find_field(decoded(bytes_of(info, 280)), "unknown_bytes"), nullptr);
  const OptionValue value = decoded(bytes_of(info, 300));
  EXPECT_EQ(number_in(value, "unknown_bytes"), 20U);
  EXPECT_EQ(std::get<OptionValue::Fields>(value.data).back().first, "unknown_bytes");
}

TEST(TcpInfoOption, ReadsAllThatTheKernelHas) {
  const auto socket = Socket::open(AF_INET, SOCK_STREAM);
  ASSERT_TRUE(socket);
  OptionBytes plain(4096);
  socklen_t length = 4096;
  ASSERT_EQ(getsockopt(socket->fd(), IPPROTO_TCP, TCP_INFO, plain.data(), &length), 0);
  plain.resize(length);
  // As many members as a program with room for all of them gets, and as many bytes that are unknown.
  const OptionValue value = option_of(socket->fd(), "TCP_INFO");
  const OptionValue all = decoded(plain);
  EXPECT_EQ(std::get<OptionValue::Fields>(value.data).size(), std::get<OptionValue::Fields>(all.data).size());
  EXPECT_EQ(std::get<OptionValue::Fields>(value.data).back().first,
            std::get<OptionValue::Fields>(all.data).back().first);
}

TEST(TcpInfoOption, OfAFreshSocket) {
  const auto socket = Socket::open(AF_INET6, SOCK_STREAM);
  ASSERT_TRUE(socket);
  const OptionValue value = option_of(socket->fd(), "TCP_INFO");
  EXPECT_EQ(text_in(value, "state"), "close");
  EXPECT_EQ(text_in(value, "ca_state"), "open");
  EXPECT_EQ(text_in(value, "options"), "none");
  EXPECT_EQ(text_in(value, "rto"), "1 s");
  EXPECT_EQ(text_in(value, "snd_mss"), "536 B");
  EXPECT_EQ(text_in(value, "snd_cwnd"), "10 segments");
  EXPECT_EQ(number_in(value, "bytes_sent"), 0U);
}

TEST(TcpInfoOption, OfAListenerIsItsQueue) {
  test::TcpServer server("127.0.0.1", {.backlog = 7});
  const test::Peer first = test::connect_tcp("127.0.0.1", server.port());
  const test::Peer second = test::connect_tcp("127.0.0.1", server.port());
  // Connected here is not yet queued there.
  test::wait_until("two in the queue",
                   [&] { return number_in(option_of(server.fd(), "TCP_INFO"), "unacked") == 2; });
  const OptionValue value = option_of(server.fd(), "TCP_INFO");
  EXPECT_EQ(text_in(value, "state"), "listen");
  EXPECT_EQ(text_in(value, "unacked"), "2");
  EXPECT_EQ(text_in(value, "sacked"), "7");
  const test::Peer accepted = server.accept();
  EXPECT_EQ(text_in(option_of(server.fd(), "TCP_INFO"), "unacked"), "1");
}

// Counts what went each way, and the segments are the same at both ends.
TEST(TcpInfoOption, OfAConnectionCountsWhatWasMoved) {
  test::TcpServer server;
  test::Peer client = test::connect_tcp("127.0.0.1", server.port());
  test::Peer peer = server.accept();
  client.send_all(std::string(100'000, 'x'));
  ASSERT_EQ(peer.recv_exact(100'000).size(), 100'000U);
  peer.send_all("abc");
  ASSERT_EQ(client.recv_exact(3), "abc");
  for (const int fd : {client.fd(), peer.fd()}) {
    test::wait_until("all acknowledged",
                     [&] { return number_in(option_of(fd, "TCP_INFO"), "unacked") == 0; });
  }
  const OptionValue ours = option_of(client.fd(), "TCP_INFO");
  const OptionValue theirs = option_of(peer.fd(), "TCP_INFO");
  EXPECT_EQ(text_in(ours, "state"), "established");
  EXPECT_EQ(number_in(ours, "bytes_sent") - number_in(ours, "bytes_retrans"), 100'000U);
  // The SYN counts as one.
  EXPECT_EQ(number_in(ours, "bytes_acked"), 100'001U);
  EXPECT_EQ(number_in(ours, "bytes_received"), 3U);
  EXPECT_EQ(number_in(theirs, "bytes_received"), 100'000U);
  EXPECT_EQ(number_in(theirs, "bytes_sent"), 3U);
  EXPECT_EQ(number_in(ours, "data_segs_out"), number_in(theirs, "data_segs_in"));
  EXPECT_EQ(number_in(theirs, "data_segs_out"), 1U);
  EXPECT_EQ(number_in(ours, "data_segs_in"), 1U);
  EXPECT_EQ(number_in(ours, "notsent_bytes"), 0U);
  EXPECT_EQ(number_in(ours, "snd_wscale"), number_in(theirs, "rcv_wscale"));
  EXPECT_GT(number_in(ours, "rtt"), 0U);
}

TEST(TcpInfoOption, IsWhatTheReportsOfAConnectionSay) {
  test::TcpServer server;
  const test::Peer client = test::connect_tcp("127.0.0.1", server.port());
  const auto report = tcp_info(client.fd());
  ASSERT_TRUE(report);
  const OptionValue value = option_of(client.fd(), "TCP_INFO");
  EXPECT_EQ(report->rtt_us, number_in(value, "rtt"));
  EXPECT_EQ(report->rttvar_us, number_in(value, "rttvar"));
  EXPECT_EQ(report->send_mss, number_in(value, "snd_mss"));
  EXPECT_EQ(report->cwnd, number_in(value, "snd_cwnd"));
}

OptionValue cc_info(std::string_view name, const std::vector<std::uint32_t>& words) {
  OptionBytes bytes(16 + (words.size() * 4));
  std::memcpy(bytes.data(), name.data(), name.size());
  if (!words.empty()) std::memcpy(bytes.data() + 16, words.data(), words.size() * 4);
  return decode_option(bytes, row_of("TCP_CC_INFO"));
}

TEST(TcpCcInfo, IsNamedByTheCongestionControl) {
  const OptionValue bbr = cc_info("bbr", {1000, 1, 250, 739, 512});
  EXPECT_EQ(
      option_text(bbr),
      "congestion_control bbr, bw_lo 1000 B/s, bw_hi 1, min_rtt 250 us, pacing_gain 739, cwnd_gain 512");
  EXPECT_EQ(option_text(cc_info("vegas", {1, 5, 300, 200})),
            "congestion_control vegas, enabled on, rttcnt 5, rtt 300 us, minrtt 200 us");
  EXPECT_EQ(option_text(cc_info("dctcp", {0x00020001, 1024, 3, 4})),
            "congestion_control dctcp, enabled on, ce_state 2, alpha 1024, ab_ecn 3, ab_tot 4");
  EXPECT_EQ(option_text(cc_info("mine", {7, 8})), "congestion_control mine, words 7,8");
  EXPECT_EQ(option_text(cc_info("cubic", {})), "congestion_control cubic");
  EXPECT_EQ(option_text(cc_info("bbr", {1, 2, 3, 4, 5, 6})),
            "congestion_control bbr, bw_lo 1 B/s, bw_hi 2, min_rtt 3 us, pacing_gain 4, cwnd_gain 5, "
            "unknown_bytes 4");
}

TEST(TcpCcInfo, OfASocket) {
  const auto socket = Socket::open(AF_INET, SOCK_STREAM);
  ASSERT_TRUE(socket);
  ASSERT_EQ(set_to(socket->fd(), "TCP_CONGESTION=reno"), "");
  EXPECT_EQ(option_text(option_of(socket->fd(), "TCP_CC_INFO")), "congestion_control reno");
  if (!set_to(socket->fd(), "TCP_CONGESTION=bbr").empty()) GTEST_SKIP() << "no bbr here";
  const OptionValue value = option_of(socket->fd(), "TCP_CC_INFO");
  EXPECT_EQ(text_in(value, "congestion_control"), "bbr");
  EXPECT_NE(find_field(value, "pacing_gain"), nullptr);
  EXPECT_EQ(find_field(value, "unknown_bytes"), nullptr);
}

}  // namespace
}  // namespace net
