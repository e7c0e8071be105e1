#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

/// Small drawings for a terminal, of plain ASCII where its locale is not UTF-8.
namespace cmd {

/// A value of a sparkline that is missing: something failed there.
inline constexpr double no_value = std::numeric_limits<double>::quiet_NaN();

/// Values as a row of eight heights from nothing to the largest ("▃▅▇"), or of digits; an "x" for each that
/// is missing.
[[nodiscard]] std::string sparkline(std::span<const double> values, bool utf8);

/// A bar of a bar chart.
struct Bar {
  std::string label;
  std::uint64_t count = 0;
};

/// "22-24 ms ██████ 6": a line for each but the empty ones; the longest bar has `width` columns.
[[nodiscard]] std::vector<std::string> bar_lines(const std::vector<Bar>& bars, std::size_t width, bool utf8);

}  // namespace cmd
