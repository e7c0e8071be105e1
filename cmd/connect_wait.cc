#include <cerrno>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cmd/connect_backoff.hh"
#include "cmd/connect_mode.hh"
#include "cmd/relay_report.hh"
#include "cmd/why.hh"
#include "net/base/text.hh"
#include "net/dial/addresses.hh"
#include "net/dial/dialer.hh"
#include "net/loop/group.hh"
#include "net/probe/port_probe.hh"

namespace cmd {
namespace {

using namespace std::chrono_literals;

class ConnectWait final : public ConnectMode, private net::DialObserver {
 public:
  explicit ConnectWait(const ConnectContext& context);
  net::Task<int> run() override;
  int interrupted(const Ending& ending) override;

 private:
  void resolved(const net::dns::Answer& answer) override { results_.event(resolved_document(answer)); }
  void attempted(const net::Attempt& attempt) override;

  // One try: nothing when somebody answered, else why nobody did.
  using Refusal = std::optional<net::Error>;
  net::Task<Refusal> try_once();
  net::Task<Refusal> connect_once();
  net::Task<Refusal> ask_once();
  net::Task<net::Result<std::vector<net::Endpoint>>> find_addresses(net::TimePoint limit);
  [[nodiscard]] Document opened_document() const;
  int fail(const net::Error& error);

  net::DialOptions options_;
  net::TimePoint began_;
  std::uint64_t tries_ = 0;
  std::vector<net::Attempt> attempts_{};  ///< of the try under way
  std::vector<net::Attempt> failures_{};  ///< of the last one that failed, and why it did
  Refusal last_error_{};
};

ConnectWait::ConnectWait(const ConnectContext& context)
    : ConnectMode(context), options_(dial_options(flags_)), began_(reactor_.now()) {
  options_.timeout = flags_.timeout.value_or(1s);
}

void ConnectWait::attempted(const net::Attempt& attempt) {
  attempts_.push_back(attempt);
  results_.event(attempt_document(attempt, options_.transport));
}

net::Task<ConnectWait::Refusal> ConnectWait::connect_once() {
  net::Result<net::Dialed> dialed = std::unexpected(net::Error("connect", {}, {}));
  if (flags_.path) {
    dialed = co_await net::dial_unix(reactor_, options_, *this, *flags_.path, flags_.source);
  } else {
    net::Dialer dialer(reactor_, options_, *this);
    dialed = co_await dialer.dial(flags_.host, flags_.port);
  }
  co_return dialed ? Refusal() : Refusal(dialed.error());
}

net::Task<net::Result<std::vector<net::Endpoint>>> ConnectWait::find_addresses(net::TimePoint limit) {
  if (flags_.path) co_return std::vector{*flags_.path};
  co_return co_await net::find_addresses_by(reactor_, limit, flags_.host, flags_.port, options_,
                                            [this](const net::dns::Answer& answer) { resolved(answer); });
}

/// Datagrams: a socket alone proves nothing, so all addresses are asked something at once.
net::Task<ConnectWait::Refusal> ConnectWait::ask_once() {
  const net::TimePoint limit = net::saturating_add(reactor_.now(), options_.timeout);
  const auto addresses = co_await find_addresses(limit);
  if (!addresses) co_return addresses.error();
  net::Group<net::Attempt> asked(reactor_);
  for (const net::Endpoint& address : *addresses) {
    asked.add(net::probe_port(reactor_, options_, address, limit - reactor_.now()));
  }
  std::vector<net::Error> errors;
  while (!asked.empty()) {
    attempted(co_await asked.next());
    if (!attempts_.back().error) co_return std::nullopt;
    errors.push_back(*attempts_.back().error);
  }
  co_return *net::nearest_error(errors);
}

net::Task<ConnectWait::Refusal> ConnectWait::try_once() {
  ++tries_;
  attempts_.clear();
  const Refusal refusal = options_.transport.has_connection() ? co_await connect_once() : co_await ask_once();
  if (!refusal) co_return std::nullopt;
  failures_ = attempts_;
  last_error_ = refusal;
  co_return refusal;
}

Document ConnectWait::opened_document() const {
  const net::Attempt& attempt = attempts_.back();
  Document document = connected_document(attempt.local, attempt.address, options_.transport, attempt.time);
  document.audience = Audience::not_quiet;
  document.label = "open";
  document.text = "after " + tries_text(tries_, reactor_.now() - began_);
  return document;
}

int ConnectWait::fail(const net::Error& error) {
  const net::Attempt* attempt = nullptr;
  for (const net::Attempt& failed : failures_) {
    if (failed.error && failed.error->subject == error.subject) attempt = &failed;
  }
  results_.error(after_tries(error, tries_, reactor_.now() - began_), connect_hint(error, attempt, options_));
  return exit_status(error);
}

net::Task<int> ConnectWait::run() {
  Backoff backoff(10ms, flags_.repeat.interval.value_or(250ms));
  while (const Refusal refusal = co_await try_once()) {
    // Time mends an address that is not there yet, but not an option that no socket takes.
    if (refusal->op == "setsockopt") {
      const int status = fail(*refusal);
      co_await results_.flush();
      co_return status;
    }
    const net::Duration pause = backoff.next();
    results_.event(retry_document(tries_, pause, *refusal));
    if (!co_await results_.flush()) co_return status_local;
    co_await reactor_.sleep(pause);
  }
  results_.event(opened_document());
  co_return co_await results_.flush() ? status_ok : status_local;
}

int ConnectWait::interrupted(const Ending& ending) {
  if (!last_error_) {
    // In the middle of the first try.
    net::Error error("connect", flags_.path ? flags_.path->text() : flags_.host, net::errno_code(ETIMEDOUT));
    error.detail = "no answer";
    last_error_ = error;
  }
  fail(*last_error_);
  return ending.kind == Ending::Kind::deadline ? status_silence : status_ok;
}

}  // namespace

std::unique_ptr<ConnectMode> make_wait_mode(const ConnectContext& context) {
  return std::make_unique<ConnectWait>(context);
}

}  // namespace cmd
