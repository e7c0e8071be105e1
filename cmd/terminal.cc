#include "cmd/terminal.hh"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstdlib>

namespace cmd {

bool is_terminal(int fd) {
  return isatty(fd) != 0;
}

bool locale_is_utf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* const value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    const std::string_view text(value);
    return text.ends_with("UTF-8") || text.ends_with("utf8") || text.contains("UTF-8@");
  }
  return false;
}

Terminal::Terminal(int fd) : fd_(fd), interactive_(is_terminal(fd)) {}

void Terminal::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto begin = std::chrono::steady_clock::now();
    pollfd entry{fd_, POLLOUT, 0};
    if (poll(&entry, 1, patience_ms_) <= 0) {
      patience_ms_ = 0;
      return;
    }
    const auto waited =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
    patience_ms_ = std::max(0, patience_ms_ - static_cast<int>(waited.count()));
    // Whatever poll calls writable takes this much without blocking (pipe(7)).
    const ssize_t put = ::write(fd_, bytes.data(), std::min<std::size_t>(bytes.size(), PIPE_BUF));
    if (put < 0 && errno != EINTR) return;
    if (put > 0) bytes.remove_prefix(static_cast<std::size_t>(put));
  }
}

void Terminal::line(std::string_view text) {
  constexpr std::string_view erase = "\r\x1b[K";
  std::string out;
  if (!status_.empty()) out += erase;
  out += text;
  out += '\n';
  out += status_;
  write(out);
}

void Terminal::status(std::string_view text) {
  if (!interactive_ || text == status_) return;
  status_ = text;
  write("\r\x1b[K" + status_);
}

void Terminal::raw(std::string_view bytes) {
  if (!status_.empty()) write("\r\x1b[K");
  write(bytes);
  write(status_);
}

std::string sparkline(std::span<const double> values, bool utf8) {
  constexpr std::array<std::string_view, 8> blocks{"\u2581", "\u2582", "\u2583", "\u2584",
                                                   "\u2585", "\u2586", "\u2587", "\u2588"};
  const double top = values.empty() ? 0 : *std::ranges::max_element(values);
  std::string out;
  for (const double value : values) {
    const double share = top > 0 ? value / top : 0;
    const auto height = std::min<std::size_t>(7, static_cast<std::size_t>(share * 8));
    out += utf8 ? std::string(blocks.at(height)) : std::to_string(height);
  }
  return out;
}

}  // namespace cmd
