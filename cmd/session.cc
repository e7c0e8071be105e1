#include "cmd/session.hh"

#include <csignal>
#include <utility>

#include "net/loop/group.hh"
#include "net/loop/signals.hh"

namespace cmd {
namespace {

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

net::Task<Ending> first_of(net::Reactor& reactor, net::Signals& signals, net::Task<int> task,
                           net::Duration deadline) {
  net::Group<Ending> race(reactor);
  if (deadline != net::forever) {
    race.add(await_deadline(reactor, net::saturating_add(reactor.now(), deadline)));
  }
  race.add(await_signal(signals));
  race.add(finish(std::move(task)));
  co_return co_await race.next();
}

}  // namespace

Ending run_session(net::Reactor& reactor, net::Task<int> task, net::Duration deadline) {
  net::Signals signals(reactor, {SIGINT, SIGTERM, SIGHUP});
  return reactor.run(first_of(reactor, signals, std::move(task), deadline));
}

}  // namespace cmd
