// What a packet's header carries: RFC 2474 (traffic class), RFC 6437 (flow label), what came with the packet
// that made a connection, and the IPsec policy that lets packets pass.
#include <linux/in6.h>
#include <linux/xfrm.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <climits>

#include "net/base/bytes.hh"
#include "net/sock/sockopt_codecs.hh"
#include "net/sock/sockopt_layout.hh"
#include "net/sock/sockopt_parts.hh"

namespace net {
namespace {

using Encoded = Parsed<OptionBytes>;

Encoded encode_traffic_class(std::string_view text, const SocketOption& option) {
  for (const OptionWord& word : option.words) {
    if (equal_ignoring_case(word.name, text)) return bytes_of_value(word.value);
  }
  const auto number = parse_signed(text, INT_MIN, INT_MAX);
  if (!number) return std::unexpected(number.error());
  return bytes_of_value(static_cast<int>(*number));
}

OptionValue decode_traffic_class(OptionView bytes, const SocketOption& option) {
  const auto value = value_from<int>(bytes);
  const auto word = std::ranges::find(option.words, value, &OptionWord::value);
  return {.data = std::int64_t{value}, .text = word == option.words.end() ? "" : std::string(word->name)};
}

constexpr std::array<OptionWord, 5> flow_label_shares{{{"exclusive", IPV6_FL_S_EXCL},
                                                       {"process", IPV6_FL_S_PROCESS},
                                                       {"user", IPV6_FL_S_USER},
                                                       {"any", IPV6_FL_S_ANY},
                                                       {"none", IPV6_FL_S_NONE}}};

constexpr std::uint32_t longest_label = 0xfffff;

Parsed<std::uint32_t> parse_label(std::string_view text) {
  const auto label = parse_number(text, longest_label);
  if (!label) return std::unexpected("flow label: " + label.error());
  // The kernel would choose one, and tell it only to the caller that lends it memory for that.
  if (*label == 0) return std::unexpected("flow label 0 is none");
  return htonl(static_cast<std::uint32_t>(*label));
}

/// "LABEL,DESTINATION[,SHARE]", or "put,LABEL" to give it back; "reflect" and "put,reflect".
Encoded encode_flow_label(std::string_view text, const SocketOption& /*option*/) {
  auto parts = comma_parts(text);
  in6_flowlabel_req request{};
  const bool put = parts[0] == "put";
  if (put) parts.erase(parts.begin());
  request.flr_action = put ? IPV6_FL_A_PUT : IPV6_FL_A_GET;
  if (parts.size() == 1 && parts[0] == "reflect") {
    request.flr_flags = IPV6_FL_F_REFLECT;
    return bytes_of_value(request);
  }
  if (put ? parts.size() != 1 : parts.size() < 2 || parts.size() > 3) {
    return std::unexpected("not LABEL,DESTINATION[,SHARE] or put,LABEL");
  }
  const auto label = parse_label(parts[0]);
  if (!label) return std::unexpected(label.error());
  request.flr_label = *label;
  if (put) return bytes_of_value(request);
  const auto destination = parse_address(parts[1], AF_INET6);
  if (!destination) return std::unexpected(destination.error());
  request.flr_dst = address_as<in6_addr>(*destination);
  request.flr_flags = IPV6_FL_F_CREATE;
  const auto shares = std::span(flow_label_shares).first(4);
  const auto share = std::ranges::find(shares, parts.size() == 3 ? parts[2] : "any", &OptionWord::name);
  if (share == shares.end()) return std::unexpected("not one of exclusive, process, user, any");
  request.flr_share = static_cast<std::uint8_t>(share->value);
  return bytes_of_value(request);
}

std::string flow_label_text(const in6_flowlabel_req& request, std::string_view share) {
  const std::string put = request.flr_action == IPV6_FL_A_PUT ? "put," : "";
  if ((request.flr_flags & IPV6_FL_F_REFLECT) != 0) return put + "reflect";
  const std::uint32_t label = ntohl(request.flr_label);
  std::array<std::uint8_t, 3> digits{static_cast<std::uint8_t>(label >> 16U),
                                     static_cast<std::uint8_t>(label >> 8U),
                                     static_cast<std::uint8_t>(label)};
  std::string text = put + "0x" + hex_text(digits).substr(1);
  if (!put.empty()) return text;
  return text + "," + endpoint_of(request.flr_dst).address_text() + "," + std::string(share);
}

/// A socket that sends no label answers ENOENT.
std::expected<OptionBytes, std::error_code> read_flow_label(int fd, const SocketOption& option) {
  in6_flowlabel_req request{};
  socklen_t length = sizeof request;
  if (getsockopt(fd, option.level, option.number, &request, &length) == 0) return bytes_of_value(request);
  const std::error_code why = errno_code();
  if (why == errno_code(ENOENT)) return OptionBytes();
  return std::unexpected(why);
}

OptionValue decode_flow_label(OptionView bytes, const SocketOption& /*option*/) {
  if (bytes.empty()) return {.data = OptionValue::Fields()};
  const auto request = value_from<in6_flowlabel_req>(bytes);
  const auto found = std::ranges::find(flow_label_shares, int{request.flr_share}, &OptionWord::value);
  const std::string_view share = found == flow_label_shares.end() ? "" : found->name;
  const auto seconds = [](std::uint16_t count) {
    return OptionValue{.data = std::int64_t{count}, .unit = Unit::seconds};
  };
  return {.data = OptionValue::Fields{{"label", {.data = std::int64_t{ntohl(request.flr_label)}}},
                                      {"destination", {.data = endpoint_of(request.flr_dst).address_text()}},
                                      {"share", {.data = std::string(share)}},
                                      {"expires", seconds(request.flr_expires)},
                                      {"linger", seconds(request.flr_linger)}},
          .text = flow_label_text(request, share)};
}

/// One control message of those that IP_PKTOPTIONS gives.
std::pair<std::string_view, OptionValue> packet_option(const cmsghdr& header, OptionView data) {
  if (header.cmsg_type == IP_PKTINFO) {
    const auto info = value_from<in_pktinfo>(data);
    return {
        "destination",
        {.data = address_on_text(endpoint_of(info.ipi_addr), static_cast<std::uint32_t>(info.ipi_ifindex))}};
  }
  const OptionValue number{.data = std::int64_t{value_from<int>(data)}};
  return {header.cmsg_type == IP_TTL ? "ttl" : header.cmsg_type == IP_TOS ? "tos" : "other", number};
}

OptionValue decode_packet_options(OptionView bytes, const SocketOption& /*option*/) {
  OptionValue::Fields fields;
  while (bytes.size() >= sizeof(cmsghdr)) {
    const auto header = value_from<cmsghdr>(bytes);
    if (header.cmsg_len < CMSG_LEN(0) || header.cmsg_len > bytes.size()) break;
    fields.push_back(packet_option(header, bytes.first(header.cmsg_len).subspan(CMSG_LEN(0))));
    bytes = bytes.subspan(std::min<std::size_t>(bytes.size(), CMSG_ALIGN(header.cmsg_len)));
  }
  return {.data = std::move(fields)};
}

constexpr std::array<OptionWord, 3> policy_directions{
    {{"in", XFRM_POLICY_IN}, {"out", XFRM_POLICY_OUT}, {"forward", XFRM_POLICY_FWD}}};
constexpr std::array<OptionWord, 2> policy_actions{
    {{"allow", XFRM_POLICY_ALLOW}, {"block", XFRM_POLICY_BLOCK}}};

/// A policy without transforms: what passes in the clear, and what does not pass at all.
Encoded encode_ipsec_policy(std::string_view text, const SocketOption& option) {
  if (text == "none") return OptionBytes();
  const auto parts = comma_parts(text);
  const auto direction = std::ranges::find(policy_directions, parts[0], &OptionWord::name);
  const auto action = std::ranges::find(policy_actions, parts.back(), &OptionWord::name);
  if (parts.size() != 2 || direction == policy_directions.end() || action == policy_actions.end()) {
    return std::unexpected("neither none nor in|out|forward,allow|block");
  }
  xfrm_userpolicy_info policy{};
  policy.sel.family = static_cast<std::uint16_t>(family_of_level(option));
  policy.dir = static_cast<std::uint8_t>(direction->value);
  policy.action = static_cast<std::uint8_t>(action->value);
  return bytes_of_value(policy);
}

OptionValue decode_ipsec_policy(OptionView bytes, const SocketOption& /*option*/) {
  if (bytes.empty()) return {.data = std::string()};
  const auto policy = value_from<xfrm_userpolicy_info>(bytes);
  const auto name = [](const auto& words, int value) {
    const auto word = std::ranges::find(words, value, &OptionWord::value);
    return word == words.end() ? std::to_string(value) : std::string(word->name);
  };
  return {.data = name(policy_directions, policy.dir) + "," + name(policy_actions, policy.action)};
}

// Three control messages take 80.
constexpr std::size_t packet_options_size = 256;

constexpr std::array codecs{
    OptionCodec{OptionType::traffic_class, "int", "DSCP|NUMBER", sizeof(int), Unit::none,
                encode_traffic_class, decode_traffic_class},
    OptionCodec{OptionType::flow_label, "struct in6_flowlabel_req",
                "LABEL,DESTINATION[,SHARE]|put,LABEL|[put,]reflect", sizeof(in6_flowlabel_req), Unit::none,
                encode_flow_label, decode_flow_label, read_flow_label},
    OptionCodec{OptionType::packet_options, "struct cmsghdr[]", "", packet_options_size, Unit::none, nullptr,
                decode_packet_options},
    OptionCodec{OptionType::ipsec_policy, "struct xfrm_userpolicy_info", "in|out|forward,allow|block or none",
                sizeof(xfrm_userpolicy_info), Unit::none, encode_ipsec_policy, decode_ipsec_policy},
};

}  // namespace

std::span<const OptionCodec> packet_codecs() {
  return codecs;
}

}  // namespace net
