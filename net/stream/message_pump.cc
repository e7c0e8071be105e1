#include "net/stream/message_pump.hh"

#include <algorithm>
#include <cerrno>

#include "net/loop/group.hh"

namespace net {
namespace {

// A writer on a pipe that pauses for this long has finished a thought.
constexpr Duration silence = std::chrono::milliseconds(10);
// The device queue is full (ENOBUFS): nothing signals when it has room again.
constexpr Duration queue_pause = std::chrono::milliseconds(5);

}  // namespace

Task<bool> MessageSender::send(std::span<const std::byte> message) {
  message = filtered(message);
  flow.pending = message.size();
  for (;;) {
    const Io put = to_.write(message);
    if (put) {
      flow.written += *put;
      flow.pending = 0;
      flow.messages += 1;
      flow.last_activity = reactor_.now();
      if (due_to_yield()) co_await reactor_.yield();
      co_return true;
    }
    if (would_block(put.error())) {
      co_await to_.out().wait();
    } else if (put.error().value() == ENOBUFS) {
      co_await reactor_.sleep(queue_pause);
    } else {
      flow.write_error = put.error();
      co_return false;
    }
  }
}

Task<> MessageSender::forward_messages() {
  buffer_.resize(message_buffer);
  for (;;) {
    const Io got = from_.read(buffer_);
    if (got) {
      flow.input_ended = *got == 0 && from_.has_end();
      if (flow.input_ended) co_return;
      // To a seqpacket socket an empty message would be the end.
      if (*got == 0 && to_.has_end()) {
        if (due_to_yield()) co_await reactor_.yield();
        continue;
      }
      // One that fills the buffer was longer (a Unix socket's may be), and a part of it is not what was sent.
      if (*got == buffer_.size()) {
        flow.read_error = errno_code(EMSGSIZE);
        co_return;
      }
      flow.read += *got;
      const bool sent = co_await send(std::span<const std::byte>(buffer_).first(*got));
      if (!sent) co_return;
    } else if (would_block(got.error())) {
      co_await wait_for_input(from_);
    } else {
      flow.read_error = got.error();
      co_return;
    }
  }
}

Task<MessageSender::Input> MessageSender::read_more(bool patience) {
  const TimePoint limit = reactor_.now() + silence;
  for (;;) {
    const Io got = from_.read(std::span(buffer_).subspan(filled_));
    if (got) {
      flow.input_ended = *got == 0;
      if (flow.input_ended) co_return Input::ended;
      filled_ += *got;
      flow.pending = filled_;
      flow.read += *got;
      flow.last_activity = reactor_.now();
      co_return Input::some;
    }
    if (!would_block(got.error())) {
      flow.read_error = got.error();
      co_return Input::ended;
    }
    if (patience) {
      co_await wait_for_input(from_);
    } else {
      const bool more = co_await wait_until(reactor_, from_.in(), limit);
      if (!more) co_return Input::silent;
    }
  }
}

Task<> MessageSender::send_filled() {
  buffer_.resize(framing_.size);
  for (;;) {
    const Input input = co_await read_more(filled_ == 0);
    const bool full = filled_ == buffer_.size();
    if (filled_ > 0 && (full || input != Input::some)) {
      const std::size_t size = std::exchange(filled_, 0);
      const bool sent = co_await send(std::span<const std::byte>(buffer_).first(size));
      if (!sent) co_return;
    }
    if (input == Input::ended) co_return;
  }
}

Task<> MessageSender::send_lines() {
  buffer_.resize(largest_datagram + 1);
  for (;;) {
    const Input input = co_await read_more(true);
    std::size_t begin = 0;
    const auto* const data = buffer_.data();
    for (;;) {
      const auto* const newline = std::find(data + begin, data + filled_, std::byte{'\n'});
      const auto line_end = static_cast<std::size_t>(newline - data);
      const bool unfinished = line_end == filled_;
      // The last line may lack its newline.
      if (unfinished && (input != Input::ended || begin == filled_)) break;
      const bool sent = co_await send(std::span<const std::byte>(data + begin, line_end - begin));
      if (!sent) co_return;
      begin = std::min(line_end + 1, filled_);
    }
    std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin),
              buffer_.begin() + static_cast<std::ptrdiff_t>(filled_), buffer_.begin());
    filled_ -= begin;
    flow.pending = filled_;
    if (input == Input::ended) co_return;
    if (filled_ == buffer_.size()) {
      flow.write_error = errno_code(EMSGSIZE);
      co_return;
    }
  }
}

Task<> MessageSender::run() {
  if (from_.keeps_boundaries()) {
    co_await forward_messages();
  } else if (framing_.by_line) {
    co_await send_lines();
  } else {
    co_await send_filled();
  }
  flow.settled.set();
}

Task<> MessageReceiver::run() {
  std::vector<std::byte> buffer(message_buffer);
  for (;;) {
    const Io got = from_.read(buffer);
    if (got) {
      if (*got == 0 && from_.has_end()) break;
      flow.read += *got;
      flow.messages += 1;
      flow.last_activity = reactor_.now();
      const auto message = filtered(std::span<const std::byte>(buffer).first(*got));
      flow.pending = message.size();
      const bool written = co_await write_all(to_, message);
      if (!written) break;
      if (due_to_yield()) co_await reactor_.yield();
    } else if (would_block(got.error())) {
      co_await wait_for_input(from_);
    } else {
      flow.read_error = got.error();
      break;
    }
  }
  flow.settled.set();
}

std::unique_ptr<Pump> make_pump(Reactor& reactor, Stream& from, Stream& to, Framing framing) {
  if (to.keeps_boundaries()) return std::make_unique<MessageSender>(reactor, from, to, framing);
  if (from.keeps_boundaries()) return std::make_unique<MessageReceiver>(reactor, from, to);
  return std::make_unique<StreamPump>(reactor, from, to);
}

}  // namespace net
