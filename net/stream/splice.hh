#pragma once

#include <cstdint>
#include <optional>

#include "net/base/fd.hh"
#include "net/stream/stream.hh"

namespace net {

/// Moves bytes from one descriptor to another inside the kernel: splice(2) straight when one end is a pipe,
/// sendfile(2) from a file to a socket, splice through a pipe of our own otherwise. Which of them works is
/// learned from the call's result, never from a kernel version.
class Splice {
 public:
  /// Nothing when these two ends, or a lack of descriptors, leave only copying.
  static std::optional<Splice> between(SpliceEnd from, SpliceEnd to);

  enum class Outcome : std::uint8_t {
    moved,         ///< `bytes` went on
    end,           ///< `from` is at its end
    input_empty,   ///< wait for `from`
    output_full,   ///< wait for `to`
    unsupported,   ///< copy from now on, held() bytes first
    read_failed,   ///< `error`
    write_failed,  ///< `error`
  };
  struct Step {
    Outcome outcome;
    std::size_t bytes = 0;  ///< that reached `to`
    std::error_code error{};
  };
  /// One system call's worth, or two.
  Step step();

  /// Bytes read and not written yet.
  [[nodiscard]] std::size_t held() const { return held_; }
  /// Takes held bytes out, for copying them on.
  Io take_held(std::span<std::byte> into);

 private:
  enum class Way : std::uint8_t { direct, sendfile, through_pipe };
  Splice(SpliceEnd from, SpliceEnd to, Way way) : from_(from), to_(to), way_(way) {}
  Step direct();
  Step fill_pipe();
  Step drain_pipe();
  [[nodiscard]] Step failed(bool reading) const;

  SpliceEnd from_;
  SpliceEnd to_;
  Way way_;
  Fd pipe_read_{};
  Fd pipe_write_{};
  std::size_t held_ = 0;
};

}  // namespace net
