#include "cmd/columns.hh"

#include "net/base/escape.hh"

namespace cmd {

std::string filled(std::string_view text, std::size_t width) {
  std::string out(text);
  const std::size_t used = net::display_width(net::escape_terminal(text));
  constexpr std::size_t gap = 2;
  out.append(used + gap <= width ? width - used : gap, ' ');
  return out;
}

std::vector<std::string> labelled_lines(const std::vector<LabelledText>& rows, std::size_t width) {
  std::vector<std::string> lines;
  for (const auto& [label, text] : rows) {
    if (!text.empty()) lines.push_back(filled(label, width) + text);
  }
  return lines;
}

}  // namespace cmd
