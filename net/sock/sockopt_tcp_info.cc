#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstring>

#include "net/sock/sockopt_codecs.hh"
#include "net/sock/sockopt_layout.hh"
#include "net/sock/tcp_info_layout.hh"

namespace net {
namespace {

using enum FieldForm;

// net/tcp_states.h of the kernel.
constexpr auto states = std::to_array<OptionWord>({{"established", 1},
                                                   {"syn_sent", 2},
                                                   {"syn_recv", 3},
                                                   {"fin_wait1", 4},
                                                   {"fin_wait2", 5},
                                                   {"time_wait", 6},
                                                   {"close", 7},
                                                   {"close_wait", 8},
                                                   {"last_ack", 9},
                                                   {"listen", 10},
                                                   {"closing", 11},
                                                   {"new_syn_recv", 12},
                                                   {"bound_inactive", 13}});
constexpr auto congestion_states =
    std::to_array<OptionWord>({{"open", 0}, {"disorder", 1}, {"cwr", 2}, {"recovery", 3}, {"loss", 4}});
constexpr auto options = std::to_array<OptionWord>({{"timestamps", 1},
                                                    {"sack", 2},
                                                    {"wscale", 4},
                                                    {"ecn", 8},
                                                    {"ecn_seen", 16},
                                                    {"syn_data", 32},
                                                    {"usec_ts", 64},
                                                    {"tfo_child", 128}});
constexpr auto fastopen_failures = std::to_array<OptionWord>(
    {{"unspec", 0}, {"cookie_unavailable", 1}, {"data_not_acked", 2}, {"syn_retransmitted", 3}});
// Numbers that stand for none.
constexpr auto infinite = std::to_array<OptionWord>({{"infinite", 0x7fffffff}});
constexpr auto unlimited = std::to_array<OptionWord>({{"unlimited", -1}});
constexpr auto unknown = std::to_array<OptionWord>({{"unknown", -1}});

#define FIELD(member, ...) OPTION_FIELD(TcpInfoLayout, member __VA_OPT__(, ) __VA_ARGS__)

constexpr auto tcp_info_fields = std::to_array<OptionField>({
    FIELD(state, .form = word, .words = states),
    FIELD(ca_state, .form = word, .words = congestion_states),
    FIELD(retransmits),
    FIELD(probes),
    FIELD(backoff),
    FIELD(options, .form = flags, .words = options),
    {.name = "snd_wscale", .offset = offsetof(TcpInfoLayout, wscale), .size = 1, .shift = 0, .bits = 4},
    {.name = "rcv_wscale", .offset = offsetof(TcpInfoLayout, wscale), .size = 1, .shift = 4, .bits = 4},
    {.name = "delivery_rate_app_limited",
     .offset = offsetof(TcpInfoLayout, bits),
     .size = 1,
     .form = boolean,
     .shift = 0,
     .bits = 1},
    {.name = "fastopen_client_fail",
     .offset = offsetof(TcpInfoLayout, bits),
     .size = 1,
     .form = word,
     .words = fastopen_failures,
     .shift = 1,
     .bits = 2},
    FIELD(rto, .unit = Unit::microseconds),
    FIELD(ato, .unit = Unit::microseconds),
    FIELD(snd_mss, .unit = Unit::bytes),
    FIELD(rcv_mss, .unit = Unit::bytes),
    FIELD(unacked),
    FIELD(sacked),
    FIELD(lost, .unit = Unit::segments),
    FIELD(retrans, .unit = Unit::segments),
    FIELD(fackets, .unit = Unit::segments),
    FIELD(last_data_sent, .unit = Unit::milliseconds),
    FIELD(last_ack_sent, .unit = Unit::milliseconds),
    FIELD(last_data_recv, .unit = Unit::milliseconds),
    FIELD(last_ack_recv, .unit = Unit::milliseconds),
    FIELD(pmtu, .unit = Unit::bytes),
    FIELD(rcv_ssthresh, .unit = Unit::bytes),
    FIELD(rtt, .unit = Unit::microseconds),
    FIELD(rttvar, .unit = Unit::microseconds),
    FIELD(snd_ssthresh, .unit = Unit::segments, .words = infinite),
    FIELD(snd_cwnd, .unit = Unit::segments),
    FIELD(advmss, .unit = Unit::bytes),
    FIELD(reordering, .unit = Unit::segments),
    FIELD(rcv_rtt, .unit = Unit::microseconds),
    FIELD(rcv_space, .unit = Unit::bytes),
    FIELD(total_retrans, .unit = Unit::segments),
    FIELD(pacing_rate, .unit = Unit::bytes_per_second, .words = unlimited),
    FIELD(max_pacing_rate, .unit = Unit::bytes_per_second, .words = unlimited),
    FIELD(bytes_acked, .unit = Unit::bytes),
    FIELD(bytes_received, .unit = Unit::bytes),
    FIELD(segs_out, .unit = Unit::segments),
    FIELD(segs_in, .unit = Unit::segments),
    FIELD(notsent_bytes, .unit = Unit::bytes),
    FIELD(min_rtt, .unit = Unit::microseconds, .words = unknown),
    FIELD(data_segs_in, .unit = Unit::segments),
    FIELD(data_segs_out, .unit = Unit::segments),
    FIELD(delivery_rate, .unit = Unit::bytes_per_second),
    FIELD(busy_time, .unit = Unit::microseconds),
    FIELD(rwnd_limited, .unit = Unit::microseconds),
    FIELD(sndbuf_limited, .unit = Unit::microseconds),
    FIELD(delivered, .unit = Unit::segments),
    FIELD(delivered_ce, .unit = Unit::segments),
    FIELD(bytes_sent, .unit = Unit::bytes),
    FIELD(bytes_retrans, .unit = Unit::bytes),
    FIELD(dsack_dups),
    FIELD(reord_seen),
    FIELD(rcv_ooopack, .unit = Unit::segments),
    FIELD(snd_wnd, .unit = Unit::bytes),
    FIELD(rcv_wnd, .unit = Unit::bytes),
    FIELD(rehash),
    FIELD(total_rto),
    FIELD(total_rto_recoveries),
    FIELD(total_rto_time, .unit = Unit::milliseconds),
    FIELD(received_ce, .unit = Unit::segments),
    FIELD(delivered_e1_bytes, .unit = Unit::bytes),
    FIELD(delivered_e0_bytes, .unit = Unit::bytes),
    FIELD(delivered_ce_bytes, .unit = Unit::bytes),
    FIELD(received_e1_bytes, .unit = Unit::bytes),
    FIELD(received_e0_bytes, .unit = Unit::bytes),
    FIELD(received_ce_bytes, .unit = Unit::bytes),
    FIELD(accecn),
});

constexpr OptionLayout info_layout{tcp_info_fields, sizeof(TcpInfoLayout)};

OptionValue decode_tcp_info(OptionView bytes, const SocketOption& /*option*/) {
  return {.data = decode_fields(bytes, info_layout)};
}

// The members of union tcp_cc_info; which of them it is depends on the congestion control.

constexpr auto vegas_fields =
    std::to_array<OptionField>({{.name = "enabled", .offset = 0, .size = 4, .form = boolean},
                                {.name = "rttcnt", .offset = 4, .size = 4},
                                {.name = "rtt", .offset = 8, .size = 4, .unit = Unit::microseconds},
                                {.name = "minrtt", .offset = 12, .size = 4, .unit = Unit::microseconds}});
constexpr auto dctcp_fields =
    std::to_array<OptionField>({{.name = "enabled", .offset = 0, .size = 2, .form = boolean},
                                {.name = "ce_state", .offset = 2, .size = 2},
                                {.name = "alpha", .offset = 4, .size = 4},
                                {.name = "ab_ecn", .offset = 8, .size = 4},
                                {.name = "ab_tot", .offset = 12, .size = 4}});
constexpr auto bbr_fields =
    std::to_array<OptionField>({{.name = "bw_lo", .offset = 0, .size = 4, .unit = Unit::bytes_per_second},
                                {.name = "bw_hi", .offset = 4, .size = 4},
                                {.name = "min_rtt", .offset = 8, .size = 4, .unit = Unit::microseconds},
                                {.name = "pacing_gain", .offset = 12, .size = 4},
                                {.name = "cwnd_gain", .offset = 16, .size = 4}});

struct CongestionControl {
  std::string_view name;
  OptionLayout layout;
};

constexpr CongestionControl congestion_controls[] = {
    {"bbr", {bbr_fields, 20}},        {"dctcp", {dctcp_fields, 16}}, {"dctcp-reno", {dctcp_fields, 16}},
    {"vegas", {vegas_fields, 16}},    {"yeah", {vegas_fields, 16}},  {"illinois", {vegas_fields, 16}},
    {"westwood", {vegas_fields, 16}}, {"nv", {vegas_fields, 16}},
};

constexpr std::size_t name_size = 16;  // TCP_CA_NAME_MAX

/// The name of the congestion control, then what it tells: the bytes alone do not say whose they are.
std::expected<OptionBytes, std::error_code> read_cc_info(int fd, const SocketOption& option) {
  OptionBytes bytes(name_size + 512);
  socklen_t length = name_size;
  if (getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, bytes.data(), &length) < 0) {
    return std::unexpected(errno_code());
  }
  length = static_cast<socklen_t>(bytes.size() - name_size);
  if (getsockopt(fd, option.level, option.number, bytes.data() + name_size, &length) < 0) {
    return std::unexpected(errno_code());
  }
  bytes.resize(name_size + length);
  return bytes;
}

OptionValue decode_cc_info(OptionView bytes, const SocketOption& /*option*/) {
  const std::string name(text_from(bytes.first(std::min(bytes.size(), name_size))));
  const OptionView info = bytes.subspan(std::min(bytes.size(), name_size));
  OptionValue::Fields fields{{"congestion_control", {.data = name}}};
  for (const CongestionControl& known : congestion_controls) {
    if (info.empty() || known.name != name) continue;
    for (auto& field : decode_fields(info, known.layout)) fields.push_back(std::move(field));
    return {.data = std::move(fields)};
  }
  if (!info.empty()) {
    OptionValue::List words;
    for (std::size_t at = 0; at < info.size(); at += sizeof(std::uint32_t)) {
      words.push_back({.data = std::int64_t{value_from<std::uint32_t>(info.subspan(at))}});
    }
    fields.emplace_back("words", OptionValue{.data = std::move(words)});
  }
  return {.data = std::move(fields)};
}

constexpr std::array codecs{
    OptionCodec{OptionType::tcp_info, "struct tcp_info", "", 1024, Unit::none, nullptr, decode_tcp_info},
    OptionCodec{OptionType::tcp_cc_info, "union tcp_cc_info", "", 0, Unit::none, nullptr, decode_cc_info,
                read_cc_info},
};

}  // namespace

const OptionLayout& tcp_info_layout() {
  return info_layout;
}

std::span<const OptionCodec> tcp_info_codecs() {
  return codecs;
}

}  // namespace net
