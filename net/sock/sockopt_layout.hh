#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>
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

/// The text before the first zero byte, or all of it.
[[nodiscard]] inline std::string_view text_from(std::span<const std::byte> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return text.substr(0, text.find('\0'));
}

}  // namespace net
