#include "cmd/terminal.hh"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstdlib>
#include <iterator>
#include <ranges>

#include "net/base/escape.hh"

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

std::size_t terminal_width(int fd) {
  winsize size{};
  if (ioctl(fd, TIOCGWINSZ, &size) < 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

std::string fitted(StatusParts parts, std::size_t width) {
  const auto joined = [&parts] {
    std::string line;
    for (const StatusPart& part : parts) {
      if (!line.empty() && !part.text.empty()) line += "  ";
      line += part.text;
    }
    return line;
  };
  std::string line = joined();
  while (net::display_width(line) > width) {
    const auto least = std::ranges::max_element(std::views::reverse(parts), {}, &StatusPart::rank);
    if (least->rank == 0) break;
    parts.erase(std::next(least).base());
    line = joined();
  }
  std::size_t end = 0;
  for (std::size_t columns = 0; end < line.size(); ++end) {
    // A character's further bytes are 10xxxxxx (UTF-8).
    const bool begins = (static_cast<unsigned char>(line[end]) & 0xc0U) != 0x80U;
    if (begins && ++columns > width) break;
  }
  line.resize(end);
  return line;
}

std::string Terminal::erasure() const {
  return shown_.empty() ? "" : "\r\x1b[K";
}

std::string Terminal::status_text() const {
  // Written to the last column, a line already waits to be wrapped.
  return hidden_ ? "" : fitted(status_, terminal_width(fd_) - 1);
}

void Terminal::line(std::string_view text) {
  const std::lock_guard lock(mutex_);
  std::string out = erasure();
  out += text;
  out += '\n';
  // Asked anew: the window may be another size by now.
  shown_ = status_text();
  write(out + shown_);
}

void Terminal::status(StatusParts parts) {
  const std::lock_guard lock(mutex_);
  if (!interactive_) return;
  status_ = std::move(parts);
  const std::string text = status_text();
  if (text == shown_) return;
  // (Of a wider line the terminal may have made two when it became narrower; one of them stays then.)
  shown_ = text;
  write("\r\x1b[K" + shown_);
}

void Terminal::raw(std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  write(erasure());
  write(bytes);
  shown_ = status_text();
  write(shown_);
}

bool Terminal::is_also(int fd) const {
  struct stat ours{};
  struct stat theirs{};
  return interactive_ && is_terminal(fd) && fstat(fd_, &ours) == 0 && fstat(fd, &theirs) == 0 &&
         ours.st_rdev == theirs.st_rdev;
}

void Terminal::hide_status() {
  const std::lock_guard lock(mutex_);
  if (hidden_) return;
  hidden_ = true;
  write(erasure());
  shown_.clear();
}

void Terminal::show_status() {
  const std::lock_guard lock(mutex_);
  if (!hidden_) return;
  hidden_ = false;
  shown_ = status_text();
  write(shown_);
}

}  // namespace cmd
