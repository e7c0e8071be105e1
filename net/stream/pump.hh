#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "net/base/clock.hh"
#include "net/loop/reactor.hh"
#include "net/stream/splice.hh"
#include "net/stream/stream.hh"

namespace net {

/// One direction as it stands now. It outlives the coroutine that moves the bytes, so that a report can be
/// made of one that was cut off.
struct Flow {
  explicit Flow(Reactor& reactor) : settled(reactor), last_activity(reactor.now()) {}

  std::uint64_t read = 0;      ///< bytes taken from the source
  std::uint64_t written = 0;   ///< bytes that reached the sink (after a filter, so it may differ from `read`)
  std::uint64_t pending = 0;   ///< bytes taken and not yet written
  std::uint64_t messages = 0;  ///< for datagrams: how many arrived whole, empty ones too
  bool input_ended = false;    ///< the source is at its end
  Event settled;               ///< set while nothing is pending and the sink would take more
  TimePoint last_activity;
  std::error_code read_error{};
  std::error_code write_error{};

  [[nodiscard]] bool failed() const { return read_error || write_error; }
};

/// Looks at bytes on their way and appends what goes on to `out`; without one bytes may go by splice.
using Filter = std::function<void(std::span<const std::byte> bytes, std::vector<std::byte>& out)>;

/// Moves bytes one way until the source ends or something fails; what happened is in `flow`.
class Pump {
 public:
  explicit Pump(Reactor& reactor) : flow(reactor), reactor_(reactor) {}
  Pump(const Pump&) = delete;
  Pump& operator=(const Pump&) = delete;
  virtual ~Pump() = default;
  virtual Task<> run() = 0;
  /// Filters run in the order in which they were added.
  void add_filter(Filter filter) { filters_.push_back(std::move(filter)); }

  Flow flow;

 protected:
  /// Waits until `stream` may have input, counting as settled meanwhile.
  Task<> wait_for_input(Stream& stream);
  /// Writes all of `bytes`, taking them off flow.pending as they go; false (with flow.write_error) when that
  /// failed.
  Task<bool> write_all(Stream& to, std::span<const std::byte> bytes);
  /// Reads what `from` still gives and drops it, until its end or flow.read_error.
  Task<> drop(Stream& from);
  /// True now and then: time to yield(), so that a source and a sink that never wait do not keep signals and
  /// timers out.
  [[nodiscard]] bool due_to_yield() { return ++moves_ % 16 == 0; }
  /// What the filters make of `bytes`; valid until the next call.
  [[nodiscard]] std::span<const std::byte> filtered(std::span<const std::byte> bytes);
  [[nodiscard]] bool has_filters() const { return !filters_.empty(); }

  Reactor& reactor_;

 private:
  std::vector<Filter> filters_;
  std::vector<std::byte> filter_in_;
  std::vector<std::byte> filter_out_;
  unsigned moves_ = 0;
};

/// From one Stream to another: by copy while they are few, by splice once they are many and both ends allow
/// it.
class StreamPump : public Pump {
 public:
  StreamPump(Reactor& reactor, Stream& from, Stream& to) : Pump(reactor), from_(from), to_(to) {}
  Task<> run() override;

 private:
  /// Both answer false at the end, or after a failure.
  Task<bool> copy_once();
  Task<bool> splice_while_possible();
  Task<bool> copy_out_held(Splice& splice);

  Stream& from_;
  Stream& to_;
  std::vector<std::byte> buffer_;
  bool may_splice_ = true;
};

/// Takes what `from` gives and drops it, so that the sender is not stopped and a close sends no RST.
class DropPump final : public Pump {
 public:
  DropPump(Reactor& reactor, Stream& from) : Pump(reactor), from_(from) {}
  Task<> run() override;

 private:
  Stream& from_;
};

}  // namespace net
