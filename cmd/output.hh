#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cmd/document.hh"
#include "cmd/terminal.hh"
#include "net/base/error.hh"

namespace cmd {

/// Exit statuses, as nettool(1) lists them.
enum Status : int {
  status_ok = 0,
  status_refused = 1,  ///< the other side said no
  status_usage = 2,
  status_silence = 3,  ///< no answer in time
  status_local = 4,    ///< this host
};

[[nodiscard]] int exit_status(const net::Error& error);

/// What the global options chose.
struct OutputOptions {
  bool json = false;
  bool verbose = false;
  bool quiet = false;
  bool colour = false;          ///< on stderr
  bool colour_results = false;  ///< on stdout
  bool events = true;           ///< JSON on stderr is events with their time, as connect and listen have them
};

/// Where documents become text, JSON or nothing, on stderr: all that connect and listen report, since stdout
/// carries the payload, and the diagnostics of the other commands. Their results are Results.
class Output {
 public:
  explicit Output(const OutputOptions& options) : options_(options), terminal_(2) {}

  void print(const Document& document);
  /// Whether its text is for those who run this.
  [[nodiscard]] bool shows(const Document& document) const;
  /// "nettool: connect 192.0.2.1:81/tcp: connection refused (ECONNREFUSED)", and the hint on a line of its
  /// own. A server says which `client` it concerns.
  void error(const net::Error& error, std::string_view hint = {},
             std::optional<std::uint64_t> client = std::nullopt);
  /// A remark that --quiet drops.
  void note(std::string_view text);

  [[nodiscard]] const OutputOptions& options() const { return options_; }
  [[nodiscard]] Terminal& terminal() { return terminal_; }

 private:
  OutputOptions options_;
  Terminal terminal_;
};

/// A document as a JSON event: `event` and `time` stand first.
[[nodiscard]] Object event_object(const Document& document);

/// The `error` object of JSON, the same everywhere.
[[nodiscard]] Value error_value(const net::Error& error, std::string_view hint = {});

/// Writes to stdout, whole; the status to end with (4 when it cannot be written, without a message for
/// EPIPE).
[[nodiscard]] int print_stdout(std::string_view text);

}  // namespace cmd
