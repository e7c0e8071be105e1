#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "net/base/bytes.hh"
#include "net/base/uint128.hh"

namespace net {

/// The widths that integers have, in bits.
inline constexpr std::array<int, 5> integer_widths{8, 16, 32, 64, 128};

/// The smallest of them, `least` at least, that has room for so many bits; 0 where none has.
[[nodiscard]] constexpr int width_for(int bits, int least = 8) {
  for (const int width : integer_widths) {
    if (width >= least && width >= bits) return width;
  }
  return 0;
}

/// The bits of an integer below `width` (8 to 128).
[[nodiscard]] constexpr Uint128 low_bits(Uint128 value, int width) {
  return value & (uint128_max >> static_cast<unsigned>(128 - width));
}

/// How many bits a magnitude needs to stand negative in two's complement, the one of the sign among them.
[[nodiscard]] inline int negative_bits(Uint128 magnitude) {
  return magnitude == 0 ? 1 : bit_width(magnitude - 1) + 1;
}

/// Up to 16 bytes as they lie in memory, that of the lowest address first.
struct MemoryBytes {
  std::array<std::uint8_t, 16> bytes{};
  std::size_t size = 0;

  [[nodiscard]] ByteView view() const { return ByteView(bytes).first(size); }
};

// A `width` below is a multiple of 8, 128 at most.

/// An integer in the memory of a host of this byte order.
[[nodiscard]] MemoryBytes memory_bytes(Uint128 value, int width, std::endian order);

/// What a host of this byte order reads in such memory (16 bytes at most).
[[nodiscard]] Uint128 integer_in(ByteView bytes, std::endian order);

/// The integer whose bytes are those of `value` from back to front.
[[nodiscard]] Uint128 swapped_bytes(Uint128 value, int width);

/// What htons(3), htonl(3) and htobe64(3) give on this host, for any width.
[[nodiscard]] Uint128 host_to_network(Uint128 value, int width);

}  // namespace net
