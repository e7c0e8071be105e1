#include "net/dial/addresses.hh"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "net/base/text.hh"
#include "net/dial/order.hh"
#include "net/dns/status.hh"
#include "net/loop/group.hh"

namespace net {

std::vector<Endpoint> usable_addresses(const dns::Answer& answer, const DialOptions& options,
                                       std::uint16_t port, std::vector<Error>& refusals) {
  std::vector<Endpoint> usable;
  for (const Endpoint& address : answer.addresses) {
    if (options.family != AF_UNSPEC && address.family() != options.family) {
      refusals.emplace_back("connect", subject_text(address, options.transport), errno_code(EAFNOSUPPORT));
      refusals.back().detail = "not of the address family asked for";
      continue;
    }
    Endpoint target = address.with_port(port);
    // A link-local address means nothing without its interface.
    if (target.is_link_local() && target.scope() == 0) {
      target = target.with_scope(interface_index(options.interface).value_or(0));
    }
    usable.push_back(target);
  }
  return usable;
}

const Error* nearest_error(const std::vector<Error>& errors) {
  const auto nearest = std::ranges::min_element(errors, {}, &Error::blame);
  return nearest == errors.end() ? nullptr : &*nearest;
}

Task<Result<std::vector<Endpoint>>> find_addresses(Reactor& reactor, std::string host, std::uint16_t port,
                                                   DialOptions options,
                                                   std::function<void(const dns::Answer&)> told) {
  dns::HostLookup lookup(reactor, host, options.family);
  std::vector<Endpoint> found;
  std::vector<Error> errors;
  for (;;) {
    std::optional<dns::Answer> answer = co_await lookup.next();
    if (!answer) break;
    told(*answer);
    if (answer->error) errors.push_back(*answer->error);
    std::ranges::move(usable_addresses(*answer, options, port, errors), std::back_inserter(found));
  }
  if (!found.empty()) co_return order_destinations(std::move(found));
  const Error* const why = nearest_error(errors);
  if (why != nullptr) co_return std::unexpected(*why);
  co_return std::unexpected(Error("resolve", host, dns::Status::no_such_name));
}

Task<Result<std::vector<Endpoint>>> find_addresses_by(Reactor& reactor, TimePoint limit, std::string host,
                                                      std::uint16_t port, DialOptions options,
                                                      std::function<void(const dns::Answer&)> told) {
  const TimePoint began = reactor.now();
  auto lookup = find_addresses(reactor, host, port, std::move(options), std::move(told));
  auto found = co_await with_deadline(reactor, limit, std::move(lookup));
  if (found) co_return std::move(*found);
  Error error("resolve", host, dns::Status::timed_out);
  error.detail = "no answer in " + duration_text(limit - began);
  co_return std::unexpected(std::move(error));
}

}  // namespace net
