#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>
#include <vector>

namespace net {

/// A C struct or number as its bytes, for setsockopt(2).
template <class T>
[[nodiscard]] std::vector<std::byte> bytes_of_value(const T& value) {
  std::vector<std::byte> out(sizeof value);
  std::memcpy(out.data(), &value, sizeof value);
  return out;
}

/// A C struct or number out of what getsockopt(2) gave; what is missing is zero.
template <class T>
[[nodiscard]] T value_from(std::span<const std::byte> bytes) {
  T value{};
  // memcpy(3) takes no null pointer, which no bytes at all may have.
  if (!bytes.empty()) std::memcpy(&value, bytes.data(), std::min(sizeof value, bytes.size()));
  return value;
}

}  // namespace net
