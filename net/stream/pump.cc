#include "net/stream/pump.hh"

#include <algorithm>
#include <cerrno>

#include "net/stream/message_pump.hh"

namespace net {
namespace {

// A conversation by hand needs little; a buffer that was filled grows to what a bulk copy wants.
constexpr std::size_t first_buffer = std::size_t{16} << 10U;
constexpr std::size_t bulk_buffer = std::size_t{256} << 10U;

}  // namespace

Task<> Pump::wait_for_input(Stream& stream) {
  flow.settled.set();
  // A source may say "not now" and still be ready, having thrown away what it had.
  if (due_to_yield()) co_await reactor_.yield();
  co_await stream.in().wait();
  flow.settled.reset();
}

Task<bool> Pump::write_all(Stream& to, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const Io put = to.write(bytes);
    if (put) {
      bytes = bytes.subspan(*put);
      flow.written += *put;
      flow.pending -= std::min<std::uint64_t>(flow.pending, *put);
      flow.last_activity = reactor_.now();
    } else if (would_block(put.error())) {
      co_await to.out().wait();
    } else {
      flow.write_error = put.error();
      co_return false;
    }
  }
  co_return true;
}

std::span<const std::byte> Pump::filtered(std::span<const std::byte> bytes) {
  for (const Filter& filter : filters_) {
    // Two buffers in turn: one filter's output is the next one's input.
    filter_out_.swap(filter_in_);
    filter_out_.clear();
    filter(bytes, filter_out_);
    bytes = filter_out_;
  }
  return bytes;
}

Task<bool> StreamPump::copy_once() {
  const Io got = from_.read(buffer_);
  if (!got && would_block(got.error())) {
    co_await wait_for_input(from_);
    co_return true;
  }
  if (!got) flow.read_error = got.error();
  flow.input_ended = got && *got == 0;
  if (!got || *got == 0) co_return false;
  flow.read += *got;
  flow.last_activity = reactor_.now();
  const auto bytes = filtered(std::span<const std::byte>(buffer_).first(*got));
  flow.pending = bytes.size();
  const bool ok = co_await write_all(to_, bytes);
  if (!ok) co_return false;
  if (*got == buffer_.size() && buffer_.size() < bulk_buffer) buffer_.resize(bulk_buffer);
  co_return true;
}

Task<bool> StreamPump::copy_out_held(Splice& splice) {
  while (splice.held() > 0) {
    const Io got = splice.take_held(buffer_);
    if (!got) {
      flow.read_error = got.error();
      co_return false;
    }
    const bool ok = co_await write_all(to_, std::span<const std::byte>(buffer_).first(*got));
    if (!ok) co_return false;
  }
  co_return true;
}

Task<bool> StreamPump::splice_while_possible() {
  auto splice = Splice::between(from_.splice_end(), to_.splice_end());
  if (!splice) {
    may_splice_ = false;
    co_return true;
  }
  for (;;) {
    const std::size_t held_before = splice->held();
    const Splice::Step step = splice->step();
    flow.read += step.bytes + splice->held() - held_before;
    flow.written += step.bytes;
    flow.pending = splice->held();
    switch (step.outcome) {
      case Splice::Outcome::moved:
        flow.last_activity = reactor_.now();
        if (due_to_yield()) co_await reactor_.yield();
        break;
      case Splice::Outcome::input_empty:
        from_.in().reset();
        co_await wait_for_input(from_);
        break;
      case Splice::Outcome::output_full:
        to_.out().reset();
        co_await to_.out().wait();
        break;
      case Splice::Outcome::end:
        flow.input_ended = true;
        co_return false;
      case Splice::Outcome::unsupported:
        may_splice_ = false;
        co_return co_await copy_out_held(*splice);
      case Splice::Outcome::read_failed:
        flow.read_error = step.error;
        co_return false;
      case Splice::Outcome::write_failed:
        flow.write_error = step.error;
        co_return false;
    }
  }
}

Task<> StreamPump::run() {
  buffer_.resize(first_buffer);
  may_splice_ = !has_filters();
  bool more = true;
  while (more) {
    // A full buffer says that there is more to come: worth a pipe.
    const bool bulk = may_splice_ && buffer_.size() == bulk_buffer;
    if (bulk) {
      more = co_await splice_while_possible();
    } else {
      more = co_await copy_once();
      if (due_to_yield()) co_await reactor_.yield();
    }
  }
  flow.settled.set();
}

Task<> Pump::drop(Stream& from) {
  std::vector<std::byte> buffer(from.keeps_boundaries() ? message_buffer : first_buffer);
  for (;;) {
    const Io got = from.read(buffer);
    flow.input_ended = got && *got == 0 && from.has_end();
    if (flow.input_ended) break;
    if (got) {
      flow.read += *got;
      flow.messages += 1;
      flow.last_activity = reactor_.now();
      // Nobody gets what the filters pass on, but a dump or a TELNET answer is made all the same.
      if (has_filters()) static_cast<void>(filtered(std::span<const std::byte>(buffer).first(*got)));
      if (due_to_yield()) co_await reactor_.yield();
    } else if (would_block(got.error())) {
      co_await wait_for_input(from);
    } else {
      flow.read_error = got.error();
      break;
    }
  }
  flow.settled.set();
}

Task<> DropPump::run() {
  co_await drop(from_);
}

}  // namespace net
