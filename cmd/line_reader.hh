#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "net/base/error.hh"
#include "net/base/fd.hh"
#include "net/loop/reactor.hh"
#include "net/stream/fd_stream.hh"

namespace cmd {

/// The lines of a file or of stdin, read without blocking the loop.
class LineReader {
 public:
  /// Longer lines are passed over.
  static constexpr std::size_t longest = 4096;

  /// A path, or "-" for stdin.
  static net::Result<std::unique_ptr<LineReader>> open(net::Reactor& reactor, const std::string& file);

  struct Line {
    std::uint64_t number = 0;
    std::string text{};
    bool too_long = false;  ///< then the text is only its beginning
  };
  /// The next one that was read in, without its end (LF or CRLF) and, the first, without a byte order mark.
  std::optional<Line> next();
  /// Reads more in; false at the end.
  net::Task<bool> more();
  /// Why the end came too early, or nothing.
  [[nodiscard]] const std::optional<net::Error>& error() const { return error_; }

 private:
  LineReader(net::Reactor& reactor, std::string file) : reactor_(reactor), file_(std::move(file)) {}
  net::Result<void> attach();

  net::Reactor& reactor_;
  std::string file_;
  net::Fd fd_{};  ///< before the stream, which watches it
  std::unique_ptr<net::FdStream> stream_{};
  bool is_pipe_ = false;
  std::string buffer_{};
  std::size_t at_ = 0;
  std::uint64_t number_ = 0;
  bool skipping_ = false;  ///< the rest of a line that is too long
  bool ended_ = false;
  std::optional<net::Error> error_{};
};

}  // namespace cmd
