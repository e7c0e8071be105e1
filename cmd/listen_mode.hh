#pragma once

#include <memory>
#include <optional>

#include "cmd/listen_options.hh"
#include "cmd/output.hh"
#include "cmd/session.hh"
#include "net/loop/reactor.hh"
#include "net/loop/task.hh"
#include "net/sock/listener.hh"

namespace cmd {

/// What a mode works with; all of it outlives the mode.
struct ListenContext {
  net::Reactor& reactor;
  Output& out;
  ListenFlags& flags;
};

/// One way in which listen works: it talks to its clients itself, or serves them.
class ListenMode {
 public:
  explicit ListenMode(const ListenContext& context)
      : reactor_(context.reactor), out_(context.out), flags_(context.flags) {}
  ListenMode(const ListenMode&) = delete;
  ListenMode& operator=(const ListenMode&) = delete;
  virtual ~ListenMode() = default;

  /// Works until it is done; the exit status.
  virtual net::Task<int> run() = 0;
  /// How to end it early.
  [[nodiscard]] virtual Farewell farewell() = 0;
  /// run() has ended, or was cancelled: reports what is still to be reported.
  virtual void ended(const Ending& ending) = 0;

 protected:
  /// Looks the address up if it is a name, listens, and says so; nothing after a failure, which it reported
  /// and left in `failure`.
  net::Task<std::optional<net::Listener>> open(int& failure);
  int fail(const net::Error& error, std::string_view hint = {}) const;

  net::Reactor& reactor_;
  Output& out_;
  ListenFlags& flags_;

 private:
  net::Task<net::Result<void>> resolve_address();
};

[[nodiscard]] std::unique_ptr<ListenMode> make_listen_relay(const ListenContext& context);
[[nodiscard]] std::unique_ptr<ListenMode> make_listen_server(const ListenContext& context);

}  // namespace cmd
