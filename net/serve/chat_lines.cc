#include "net/serve/chat_lines.hh"

#include <algorithm>

#include "net/base/escape.hh"

namespace net {

void ChatLines::tell(std::string& out, std::string_view text) const {
  out += "<" + who_ + "> ";
  for (;;) {
    const std::size_t tab = text.find('\t');
    out += escape_terminal(text.substr(0, tab));
    if (tab == std::string_view::npos) break;
    out += '\t';
    text.remove_prefix(tab + 1);
  }
  out += '\n';
}

void ChatLines::end_line(std::string& out) {
  if (line_.ends_with('\r')) line_.pop_back();
  if (!line_.empty() || !continued_) tell(out, line_);
  line_.clear();
  continued_ = false;
}

std::string ChatLines::feed(std::string_view bytes) {
  std::string out;
  while (!bytes.empty()) {
    const std::size_t newline = bytes.find('\n');
    const std::size_t room = longest - line_.size();
    if (newline <= room) {
      line_ += bytes.substr(0, newline);
      bytes.remove_prefix(newline + 1);
      end_line(out);
      continue;
    }
    line_ += bytes.substr(0, room);
    bytes.remove_prefix(std::min(room, bytes.size()));
    if (line_.size() < longest) break;
    // Not through the middle of a character.
    std::size_t cut = longest;
    while (cut > longest - 4 && (static_cast<unsigned char>(line_[cut - 1]) & 0xc0U) == 0x80) --cut;
    if ((static_cast<unsigned char>(line_[cut - 1]) & 0xc0U) == 0xc0) --cut;
    tell(out, std::string_view(line_).substr(0, cut));
    line_.erase(0, cut);
    continued_ = true;
  }
  return out;
}

std::string ChatLines::finish() {
  std::string out;
  if (!line_.empty()) end_line(out);
  continued_ = false;
  return out;
}

}  // namespace net
