#include "net/probe/port_probe.hh"

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <span>
#include <utility>

#include "net/base/text.hh"
#include "net/dial/dialer.hh"
#include "net/loop/group.hh"
#include "net/probe/udp_payload.hh"
#include "net/sock/datagram.hh"

namespace net {
namespace {

class LastAttempt final : public DialObserver {
 public:
  void resolved(const dns::Answer& /*answer*/) override {}
  void attempted(const Attempt& attempt) override { last = attempt; }
  std::optional<Attempt> last{};
};

/// What is under way, and what belongs to its socket.
struct Asking {
  Attempting attempting;
  BoundPath own_path{};
  std::uint32_t sequence = 0;
};

Task<> connect_unix(Reactor& reactor, const DialOptions& options, Asking& asking, Duration timeout) {
  Attempt& attempt = asking.attempting.attempt;
  DialOptions limited = options;
  limited.timeout = timeout;
  // A datagram client without a name cannot be answered: the kernel picks an abstract one.
  std::optional<Endpoint> own = options.source;
  if (!own && !options.transport.has_connection()) own = *Endpoint::parse_unix("@");
  LastAttempt observer;
  auto dialed = co_await dial_unix(reactor, limited, observer, attempt.address, own);
  if (observer.last) attempt = *observer.last;
  if (dialed) {
    asking.attempting.socket.emplace(std::move(dialed->socket));
    asking.own_path = std::move(dialed->own_path);
  } else {
    attempt.error = dialed.error();
  }
}

/// Sends the question and waits for the answer.
Task<std::optional<Error>> exchange(Reactor& reactor, const DialOptions& options, Asking& asking) {
  Attempt& attempt = asking.attempting.attempt;
  const Datagram datagram(std::move(*asking.attempting.socket));
  asking.attempting.socket.reset();
  const auto refused = [&](std::error_code code) {
    return connect_error(datagram.socket(), attempt.address, options.transport, code, attempt.icmp);
  };
  Event in(reactor);
  Event out(reactor);
  const Watch watch(reactor, datagram.socket().fd(), in, out);
  const UdpQuestion question = udp_ping_question(attempt.address.port(), asking.sequence);
  const auto message = std::as_bytes(std::span(question.bytes));
  const std::error_code sent =
      asking.attempting.connected ? datagram.send(message) : datagram.send_to(message, attempt.address);
  // A full buffer is one more way for a datagram to get lost.
  if (sent && !would_block(sent)) co_return refused(sent);
  for (;;) {
    std::array<std::byte, 4096> answer{};
    const auto got = datagram.receive(answer);
    if (got) {
      const ByteView bytes(reinterpret_cast<const std::uint8_t*>(answer.data()),
                           std::min(got->size, answer.size()));
      // With a source port of its own choice an answer to the probe before it may come late.
      if (!question.answered_by(bytes).value_or(true)) continue;
      attempt.local = datagram.socket().local();
      co_return std::nullopt;
    }
    if (!would_block(got.error())) co_return refused(got.error());
    in.reset();
    co_await in.wait();
  }
}

Task<bool> ask(Reactor& reactor, const DialOptions& options, Asking& asking, Duration timeout) {
  Attempt& attempt = asking.attempting.attempt;
  if (options.transport.unix_domain) {
    co_await connect_unix(reactor, options, asking, timeout);
  } else {
    co_await try_address(reactor, options, asking.attempting);
  }
  if (attempt.error || options.transport.has_connection()) co_return true;
  // It would answer its own question.
  if (attempt.address.is_ip() && is_self_connected(*asking.attempting.socket)) {
    attempt.error = self_connected_error(attempt.address, options.transport);
    co_return true;
  }
  attempt.began = reactor.now();
  attempt.error = co_await exchange(reactor, options, asking);
  attempt.time = reactor.now() - attempt.began;
  co_return true;
}

}  // namespace

Task<Attempt> probe_port(Reactor& reactor, const DialOptions& options, Endpoint address, Duration timeout,
                         std::uint32_t sequence) {
  Asking asking;
  asking.sequence = sequence;
  asking.attempting.attempt.address = address;
  asking.attempting.attempt.began = reactor.now();
  const TimePoint limit = saturating_add(reactor.now(), timeout);
  const auto done = co_await with_deadline(reactor, limit, ask(reactor, options, asking, timeout));
  if (!done) {
    give_up(reactor, options, asking.attempting, "no answer in " + duration_text(timeout), ETIMEDOUT);
  }
  co_return std::move(asking.attempting.attempt);
}

}  // namespace net
