#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cmd {

/// Whether a descriptor is a terminal.
[[nodiscard]] bool is_terminal(int fd);

/// Whether the locale's character set is UTF-8, by LC_ALL, LC_CTYPE, LANG.
[[nodiscard]] bool locale_is_utf8();

/// How many columns a terminal has now; 80 where it does not say.
[[nodiscard]] std::size_t terminal_width(int fd);

/// A piece of a status line. Where the line is wider than the terminal, the pieces of the highest rank go
/// first, and the last of those of one rank before the others; the rank 0 stays.
struct StatusPart {
  std::string text;
  unsigned rank = 0;
};
using StatusParts = std::vector<StatusPart>;

/// The parts with two blanks between them in at most `width` columns; cut if what must stay is too wide.
[[nodiscard]] std::string fitted(StatusParts parts, std::size_t width);

/// The one writer of stderr. It keeps a line at the bottom that is rewritten (progress) apart from lines that
/// stay. That line is never as wide as the terminal, since a wrapped one could not be taken away. A stderr
/// that takes nothing, a stalled pipe or terminal, costs at most a second in all: what it does not take by
/// then is dropped, so that signals and deadlines still work. Any thread may write.
class Terminal {
 public:
  explicit Terminal(int fd);

  /// A line that stays; the newline is added.
  void line(std::string_view text);
  /// The rewritten line, of text that is fit for a terminal; empty takes it away. Only on a terminal.
  void status(StatusParts parts);
  void status(std::string text) { status(StatusParts{{std::move(text)}}); }
  /// Bytes as they are, for a dump.
  void raw(std::string_view bytes);

  [[nodiscard]] bool interactive() const { return interactive_; }
  /// Whether `fd` is this very terminal.
  [[nodiscard]] bool is_also(int fd) const;
  /// The rewritten line makes room for what is written to the same terminal by another descriptor, whole
  /// lines, and comes back.
  void hide_status();
  void show_status();

 private:
  void write(std::string_view bytes);
  /// What takes the line away that is to be seen, and what puts it there.
  [[nodiscard]] std::string erasure() const;
  [[nodiscard]] std::string status_text() const;

  std::mutex mutex_{};
  int fd_;
  bool interactive_;
  bool hidden_ = false;
  StatusParts status_{};
  std::string shown_{};
  int patience_ms_ = 1000;
};

}  // namespace cmd
