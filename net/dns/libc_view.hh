#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "net/base/clock.hh"
#include "net/base/error.hh"
#include "net/loop/reactor.hh"
#include "net/sock/endpoint.hh"
#include "net/stream/fd_stream.hh"

namespace net::dns {

/// How getaddrinfo(3) is called: for stream sockets of both families, with AI_CANONNAME.
struct LibcCall {
  bool addrconfig = false;  ///< with AI_ADDRCONFIG
  std::string service{};    ///< of nsswitch.conf(5), to be asked alone; empty for all as configured
};

/// What one call came back with.
struct LibcAnswer {
  std::string canonical_name{};
  std::vector<Endpoint> addresses{};  ///< in libc's order, port 0
  std::optional<Error> error{};       ///< its symbol is EAI_NONAME and its like
  Duration time{};
};

/// The C library's own way of looking a name up, which can neither be cancelled nor told when to end: a child
/// process makes the calls one after the other, and is killed and reaped by the destructor.
class LibcView {
 public:
  LibcView(Reactor& reactor, std::string name, const std::vector<LibcCall>& calls);
  LibcView(const LibcView&) = delete;
  LibcView& operator=(const LibcView&) = delete;
  ~LibcView();

  /// The answers in the order of the calls; one with an error of this host when the child could not be made
  /// or ended without an answer (by a signal, which is named); nothing after the last.
  Task<std::optional<LibcAnswer>> next();

 private:
  /// Kills the child, unless it is dead, and waits for its end: waitpid's status, 0 without a child.
  int reap();
  [[nodiscard]] LibcAnswer local_failure(std::error_code code, std::string detail) const;

  std::string name_;
  std::size_t left_;
  std::error_code start_failure_{};
  pid_t child_ = -1;
  std::optional<FdStream> answers_{};
};

/// Whether this host has an address of the family besides loopback's: what AI_ADDRCONFIG asks for before it
/// gives addresses of that family away.
[[nodiscard]] bool has_own_address(int family);

/// Whether services can be asked alone: glibc can, others ignore LibcCall::service.
[[nodiscard]] bool can_ask_services_alone();

}  // namespace net::dns
