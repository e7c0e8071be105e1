#include "cmd/session.hh"

#include <csignal>
#include <cstdint>
#include <utility>

#include "net/loop/group.hh"
#include "net/loop/signals.hh"

namespace cmd {
namespace {

// Programs that were told to end have a second for that before they are killed; so do processes that serve.
constexpr net::Duration stop_patience = std::chrono::seconds(5);
// timeout(1) and others send a signal to a process and then to its group: that is one signal.
constexpr net::Duration same_signal = std::chrono::seconds(1);

/// What may end a run, or a part of its end.
struct Happening {
  enum class Kind : std::uint8_t { finished, signal, deadline, waited } kind = Kind::finished;
  int value = 0;  ///< the status, the number of the signal, or of the wait that is over
};

net::Task<Happening> finish(net::Task<int> task) {
  Happening happening;
  happening.value = co_await task;
  co_return happening;
}

net::Task<Happening> await_signal(net::Signals& signals) {
  Happening happening;
  happening.kind = Happening::Kind::signal;
  happening.value = co_await signals.next();
  co_return happening;
}

net::Task<Happening> await_time(net::Reactor& reactor, net::Duration span, Happening happening) {
  co_await reactor.sleep(span);
  co_return happening;
}

/// One run on its way to its end.
class Session {
 public:
  Session(net::Reactor& reactor, net::Signals& signals, const Farewell& farewell)
      : reactor_(reactor), signals_(signals), farewell_(farewell), running_(reactor) {}

  net::Task<Ending> run(net::Task<int> task, net::Duration deadline) {
    // A deadline and a task that are both over at once: the deadline was first.
    if (deadline != net::forever) {
      running_.add(await_time(reactor_, deadline, Happening{Happening::Kind::deadline}));
    }
    running_.add(await_signal(signals_));
    running_.add(finish(std::move(task)));
    const Happening first = co_await running_.next();
    began_to_end_ = reactor_.now();
    Ending ending;
    ending.value = first.value;
    if (first.kind == Happening::Kind::signal) ending.kind = Ending::Kind::signal;
    if (first.kind == Happening::Kind::deadline) ending.kind = Ending::Kind::deadline;
    if (ending.kind != Ending::Kind::finished && farewell_.stop) co_await say_farewell(ending);
    co_return ending;
  }

 private:
  net::Task<> say_farewell(Ending ending) {
    const bool signalled = ending.kind == Ending::Kind::signal;
    if (signalled) running_.add(await_signal(signals_));
    if (signalled && ending.value == SIGTERM && farewell_.grace > net::Duration::zero()) {
      farewell_.close();
      const bool over = co_await ends_within(farewell_.grace);
      if (over) co_return;
    }
    const bool anything = farewell_.stop(signalled ? net::EndReason::signal : net::EndReason::deadline);
    if (anything) co_await ends_within(stop_patience);
  }

  /// Waits for the task; false if the time was over before, or something else ends it.
  net::Task<bool> ends_within(net::Duration span) {
    ++waits_;
    running_.add(await_time(reactor_, span, Happening{Happening::Kind::waited, waits_}));
    for (;;) {
      const Happening happening = co_await running_.next();
      const bool early = reactor_.now() < net::saturating_add(began_to_end_, same_signal);
      if (happening.kind == Happening::Kind::finished) co_return true;
      if (happening.kind == Happening::Kind::signal && early) {
        running_.add(await_signal(signals_));
      } else if (happening.kind != Happening::Kind::waited || happening.value == waits_) {
        co_return false;
      }
    }
  }

  net::Reactor& reactor_;
  net::Signals& signals_;
  const Farewell& farewell_;
  net::Group<Happening> running_;
  net::TimePoint began_to_end_{};
  int waits_ = 0;
};

net::Task<Ending> run_to_its_end(net::Reactor& reactor, net::Signals& signals, net::Task<int> task,
                                 net::Duration deadline, const Farewell& farewell) {
  Session session(reactor, signals, farewell);
  co_return co_await session.run(std::move(task), deadline);
}

}  // namespace

Ending run_session(net::Reactor& reactor, net::Task<int> task, net::Duration deadline,
                   const Farewell& farewell) {
  net::Signals signals(reactor, {SIGINT, SIGTERM, SIGHUP, SIGQUIT});
  return reactor.run(run_to_its_end(reactor, signals, std::move(task), deadline, farewell));
}

}  // namespace cmd
