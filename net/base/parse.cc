#include "net/base/parse.hh"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>

#include "net/base/uint128.hh"

namespace net {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::unexpected<std::string> out_of_range(const std::string& min, const std::string& max) {
  return std::unexpected("out of range (" + min + "-" + max + ")");
}

struct Suffix {
  std::string_view name;
  std::uint64_t factor;
};

// Nanoseconds in each unit of time.
constexpr std::array<Suffix, 6> time_units{{{"us", 1'000},
                                            {"ms", 1'000'000},
                                            {"s", 1'000'000'000},
                                            {"m", 60'000'000'000},
                                            {"h", 3'600'000'000'000},
                                            {"", 1'000'000'000}}};

constexpr std::array<Suffix, 5> size_units{
    {{"", 1}, {"K", 1ULL << 10U}, {"M", 1ULL << 20U}, {"G", 1ULL << 30U}, {"T", 1ULL << 40U}}};

}  // namespace

Parsed<std::uint64_t> parse_number(std::string_view text, std::uint64_t max) {
  const auto value = parse_uint128(text, max);
  if (!value) return std::unexpected(value.error());
  return static_cast<std::uint64_t>(*value);
}

Parsed<std::int64_t> parse_signed(std::string_view text, std::int64_t min, std::int64_t max) {
  const bool negative = text.starts_with('-');
  const auto limit = static_cast<std::uint64_t>(INT64_MAX) + (negative ? 1U : 0U);
  const auto magnitude = parse_number(negative ? text.substr(1) : text);
  const std::string range = "out of range (" + std::to_string(min) + " to " + std::to_string(max) + ")";
  if (!magnitude) return std::unexpected(magnitude.error().starts_with("out") ? range : magnitude.error());
  // Two's complement negation in unsigned arithmetic, so that INT64_MIN is no overflow.
  const auto value = static_cast<std::int64_t>(negative ? 0U - *magnitude : *magnitude);
  if (*magnitude > limit || value < min || value > max) return std::unexpected(range);
  return value;
}

Parsed<Duration> parse_duration(std::string_view text) {
  constexpr auto malformed = "not a duration (examples: 250ms, 3s, 2m, 1.5)";
  std::size_t number_end = 0;
  while (number_end < text.size() && (is_digit(text[number_end]) || text[number_end] == '.')) ++number_end;
  const std::string_view number = text.substr(0, number_end);
  if (number.empty() || !is_digit(number.front()) || !is_digit(number.back())) {
    return std::unexpected(malformed);
  }
  for (const Suffix& unit : time_units) {
    if (unit.name != text.substr(number_end)) continue;
    double value = 0;
    const auto [stop, error] = std::from_chars(number.data(), number.data() + number.size(), value);
    if (error != std::errc{} || stop != number.data() + number.size()) return std::unexpected(malformed);
    const double nanoseconds = value * static_cast<double>(unit.factor);
    // A century: far beyond any use, and far from the clock's overflow.
    if (nanoseconds > 3.2e18) return std::unexpected("longer than a century");
    return Duration(std::llround(nanoseconds));
  }
  return std::unexpected(malformed);
}

Parsed<std::uint64_t> parse_size(std::string_view text) {
  std::size_t digits = text.size();
  while (digits > 0 && !is_digit(text[digits - 1]) && !text.starts_with("0x")) --digits;
  for (const Suffix& unit : size_units) {
    if (unit.name != text.substr(digits)) continue;
    const auto value = parse_number(text.substr(0, digits), UINT64_MAX / unit.factor);
    if (!value) return std::unexpected(value.error());
    return *value * unit.factor;
  }
  return std::unexpected("not a size (examples: 4096, 64K, 1M, 2G)");
}

Parsed<std::uint16_t> parse_port(std::string_view text, const ServiceLookup& service) {
  if (text.empty()) return std::unexpected("empty");
  if (std::ranges::all_of(text, is_digit)) {
    std::uint32_t value = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || value > UINT16_MAX) return out_of_range("0", "65535");
    return static_cast<std::uint16_t>(value);
  }
  // The name of a service may begin with a digit (RFC 6335, 5.1).
  if (const auto port = service(text)) return *port;
  const bool like_number = is_digit(text.front()) || text.front() == '-' || text.front() == '+';
  return std::unexpected(like_number ? "not a port number" : "no such service");
}

Parsed<HostPort> split_host_port(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return std::unexpected("'[' without ']'");
    const std::string host(text.substr(1, close - 1));
    if (!host.contains(':')) return std::unexpected("brackets are for IPv6 addresses");
    const std::string_view rest = text.substr(close + 1);
    if (rest.empty()) return HostPort{host, std::nullopt};
    if (rest.front() != ':' || rest.size() == 1) return std::unexpected("after ']' only :PORT may follow");
    return HostPort{host, std::string(rest.substr(1))};
  }
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || text.find(':', colon + 1) != std::string_view::npos) {
    return HostPort{std::string(text), std::nullopt};
  }
  if (colon + 1 == text.size()) return std::unexpected("nothing after ':'");
  return HostPort{std::string(text.substr(0, colon)), std::string(text.substr(colon + 1))};
}

}  // namespace net
