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
  [[nodiscard]] Result<std::error_code> bind(int family, bool ipv6_only, bool reuse) const;
  [[nodiscard]] Result<BindAnswer> answer(int family, bool ipv6_only) const;

  Transport transport_;
  std::uint16_t port_;
  bool tied_sockets_;
};

Result<std::error_code> Prober::bind(int family, bool ipv6_only, bool reuse) const {
  Attempt attempt{transport_, Endpoint::any(family, port_), ipv6_only, reuse, true};
  attempt.hidden = transport_.type == SOCK_DGRAM;
  auto code = try_bind(attempt);
  if (!code || *code || !attempt.hidden || !tied_sockets_) return code;
  attempt.hidden = false;
  return try_bind(attempt);
}

Result<BindAnswer> Prober::answer(int family, bool ipv6_only) const {
  const auto plain = bind(family, ipv6_only, false);
  if (!plain) return std::unexpected(plain.error());
  // It only ever allows more.
  if (!*plain) return BindAnswer{};
  const auto reuse = bind(family, ipv6_only, true);
  if (!reuse) return std::unexpected(reuse.error());
  return BindAnswer{*plain, *reuse};
}

Result<BindProbe> Prober::probe() const {
  const auto both = answer(AF_INET6, false);
  if (!both) return std::unexpected(both.error());
  // Where both families can be bound at once, each can by itself.
  if (!both->plain) return BindProbe{};
  const auto ipv4 = answer(AF_INET, false);
  if (!ipv4) return std::unexpected(ipv4.error());
  const auto ipv6 = answer(AF_INET6, true);
  if (!ipv6) return std::unexpected(ipv6.error());
  const bool no_ipv6 = both->plain == errno_code(EAFNOSUPPORT);
  return BindProbe{*ipv4, *ipv6, no_ipv6 ? *ipv4 : *both};
}

}  // namespace

Result<BindProbe> probe_bind(Transport transport, std::uint16_t port, bool tied_sockets) {
  return Prober(transport, port, tied_sockets).probe();
}

}  // namespace net
