#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "net/sock/sockopt.hh"

namespace net {

/// A value as the user wrote it, as the bytes that setsockopt(2) wants for that option.
[[nodiscard]] Parsed<std::vector<std::byte>> encode_option(std::string_view text, const SocketOption& option);

/// What getsockopt(2) gave, as a value.
[[nodiscard]] OptionValue decode_option(std::span<const std::byte> bytes, const SocketOption& option);

/// The bytes that getsockopt(2) should be offered: some options refuse a longer buffer than their value.
[[nodiscard]] std::size_t option_value_size(const SocketOption& option);

/// ASCII only, as names of options are.
[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b);

}  // namespace net
