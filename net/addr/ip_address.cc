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
  int begin = 8;
  int end = 8;
};

unsigned group_at(Uint128 value, int index) {
  return static_cast<unsigned>(value >> static_cast<unsigned>(112 - 16 * index)) & 0xffffU;
}

/// The longest run of zero groups, the first of those that tie, and no run of one (RFC 5952, section 4.2).
Gap longest_gap(Uint128 value) {
  Gap best;
  for (int begin = 0; begin < 8;) {
    int end = begin;
    while (end < 8 && group_at(value, end) == 0) ++end;
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
  const Gap gap = longest_gap(value);
  for (int i = 0; i < 8; ++i) {
    if (i == gap.begin) {
      *out++ = ':';
      if (gap.end == 8) *out++ = ':';
      i = gap.end - 1;
      continue;
    }
    if (i != 0) *out++ = ':';
    out = write_group(out, group_at(value, i));
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
  std::string out = hex_digits(value_, 32);
  for (std::size_t colon = 4; colon < out.size(); colon += 5) out.insert(colon, 1, ':');
  return out;
}

std::string IpAddress::binary() const {
  const int group = is_v4() ? 8 : 16;
  std::string out;
  for (int bit = bits() - 1; bit >= 0; --bit) {
    out += (value_ >> static_cast<unsigned>(bit) & 1U) != 0 ? '1' : '0';
    if (bit != 0 && bit % group == 0) out += is_v4() ? '.' : ':';
  }
  return out;
}

std::string IpAddress::hex() const {
  return "0x" + hex_digits(value_, bits() / 4);
}

std::string IpAddress::reverse_name() const {
  if (is_v4()) {
    // The octets from the last to the first, and so the text of the address whose bytes are swapped.
    const auto swapped = std::byteswap(static_cast<std::uint32_t>(value_));
    return v4(swapped).text() + ".in-addr.arpa";
  }
  std::string out;
  for (Uint128 rest = value_; out.size() < 64; rest >>= 4U) {
    out += hex_letters[static_cast<std::size_t>(rest & 0xfU)];
    out += '.';
  }
  return out + "ip6.arpa";
}

}  // namespace net
