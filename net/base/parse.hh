#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "net/base/clock.hh"

namespace net {

/// A value, or in words why the text is none: "not a number", "out of range (1-65535)".
template <class T>
using Parsed = std::expected<T, std::string>;

/// Strict: the whole text, no blanks, no sign, decimal or 0x, 0b, 0o; a leading zero is refused as ambiguous.
[[nodiscard]] Parsed<std::uint64_t> parse_number(std::string_view text, std::uint64_t max = UINT64_MAX);

/// As parse_number, with an optional minus before it.
[[nodiscard]] Parsed<std::int64_t> parse_signed(std::string_view text, std::int64_t min, std::int64_t max);

/// "250ms", "3s", "2m", "1h", "10us"; a bare number is seconds and may have a fraction ("1.5"). Never
/// negative.
[[nodiscard]] Parsed<Duration> parse_duration(std::string_view text);

/// "4096", "64K", "1M", "2G", "1T": bytes, powers of 1024.
[[nodiscard]] Parsed<std::uint64_t> parse_size(std::string_view text);

/// A port as text: decimal (leading zeros are decimal), or a service name handed to `service`, which answers
/// its port (host order) or nothing.
using ServiceLookup = std::function<std::optional<std::uint16_t>(std::string_view name)>;
[[nodiscard]] Parsed<std::uint16_t> parse_port(std::string_view text, const ServiceLookup& service);

/// "host:port", "[v6]:port" or "[v6]" taken apart; the port is empty when there is none. A text with several
/// colons and no brackets is a bare IPv6 address.
struct HostPort {
  std::string host;
  std::optional<std::string> port;
};
[[nodiscard]] Parsed<HostPort> split_host_port(std::string_view text);

}  // namespace net
