#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "net/serve/handler.hh"

namespace net {

/// Told what happens to clients, in the thread that accepts them.
class ServeObserver {
 public:
  ServeObserver() = default;
  ServeObserver(const ServeObserver&) = delete;
  ServeObserver& operator=(const ServeObserver&) = delete;
  virtual ~ServeObserver() = default;
  /// `worker` serves the client from now on.
  virtual void accepted(const Client& client, const Worker& worker) = 0;
  /// A process that served it (--model fork) ended.
  virtual void exited(const Client& client, const Exited& process) = 0;
};

/// How many clients are served at the same time, and where.
enum class ModelKind : std::uint8_t {
  iterative,  ///< one after the other
  fork,       ///< a process each
  thread,     ///< a thread each
  epoll,      ///< all on the one loop
};

/// The classic models of a server as one function each: what becomes of a connection that was accepted.
class Model {
 public:
  Model() = default;
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;
  virtual ~Model() = default;

  /// Has the handler serve `connection` to its end, which comes soon after stop. Cancelled, it ends whatever
  /// serves at once.
  virtual Task<Served> serve(Connection connection, Stop& stop) = 0;
  /// How many descriptors of this process a client takes, those of the handler included.
  [[nodiscard]] virtual std::size_t descriptors() const = 0;
  /// What clients wait for that it takes to serve them (see Shortage), or nothing.
  [[nodiscard]] virtual std::error_code lacks() const = 0;
};

/// `keep` are the descriptors that a process of its own needs beside the client's.
[[nodiscard]] std::unique_ptr<Model> make_model(ModelKind kind, Reactor& reactor, Handler& handler,
                                                ServeObserver& observer, std::vector<int> keep);

// The four, one a file. Iterative and epoll are one: it is the Server that accepts one client, or many.
[[nodiscard]] std::unique_ptr<Model> make_loop_model(Reactor& reactor, Handler& handler,
                                                     ServeObserver& observer);
[[nodiscard]] std::unique_ptr<Model> make_fork_model(Reactor& reactor, Handler& handler,
                                                     ServeObserver& observer, std::vector<int> keep);
[[nodiscard]] std::unique_ptr<Model> make_thread_model(Reactor& reactor, Handler& handler,
                                                       ServeObserver& observer);

/// Serves `connection` here and now, on the loop of whoever calls: what all models come to.
Task<Served> serve_here(Reactor& reactor, Handler& handler, Connection& connection, Stop& stop);

}  // namespace net
