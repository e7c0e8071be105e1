#include "net/addr/ip_address.hh"

#include <algorithm>
#include <bit>

namespace net {
namespace {

constexpr std::string_view hex_letters = "0123456789abcdef";

/// The longest text: eight groups of four digits and seven colons (a mapped address is shorter).
using TextBuffer = std::array<char, 40>;

char* write_decimal(char* out, unsigned octet) {
  if (octet >= 100) *out++ = static_cast<char>('0' + octet / 100);
  if (octet >= 10) *out++ = static_cast<char>('0' + octet / 10 % 10);
  *out++ = static_cast<char>('0' + octet % 10);
  return out;
}

char* write_dotted(char* out, std::uint32_t value) {
  for (unsigned shift = 32; shift != 0;) {
    shift -= 8;
    out = write_decimal(out, value >> shift & 0xffU);
    if (shift != 0) *out++ = '.';
  }
  return out;
}

/// Without leading zeros.
char* write_group(char* out, unsigned group) {
  bool begun = false;
  for (unsigned shift = 16; shift != 0;) {
    shift -= 4;
    const unsigned digit = group >> shift & 0xfU;
    begun = begun || digit != 0 || shift == 0;
    if (begun) *out++ = hex_letters[digit];
  }
  return out;
}

/// The groups from `begin` to `end` that "::" stands for: none where both are 8.
struct Gap {
  std::size_t begin = 8;
  std::size_t end = 8;
};

using Groups = std::array<unsigned, 8>;

Groups groups_of(Uint128 value) {
  Groups groups{};
  for (std::size_t i = groups.size(); i-- > 0; value >>= 16U)
    groups[i] = static_cast<unsigned>(value & 0xffffU);
  return groups;
}

/// The longest run of zero groups, the first of those that tie, and no run of one (RFC 5952, section 4.2).
Gap longest_gap(const Groups& groups) {
  Gap best;
  for (std::size_t begin = 0; begin < groups.size();) {
    std::size_t end = begin;
    while (end < groups.size() && groups[end] == 0) ++end;
    if (end - begin >= 2 && end - begin > best.end - best.begin) best = {begin, end};
    begin = end + 1;
  }
  return best;
}

char* write_ipv6(char* out, Uint128 value) {
  if (value >> 32U == 0xffff) {
    constexpr std::string_view mapped = "::ffff:";
    return write_dotted(std::ranges::copy(mapped, out).out, static_cast<std::uint32_t>(value));
  }
  const Groups groups = groups_of(value);
  const Gap gap = longest_gap(groups);
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (i == gap.begin) {
      *out++ = ':';
      if (gap.end == groups.size()) *out++ = ':';
      i = gap.end - 1;
      continue;
    }
    if (i != 0) *out++ = ':';
    out = write_group(out, groups[i]);
  }
  return out;
}

std::string_view write(const IpAddress& address, TextBuffer& buffer) {
  const char* const end = address.is_v4()
                              ? write_dotted(buffer.data(), static_cast<std::uint32_t>(address.value()))
                              : write_ipv6(buffer.data(), address.value());
  return {buffer.data(), end};
}

}  // namespace

IpAddress IpAddress::from_bytes(ByteView bytes) {
  Uint128 value = 0;
  for (const std::uint8_t byte : bytes) value = value << 8U | byte;
  return {bytes.size() == 4 ? IpFamily::v4 : IpFamily::v6, value};
}

IpAddress::Bytes::Bytes(const IpAddress& address) : size_(static_cast<std::size_t>(address.bits()) / 8) {
  Uint128 value = address.value();
  for (std::size_t i = size_; i-- > 0; value >>= 8U) bytes_[i] = static_cast<std::uint8_t>(value);
}

std::string IpAddress::text() const {
  TextBuffer buffer;
  return std::string(write(*this, buffer));
}

void IpAddress::append_text(std::string& out) const {
  TextBuffer buffer;
  out += write(*this, buffer);
}

std::string IpAddress::expanded() const {
  if (is_v4()) return text();
  const std::string digits = hex_digits(value_, 32);
  std::string out = digits.substr(0, 4);
  for (std::size_t at = 4; at < digits.size(); at += 4) out.append(1, ':').append(digits, at, 4);
  return out;
}

std::string IpAddress::binary() const {
  const std::size_t group = is_v4() ? 1 : 2;
  const auto octets = bytes();
  std::string out;
  out.reserve(static_cast<std::size_t>(bits()) + 8);
  for (std::size_t i = 0; i < octets.view().size(); ++i) {
    if (i != 0 && i % group == 0) out += is_v4() ? '.' : ':';
    for (unsigned bit = 0x80; bit != 0; bit >>= 1U) out += (octets.view()[i] & bit) != 0 ? '1' : '0';
  }
  return out;
}

std::string IpAddress::hex() const {
  return "0x" + hex_digits(value_, bits() / 4);
}

std::string IpAddress::reverse_name() const {
  if (is_v4()) {
    // The octets from the last to the first, and so the text of the address whose bytes are swapped.
    return v4(std::byteswap(static_cast<std::uint32_t>(value_))).text() + ".in-addr.arpa";
  }
  constexpr std::size_t nibbles = 32;
  std::string out(2 * nibbles, '.');
  Uint128 rest = value_;
  for (std::size_t i = 0; i < nibbles; ++i, rest >>= 4U) {
    out[2 * i] = hex_letters[static_cast<std::size_t>(rest & 0xfU)];
  }
  return out + "ip6.arpa";
}

}  // namespace net
