#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cmd/document.hh"
#include "cmd/sockopt_options.hh"
#include "net/base/fd.hh"
#include "net/sock/endpoint.hh"
#include "net/sock/fresh_socket.hh"

namespace cmd {

/// Which socket it is, for people and for JSON's socket{}.
struct SocketLabel {
  std::optional<pid_t> pid{};  ///< nothing for a socket of our own and for one that no process holds
  std::string program{};
  std::optional<int> fd{};
  std::string protocol{};
  net::Endpoint local{};
  net::Endpoint peer{};
  std::string state{};
};

/// "nginx (pid 812, fd 6)  [::]:443/tcp  LISTEN".
[[nodiscard]] std::string label_text(const SocketLabel& label);
[[nodiscard]] Value label_value(const SocketLabel& label);
/// "pid 812, fd 6", or its address: what an error is about.
[[nodiscard]] std::string label_subject(const SocketLabel& label);

/// A socket to look at: our own, or one of another process that is borrowed anew each time.
class SockoptTarget {
 public:
  /// A socket that this process made.
  SockoptTarget(net::Fd own, bool fresh) : own_(std::move(own)), fresh_(fresh) {}
  /// A live one. `inode` tells it from another that took its number meanwhile.
  SockoptTarget(SocketLabel label, std::uint64_t inode) : label_(std::move(label)), inode_(inode) {}

  /// Calls `work` with the descriptor, which a live socket's owner gets back at once afterwards: do nothing
  /// slow there. EBADF or ESRCH when the socket has gone.
  [[nodiscard]] net::Result<void> with_descriptor(const std::function<void(int fd)>& work) const;

  /// False for a socket that was made only to be looked at: it has no label.
  [[nodiscard]] bool labelled() const { return !fresh_; }
  /// False when no process holds it (TIME_WAIT): there is nothing to read.
  [[nodiscard]] bool held() const { return own_.valid() || label_.pid.has_value(); }
  [[nodiscard]] bool live() const { return !own_.valid(); }
  [[nodiscard]] const SocketLabel& label() const { return label_; }
  void set_label(SocketLabel label) { label_ = std::move(label); }

 private:
  net::Fd own_{};
  bool fresh_ = false;
  SocketLabel label_{};
  std::uint64_t inode_ = 0;
};

/// The same with what the descriptor itself says: addresses and state.
[[nodiscard]] SocketLabel label_from(SocketLabel label, const net::SocketFacts& facts);

/// A failure to look at a live socket, and what is missing.
struct Refusal {
  net::Error error;
  std::string hint;
};

struct LiveTargets {
  std::vector<SockoptTarget> targets{};  ///< by pid and descriptor; those that nobody holds come last
  std::vector<Refusal> refusals{};
};

/// The live sockets that the flags ask for. ENOENT when there is none at all, ESRCH when the process is not.
[[nodiscard]] std::expected<LiveTargets, Refusal> find_live_targets(const SockoptFlags& flags);

/// What is missing when a live socket could not be borrowed; empty where nothing is known.
[[nodiscard]] std::string borrow_hint(const net::Error& error, const SocketLabel& label);

}  // namespace cmd
