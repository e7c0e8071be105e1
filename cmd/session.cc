#include "cmd/session.hh"

#include <csignal>
#include <optional>
#include <utility>

#include "net/loop/group.hh"
#include "net/loop/signals.hh"

namespace cmd {
namespace {

// Programs that were told to end have a second for that before they are killed; so do processes that serve.
constexpr net::Duration stop_patience = std::chrono::seconds(5);

net::Task<Ending> finish(net::Task<int> task) {
  Ending ending;
  ending.value = co_await task;
  co_return ending;
}

net::Task<Ending> await_signal(net::Signals& signals) {
  Ending ending;
  ending.kind = Ending::Kind::signal;
  ending.value = co_await signals.next();
  co_return ending;
}

net::Task<Ending> await_deadline(net::Reactor& reactor, net::TimePoint when) {
  co_await reactor.sleep_until(when);
  Ending ending;
  ending.kind = Ending::Kind::deadline;
  co_return ending;
}

/// One run on its way to its end.
class Session {
 public:
  Session(net::Reactor& reactor, net::Signals& signals)
      : reactor_(reactor), signals_(signals), running_(reactor) {}

  net::Task<Ending> run(net::Task<int> task, net::Duration deadline,
                        const std::function<Farewell()>& make_farewell) {
    if (deadline != net::forever) {
      running_.add(await_deadline(reactor_, net::saturating_add(reactor_.now(), deadline)));
    }
    running_.add(await_signal(signals_));
    running_.add(finish(std::move(task)));
    const Ending ending = co_await running_.next();
    if (ending.kind == Ending::Kind::finished) co_return ending;
    const Farewell farewell = make_farewell();
    if (!farewell.stop) co_return ending;
    const bool signalled = ending.kind == Ending::Kind::signal;
    if (signalled) running_.add(await_signal(signals_));
    if (signalled && ending.value == SIGTERM && farewell.grace > net::Duration::zero()) {
      farewell.close();
      const bool over = co_await end_within(farewell.grace);
      if (over) co_return ending;
    }
    farewell.stop(signalled ? net::EndReason::signal : net::EndReason::deadline);
    co_await end_within(stop_patience);
    co_return ending;
  }

 private:
  /// Waits for the task; false if the time was over before, or another signal came.
  net::Task<bool> end_within(net::Duration span) {
    running_.add(await_deadline(reactor_, net::saturating_add(reactor_.now(), span)));
    const Ending ending = co_await running_.next();
    co_return ending.kind == Ending::Kind::finished;
  }

  net::Reactor& reactor_;
  net::Signals& signals_;
  net::Group<Ending> running_;
};

net::Task<Ending> run_to_its_end(net::Reactor& reactor, net::Signals& signals, net::Task<int> task,
                                 net::Duration deadline, const std::function<Farewell()>& farewell) {
  Session session(reactor, signals);
  co_return co_await session.run(std::move(task), deadline, farewell);
}

}  // namespace

Ending run_session(net::Reactor& reactor, net::Task<int> task, net::Duration deadline,
                   const std::function<Farewell()>& farewell) {
  net::Signals signals(reactor, {SIGINT, SIGTERM, SIGHUP});
  return reactor.run(run_to_its_end(reactor, signals, std::move(task), deadline, farewell));
}

}  // namespace cmd
