#include "net/serve/shortage.hh"

#include <cerrno>

#include "net/loop/group.hh"

namespace net {
namespace {

constexpr Duration pause = std::chrono::milliseconds(250);

/// EAGAIN is fork(2)'s and pthread_create(3)'s word for RLIMIT_NPROC.
bool is_shortage(const std::error_code& code) {
  return code == errno_code(EMFILE) || code == errno_code(ENFILE) || code == errno_code(ENOMEM) ||
         code == errno_code(ENOBUFS) || code == errno_code(EAGAIN);
}

}  // namespace

Task<bool> Shortage::passes(Reactor& reactor, Error error, Stop& stop) {
  if (!is_shortage(error.code) || stop.is_set()) co_return false;
  code_ = error.code.value();
  ++waiting_;
  const bool stopped = co_await wait_until(reactor, stop.event(), reactor.now() + pause);
  --waiting_;
  co_return !stopped;
}

std::error_code Shortage::lasting() const {
  return waiting_ > 0 ? errno_code(code_) : std::error_code();
}

Served not_served(const Error& error, const Stop& stop) {
  Served served;
  served.closed.reason = stop.is_set() ? stop.reason() : EndReason::local_error;
  if (!stop.is_set()) served.error = error;
  return served;
}

}  // namespace net
