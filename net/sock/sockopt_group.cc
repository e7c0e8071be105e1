// Multicast groups and their sources: RFC 3678, ip(7), ipv6(7).
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstddef>

#include "net/sock/sockopt_codecs.hh"
#include "net/sock/sockopt_layout.hh"
#include "net/sock/sockopt_parts.hh"

namespace net {
namespace {

using Encoded = Parsed<OptionBytes>;
using Parts = std::span<const std::string_view>;

sockaddr_storage storage_of(const Endpoint& address) {
  sockaddr_storage storage{};
  std::memcpy(&storage, address.data(), address.size());
  return storage;
}

std::string storage_text(const sockaddr_storage& storage) {
  return Endpoint::from_bytes(reinterpret_cast<const sockaddr*>(&storage), sizeof storage).address_text();
}

Parsed<Endpoint> parse_group(std::string_view text, int family) {
  auto group = parse_address(text, family);
  if (group && !group->is_multicast()) return std::unexpected("not a multicast group");
  return group;
}

Parsed<AddressOnInterface> parse_group_on(std::string_view text, int family) {
  auto group = parse_address_on(text, family);
  if (group && !group->address.is_multicast()) return std::unexpected("not a multicast group");
  return group;
}

Encoded encode_membership4(std::string_view text, const SocketOption& /*option*/) {
  ip_mreqn request{};
  const auto parts = comma_parts(text);
  const auto local = parts.size() == 2 ? parse_address(parts[1], AF_INET) : std::unexpected(std::string());
  if (local) request.imr_address = address_as<in_addr>(*local);
  const auto group = parse_group_on(local ? parts[0] : text, AF_INET);
  if (!group) return std::unexpected(group.error());
  request.imr_multiaddr = address_as<in_addr>(group->address);
  request.imr_ifindex = static_cast<int>(group->interface);
  return bytes_of_value(request);
}

OptionValue decode_membership4(OptionView bytes, const SocketOption& /*option*/) {
  const auto request = value_from<ip_mreqn>(bytes);
  const Endpoint group = endpoint_of(request.imr_multiaddr);
  const Endpoint local = endpoint_of(request.imr_address);
  if (!local.is_any()) return {.data = group.address_text() + "," + local.address_text()};
  return {.data = address_on_text(group, static_cast<std::uint32_t>(request.imr_ifindex))};
}

Encoded bytes_of_mreq6(const Parsed<AddressOnInterface>& parsed) {
  if (!parsed) return std::unexpected(parsed.error());
  return bytes_of_value(ipv6_mreq{address_as<in6_addr>(parsed->address), parsed->interface});
}

Encoded encode_membership6(std::string_view text, const SocketOption& /*option*/) {
  return bytes_of_mreq6(parse_group_on(text, AF_INET6));
}

Encoded encode_anycast6(std::string_view text, const SocketOption& /*option*/) {
  auto address = parse_address_on(text, AF_INET6);
  if (address && address->address.is_multicast()) return std::unexpected("a multicast group");
  return bytes_of_mreq6(address);
}

OptionValue decode_mreq6(OptionView bytes, const SocketOption& /*option*/) {
  const auto request = value_from<ipv6_mreq>(bytes);
  return {.data = address_on_text(endpoint_of(request.ipv6mr_multiaddr), request.ipv6mr_interface)};
}

Encoded encode_group(std::string_view text, const SocketOption& option) {
  const auto group = parse_group_on(text, family_of_level(option));
  if (!group) return std::unexpected(group.error());
  return bytes_of_value(group_req{group->interface, storage_of(group->address)});
}

OptionValue decode_group(OptionView bytes, const SocketOption& /*option*/) {
  const auto request = value_from<group_req>(bytes);
  const std::string group = storage_text(request.gr_group);
  return {.data = group + (request.gr_interface == 0 ? "" : "," + interface_name(request.gr_interface))};
}

Encoded encode_source4(std::string_view text, const SocketOption& /*option*/) {
  const auto parts = comma_parts(text);
  if (parts.size() < 2 || parts.size() > 3) return std::unexpected("not GROUP,SOURCE[,LOCAL]");
  const auto group = parse_group(parts[0], AF_INET);
  if (!group) return std::unexpected(group.error());
  const auto source = parse_address(parts[1], AF_INET);
  if (!source) return std::unexpected("source: " + source.error());
  const auto local = parts.size() == 3 ? parse_address(parts[2], AF_INET) : Endpoint::any(AF_INET, 0);
  if (!local) return std::unexpected("local address: " + local.error());
  return bytes_of_value(
      ip_mreq_source{address_as<in_addr>(*group), address_as<in_addr>(*local), address_as<in_addr>(*source)});
}

OptionValue decode_source4(OptionView bytes, const SocketOption& /*option*/) {
  const auto request = value_from<ip_mreq_source>(bytes);
  const Endpoint local = endpoint_of(request.imr_interface);
  return {.data = endpoint_of(request.imr_multiaddr).address_text() + "," +
                  endpoint_of(request.imr_sourceaddr).address_text() +
                  (local.is_any() ? "" : "," + local.address_text())};
}

Encoded encode_group_source(std::string_view text, const SocketOption& option) {
  const int family = family_of_level(option);
  const auto parts = comma_parts(text);
  if (parts.size() < 2 || parts.size() > 3) return std::unexpected("not GROUP,SOURCE[,INTERFACE]");
  const auto group = parse_group(parts[0], family);
  if (!group) return std::unexpected(group.error());
  const auto source = parse_address(parts[1], family);
  if (!source) return std::unexpected("source: " + source.error());
  const auto interface = parts.size() == 3 ? parse_interface(parts[2]) : group->scope();
  if (!interface) return std::unexpected(interface.error());
  return bytes_of_value(group_source_req{*interface, storage_of(*group), storage_of(*source)});
}

OptionValue decode_group_source(OptionView bytes, const SocketOption& /*option*/) {
  const auto request = value_from<group_source_req>(bytes);
  const std::uint32_t interface = request.gsr_interface;
  return {.data = storage_text(request.gsr_group) + "," + storage_text(request.gsr_source) +
                  (interface == 0 ? "" : "," + interface_name(interface))};
}

/// "GROUP[,WHERE],include|exclude[,SOURCE...]"
struct Filter {
  Endpoint group;
  std::string_view where{};  ///< the interface as it was written
  std::uint32_t mode = MCAST_INCLUDE;
  std::vector<Endpoint> sources{};
};

Parsed<Filter> parse_filter(std::string_view text, int family) {
  const std::vector<std::string_view> parts = comma_parts(text);
  const auto is_mode = [](std::string_view part) { return part == "include" || part == "exclude"; };
  Filter filter;
  const auto group = parse_group(parts[0], family);
  if (!group) return std::unexpected(group.error());
  filter.group = *group;
  std::size_t at = 1;
  if (at < parts.size() && !is_mode(parts[at])) filter.where = parts[at++];
  if (at >= parts.size() || !is_mode(parts[at])) return std::unexpected("neither include nor exclude");
  filter.mode = parts[at] == "include" ? MCAST_INCLUDE : MCAST_EXCLUDE;
  for (const std::string_view part : std::span(parts).subspan(at + 1)) {
    const auto source = parse_address(part, family);
    if (!source) return std::unexpected("source " + std::string(part) + ": " + source.error());
    filter.sources.push_back(*source);
  }
  return filter;
}

std::string filter_text(std::string group, const std::string& where, std::uint32_t mode) {
  group += where.empty() ? "" : "," + where;
  return group + (mode == MCAST_INCLUDE ? ",include" : ",exclude");
}

template <class T>
void append(OptionBytes& bytes, const T& value) {
  const auto more = bytes_of_value(value);
  bytes.insert(bytes.end(), more.begin(), more.end());
}

Encoded encode_source_filter4(std::string_view text, const SocketOption& /*option*/) {
  const auto filter = parse_filter(text, AF_INET);
  if (!filter) return std::unexpected(filter.error());
  const auto local = filter->where.empty() ? Parsed<Endpoint>(Endpoint::any(AF_INET, 0))
                                           : parse_address(filter->where, AF_INET);
  if (!local) return std::unexpected("local address: " + local.error());
  ip_msfilter request{};
  request.imsf_multiaddr = address_as<in_addr>(filter->group);
  request.imsf_interface = address_as<in_addr>(*local);
  request.imsf_fmode = filter->mode;
  request.imsf_numsrc = static_cast<std::uint32_t>(filter->sources.size());
  OptionBytes bytes = bytes_of_value(request);
  bytes.resize(IP_MSFILTER_SIZE(0));
  for (const Endpoint& source : filter->sources) append(bytes, address_as<in_addr>(source));
  return bytes;
}

OptionValue decode_source_filter4(OptionView bytes, const SocketOption& /*option*/) {
  const auto request = value_from<ip_msfilter>(bytes);
  const Endpoint local = endpoint_of(request.imsf_interface);
  std::string text = filter_text(endpoint_of(request.imsf_multiaddr).address_text(),
                                 local.is_any() ? std::string() : local.address_text(), request.imsf_fmode);
  for (bytes = bytes.subspan(std::min(bytes.size(), IP_MSFILTER_SIZE(0))); bytes.size() >= sizeof(in_addr);
       bytes = bytes.subspan(sizeof(in_addr))) {
    text += "," + endpoint_of(value_from<in_addr>(bytes)).address_text();
  }
  return {.data = std::move(text)};
}

Encoded encode_group_filter(std::string_view text, const SocketOption& option) {
  const auto filter = parse_filter(text, family_of_level(option));
  if (!filter) return std::unexpected(filter.error());
  const auto interface =
      filter->where.empty() ? Parsed<std::uint32_t>(filter->group.scope()) : parse_interface(filter->where);
  if (!interface) return std::unexpected(interface.error());
  group_filter request{};
  request.gf_interface = *interface;
  request.gf_group = storage_of(filter->group);
  request.gf_fmode = filter->mode;
  request.gf_numsrc = static_cast<std::uint32_t>(filter->sources.size());
  OptionBytes bytes = bytes_of_value(request);
  bytes.resize(GROUP_FILTER_SIZE(0));
  for (const Endpoint& source : filter->sources) append(bytes, storage_of(source));
  return bytes;
}

OptionValue decode_group_filter(OptionView bytes, const SocketOption& /*option*/) {
  const auto request = value_from<group_filter>(bytes);
  std::string text = filter_text(
      storage_text(request.gf_group),
      request.gf_interface == 0 ? std::string() : interface_name(request.gf_interface), request.gf_fmode);
  for (bytes = bytes.subspan(std::min(bytes.size(), GROUP_FILTER_SIZE(0)));
       bytes.size() >= sizeof(sockaddr_storage); bytes = bytes.subspan(sizeof(sockaddr_storage))) {
    text += "," + storage_text(value_from<sockaddr_storage>(bytes));
  }
  return {.data = std::move(text)};
}

constexpr std::array codecs{
    OptionCodec{OptionType::membership4, "struct ip_mreqn", "GROUP[,INTERFACE|LOCAL]", sizeof(ip_mreqn),
                Unit::none, encode_membership4, decode_membership4},
    OptionCodec{OptionType::membership6, "struct ipv6_mreq", "GROUP[,INTERFACE]", sizeof(ipv6_mreq),
                Unit::none, encode_membership6, decode_mreq6},
    OptionCodec{OptionType::anycast6, "struct ipv6_mreq", "ADDRESS[,INTERFACE]", sizeof(ipv6_mreq),
                Unit::none, encode_anycast6, decode_mreq6},
    OptionCodec{OptionType::group, "struct group_req", "GROUP[,INTERFACE]", sizeof(group_req), Unit::none,
                encode_group, decode_group},
    OptionCodec{OptionType::source4, "struct ip_mreq_source", "GROUP,SOURCE[,LOCAL]", sizeof(ip_mreq_source),
                Unit::none, encode_source4, decode_source4},
    OptionCodec{OptionType::group_source, "struct group_source_req", "GROUP,SOURCE[,INTERFACE]",
                sizeof(group_source_req), Unit::none, encode_group_source, decode_group_source},
    OptionCodec{OptionType::source_filter4, "struct ip_msfilter", "GROUP[,LOCAL],include|exclude[,SOURCE...]",
                sizeof(ip_msfilter), Unit::none, encode_source_filter4, decode_source_filter4},
    OptionCodec{OptionType::group_filter, "struct group_filter",
                "GROUP[,INTERFACE],include|exclude[,SOURCE...]", sizeof(struct group_filter), Unit::none,
                encode_group_filter, decode_group_filter},
};

}  // namespace

std::span<const OptionCodec> group_codecs() {
  return codecs;
}

}  // namespace net
