#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace cmd {

/// Whether a descriptor is a terminal.
[[nodiscard]] bool is_terminal(int fd);

/// Whether the locale's character set is UTF-8, by LC_ALL, LC_CTYPE, LANG.
[[nodiscard]] bool locale_is_utf8();

/// The one writer of stderr. It keeps a line at the bottom that is rewritten (progress) apart from lines that
/// stay. A stderr that takes nothing, a stalled pipe or terminal, costs at most a second in all: what it does
/// not take by then is dropped, so that signals and deadlines still work.
class Terminal {
 public:
  explicit Terminal(int fd);

  /// A line that stays; the newline is added.
  void line(std::string_view text);
  /// The rewritten line; empty takes it away. Only on a terminal.
  void status(std::string_view text);
  /// Bytes as they are, for a dump.
  void raw(std::string_view bytes);

  [[nodiscard]] bool interactive() const { return interactive_; }

 private:
  void write(std::string_view bytes);

  int fd_;
  bool interactive_;
  std::string status_{};
  int patience_ms_ = 1000;
};

/// Rates of the last few seconds as a row of eight heights ("▃▅▇"), or of digits where the locale is not
/// UTF-8.
[[nodiscard]] std::string sparkline(std::span<const double> values, bool utf8);

}  // namespace cmd
