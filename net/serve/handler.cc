#include "net/serve/handler.hh"

#include <sys/socket.h>

#include <utility>

#include "net/base/text.hh"
#include "net/loop/group.hh"

namespace net {
namespace {

Task<std::optional<RelayEnd>> run(Exchange& exchange) {
  co_return co_await exchange.run();
}

Task<std::optional<RelayEnd>> stopped(Stop& stop) {
  co_await stop.event().wait();
  co_return std::nullopt;
}

}  // namespace

Task<Served> exchange(Session session, Pump* up, Pump& down, RelayOptions options) {
  Exchange exchange(session.reactor, up, down, session.peer, session.tcp_fd, options);
  Group<std::optional<RelayEnd>> first(session.reactor);
  first.add(run(exchange));
  first.add(stopped(session.stop));
  const std::optional<RelayEnd> end = co_await first.next();
  Served served;
  served.closed = exchange.closed(end ? std::nullopt : std::optional(session.stop.reason()));
  if (end && end->reason == EndReason::local_error) {
    served.error.emplace("serve", subject_text(session.client.peer, session.client.transport), end->error,
                         Blame::local);
  }
  co_return served;
}

void close_by_reset(int tcp_fd) {
  const linger now{.l_onoff = 1, .l_linger = 0};
  if (tcp_fd >= 0) static_cast<void>(setsockopt(tcp_fd, SOL_SOCKET, SO_LINGER, &now, sizeof now));
}

}  // namespace net
