#pragma once

#include <string>
#include <vector>

#include "net/sock/endpoint.hh"

/// Lists of addresses as sets, and in words.
namespace net::dns {

using Addresses = std::vector<Endpoint>;

[[nodiscard]] bool contains(const Addresses& addresses, const Endpoint& wanted);
/// Those of `addresses` that `others` lacks, in their order.
[[nodiscard]] Addresses without(const Addresses& addresses, const Addresses& others);
[[nodiscard]] bool same_set(const Addresses& a, const Addresses& b);

/// "a", "a and b", "a, b and c".
[[nodiscard]] std::string list_text(const std::vector<std::string>& words);
[[nodiscard]] std::string addresses_text(const Addresses& addresses);
/// The same of DNS servers, with their ports where they are not 53.
[[nodiscard]] std::string servers_text(const Addresses& servers);

}  // namespace net::dns
