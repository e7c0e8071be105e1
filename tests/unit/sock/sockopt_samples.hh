#pragma once

#include <span>
#include <string_view>

namespace net {

/// A value for a row of the option table that is not its default, and how it reads back as text.
struct Sample {
  std::string_view name;
  std::string_view value;
  std::string_view reads;  ///< "" for a row that cannot be read
};

// One for each row that can be set, by level.
[[nodiscard]] std::span<const Sample> socket_samples();
[[nodiscard]] std::span<const Sample> ip_samples();
[[nodiscard]] std::span<const Sample> ipv6_samples();
[[nodiscard]] std::span<const Sample> tcp_samples();
[[nodiscard]] std::span<const Sample> udp_samples();

}  // namespace net
