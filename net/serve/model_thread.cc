#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <memory>
#include <system_error>
#include <thread>
#include <utility>

#include "net/loop/doorbell.hh"
#include "net/loop/group.hh"
#include "net/serve/handover.hh"
#include "net/serve/model.hh"
#include "net/serve/shortage.hh"

namespace net {
namespace {

/// One client's thread: a Reactor of its own, and a doorbell each way. Signals are the accepting thread's:
/// they are blocked there before any thread begins, and so in all.
class WorkerThread {
 public:
  /// Throws std::system_error where descriptors are lacking.
  WorkerThread(Reactor& acceptor, Handler& handler, Connection& connection)
      : handler_(handler), connection_(connection), news_(acceptor), orders_(reactor_) {}
  WorkerThread(const WorkerThread&) = delete;
  WorkerThread& operator=(const WorkerThread&) = delete;
  ~WorkerThread() {
    // Cancelled: there is no time for anything but the end.
    if (thread_.joinable()) stop(EndReason::signal);
  }

  /// Throws std::system_error where no thread is to be had.
  void start() {
    thread_ = std::jthread([this] { work(); });
  }
  void stop(EndReason reason) {
    reason_ = reason;
    orders_.ring();
  }
  /// The thread's number, once it runs.
  Task<pid_t> started() {
    while (tid_ == 0) co_await news_.rung();
    co_return tid_.load();
  }
  Task<Served> finished() {
    while (!finished_) co_await news_.rung();
    thread_.join();
    if (exception_) std::rethrow_exception(exception_);
    co_return std::move(served_);
  }

 private:
  void work() {
    tid_ = gettid();
    news_.ring();
    try {
      served_ = reactor_.run(serve());
      connection_ = Connection{};
    } catch (...) {
      exception_ = std::current_exception();
    }
    finished_ = true;
    news_.ring();
  }
  Task<Served> serve() {
    Stop stop(reactor_);
    Group<> heeding(reactor_);
    heeding.add(heed(stop));
    co_return co_await serve_here(reactor_, handler_, connection_, stop);
  }
  Task<> heed(Stop& stop) {
    co_await orders_.rung();
    stop.now(reason_);
    co_await reactor_.sleep(forever);
  }

  Reactor reactor_{};
  Handler& handler_;
  Connection& connection_;
  Doorbell news_;    ///< for the acceptor
  Doorbell orders_;  ///< for the thread
  std::atomic<pid_t> tid_ = 0;
  std::atomic<bool> finished_ = false;
  std::atomic<EndReason> reason_ = EndReason::signal;
  Served served_{};
  std::exception_ptr exception_;
  std::jthread thread_{};  // last: joined before anything that it uses goes
};

Task<> pass_on(Stop& stop, WorkerThread& worker) {
  co_await stop.event().wait();
  worker.stop(stop.reason());
}

/// A thread each.
class ThreadModel final : public Model {
 public:
  ThreadModel(Reactor& reactor, Handler& handler, ServeObserver& observer)
      : reactor_(reactor), handler_(handler), observer_(observer) {}

  Task<Served> serve(Connection connection, Stop& stop) override;
  /// The connection, the thread's epoll instance and two eventfds.
  [[nodiscard]] std::size_t descriptors() const override { return 4 + handler_.descriptors(); }
  [[nodiscard]] std::error_code lacks() const override {
    const std::error_code own = shortage_.lasting();
    return own ? own : handler_.lacks();
  }

 private:
  [[nodiscard]] Result<std::unique_ptr<WorkerThread>> start(Connection& connection);

  Reactor& reactor_;
  Handler& handler_;
  ServeObserver& observer_;
  Shortage shortage_{};
};

Result<std::unique_ptr<WorkerThread>> ThreadModel::start(Connection& connection) {
  try {
    auto worker = std::make_unique<WorkerThread>(reactor_, handler_, connection);
    worker->start();
    return worker;
  } catch (const std::system_error& error) {
    const Client& client = connection.client;
    return fail("thread", subject_text(client.peer, client.transport), errno_code(error.code().value()));
  }
}

Task<Served> ThreadModel::serve(Connection connection, Stop& stop) {
  const Client client = connection.client;
  Handover handover(reactor_, stop);
  Result<std::unique_ptr<WorkerThread>> worker = std::unexpected(Error("thread", {}, errno_code(EAGAIN)));
  for (;;) {
    const Result<void> begun = handover.begin(connection);
    if (begun) worker = start(connection);
    if (worker) break;
    const Error error = begun ? worker.error() : begun.error();
    const bool again = co_await shortage_.passes(reactor_, error, handover.stop());
    if (!again) co_return not_served(error, handover.stop());
  }
  const pid_t tid = co_await (*worker)->started();
  observer_.accepted(client, Worker{getpid(), tid});
  Group<> passing(reactor_);
  passing.add(pass_on(handover.stop(), **worker));
  Served served = co_await (*worker)->finished();
  co_await handover.finish(served);
  co_return served;
}

}  // namespace

std::unique_ptr<Model> make_thread_model(Reactor& reactor, Handler& handler, ServeObserver& observer) {
  return std::make_unique<ThreadModel>(reactor, handler, observer);
}

}  // namespace net
