#include <linux/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "net/base/bytes.hh"
#include "net/sock/endpoint.hh"
#include "net/sock/sockopt_codecs.hh"
#include "net/sock/sockopt_fields.hh"
#include "net/sock/sockopt_layout.hh"

namespace net {
namespace {

using Encoded = Parsed<OptionBytes>;

// TCP_REPAIR_WINDOW

constexpr auto window_fields = std::to_array<OptionField>({
    OPTION_FIELD(tcp_repair_window, snd_wl1),
    OPTION_FIELD(tcp_repair_window, snd_wnd),
    OPTION_FIELD(tcp_repair_window, max_window),
    OPTION_FIELD(tcp_repair_window, rcv_wnd),
    OPTION_FIELD(tcp_repair_window, rcv_wup),
});
constexpr OptionLayout window_layout{window_fields, sizeof(tcp_repair_window)};

Encoded encode_repair_window(std::string_view text, const SocketOption& /*option*/) {
  return encode_fields(text, window_layout);
}

OptionValue decode_repair_window(OptionView bytes, const SocketOption& /*option*/) {
  return decode_typed_fields(bytes, window_layout);
}

// TCP_REPAIR_OPTIONS: an array of the options that the connection had agreed on, by their TCP kinds.

struct Negotiated {
  std::string_view name;
  std::uint32_t code;
  std::uint32_t most;  ///< 0: has no value
};

constexpr auto negotiated = std::to_array<Negotiated>({
    {"mss", 2, UINT16_MAX},
    {"wscale", 3, UINT32_MAX},
    {"sack", 4, 0},
    {"timestamps", 8, 0},
});

/// "7:8", ours and the peer's shift, as the kernel has them in one number.
Parsed<std::uint32_t> parse_shifts(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::unexpected("wscale wants SEND:RECEIVE");
  const auto send = parse_number(text.substr(0, colon), 14);
  const auto receive = parse_number(text.substr(colon + 1), 14);
  if (!send || !receive) return std::unexpected((send ? receive : send).error());
  return static_cast<std::uint32_t>((*receive << 16U) | *send);
}

Parsed<tcp_repair_opt> parse_negotiated(std::string_view item) {
  const std::size_t equals = item.find('=');
  const auto* const known = std::ranges::find(negotiated, item.substr(0, equals), &Negotiated::name);
  if (known == negotiated.end()) {
    return std::unexpected("not one of mss=BYTES, wscale=SEND:RECEIVE, sack, timestamps");
  }
  tcp_repair_opt option{.opt_code = known->code, .opt_val = 0};
  if ((known->most == 0) != (equals == std::string_view::npos)) {
    return std::unexpected(std::string(known->name) +
                           (known->most == 0 ? " has no value" : " needs a value"));
  }
  if (known->most == 0) return option;
  const std::string_view text = item.substr(equals + 1);
  if (known->name == "wscale") {
    const auto shifts = parse_shifts(text);
    if (!shifts) return std::unexpected(shifts.error());
    option.opt_val = *shifts;
    return option;
  }
  const auto number = parse_number(text, known->most);
  if (!number) return std::unexpected(number.error());
  option.opt_val = static_cast<std::uint32_t>(*number);
  return option;
}

Encoded encode_repair_options(std::string_view text, const SocketOption& /*option*/) {
  OptionBytes bytes;
  for (const std::string_view item : comma_parts(text)) {
    const auto option = parse_negotiated(item);
    if (!option) return std::unexpected(option.error());
    const OptionBytes one = bytes_of_value(*option);
    bytes.insert(bytes.end(), one.begin(), one.end());
  }
  return bytes;
}

OptionValue decode_repair_options(OptionView bytes, const SocketOption& /*option*/) {
  OptionValue::List list;
  for (; bytes.size() >= sizeof(tcp_repair_opt); bytes = bytes.subspan(sizeof(tcp_repair_opt))) {
    const auto option = value_from<tcp_repair_opt>(bytes);
    const auto* const known = std::ranges::find(negotiated, option.opt_code, &Negotiated::code);
    std::string text = known != negotiated.end() ? std::string(known->name) : std::to_string(option.opt_code);
    if (text == "wscale") {
      text += "=" + std::to_string(option.opt_val & 0xffffU) + ":" + std::to_string(option.opt_val >> 16U);
    } else if (known == negotiated.end() || known->most != 0) {
      text += "=" + std::to_string(option.opt_val);
    }
    list.push_back({.data = std::move(text)});
  }
  return {.data = std::move(list)};
}

// TCP_MD5SIG, TCP_MD5SIG_EXT: "192.0.2.1,KEY", and with EXT "192.0.2.0/24%vrf0,KEY".

Parsed<void> parse_peer(std::string_view text, bool extended, tcp_md5sig& request) {
  const std::size_t percent = text.find('%');
  const std::size_t slash = text.substr(0, percent).find('/');
  if (!extended && (percent != std::string_view::npos || slash != std::string_view::npos)) {
    return std::unexpected("a prefix or interface is for TCP_MD5SIG_EXT");
  }
  const auto address = Endpoint::parse_ip(text.substr(0, std::min(slash, percent)), 0);
  if (!address) return std::unexpected(address.error());
  std::memcpy(&request.tcpm_addr, address->data(), address->size());
  if (slash != std::string_view::npos) {
    const std::uint64_t longest = address->family() == AF_INET ? 32 : 128;
    const auto prefix = parse_number(text.substr(slash + 1, percent - slash - 1), longest);
    if (!prefix) return std::unexpected(prefix.error());
    request.tcpm_flags |= TCP_MD5SIG_FLAG_PREFIX;
    request.tcpm_prefixlen = static_cast<std::uint8_t>(*prefix);
  }
  if (percent == std::string_view::npos) return {};
  const auto index = interface_index(text.substr(percent + 1));
  if (!index) return std::unexpected("no such interface");
  request.tcpm_flags |= TCP_MD5SIG_FLAG_IFINDEX;
  request.tcpm_ifindex = static_cast<int>(*index);
  return {};
}

Encoded encode_md5sig(std::string_view text, const SocketOption& option) {
  const std::size_t comma = text.find(',');
  if (comma == std::string_view::npos) return std::unexpected("wants ADDRESS,KEY");
  tcp_md5sig request{};
  const auto peer = parse_peer(text.substr(0, comma), option.number == TCP_MD5SIG_EXT, request);
  if (!peer) return std::unexpected(peer.error());
  const auto key = parse_secret(text.substr(comma + 1));
  if (!key) return std::unexpected(key.error());
  if (key->size() > sizeof request.tcpm_key) return std::unexpected("a key of more than 80 bytes");
  request.tcpm_keylen = static_cast<std::uint16_t>(key->size());
  std::ranges::copy(*key, reinterpret_cast<std::byte*>(request.tcpm_key));
  return bytes_of_value(request);
}

OptionValue decode_md5sig(OptionView bytes, const SocketOption& /*option*/) {
  const auto request = value_from<tcp_md5sig>(bytes);
  sockaddr_storage storage{};
  std::memcpy(&storage, &request.tcpm_addr, sizeof storage);
  const auto peer = Endpoint::from_bytes(reinterpret_cast<const sockaddr*>(&storage), sizeof storage);
  std::string text = peer.address_text();
  if ((request.tcpm_flags & TCP_MD5SIG_FLAG_PREFIX) != 0)
    text += "/" + std::to_string(request.tcpm_prefixlen);
  if ((request.tcpm_flags & TCP_MD5SIG_FLAG_IFINDEX) != 0) {
    text += "%" + interface_name(static_cast<std::uint32_t>(request.tcpm_ifindex));
  }
  const std::size_t length = std::min<std::size_t>(request.tcpm_keylen, sizeof request.tcpm_key);
  if (length > 0) text += "," + hidden_secret(length);
  return {.data = std::move(text)};
}

// TCP_ZEROCOPY_RECEIVE, asked without a mapping: it then tells what waits and maps nothing.

constexpr auto zerocopy_fields = std::to_array<OptionField>({
    OPTION_FIELD(tcp_zerocopy_receive, length, .unit = Unit::bytes),
    OPTION_FIELD(tcp_zerocopy_receive, recv_skip_hint, .unit = Unit::bytes),
    OPTION_FIELD(tcp_zerocopy_receive, inq, .unit = Unit::bytes),
    OPTION_FIELD(tcp_zerocopy_receive, err),
    OPTION_FIELD(tcp_zerocopy_receive, copybuf_len, .unit = Unit::bytes),
    OPTION_FIELD(tcp_zerocopy_receive, flags),
    OPTION_FIELD(tcp_zerocopy_receive, msg_flags),
});
constexpr OptionLayout zerocopy_layout{zerocopy_fields, sizeof(tcp_zerocopy_receive)};

OptionValue decode_zerocopy(OptionView bytes, const SocketOption& /*option*/) {
  return {.data = decode_fields(bytes, zerocopy_layout)};
}

constexpr std::array codecs{
    OptionCodec{OptionType::tcp_repair_options, "struct tcp_repair_opt[]",
                "mss=BYTES|wscale=SEND:RECEIVE|sack|timestamps[,...]", 0, Unit::none, encode_repair_options,
                decode_repair_options},
    OptionCodec{OptionType::tcp_repair_window, "struct tcp_repair_window",
                "snd_wl1=N,snd_wnd=N,max_window=N,rcv_wnd=N,rcv_wup=N", sizeof(tcp_repair_window), Unit::none,
                encode_repair_window, decode_repair_window},
    OptionCodec{OptionType::tcp_md5sig, "struct tcp_md5sig", "ADDRESS[/PREFIX][%INTERFACE],KEY|0xHEX",
                sizeof(tcp_md5sig), Unit::none, encode_md5sig, decode_md5sig},
    OptionCodec{OptionType::tcp_zerocopy_receive, "struct tcp_zerocopy_receive", "",
                sizeof(tcp_zerocopy_receive), Unit::none, nullptr, decode_zerocopy},
};

}  // namespace

std::span<const OptionCodec> tcp_struct_codecs() {
  return codecs;
}

}  // namespace net
