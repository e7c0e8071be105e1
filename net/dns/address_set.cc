#include "net/dns/address_set.hh"

#include <algorithm>
#include <iterator>

#include "net/dns/query.hh"

namespace net::dns {

bool contains(const Addresses& addresses, const Endpoint& wanted) {
  return std::ranges::find(addresses, wanted) != addresses.end();
}

Addresses without(const Addresses& addresses, const Addresses& others) {
  Addresses out;
  std::ranges::copy_if(addresses, std::back_inserter(out),
                       [&others](const Endpoint& address) { return !contains(others, address); });
  return out;
}

bool same_set(const Addresses& a, const Addresses& b) {
  return without(a, b).empty() && without(b, a).empty();
}

std::string list_text(const std::vector<std::string>& words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 == words.size() ? " and " : ", ";
    out += words[i];
  }
  return out;
}

std::string addresses_text(const Addresses& addresses) {
  std::vector<std::string> words;
  words.reserve(addresses.size());
  for (const Endpoint& address : addresses) words.push_back(address.address_text());
  return list_text(words);
}

std::string servers_text(const Addresses& servers) {
  constexpr std::uint16_t usual_port = 53;
  std::vector<std::string> words;
  words.reserve(servers.size());
  for (const Endpoint& server : servers)
    words.push_back(server.port() == usual_port ? server.address_text() : server_text(server));
  return list_text(words);
}

}  // namespace net::dns
