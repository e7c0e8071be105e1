#include "cmd/addr_input.hh"

#include <algorithm>
#include <cctype>
#include <utility>

namespace cmd {
namespace {

using net::IpAddress;
using net::IpPrefix;
using net::IpRange;
using net::MacAddress;
using net::Parsed;

std::unexpected<std::string> refused(std::string_view text, const std::string& why) {
  return std::unexpected("'" + std::string(text) + "': " + why);
}

/// "ADDRESS%ZONE/26" is "ADDRESS/26" in the zone.
struct Zoned {
  std::string address;
  std::string zone;
};

Parsed<Zoned> without_zone(std::string_view text) {
  const std::size_t percent = text.find('%');
  const std::size_t slash = std::min(text.find('/', percent), text.size());
  const std::string_view zone = text.substr(percent + 1, slash - percent - 1);
  if (zone.empty()) return std::unexpected("no zone behind '%'");
  if (text.substr(0, percent).contains('/')) return std::unexpected("the length stands behind the zone");
  if (!text.substr(0, percent).contains(':')) return std::unexpected("only IPv6 addresses have zones");
  const std::size_t minus = zone.rfind('-');
  const bool range = text.substr(0, percent).contains('-') ||
                     (minus != std::string_view::npos && zone.substr(minus).contains(':'));
  if (range) return std::unexpected("a range has no zones");
  // What the kernel takes as the name of an interface (IFNAMSIZ).
  const auto is_odd = [](unsigned char c) { return std::isspace(c) != 0 || c == ':' || c == '%'; };
  if (zone.size() > 15 || std::ranges::any_of(zone, is_odd)) {
    return std::unexpected("a zone is an interface: at most 15 bytes, no blank, '%' or ':'");
  }
  return Zoned{std::string(text.substr(0, percent)).append(text.substr(slash)), std::string(zone)};
}

/// What inet_aton(3) makes of it; where that is nothing the other reading.
IpAddress chosen(const net::LegacyIpv4& readings) {
  return readings.octal ? *readings.octal : *readings.decimal;
}

std::optional<net::LegacyIpv4> if_ambiguous(const net::LegacyIpv4& readings) {
  return readings.is_ambiguous() ? std::optional(readings) : std::nullopt;
}

/// What --legacy would have made of it, for whoever did not say so.
std::string with_legacy_hint(std::string why, std::string_view text) {
  const auto readings = net::parse_legacy_ipv4(text);
  if (!readings) return why;
  why += why.ends_with('?') ? " " : "; ";
  why += "--legacy takes it as " + chosen(*readings).text();
  if (readings->octal && readings->decimal && readings->is_ambiguous()) {
    why += " (octal), and shows " + readings->decimal->text() + " (decimal) beside it";
  }
  return why;
}

Parsed<AddrInput> parse_with_length(std::string_view text, bool legacy) {
  auto prefix = IpPrefix::parse(text);
  if (prefix) return AddrInput{*prefix};
  const std::size_t slash = text.find('/');
  const auto readings = net::parse_legacy_ipv4(text.substr(0, slash));
  if (!readings || IpAddress::parse(text.substr(0, slash))) return std::unexpected(prefix.error());
  if (!legacy) return std::unexpected(with_legacy_hint(prefix.error(), text.substr(0, slash)));
  // The same length behind the address in its strict form.
  prefix = IpPrefix::parse(chosen(*readings).text().append(text.substr(slash)));
  if (!prefix) return std::unexpected(prefix.error());
  return AddrInput{*prefix, {}, if_ambiguous(*readings)};
}

/// Groups of two hexadecimal digits: whoever wrote it meant a MAC address.
bool resembles_mac(std::string_view text, char separator) {
  std::size_t groups = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    const std::string_view group = text.substr(0, end);
    const auto is_digit = [](unsigned char c) { return std::isxdigit(c) != 0; };
    if (group.size() != 2 || !std::ranges::all_of(group, is_digit)) return false;
    ++groups;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return groups >= 5;
}

/// A text that is no address in the strict form.
Parsed<AddrInput> parse_other(std::string_view text, bool legacy, std::string why) {
  const auto readings = net::parse_legacy_ipv4(text);
  // Twelve digits are a number to inet_aton(3) if it fits.
  if (legacy && readings) return AddrInput{chosen(*readings), {}, if_ambiguous(*readings)};
  const auto mac = MacAddress::parse(text);
  if (mac) return AddrInput{*mac};
  if (resembles_mac(text, ':') || resembles_mac(text, '-')) return std::unexpected(mac.error());
  if (text.contains('-')) {
    const auto range = IpRange::parse(text);
    if (!range) return std::unexpected(range.error());
    return AddrInput{*range};
  }
  if (!legacy) return std::unexpected(with_legacy_hint(std::move(why), text));
  return std::unexpected(text.contains(':') ? why : readings.error());
}

Parsed<AddrInput> parse_without_zone(std::string_view text, bool legacy) {
  if (text.contains('/')) return parse_with_length(text, legacy);
  auto address = IpAddress::parse(text);
  if (address) return AddrInput{*address};
  return parse_other(text, legacy, std::move(address.error()));
}

}  // namespace

const IpAddress* AddrInput::address() const {
  if (const auto* prefix = std::get_if<IpPrefix>(&what)) return &prefix->address;
  return std::get_if<IpAddress>(&what);
}

std::optional<IpRange> AddrInput::range() const {
  if (const auto* range = std::get_if<IpRange>(&what)) return *range;
  if (const auto* prefix = std::get_if<IpPrefix>(&what)) return IpRange::of(*prefix);
  if (const auto* address = std::get_if<IpAddress>(&what)) return IpRange::of(*address);
  return std::nullopt;
}

Parsed<AddrInput> parse_addr_input(std::string_view text, bool legacy) {
  if (!text.contains('%')) {
    auto input = parse_without_zone(text, legacy);
    if (!input) return refused(text, input.error());
    return input;
  }
  const auto zoned = without_zone(text);
  if (!zoned) return refused(text, zoned.error());
  auto input = parse_without_zone(zoned->address, false);
  if (!input) return refused(text, input.error());
  if (input->address() == nullptr) return refused(text, "only IPv6 addresses have zones");
  input->zone = zoned->zone;
  return input;
}

}  // namespace cmd
