#include "net/probe/scan_verdict.hh"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "net/base/text.hh"
#include "net/sock/icmp_meaning.hh"

namespace net {

bool is_own_refusal(const IcmpReport& report, const Endpoint& address) {
  return is_port_unreachable(report) &&
         std::ranges::equal(report.offender.address_bytes(), address.address_bytes());
}

Verdict judge_connect(const Socket& socket, const Endpoint& address, Transport transport,
                      std::error_code code, bool wanted) {
  // Only a connection that was there can be reset so: before that it would be refused (tcp(7)).
  constexpr std::array<int, 3> resets{ECONNRESET, EPIPE, ECONNABORTED};
  Verdict verdict;
  if (std::ranges::find(resets, code.value()) != resets.end()) {
    verdict.state = PortState::open;
    return verdict;
  }
  const auto icmp = take_icmp_report(socket.fd());
  const bool closed = icmp ? is_own_refusal(*icmp, address) : code.value() == ECONNREFUSED;
  verdict.state = closed ? PortState::closed : PortState::filtered;
  if (closed && !wanted) return verdict;
  Error error("connect", subject_text(address, transport), code);
  if (icmp) blame_icmp(error, *icmp, socket.local());
  verdict.silent = !closed && error.blame != Blame::remote;
  if (wanted) verdict.error = std::move(error);
  return verdict;
}

Error silence_error(const Endpoint& address, Transport transport, Duration waited) {
  Error error("connect", subject_text(address, transport), errno_code(ETIMEDOUT), Blame::silence);
  error.detail = "no answer in " + duration_text(waited);
  return error;
}

bool is_shortage(const std::error_code& code) {
  constexpr std::array<int, 8> shortages{EMFILE, ENFILE,        ENOBUFS,    ENOMEM,
                                         EAGAIN, EADDRNOTAVAIL, EADDRINUSE, ENOSPC};
  return std::ranges::find(shortages, code.value()) != shortages.end();
}

}  // namespace net
