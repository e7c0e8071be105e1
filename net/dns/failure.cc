#include "net/dns/failure.hh"

#include <algorithm>
#include <utility>

#include "net/dns/udp_channel.hh"

namespace net::dns {
namespace {

int weight(const Error& error) {
  return error.blame == Blame::remote ? 2 : error.blame == Blame::silence ? 1 : 0;
}

}  // namespace

Error icmp_error(const IcmpReport& report, std::string subject, const Endpoint& server) {
  Error error("resolve", std::move(subject), report.code, Blame::remote);
  error.said_by = report.offender.address_text();
  const auto own = own_address_towards(server);
  if (own && own->address_text() == error.said_by && error.said_by != server.address_text()) {
    // This host's own ICMP: it asked for the next hop's link address (ARP, ND) and nobody answered.
    error.blame = Blame::silence;
    error.detail = "host unreachable: no neighbour answered for it";
  }
  return error;
}

const Error& most_telling(std::span<const Error> failures) {
  return *std::ranges::max_element(failures, {}, weight);
}

}  // namespace net::dns
