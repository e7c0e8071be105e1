#include "cmd/chart.hh"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace cmd {

std::string sparkline(std::span<const double> values, bool utf8) {
  constexpr std::array<std::string_view, 8> blocks{"\u2581", "\u2582", "\u2583", "\u2584",
                                                   "\u2585", "\u2586", "\u2587", "\u2588"};
  double top = 0;
  for (const double value : values) {
    if (value > top) top = value;
  }
  std::string out;
  for (const double value : values) {
    const double share = top > 0 && !std::isnan(value) ? value / top : 0;
    const auto height = std::min<std::size_t>(7, static_cast<std::size_t>(share * 8));
    const std::string mark = utf8 ? std::string(blocks.at(height)) : std::to_string(height);
    out += std::isnan(value) ? "x" : mark;
  }
  return out;
}

std::vector<std::string> bar_lines(const std::vector<Bar>& bars, std::size_t width, bool utf8) {
  std::uint64_t most = 1;
  std::size_t label_width = 0;
  for (const Bar& bar : bars) {
    most = std::max(most, bar.count);
    label_width = std::max(label_width, bar.label.size());
  }
  std::vector<std::string> lines;
  for (const Bar& bar : bars) {
    if (bar.count == 0) continue;
    const double share = static_cast<double>(bar.count) / static_cast<double>(most);
    // Few are not none.
    const auto length = std::max<long>(1, std::lround(share * static_cast<double>(width)));
    std::string line = std::string(label_width - bar.label.size(), ' ') + bar.label + ' ';
    for (long column = 0; column < length; ++column) line += utf8 ? "\u2588" : "#";
    lines.push_back(line + ' ' + std::to_string(bar.count));
  }
  return lines;
}

}  // namespace cmd
