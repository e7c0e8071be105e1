#include "net/base/byte_order.hh"

#include <algorithm>
#include <span>

namespace net {

MemoryBytes memory_bytes(Uint128 value, int width, std::endian order) {
  MemoryBytes memory;
  memory.size = static_cast<std::size_t>(width / 8);
  const std::span<std::uint8_t> used = std::span(memory.bytes).first(memory.size);
  for (std::uint8_t& byte : used) {
    byte = static_cast<std::uint8_t>(value);
    value >>= 8U;
  }
  if (order == std::endian::big) std::ranges::reverse(used);
  return memory;
}

Uint128 integer_in(ByteView bytes, std::endian order) {
  Uint128 value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    value = (value << 8U) | bytes[order == std::endian::big ? i : bytes.size() - 1 - i];
  }
  return value;
}

Uint128 swapped_bytes(Uint128 value, int width) {
  return integer_in(memory_bytes(value, width, std::endian::little).view(), std::endian::big);
}

Uint128 host_to_network(Uint128 value, int width) {
  return std::endian::native == std::endian::big ? low_bits(value, width) : swapped_bytes(value, width);
}

}  // namespace net
