#pragma once

#include <functional>
#include <string>
#include <vector>

#include "net/dial/attempt.hh"
#include "net/dns/hostent.hh"

namespace net {

/// The addresses of an answer as a dial uses them: with `port`, link-local ones with the interface of
/// `options`. Those of another family than `options` want are left out, each with a word in `refusals`.
[[nodiscard]] std::vector<Endpoint> usable_addresses(const dns::Answer& answer, const DialOptions& options,
                                                     std::uint16_t port, std::vector<Error>& refusals);

/// The error that came nearest to a success: somebody's "no" before silence, silence before a failure of our
/// own. Null when there is none.
[[nodiscard]] const Error* nearest_error(const std::vector<Error>& errors);

/// Looks a name up as a dial does and gives all its addresses, the best first (RFC 6724); never an empty
/// list. `told` hears each answer as it comes.
Task<Result<std::vector<Endpoint>>> find_addresses(Reactor& reactor, std::string host, std::uint16_t port,
                                                   DialOptions options,
                                                   std::function<void(const dns::Answer&)> told);

/// The same, but a look-up that is not done at `limit` has failed, silently.
Task<Result<std::vector<Endpoint>>> find_addresses_by(Reactor& reactor, TimePoint limit, std::string host,
                                                      std::uint16_t port, DialOptions options,
                                                      std::function<void(const dns::Answer&)> told);

}  // namespace net
