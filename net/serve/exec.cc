#include "net/serve/exec.hh"

#include <sys/ioctl.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <utility>
#include <vector>

#include "net/loop/group.hh"
#include "net/serve/child_process.hh"
#include "net/serve/shortage.hh"
#include "net/stream/fd_stream.hh"

namespace net {
namespace {

// How long a client that sends on is read after the end, and which silence is an end of it.
constexpr Duration longest_linger = std::chrono::seconds(5);
constexpr Duration linger_silence = std::chrono::milliseconds(200);
// Between SIGTERM and SIGKILL.
constexpr Duration patience = std::chrono::seconds(1);
// Clients in threads of their own may each hold what all lack for their programs: then all but one have to
// go.
constexpr Duration shortage_patience = std::chrono::seconds(1);
// How often to look at an output that somebody beside the program keeps busy.
constexpr Duration glance = std::chrono::milliseconds(10);

std::uint64_t bytes_in_pipe(int fd) {
  int count = 0;
  return ioctl(fd, FIONREAD, &count) == 0 ? static_cast<std::uint64_t>(count) : 0;
}

/// To a program's standard input: what it does not read is read all the same, and dropped.
template <class Way>
class InputPump final : public Way {
 public:
  InputPump(Reactor& reactor, Stream& client, Stream& program)
      : Way(reactor, client, program), client_(client) {}

  Task<> run() override {
    co_await Way::run();
    Flow& flow = this->flow;
    if (flow.write_error.value() != EPIPE) co_return;
    flow.write_error.clear();
    flow.pending = 0;
    co_await this->drop(client_);
  }

 private:
  Stream& client_;
};

/// One client and its program.
class Execution {
 public:
  Execution(Session session, const ServeOptions& options, RunningProgram program)
      : session_(session),
        options_(options),
        child_(session.reactor, program.pid, true),
        output_fd_(program.output.get()),
        output_(FdStream::pipe_end(session.reactor, std::move(program.output))),
        input_(FdStream::pipe_end(session.reactor, std::move(program.input))),
        up_(make_pump(session.reactor, *output_, session.peer, options.framing)),
        down_(make_input_pump()),
        lost_(session.reactor),
        over_(session.reactor) {
    if (options.attach) options.attach(session.peer, up_.get(), *down_);
  }

  Task<Served> run();

 private:
  [[nodiscard]] std::unique_ptr<Pump> make_input_pump();
  [[nodiscard]] RelayOptions relay_options();
  Task<Served> relay();
  /// Sets over_ once the program has exited and its output is relayed.
  Task<> watch_program();
  /// Waits until what the program has written was taken out of the pipe and written.
  Task<> relay_rest();
  Task<> kill_when_lost();
  /// After a conversation that ended on both sides the program may still finish what it does.
  Task<Exited> let_finish(EndReason& reason);
  /// What a Unix client sent and nobody read would turn its end of file into an error.
  void drop_unread();
  /// A client that still sends would be reset by the close, and some (nc) do not read what they have got
  /// then. So what it sends is dropped until it ends, or falls silent.
  Task<> linger();

  Session session_;
  const ServeOptions& options_;
  ChildProcess child_;
  int output_fd_;
  std::unique_ptr<FdStream> output_;
  std::unique_ptr<FdStream> input_;
  std::unique_ptr<Pump> up_;
  std::unique_ptr<Pump> down_;
  Event lost_;  ///< the client takes no more
  Event over_;
};

std::unique_ptr<Pump> Execution::make_input_pump() {
  if (session_.peer.keeps_boundaries()) {
    return std::make_unique<InputPump<MessageReceiver>>(session_.reactor, session_.peer, *input_);
  }
  return std::make_unique<InputPump<StreamPump>>(session_.reactor, session_.peer, *input_);
}

RelayOptions Execution::relay_options() {
  RelayOptions relay;
  relay.idle = options_.idle;
  relay.idle_by_peer = !session_.peer.has_end();
  relay.drain = forever;
  relay.peer_ended = [this] { input_.reset(); };
  relay.peer_lost = [this] { lost_.set(); };
  relay.over = &over_;
  relay.deliver_all = true;
  return relay;
}

Task<> Execution::relay_rest() {
  const Flow& flow = up_->flow;
  const std::uint64_t last = flow.read + bytes_in_pipe(output_fd_);
  // A pump that reads on has written what it had read before; one that is settled has written all.
  while (!flow.input_ended && !flow.failed() && flow.read <= last) {
    const bool settled = flow.settled.is_set();
    if (settled && (flow.read == last || bytes_in_pipe(output_fd_) == 0)) break;
    if (settled) {
      co_await session_.reactor.yield();
      continue;
    }
    // The longer the client takes nothing, the less often there is anything to see.
    const Duration silence = session_.reactor.now() - flow.last_activity;
    co_await wait_until(session_.reactor, up_->flow.settled,
                        saturating_add(session_.reactor.now(), std::max(silence, glance)));
  }
}

Task<> Execution::watch_program() {
  co_await child_.ended();
  co_await relay_rest();
  over_.set();
}

Task<> Execution::kill_when_lost() {
  co_await lost_.wait();
  co_await child_.terminate(patience);
}

Task<Served> Execution::relay() {
  Group<> watching(session_.reactor);
  watching.add(watch_program());
  watching.add(kill_when_lost());
  const RelayOptions options = relay_options();
  Served served = co_await exchange(session_, up_.get(), *down_, options);
  EndReason& reason = served.closed.reason;
  if (reason == EndReason::quit) {
    reason = down_->flow.input_ended ? EndReason::peer_closed : EndReason::eof;
  }
  co_return served;
}

Task<Exited> Execution::let_finish(EndReason& reason) {
  const TimePoint limit = saturating_add(session_.reactor.now(), options_.idle);
  const auto exited = co_await with_deadline(session_.reactor, limit,
                                             child_.ended_or_stopped(session_.stop.event(), patience));
  if (exited) co_return *exited;
  reason = EndReason::idle_timeout;
  co_return co_await child_.terminate(patience);
}

void Execution::drop_unread() {
  if (session_.tcp_fd >= 0 || !session_.peer.has_end()) return;
  std::vector<std::byte> buffer(std::size_t{64} << 10U);
  // One that never stops sending has itself to thank.
  for (int reads = 0; reads < 16; ++reads) {
    const Io got = session_.peer.read(buffer);
    if (!got || *got == 0) return;
  }
}

Task<> Execution::linger() {
  if (session_.tcp_fd < 0 || down_->flow.input_ended) co_return;
  Reactor& reactor = session_.reactor;
  const TimePoint limit = reactor.now() + longest_linger;
  std::vector<std::byte> buffer(std::size_t{64} << 10U);
  while (!session_.stop.is_set() && reactor.now() < limit) {
    const Io got = session_.peer.read(buffer);
    if (got && *got > 0) {
      co_await reactor.yield();
      continue;
    }
    if (got || !would_block(got.error())) co_return;
    const bool more = co_await wait_until(reactor, session_.peer.in(), reactor.now() + linger_silence);
    if (!more) co_return;
  }
}

Task<Served> Execution::run() {
  Served served = co_await relay();
  EndReason& reason = served.closed.reason;
  const bool orderly = reason == EndReason::eof || reason == EndReason::peer_closed;
  if (orderly) {
    input_.reset();
    output_.reset();
    served.program = co_await let_finish(reason);
    drop_unread();
    co_await linger();
  } else {
    // Its pipes stay until then: an end of its input could come before the signal, and it would end
    // otherwise.
    served.program = co_await child_.terminate(patience);
  }
  co_return served;
}

class Exec final : public Handler {
 public:
  Exec(Command command, const ServeOptions& options) : command_(std::move(command)), options_(options) {}

  Task<Served> serve(Session session) override {
    Command command = command_;
    command.environment = client_environment(std::move(command.environment), session.client);
    Result<RunningProgram> program = co_await start_when_possible(command, session);
    if (!program) co_return not_served(program.error(), session.stop);
    Execution execution(session, options_, std::move(*program));
    co_return co_await execution.run();
  }
  /// Two pipes and a pidfd; while a program is started, its ends of the pipes as well.
  [[nodiscard]] std::size_t descriptors() const override { return 3; }
  [[nodiscard]] std::error_code lacks() const override { return shortage_.lasting(); }

 private:
  Task<Result<RunningProgram>> start_when_possible(const Command& command, Session session);

  Command command_;
  ServeOptions options_;
  Shortage shortage_{};
  std::atomic<int> waiting_ = 0;
};

Task<Result<RunningProgram>> Exec::start_when_possible(const Command& command, Session session) {
  const TimePoint limit = session.reactor.now() + shortage_patience;
  ++waiting_;
  Result<RunningProgram> program = start_program(command);
  while (!program && (session.reactor.now() < limit || waiting_ == 1)) {
    const bool again = co_await shortage_.passes(session.reactor, program.error(), session.stop);
    if (!again) break;
    program = start_program(command);
  }
  --waiting_;
  co_return program;
}

}  // namespace

std::unique_ptr<Handler> make_exec(Command command, const ServeOptions& options) {
  return std::make_unique<Exec>(std::move(command), options);
}

}  // namespace net
