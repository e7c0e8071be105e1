#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "net/base/text.hh"
#include "net/dial/dialer.hh"

namespace net {
namespace {

// A full backlog of a Unix socket (EAGAIN) signals nobody when it empties.
constexpr Duration backlog_pause = std::chrono::milliseconds(10);

}  // namespace

Task<Result<Dialed>> dial_unix(Reactor& reactor, DialOptions options, DialObserver& observer, Endpoint path,
                               std::optional<Endpoint> bind_to) {
  const TimePoint began = reactor.now();
  const TimePoint limit = saturating_add(began, options.timeout);
  auto socket = Socket::open(AF_UNIX, options.transport.type);
  if (!socket) co_return std::unexpected(socket.error());
  if (const auto set = apply_options(*socket, AF_UNIX, options.options, OptionMoment::before); !set) {
    co_return std::unexpected(set.error());
  }
  BoundPath own_path;
  if (bind_to) {
    auto bound = BoundPath::bind(*socket, *bind_to, std::nullopt);
    if (!bound) co_return std::unexpected(bound.error());
    own_path = std::move(*bound);
  }
  auto connected = socket->connect(path);
  while (!connected && would_block(connected.error().code) && reactor.now() + backlog_pause < limit) {
    co_await reactor.sleep(backlog_pause);
    connected = socket->connect(path);
  }
  Attempt attempt;
  attempt.address = path;
  attempt.began = began;
  attempt.time = reactor.now() - began;
  if (!connected) {
    attempt.error = connected.error();
    if (would_block(connected.error().code)) {
      attempt.error->code = errno_code(ETIMEDOUT);
      attempt.error->blame = Blame::silence;
      attempt.error->detail = "its backlog was full for " + duration_text(options.timeout);
    }
  }
  if (!attempt.error) {
    const auto set = apply_options(*socket, AF_UNIX, options.options, OptionMoment::connected);
    if (!set) attempt.error = set.error();
    attempt.local = socket->local();
  }
  observer.attempted(attempt);
  if (attempt.error) co_return std::unexpected(std::move(*attempt.error));
  co_return Dialed{std::move(*socket), path, attempt.time, true, std::move(own_path)};
}

}  // namespace net
