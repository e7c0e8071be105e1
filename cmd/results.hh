#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "cmd/document.hh"
#include "cmd/output.hh"
#include "net/loop/reactor.hh"
#include "net/stream/fd_stream.hh"

namespace cmd {

/// Results on stdout: text lines or JSON Lines, gathered and written without ever blocking the loop, so that
/// a reader that stalls (a pager) stops neither a signal nor a deadline.
class Results {
 public:
  Results(net::Reactor& reactor, Output& out) : reactor_(reactor), out_(out) {}

  [[nodiscard]] bool json() const { return out_.options().json; }

  /// One line of text, escaped for the terminal; the newline is added. Nothing with --json.
  void line(std::string_view text, Tone tone = Tone::plain);
  /// An event (connect where it carries no payload): text in columns for those who are to see it, or a JSON
  /// object with `event` and `time`.
  void event(const Document& document);
  /// One JSON object on a line of its own. Nothing without --json.
  void object(const Object& object);

  /// A diagnostic on stderr, once the results before it have been written.
  void error(const net::Error& error, std::string_view hint = {});
  void note(std::string_view text);

  /// True once there was a line of text: blocks have an empty line between them.
  [[nodiscard]] bool has_lines() const { return has_lines_; }
  /// True when so much is gathered that flush() should come before more.
  [[nodiscard]] bool full() const;
  /// Done once nobody reads stdout any more, where that can be known (a pipe, a socket); else never.
  net::Task<void> reader_gone();
  /// Writes what was gathered. False when stdout cannot be written: said once (EPIPE: not at all), and then
  /// the status is 4.
  net::Task<bool> flush();

 private:
  bool fail(const net::Error& error);

  net::Reactor& reactor_;
  Output& out_;
  std::unique_ptr<net::FdStream> stream_{};
  /// What goes to stderr when so much of pending_ is written.
  struct Diagnostic {
    std::size_t offset;
    std::optional<net::Error> error;
    std::string text;
  };
  net::Task<bool> write_until(std::size_t end);
  void tell(const Diagnostic& diagnostic);

  std::string pending_{};
  std::size_t written_ = 0;
  std::deque<Diagnostic> diagnostics_{};
  bool has_lines_ = false;
  bool failed_ = false;
};

}  // namespace cmd
