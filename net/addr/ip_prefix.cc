#include "net/addr/ip_prefix.hh"

#include <algorithm>

#include "net/addr/text_parts.hh"

namespace net {
namespace {

/// A number whose low bits, as many as the host part has, are ones.
Uint128 host_mask(const IpPrefix& prefix) {
  const int host_bits = prefix.address.bits() - prefix.length;
  return host_bits == 128 ? uint128_max : (Uint128{1} << static_cast<unsigned>(host_bits)) - 1;
}

IpAddress with_value(const IpPrefix& prefix, Uint128 value) {
  return {prefix.address.family(), value};
}

/// True where all ones stand together at the low end: the turned bits of a netmask.
bool is_low_ones(Uint128 value) {
  return (value & (value + 1)) == 0;
}

Parsed<int> length_of_mask(const IpAddress& mask) {
  const Uint128 turned = ~mask.value() & highest_value(mask.family());
  if (is_low_ones(turned)) return mask.bits() - bit_width(turned);
  if (is_low_ones(mask.value())) {
    return std::unexpected(mask.text() + " is a wildcard mask, the netmask is " +
                           IpAddress(mask.family(), turned).text());
  }
  return std::unexpected(mask.text() + " is no netmask: its ones are not contiguous");
}

Parsed<int> parse_length(std::string_view text, int bits) {
  const std::string shown = shortened(text);
  if (text.size() > 1 && text.front() == '0') {
    return std::unexpected("a leading zero in /" + shown + ": octal or decimal?");
  }
  int length = 0;
  for (const char c : text) length = std::min(length * 10 + (c - '0'), bits + 1);
  if (length > bits) {
    return std::unexpected("/" + shown + " is out of range (0-" + std::to_string(bits) + ")");
  }
  return length;
}

Parsed<int> parse_length_or_mask(std::string_view text, IpFamily family) {
  if (text.empty()) return std::unexpected("nothing after '/'");
  if (std::ranges::all_of(text, is_decimal_digit)) {
    return parse_length(text, bits_of(family));
  }
  if (!text.contains('.') && !text.contains(':')) {
    return std::unexpected("'/" + shortened(text) + "' is neither a length (0-" +
                           std::to_string(bits_of(family)) + ") nor a netmask");
  }
  const auto mask = IpAddress::parse(text);
  if (!mask) return std::unexpected("after '/': " + mask.error());
  if (mask->family() != family) return std::unexpected("address and netmask are of different families");
  return length_of_mask(*mask);
}

}  // namespace

std::string count_digits(const AddressCount& count) {
  return count ? decimal_digits(*count) : "340282366920938463463374607431768211456";
}

Parsed<IpPrefix> IpPrefix::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::unexpected("no '/'");
  const auto parsed = IpAddress::parse(text.substr(0, slash));
  if (!parsed) return std::unexpected(parsed.error());
  const auto bits = parse_length_or_mask(text.substr(slash + 1), parsed->family());
  if (!bits) return std::unexpected(bits.error());
  return IpPrefix{*parsed, *bits};
}

IpAddress IpPrefix::network() const {
  return with_value(*this, address.value() & ~host_mask(*this));
}

IpAddress IpPrefix::last() const {
  return with_value(*this, address.value() | host_mask(*this));
}

IpAddress IpPrefix::netmask() const {
  return with_value(*this, ~host_mask(*this));
}

IpAddress IpPrefix::wildcard() const {
  return with_value(*this, host_mask(*this));
}

bool IpPrefix::contains(const IpAddress& other) const {
  return other.family() == address.family() && ((other.value() ^ address.value()) & ~host_mask(*this)) == 0;
}

bool IpPrefix::contains(const IpPrefix& other) const {
  return other.length >= length && contains(other.address);
}

AddressCount IpPrefix::size() const {
  const Uint128 mask = host_mask(*this);
  if (mask == uint128_max) return std::nullopt;
  return mask + 1;
}

IpAddress IpPrefix::first_host() const {
  return with_value(*this, network().value() + (has_broadcast() ? 1 : 0));
}

IpAddress IpPrefix::last_host() const {
  return with_value(*this, last().value() - (has_broadcast() ? 1 : 0));
}

AddressCount IpPrefix::host_count() const {
  return has_broadcast() ? AddressCount(*size() - 2) : size();
}

std::string IpPrefix::text() const {
  std::string out;
  address.append_text(out);
  return out + "/" + std::to_string(length);
}

}  // namespace net
