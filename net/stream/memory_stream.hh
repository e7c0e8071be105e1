#pragma once

#include <algorithm>
#include <deque>
#include <string>
#include <string_view>

#include "net/loop/reactor.hh"
#include "net/stream/stream.hh"

namespace net {

/// A Stream that a program feeds and reads by hand: no descriptor, no kernel. What is given to feed() can be
/// read from it; what is written to it collects in written(), at most `room` bytes before it has to wait.
class MemoryStream final : public Stream {
 public:
  explicit MemoryStream(Reactor& reactor, std::size_t room = SIZE_MAX)
      : in_(reactor), out_(reactor), gone_(reactor), room_(room) {
    out_.set();
  }

  void feed(std::string_view bytes) {
    input_ += bytes;
    in_.set();
  }
  void end_input() {
    ended_ = true;
    in_.set();
  }
  /// The next read (once the input is used up) or write fails so.
  void fail(std::error_code error) {
    error_ = error;
    in_.set();
    out_.set();
    gone_.set();
  }
  void make_room(std::size_t bytes) {
    room_ += bytes;
    out_.set();
  }
  [[nodiscard]] const std::string& written() const { return written_; }
  [[nodiscard]] bool finished() const { return finished_; }

  [[nodiscard]] Io read(std::span<std::byte> into) override {
    const std::size_t count = std::min(into.size(), input_.size());
    if (count > 0) {
      std::ranges::copy(std::as_bytes(std::span(input_)).first(count), into.begin());
      input_.erase(0, count);
      return count;
    }
    if (error_) return std::unexpected(error_);
    if (ended_) return 0;
    in_.reset();
    return std::unexpected(errno_code(EAGAIN));
  }
  [[nodiscard]] Io write(std::span<const std::byte> from) override {
    if (error_) return std::unexpected(error_);
    const std::size_t count = std::min(from.size(), room_);
    if (count == 0) {
      out_.reset();
      return std::unexpected(errno_code(EAGAIN));
    }
    written_.append(reinterpret_cast<const char*>(from.data()), count);
    room_ -= count;
    return count;
  }
  [[nodiscard]] std::error_code take_error() override { return error_; }
  [[nodiscard]] std::error_code finish() override {
    finished_ = true;
    return {};
  }
  [[nodiscard]] Event& in() override { return in_; }
  [[nodiscard]] Event& out() override { return out_; }
  [[nodiscard]] Event& gone() override { return gone_; }

 private:
  Event in_;
  Event out_;
  Event gone_;
  std::string input_;
  std::string written_;
  std::size_t room_;
  std::error_code error_;
  bool ended_ = false;
  bool finished_ = false;
};

}  // namespace net
