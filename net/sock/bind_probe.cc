#include "net/sock/bind_probe.hh"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>

namespace net {
namespace {

/// One bind(2).
struct Attempt {
  Transport transport;
  Endpoint address;
  bool ipv6_only;
  bool reuse;
  bool hidden;  ///< tied to an interface that does not exist
};

bool is_answer(const std::error_code& code) {
  constexpr std::array no_answer{EMFILE, ENFILE, ENOBUFS, ENOMEM};
  return std::ranges::find(no_answer, code.value()) == no_answer.end();
}

/// Options that only older kernels or sandboxes refuse are no answer about the port; without them bind(2)
/// answers still.
void prepare(const Socket& socket, const Attempt& attempt) {
  if (attempt.reuse) static_cast<void>(socket.set_int(SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR"));
  if (attempt.hidden) {
    static_cast<void>(socket.set_int(SOL_SOCKET, SO_BINDTOIFINDEX, INT_MAX, "SO_BINDTOIFINDEX"));
  }
  if (attempt.address.family() == AF_INET6) {
    static_cast<void>(socket.set_int(IPPROTO_IPV6, IPV6_V6ONLY, attempt.ipv6_only ? 1 : 0, "IPV6_V6ONLY"));
  }
}

Result<std::error_code> try_bind(const Attempt& attempt) {
  const auto socket = Socket::open(attempt.address.family(), attempt.transport.type);
  if (!socket) {
    if (!is_answer(socket.error().code)) return std::unexpected(socket.error());
    return socket.error().code;
  }
  prepare(*socket, attempt);
  const auto bound = socket->bind(attempt.address);
  if (bound) return std::error_code{};
  if (!is_answer(bound.error().code)) return std::unexpected(bound.error());
  return bound.error().code;
}

class Prober {
 public:
  Prober(Transport transport, std::uint16_t port, bool tied_sockets)
      : transport_(transport), port_(port), tied_sockets_(tied_sockets) {}

  Result<BindProbe> probe() const;

 private:
  /// What is bound: 0.0.0.0, [::] alone, or both.
  struct Target {
    int family;
    bool ipv6_only;
  };
  [[nodiscard]] Result<std::error_code> bind(Target target, bool reuse, bool hidden) const;
  /// Plain and with SO_REUSEADDR, which only ever allows more.
  [[nodiscard]] Result<BindAnswer> bind_both_ways(Target target, bool hidden) const;
  [[nodiscard]] Result<BindAnswer> answer(Target target) const;

  Transport transport_;
  std::uint16_t port_;
  bool tied_sockets_;
};

Result<std::error_code> Prober::bind(Target target, bool reuse, bool hidden) const {
  return try_bind({transport_, Endpoint::any(target.family, port_), target.ipv6_only, reuse, hidden});
}

Result<BindAnswer> Prober::bind_both_ways(Target target, bool hidden) const {
  const auto plain = bind(target, false, hidden);
  if (!plain) return std::unexpected(plain.error());
  if (!*plain) return BindAnswer{};
  const auto reuse = bind(target, true, hidden);
  if (!reuse) return std::unexpected(reuse.error());
  return BindAnswer{*plain, *reuse};
}

Result<BindAnswer> Prober::answer(Target target) const {
  const bool hidden = transport_.type == SOCK_DGRAM;
  auto found = bind_both_ways(target, hidden);
  if (!found || !hidden || !tied_sockets_ || found->reuse) return found;
  // Bound plainly, so there are none but tied ones.
  if (!found->plain) return bind_both_ways(target, false);
  found->reuse = found->plain;
  found->untried = true;
  return found;
}

Result<BindProbe> Prober::probe() const {
  const auto both = answer({AF_INET6, false});
  if (!both) return std::unexpected(both.error());
  // Where both families can be bound at once, each can by itself.
  if (!both->plain) return BindProbe{};
  const auto ipv4 = answer({AF_INET, false});
  if (!ipv4) return std::unexpected(ipv4.error());
  const auto ipv6 = answer({AF_INET6, true});
  if (!ipv6) return std::unexpected(ipv6.error());
  const bool no_ipv6 = both->plain == errno_code(EAFNOSUPPORT);
  return BindProbe{*ipv4, *ipv6, no_ipv6 ? *ipv4 : *both};
}

}  // namespace

Result<BindProbe> probe_bind(Transport transport, std::uint16_t port, bool tied_sockets) {
  return Prober(transport, port, tied_sockets).probe();
}

}  // namespace net
