#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <utility>

#include "net/base/text.hh"
#include "net/loop/group.hh"
#include "net/loop/signals.hh"
#include "net/serve/child_process.hh"
#include "net/serve/handover.hh"
#include "net/serve/model.hh"
#include "net/serve/served_page.hh"
#include "net/serve/shortage.hh"

namespace net {
namespace {

// A child that is told to end takes its program with it (Program waits a second before SIGKILL).
constexpr Duration patience = std::chrono::seconds(3);

/// Closes every descriptor but 0-2 and `keep`: a child must not hold another client's connection open.
void close_all_but(std::vector<int> keep) {
  std::ranges::sort(keep);
  unsigned first = 3;
  for (const int fd : keep) {
    const auto kept = static_cast<unsigned>(fd);
    if (kept > first) close_range(first, kept - 1, 0);
    first = std::max(first, kept + 1);
  }
  close_range(first, ~0U, 0);
}

Task<> heed(Signals& signals, Stop& stop) {
  co_await signals.next();
  stop.now(EndReason::signal);
  co_await stop.event().wait();
}

Task<Served> serve_and_heed(Reactor& reactor, Handler& handler, Connection& connection) {
  // A loop and a signalfd of its own: those of the parent know the parent's clients.
  // SIGINT and SIGHUP, which a terminal sends to all, stay blocked: the parent decides what they mean.
  Signals signals(reactor, {SIGTERM});
  Stop stop(reactor);
  Group<> heeding(reactor);
  heeding.add(heed(signals, stop));
  co_return co_await serve_here(reactor, handler, connection, stop);
}

/// A process each: fork(2) copies everything, and the child keeps its client alone.
class ForkModel final : public Model {
 public:
  ForkModel(Reactor& reactor, Handler& handler, ServeObserver& observer, std::vector<int> keep)
      : reactor_(reactor), handler_(handler), observer_(observer), keep_(std::move(keep)) {}

  Task<Served> serve(Connection connection, Stop& stop) override;
  /// The connection, until the child has it, and its pidfd.
  [[nodiscard]] std::size_t descriptors() const override { return 2; }
  [[nodiscard]] std::error_code lacks() const override { return shortage_.lasting(); }

 private:
  [[noreturn]] void be_child(Connection& connection, ServedPage& page, pid_t parent);

  Reactor& reactor_;
  Handler& handler_;
  ServeObserver& observer_;
  std::vector<int> keep_;
  Shortage shortage_{};
};

void ForkModel::be_child(Connection& connection, ServedPage& page, pid_t parent) {
  // From here on nothing of the parent's loop may run or be destroyed: this ends by _exit.
  try {
    // A parent that is killed takes its children along.
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) _exit(128 + SIGTERM);
    std::vector<int> keep = keep_;
    keep.push_back(connection.socket->fd());
    close_all_but(std::move(keep));
    Reactor reactor;
    page.write(reactor.run(serve_and_heed(reactor, handler_, connection)));
    connection = Connection{};
  } catch (...) {
    _exit(EXIT_FAILURE);
  }
  _exit(EXIT_SUCCESS);
}

Task<Served> ForkModel::serve(Connection connection, Stop& stop) {
  const Client client = connection.client;
  Handover handover(reactor_, stop);
  ServedPage page;
  const pid_t parent = getpid();
  pid_t pid = -1;
  for (;;) {
    Result<void> begun = handover.begin(connection);
    if (begun) pid = fork();
    if (begun && pid == 0) be_child(connection, page, parent);
    if (pid > 0) break;
    if (begun) begun = fail("fork", subject_text(client.peer, client.transport));
    const bool again = co_await shortage_.passes(reactor_, begun.error(), handover.stop());
    if (!again) co_return not_served(begun.error(), handover.stop());
  }
  connection = Connection{};  // the child's alone: its close must be the last
  ChildProcess child(reactor_, pid, false);
  observer_.accepted(client, Worker{pid, pid});
  const Exited exited = co_await child.ended_or_stopped(handover.stop().event(), patience);
  Served served;
  if (const auto told = page.read()) {
    served = *told;
    // The child knows a signal, its parent why it came.
    Stop& own = handover.stop();
    if (served.closed.reason == EndReason::signal && own.is_set()) served.closed.reason = own.reason();
  } else {
    served.closed.reason = EndReason::local_error;
    served.error.emplace("serve", subject_text(client.peer, client.transport), errno_code(ECHILD));
    served.error->detail = "process " + std::to_string(pid) + " ended with status " +
                           std::to_string(exited.status) + " before it could tell what it had moved";
  }
  co_await handover.finish(served);
  observer_.exited(client, exited);
  co_return served;
}

}  // namespace

std::unique_ptr<Model> make_fork_model(Reactor& reactor, Handler& handler, ServeObserver& observer,
                                       std::vector<int> keep) {
  return std::make_unique<ForkModel>(reactor, handler, observer, std::move(keep));
}

}  // namespace net
