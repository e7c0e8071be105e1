#include "cmd/text_out.hh"

#include <array>
#include <string_view>

#include "net/base/escape.hh"

namespace cmd {
namespace {

constexpr std::size_t label_width = 9;
constexpr std::size_t subject_width = 25;

/// `text` escaped and filled up to a column, with one blank at least before the next.
std::string cell(std::string_view text, std::size_t width) {
  std::string out = net::escape_terminal(text);
  const std::size_t used = net::display_width(out);
  out.append(used < width ? width - used : 1, ' ');
  return out;
}

}  // namespace

std::string painted(std::string_view text, Tone tone) {
  // By the value of Tone: ECMA-48 SGR 32 green, 31 red, 33 yellow.
  constexpr std::array<std::string_view, 4> paint{"", "\x1b[32m", "\x1b[31m", "\x1b[33m"};
  if (tone == Tone::plain) return std::string(text);
  return std::string(paint.at(static_cast<std::size_t>(tone))) + std::string(text) + "\x1b[0m";
}

std::string to_text(const Document& document, bool colour) {
  std::string out;
  if (!document.label.empty()) {
    out += painted(cell(document.label, label_width), colour ? document.tone : Tone::plain);
  }
  if (!document.subject.empty()) out += cell(document.subject, subject_width);
  out += net::escape_terminal(document.text);
  out.erase(out.find_last_not_of(' ') + 1);
  // A line in columns of its own has the tone as a whole.
  const bool whole = document.label.empty() && document.subject.empty();
  return whole && colour && !out.empty() ? painted(out, document.tone) : out;
}

}  // namespace cmd
