#include "cmd/addr_report.hh"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "net/addr/address_kind.hh"
#include "net/addr/ipv4_class.hh"
#include "net/addr/nat64.hh"

namespace cmd {
namespace {

using net::IpAddress;
using net::IpPrefix;
using net::IpRange;
using net::Parsed;

// As many as a /8 has /24s. They stand in memory, and in one array of JSON.
constexpr net::Uint128 most_subnets = 65536;

/// Eight octets with ':' would be an IPv6 address.
std::string mac_text(const net::MacAddress& mac) {
  std::string text = mac.text();
  if (mac.is_eui64()) std::ranges::replace(text, ':', '-');
  return text;
}

/// The address as it was written but in its canonical form, with zone and length.
std::string canonical_text(const AddrInput& input) {
  if (const auto* range = std::get_if<IpRange>(&input.what)) return range->text();
  if (const auto* mac = std::get_if<net::MacAddress>(&input.what)) return mac_text(*mac);
  std::string text = input.address()->text();
  if (!input.zone.empty()) text += "%" + input.zone;
  if (const auto* prefix = std::get_if<IpPrefix>(&input.what)) text += "/" + std::to_string(prefix->length);
  return text;
}

Parsed<void> check_split(const AddrInput& input, int length) {
  const auto* prefix = std::get_if<IpPrefix>(&input.what);
  if (prefix == nullptr) return std::unexpected("only an ADDRESS/LENGTH can be split");
  const auto subnets = net::Subnets::of(*prefix, length);
  if (!subnets) return std::unexpected(subnets.error());
  const net::AddressCount count = subnets->count();
  if (count && *count <= most_subnets) return {};
  return std::unexpected("it has " + net::count_digits(count) + " subnets of that length: at most " +
                         net::decimal_digits(most_subnets) + " are shown");
}

Parsed<void> check_nat64(const AddrInput& input, const IpPrefix& prefix) {
  const IpAddress* const address = input.address();
  if (address == nullptr) return std::unexpected("--nat64 is for IP addresses");
  if (address->is_v4()) return {};
  const auto embedded = net::nat64_embedded(*address, prefix);
  if (!embedded) return std::unexpected(embedded.error());
  return {};
}

net::Result<net::Endpoint> endpoint_of(const AddrInput& input, std::uint16_t port) {
  const auto bytes = input.address()->bytes();
  if (input.address()->is_v4()) return net::Endpoint::ipv4(bytes.view().first<4>(), port);
  std::uint32_t scope = 0;
  if (!input.zone.empty()) {
    const auto index = net::interface_index(input.zone);
    if (!index) return net::fail("addr", "zone " + input.zone, net::errno_code(ENODEV));
    scope = *index;
  }
  return net::Endpoint::ipv6(bytes.view().first<16>(), port, scope);
}

void answer_nat64(AddrReport& report, const IpPrefix& prefix) {
  if (report.address()->is_v4()) {
    const auto synthesized = net::nat64_synthesize(prefix, *report.address());
    if (synthesized) report.nat64 = *synthesized;
    return;
  }
  const auto embedded = net::nat64_embedded(*report.address(), prefix);
  if (embedded) report.embedded = net::EmbeddedIpv4{embedded->address, "NAT64 by --nat64", "RFC 6052"};
}

/// An address of one link is not in another; without a zone it is in any.
bool does_contain(const AddrInput& outer, const AddrInput& inner) {
  const bool same_zone = outer.zone.empty() || inner.zone.empty() || outer.zone == inner.zone;
  return same_zone && outer.range()->contains(*inner.range());
}

std::vector<IpPrefix> all_subnets(const IpPrefix& prefix, int length) {
  std::vector<IpPrefix> all;
  auto subnets = net::Subnets::of(prefix, length);
  if (!subnets) return all;
  while (const auto subnet = subnets->next()) all.push_back(*subnet);
  return all;
}

}  // namespace

IpPrefix AddrReport::meant() const {
  const bool network = prefix() != nullptr && prefix()->network() == prefix()->address;
  return network ? *prefix() : IpPrefix::of(*address());
}

std::string kind_words(const IpPrefix& meant) {
  if (meant.length == 0) return "all of " + std::string(net::name_of(meant.address.family()));
  const std::string_view words = net::address_kind(meant).words;
  if (!net::is_mixed(meant)) return std::string(words);
  return std::string(words.substr(0, words.find(','))) + ", with blocks of other kinds";
}

bool has_hosts(const IpPrefix& prefix) {
  return !prefix.address.is_v4() || net::ipv4_class(prefix.network()).has_hosts();
}

Parsed<void> check_questions(const AddrInput& input, const AddrQuestions& questions) {
  if (questions.contains && !input.range()) return std::unexpected("a MAC address contains no others");
  if (questions.split) return check_split(input, *questions.split);
  if (questions.nat64) return check_nat64(input, *questions.nat64);
  if (questions.sockaddr && input.address() == nullptr) {
    return std::unexpected("--sockaddr is for IP addresses");
  }
  return {};
}

net::Result<AddrReport> make_report(std::string_view text, AddrInput input, const AddrQuestions& questions) {
  AddrReport report;
  report.input = text;
  report.canonical = canonical_text(input);
  report.read = std::move(input);
  if (report.address() != nullptr) report.embedded = net::embedded_ipv4(*report.address());
  if (const auto* range = std::get_if<IpRange>(&report.read.what)) report.cidrs = net::cover(*range);
  if (questions.contains) report.contains = does_contain(report.read, questions.contains->read);
  if (questions.split) report.subnets = all_subnets(*report.prefix(), *questions.split);
  if (questions.nat64) answer_nat64(report, *questions.nat64);
  if (questions.sockaddr) {
    auto endpoint = endpoint_of(report.read, *questions.sockaddr);
    if (!endpoint) return std::unexpected(std::move(endpoint.error()));
    report.sockaddr = *endpoint;
  }
  return report;
}

}  // namespace cmd
