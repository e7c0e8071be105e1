#include "cmd/addr_report.hh"
#include "net/addr/address_kind.hh"
#include "net/addr/ipv4_class.hh"
#include "net/addr/ipv6_multicast.hh"
#include "net/addr/special_purpose.hh"
#include "net/sock/sockaddr_layout.hh"

namespace cmd {
namespace {

using net::IpPrefix;

/// A number that may be larger than JSON's readers take: then it is a string.
Value integer_value(net::Uint128 value) {
  if (net::high64(value) == 0) return net::low64(value);
  return net::decimal_digits(value);
}

Value count_value(const net::AddressCount& count) {
  return count ? integer_value(*count) : Value(net::count_digits(count));
}

List prefixes_value(const std::vector<IpPrefix>& prefixes) {
  List list;
  list.reserve(prefixes.size());
  for (const IpPrefix& prefix : prefixes) list.emplace_back(prefix.text());
  return list;
}

void add_class(Object& object, const net::IpAddress& address) {
  const net::Ipv4Class& klass = net::ipv4_class(address);
  object.emplace_back("class", std::string(1, klass.letter));
  object.emplace_back("class_bits", klass.bits);
  const auto length = klass.default_length();
  if (!length) return;
  object.emplace_back("class_network", klass.network_part(address));
  object.emplace_back("class_host", klass.host_part(address));
  object.emplace_back("default_mask", IpPrefix{address, *length}.netmask().text());
}

void add_network(Object& object, const IpPrefix& prefix) {
  object.emplace_back("prefix_length", prefix.length);
  object.emplace_back("network", prefix.network().text());
  object.emplace_back("netmask", prefix.netmask().text());
  object.emplace_back("wildcard", prefix.wildcard().text());
  if (!has_hosts(prefix)) return;
  if (prefix.has_broadcast()) object.emplace_back("broadcast", prefix.last().text());
  object.emplace_back("first_host", prefix.first_host().text());
  object.emplace_back("last_host", prefix.last_host().text());
  object.emplace_back("host_count", count_value(prefix.host_count()));
}

Value special_value(const net::SpecialPurpose* special) {
  if (special == nullptr) return nullptr;
  return Object{{"name", special->name},
                {"rfc", special->rfc},
                {"prefix", special->prefix.text()},
                {"global", special->global ? Value(*special->global) : Value(nullptr)}};
}

void add_numbers(Object& object, const AddrReport& report) {
  const net::IpAddress& address = *report.address();
  object.emplace_back("integer", integer_value(address.value()));
  object.emplace_back("hex", address.hex());
  object.emplace_back("binary", address.binary());
  object.emplace_back("reverse", address.reverse_name());
  object.emplace_back("type", kind_words(report.meant()));
  object.emplace_back("special", special_value(net::special_purpose(report.meant())));
}

void add_ipv6(Object& object, const AddrReport& report) {
  const net::IpAddress& address = *report.address();
  const auto scope = net::scope_words(address);
  object.emplace_back("expanded", address.expanded());
  if (scope) object.emplace_back("scope", *scope);
  if (report.embedded) object.emplace_back("embedded_ipv4", report.embedded->address.text());
}

void add_neighbours(Object& object, const net::IpAddress& address) {
  const auto made_from = net::embedded_mac(address);
  const auto group = net::multicast_mac(address);
  const auto solicited = net::solicited_node(address);
  if (made_from || group) object.emplace_back("mac", (made_from ? made_from : group)->text());
  if (solicited) object.emplace_back("solicited_node", solicited->text());
}

void add_mac(Object& object, const net::MacAddress& mac) {
  if (const auto* const reserved = mac.reserved()) object.emplace_back("type", reserved->words);
  object.emplace_back("oui", mac.oui());
  object.emplace_back("nic", mac.nic());
  object.emplace_back("group", mac.is_group());
  object.emplace_back("local", mac.is_local());
  if (mac.is_group()) return;
  object.emplace_back("eui64", net::hex_digits(mac.interface_id(), 16));
  object.emplace_back("link_local", mac.link_local().text());
}

Value sockaddr_value(const net::Endpoint& endpoint) {
  List fields;
  for (const net::SockaddrField& field : net::sockaddr_layout(endpoint)) {
    fields.emplace_back(Object{{"offset", std::uint64_t{field.offset}},
                               {"name", field.name},
                               {"bytes", spaced_hex(field.bytes)},
                               {"meaning", field.meaning}});
  }
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(endpoint.data());
  return Object{{"family", endpoint.family() == AF_INET ? "AF_INET" : "AF_INET6"},
                {"length", std::uint64_t{endpoint.size()}},
                {"bytes", spaced_hex({bytes, endpoint.size()})},
                {"fields", std::move(fields)}};
}

Value reading_value(const std::optional<net::IpAddress>& address) {
  return address ? Value(address->text()) : Value(nullptr);
}

std::string_view kind_name(const AddrReport& report) {
  if (report.address() != nullptr) return report.address()->is_v4() ? "ipv4" : "ipv6";
  return std::holds_alternative<net::IpRange>(report.read.what) ? "range" : "mac";
}

void add_address(Object& object, const AddrReport& report) {
  if (report.address()->is_v4()) add_class(object, *report.address());
  if (report.prefix() != nullptr) add_network(object, *report.prefix());
  add_numbers(object, report);
}

}  // namespace

Object addr_object(const AddrReport& report, const AddrQuestions& questions) {
  Object object{{"input", report.input}, {"kind", kind_name(report)}, {"canonical", report.canonical}};
  const net::IpAddress* const address = report.address();
  if (address != nullptr) add_address(object, report);
  if (report.contains) object.emplace_back("contains", *report.contains);
  if (questions.split) object.emplace_back("subnets", prefixes_value(report.subnets));
  if (std::holds_alternative<net::IpRange>(report.read.what)) {
    object.emplace_back("cidrs", prefixes_value(report.cidrs));
  }
  if (address != nullptr && !address->is_v4()) add_ipv6(object, report);
  if (address != nullptr) add_neighbours(object, *address);
  if (report.nat64) object.emplace_back("nat64", report.nat64->text());
  if (const auto* mac = std::get_if<net::MacAddress>(&report.read.what)) add_mac(object, *mac);
  if (report.sockaddr) object.emplace_back("sockaddr", sockaddr_value(*report.sockaddr));
  if (const auto& readings = report.read.readings) {
    object.emplace_back("readings", Object{{"octal", reading_value(readings->octal)},
                                           {"decimal", reading_value(readings->decimal)}});
  }
  return object;
}

}  // namespace cmd
