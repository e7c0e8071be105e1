#include "tests/unit/sock/sockopt_refused.hh"

#include <optional>

#include "net/kern/sysctl.hh"
#include "net/sock/socket.hh"
#include "net/sock/sockopt_change.hh"
#include "tests/support/net.hh"
#include "tests/unit/kern/forked.hh"

namespace net {
namespace {

/// A socket that has come that far, and whom it is connected to.
struct Prepared {
  std::optional<Socket> socket{};
  std::optional<test::TcpServer> server{};
  std::optional<test::Peer> peer{};
};

bool come(Prepared& prepared, const RefusedCase& c) {
  const Socket& socket = *prepared.socket;
  const Endpoint here = Endpoint::loopback(c.kind.family, 0);
  switch (c.came) {
    case Came::nowhere:
      return true;
    case Came::bound:
      return socket.bind(here).has_value();
    case Came::listening:
      return socket.bind(here) && socket.listen(1);
    case Came::connected:
      prepared.server.emplace(here.address_text());
      if (!socket.connect(here.with_port(prepared.server->port()))) return false;
      prepared.peer.emplace(prepared.server->accept());
      return true;
  }
  return false;
}

}  // namespace

std::string answer_to(const RefusedCase& c) {
  Prepared prepared;
  auto socket = Socket::open(c.kind.family, c.kind.type, c.kind.protocol);
  if (!socket) return "no socket: " + socket.error().symbol();
  prepared.socket.emplace(std::move(*socket));
  const int fd = prepared.socket->fd();
  const auto set = [fd](const std::string& text) -> Result<void> {
    const auto setting = parse_option(text);
    if (!setting) return fail("parse", text + ": " + setting.error(), errno_code(EINVAL));
    return set_option_or_why(fd, *setting, kern::sysctl_text);
  };
  for (const std::string& text : c.first) {
    if (const auto done = set(text); !done) return "before: " + done.error().subject;
  }
  if (!come(prepared, c)) return "it did not come that far";
  const auto done = set(c.setting);
  if (done) return "taken";
  if (done.error().op == "parse") return done.error().subject;
  return done.error().symbol() + ": " + done.error().hint;
}

std::string answer_to_nobody(const RefusedCase& c) {
  return test::said_by_child([&c] {
    test::become(test::nobody);
    return answer_to(c);
  });
}

}  // namespace net
