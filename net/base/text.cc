#include "net/base/text.hh"

#include <array>
#include <charconv>
#include <string_view>

namespace net {

std::string fixed_text(double value, int decimals) {
  std::array<char, 64> buffer{};
  const auto [end, error] =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed, decimals);
  return error == std::errc{} ? std::string(buffer.data(), end) : "0";
}

std::string decimal_text(double value, int decimals) {
  std::string text = fixed_text(value, decimals);
  if (text.contains('.')) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
  }
  return text;
}

std::string duration_text(Duration span) {
  const double seconds = std::chrono::duration<double>(span).count();
  if (seconds < 0.001) return decimal_text(seconds * 1e6, 0) + " us";
  if (seconds < 1) return decimal_text(seconds * 1e3, seconds < 0.1 ? 1 : 0) + " ms";
  if (seconds < 120) return decimal_text(seconds, seconds < 10 ? 2 : 1) + " s";
  const auto whole = static_cast<std::uint64_t>(seconds);
  if (whole < 7200) return std::to_string(whole / 60) + " min " + std::to_string(whole % 60) + " s";
  return std::to_string(whole / 3600) + " h " + std::to_string(whole / 60 % 60) + " min";
}

std::string milliseconds_text(Duration span) {
  const double ms = to_ms(span);
  return fixed_text(ms, ms < 1 ? 2 : 1) + " ms";
}

std::string size_text(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 6> units{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes < 1024) return std::to_string(bytes) + " B";
  double value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  while (value >= 1000 && unit + 1 < units.size()) {
    value /= 1024;
    ++unit;
  }
  return decimal_text(value, value < 10 ? 1 : 0) + " " + std::string(units.at(unit));
}

std::string count_text(std::uint64_t count, std::string_view singular) {
  return std::to_string(count) + " " + std::string(singular) + (count == 1 ? "" : "s");
}

}  // namespace net
