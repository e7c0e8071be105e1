#pragma once

#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "net/loop/reactor.hh"
#include "net/sock/endpoint.hh"

/// The only place that knows c-ares, the library that asks DNS as programs do: resolv.conf's servers and
/// options; the search list is ours, since c-ares goes along it by other rules than the C library. Its
/// sockets are ours and its waiting is the Reactor's. The same answers with 1.18 and 1.34.
namespace net::dns {

/// What DNS has for a name or an address.
struct AresReply {
  std::vector<Endpoint> addresses{};   ///< in the server's order, port 0
  std::string official_name{};         ///< the end of the CNAME chain; for an address its first PTR name
  std::vector<std::string> aliases{};  ///< the chain before it, in its order; further PTR names
  std::error_code error{};
  std::optional<Endpoint> server{};  ///< whose answer it is
};

/// The addresses of one family; `name` is absolute, with its final dot.
Task<AresReply> ask_addresses(Reactor& reactor, std::string name, int family);

/// The names that the PTR records of an address have.
Task<AresReply> ask_names(Reactor& reactor, Endpoint address);

/// "c-ares 1.18.1": the library at run time.
[[nodiscard]] std::string resolver_library_version();

}  // namespace net::dns
