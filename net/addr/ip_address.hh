#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "net/base/bytes.hh"
#include "net/base/parse.hh"
#include "net/base/uint128.hh"

namespace net {

enum class IpFamily : std::uint8_t { v4, v6 };

/// 32 or 128.
[[nodiscard]] constexpr int bits_of(IpFamily family) {
  return family == IpFamily::v4 ? 32 : 128;
}

/// "IPv4", "IPv6".
[[nodiscard]] constexpr std::string_view name_of(IpFamily family) {
  return family == IpFamily::v4 ? "IPv4" : "IPv6";
}

/// 255.255.255.255 or ffff:...:ffff as a number.
[[nodiscard]] constexpr Uint128 highest_value(IpFamily family) {
  return family == IpFamily::v4 ? Uint128{UINT32_MAX} : uint128_max;
}

/// An IPv4 or IPv6 address without zone and port: a number of 32 or 128 bits. Ordered by family, then value.
class IpAddress {
 public:
  /// 0.0.0.0.
  constexpr IpAddress() = default;
  /// The number's low bits, as many as the family has.
  constexpr IpAddress(IpFamily family, Uint128 value)
      : value_(value & highest_value(family)), family_(family) {}

  [[nodiscard]] static constexpr IpAddress v4(std::uint32_t value) { return {IpFamily::v4, value}; }
  [[nodiscard]] static constexpr IpAddress v6(Uint128 value) { return {IpFamily::v6, value}; }
  /// 4 or 16 bytes in network order.
  [[nodiscard]] static IpAddress from_bytes(ByteView bytes);

  /// What inet_pton(3) takes and nothing else: four decimal parts, or RFC 4291 text; no zone, no blanks.
  /// Without a ':' it is an IPv4 address or a complaint about one. Allocates for complaints alone, which name
  /// the bad part: "not an IPv4 address: 300 is out of range (0-255)".
  [[nodiscard]] static Parsed<IpAddress> parse(std::string_view text);

  [[nodiscard]] constexpr IpFamily family() const { return family_; }
  [[nodiscard]] constexpr bool is_v4() const { return family_ == IpFamily::v4; }
  [[nodiscard]] constexpr int bits() const { return bits_of(family_); }
  [[nodiscard]] constexpr Uint128 value() const { return value_; }

  /// Network order: 4 or 16 bytes.
  class Bytes {
   public:
    explicit Bytes(const IpAddress& address);
    [[nodiscard]] ByteView view() const { return ByteView(bytes_).first(size_); }

   private:
    std::array<std::uint8_t, 16> bytes_{};
    std::size_t size_;
  };
  [[nodiscard]] Bytes bytes() const { return Bytes(*this); }

  /// "192.0.2.1"; IPv6 as RFC 5952 has it. A dotted tail is written in ::ffff:0:0/96 alone: in 64:ff9b::/96,
  /// as in every prefix that one must know to see an IPv4 address there, hexadecimal says what the address is
  /// (so does glibc), and in the deprecated ::/96 too (glibc writes ::192.0.2.1 there).
  [[nodiscard]] std::string text() const;
  void append_text(std::string& out) const;

  /// All digits: "2001:0db8:0000:0000:0000:0000:0000:0001"; "192.000.002.001" would be read as octal, so an
  /// IPv4 address is as in text().
  [[nodiscard]] std::string expanded() const;
  /// Octets with dots, or groups of 16 bits with colons.
  [[nodiscard]] std::string binary() const;
  /// "0xc0000201": 8 or 32 digits.
  [[nodiscard]] std::string hex() const;
  /// The owner name of its PTR record, without the final dot: "1.2.0.192.in-addr.arpa".
  [[nodiscard]] std::string reverse_name() const;

  friend constexpr bool operator==(const IpAddress&, const IpAddress&) = default;
  friend constexpr std::strong_ordering operator<=>(const IpAddress& a, const IpAddress& b) {
    if (a.family_ != b.family_) return a.family_ <=> b.family_;
    return a.value_ < b.value_   ? std::strong_ordering::less
           : b.value_ < a.value_ ? std::strong_ordering::greater
                                 : std::strong_ordering::equal;
  }

 private:
  Uint128 value_ = 0;
  IpFamily family_ = IpFamily::v4;
};

/// ::ffff:a.b.c.d as a.b.c.d; everything else as it is.
[[nodiscard]] constexpr IpAddress unmapped(const IpAddress& address) {
  if (address.is_v4() || address.value() >> 32U != 0xffff) return address;
  return {IpFamily::v4, address.value()};
}

}  // namespace net
