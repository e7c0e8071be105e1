#include "cmd/columns.hh"

#include <algorithm>

#include "net/base/escape.hh"

namespace cmd {

std::string padded(std::string text, std::size_t width) {
  const std::size_t used = net::display_width(net::escape_terminal(text));
  text.append(used < width ? width - used : 0, ' ');
  return text;
}

std::string filled(std::string_view text, std::size_t width) {
  constexpr std::size_t gap = 2;
  return padded(std::string(text), std::max(width, gap) - gap) + std::string(gap, ' ');
}

std::vector<std::string> labelled_lines(const std::vector<LabelledText>& rows, std::size_t width) {
  std::vector<std::string> lines;
  for (const auto& [label, text] : rows) {
    if (!text.empty()) lines.push_back(filled(label, width) + text);
  }
  return lines;
}

}  // namespace cmd
