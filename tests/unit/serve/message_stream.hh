#pragma once

#include <algorithm>
#include <cerrno>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "net/loop/reactor.hh"
#include "net/stream/stream.hh"

namespace net {

/// A Stream of messages that a test feeds and reads by hand: a datagram peer, or with has_end a seqpacket
/// connection.
class MessageStream final : public Stream {
 public:
  explicit MessageStream(Reactor& reactor, bool has_end = false)
      : has_end_(has_end), in_(reactor), out_(reactor), gone_(reactor) {
    out_.set();
  }
  void feed(std::string message) {
    input_.push_back(std::move(message));
    in_.set();
  }
  void end_input() {
    ended_ = true;
    in_.set();
  }
  /// Writes fail so from now on.
  void refuse(int error) { error_ = errno_code(error); }
  /// Writes wait from now on.
  void take_nothing() { full_ = true; }
  void go() { gone_.set(); }
  [[nodiscard]] const std::vector<std::string>& written() const { return written_; }
  [[nodiscard]] bool finished() const { return finished_; }

  [[nodiscard]] Io read(std::span<std::byte> into) override {
    if (input_.empty()) {
      if (ended_) return 0;
      in_.reset();
      return std::unexpected(errno_code(EAGAIN));
    }
    const std::string message = std::move(input_.front());
    input_.pop_front();
    const std::size_t size = std::min(into.size(), message.size());
    std::ranges::copy(std::as_bytes(std::span(message)).first(size), into.begin());
    return size;
  }
  [[nodiscard]] Io write(std::span<const std::byte> from) override {
    if (error_) return std::unexpected(error_);
    if (full_) {
      out_.reset();
      return std::unexpected(errno_code(EAGAIN));
    }
    written_.emplace_back(reinterpret_cast<const char*>(from.data()), from.size());
    return from.size();
  }
  [[nodiscard]] std::error_code finish() override {
    finished_ = true;
    return {};
  }
  [[nodiscard]] Event& in() override { return in_; }
  [[nodiscard]] Event& out() override { return out_; }
  [[nodiscard]] Event& gone() override { return gone_; }
  [[nodiscard]] bool keeps_boundaries() const override { return true; }
  [[nodiscard]] bool has_end() const override { return has_end_; }

 private:
  bool has_end_;
  std::deque<std::string> input_{};
  std::vector<std::string> written_{};
  std::error_code error_{};
  bool ended_ = false;
  bool full_ = false;
  bool finished_ = false;
  Event in_;
  Event out_;
  Event gone_;
};

}  // namespace net
