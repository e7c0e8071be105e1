#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

/// Words of a command line and lines of an output.

namespace test {

using Words = std::vector<std::string>;

[[nodiscard]] inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

[[nodiscard]] inline Words operator+(Words a, const Words& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// The lines of a text.
[[nodiscard]] inline Words lines_of(const std::string& text) {
  Words lines;
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

/// Words with one space between them: columns are folded.
[[nodiscard]] inline std::string folded_spaces(const std::string& line) {
  std::string out;
  for (char c : line) {
    if (c != ' ' || (!out.empty() && out.back() != ' ')) out.push_back(c);
  }
  while (out.ends_with(' ')) out.pop_back();
  return out;
}

}  // namespace test
