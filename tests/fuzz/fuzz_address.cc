#include <arpa/inet.h>

#include <cctype>
#include <string>
#include <string_view>

#include "net/addr/address_kind.hh"
#include "net/addr/ip_range.hh"
#include "net/addr/ipv6_embedded.hh"
#include "net/addr/ipv6_multicast.hh"
#include "net/addr/legacy_ipv4.hh"
#include "net/addr/mac_address.hh"
#include "net/addr/special_purpose.hh"
#include "tests/fuzz/fuzz.hh"

/// Any bytes as the text of an address, a prefix, a range, a MAC, or an old form of IPv4. The C library says
/// what is one, as far as it reads such texts.
namespace net {
namespace {

template <class T>
void require_words(const Parsed<T>& parsed) {
  require(parsed || (!parsed.error().empty() && parsed.error().size() < 200));
}

void look_at(const IpAddress& address) {
  require(IpAddress::parse(address.text()) == address);
  require(IpAddress::parse(address.expanded()) == address);
  require(IpAddress::from_bytes(address.bytes().view()) == address);
  require(is_printable(address.text() + address.binary() + address.reverse_name()));
  require(address_kind(address).prefix.contains(address));
  if (const SpecialPurpose* const row = special_purpose(address)) require(row->prefix.contains(address));
  require(group_name(address).empty() || multicast_mac(address));
  if (const auto inner = embedded_ipv4(address)) require(inner->address.is_v4());
  if (const auto mac = embedded_mac(address)) require(mac->interface_id() == low64(address.value()));
  if (const auto group = solicited_node(address)) require(ipv6_multicast(*group)->solicited.has_value());
  if (const auto scope = scope_words(address)) require(!scope->empty());
}

void read_address(const std::string& text) {
  const auto address = IpAddress::parse(text);
  require_words(address);
  std::uint8_t bytes[16];
  const bool taken =
      !text.contains('\0') && inet_pton(text.contains(':') ? AF_INET6 : AF_INET, text.c_str(), bytes) == 1;
  require(address.has_value() == taken);
  if (!address) return;
  require(IpAddress::from_bytes(ByteView(bytes).first(address->is_v4() ? 4 : 16)) == *address);
  look_at(*address);
}

void read_prefix(std::string_view text) {
  const auto prefix = IpPrefix::parse(text);
  require_words(prefix);
  if (!prefix) return;
  require(IpPrefix::parse(prefix->text()) == *prefix);
  require(IpPrefix::parse(prefix->address.text() + "/" + prefix->netmask().text()) == *prefix);
  require(prefix->contains(prefix->network()) && prefix->contains(prefix->last()));
  require(prefix->first_host() <= prefix->last_host());
  require(IpRange::of(*prefix).size() == prefix->size());
  require(cover(IpRange::of(*prefix)) == std::vector{prefix->canonical()});
}

void read_range(std::string_view text) {
  const auto range = IpRange::parse(text);
  require_words(range);
  if (!range) return;
  require(IpRange::parse(range->text()) == *range);
  const auto prefixes = cover(*range);
  require(prefixes.size() <= static_cast<std::size_t>(2 * range->first.bits()));
  require(prefixes.front().network() == range->first && prefixes.back().last() == range->last);
  std::vector<IpRange> parts;
  for (const IpPrefix& prefix : prefixes) parts.push_back(IpRange::of(prefix));
  require(aggregate(parts) == prefixes);
}

void read_mac(std::string_view text) {
  const auto mac = MacAddress::parse(text);
  require_words(mac);
  if (!mac) return;
  require(MacAddress::parse(mac->text()) == *mac);
  require(mac->oui() + ":" + mac->nic() == mac->text());
  for (const IpAddress& group : ipv4_groups_of(*mac)) require(multicast_mac(group) == *mac);
  if (!mac->is_eui64()) require(embedded_mac(mac->link_local()) == *mac);
}

void read_legacy(const std::string& text) {
  const auto legacy = parse_legacy_ipv4(text);
  require_words(legacy);
  require(!legacy || legacy->octal || legacy->decimal);

#ifdef __GLIBC__
  // It takes a blank and then anything.
  in_addr address{};
  for (const char c : text) {
    if (c == '\0' || std::isspace(static_cast<unsigned char>(c)) != 0) return;
  }
  const bool taken = inet_aton(text.c_str(), &address) != 0;
  require(taken == (legacy && legacy->octal));
  if (taken) require(legacy->octal->value() == ntohl(address.s_addr));
#endif
}

}  // namespace
}  // namespace net

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  net::read_address(text);
  net::read_prefix(text);
  net::read_range(text);
  net::read_mac(text);
  net::read_legacy(text);
  return 0;
}
