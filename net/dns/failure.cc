#include "net/dns/failure.hh"

#include <algorithm>
#include <utility>

#include "net/sock/icmp_meaning.hh"
#include "net/sock/udp_channel.hh"

namespace net::dns {
namespace {

int weight(const Error& error) {
  return error.blame == Blame::remote ? 2 : error.blame == Blame::silence ? 1 : 0;
}

}  // namespace

Error icmp_error(const IcmpReport& report, std::string subject, const Endpoint& server) {
  Error error("resolve", std::move(subject), report.code);
  blame_icmp(error, report, own_address_towards(server).value_or(Endpoint()));
  return error;
}

const Error& most_telling(std::span<const Error> failures) {
  return *std::ranges::max_element(failures, {}, weight);
}

}  // namespace net::dns
