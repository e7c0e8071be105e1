#include <array>
#include <string_view>

#include "net/dns/trace.hh"

namespace net::dns {
namespace {

// IANA, "Root Servers": a.root-servers.net to m.root-servers.net, IPv4 first.
constexpr std::array<std::string_view, 26> addresses{
    "198.41.0.4",     "170.247.170.2",  "192.33.4.12",        "199.7.91.13",         "192.203.230.10",
    "192.5.5.241",    "192.112.36.4",   "198.97.190.53",      "192.36.148.17",       "192.58.128.30",
    "193.0.14.129",   "199.7.83.42",    "202.12.27.33",       "2001:503:ba3e::2:30", "2801:1b8:10::b",
    "2001:500:2::c",  "2001:500:2d::d", "2001:500:a8::e",     "2001:500:2f::f",      "2001:500:12::d0d",
    "2001:500:1::53", "2001:7fe::53",   "2001:503:c27::2:30", "2001:7fd::1",         "2001:500:9f::42",
    "2001:dc3::35"};

}  // namespace

std::vector<Endpoint> root_servers() {
  constexpr std::uint16_t dns_port = 53;
  std::vector<Endpoint> out;
  out.reserve(addresses.size());
  for (const std::string_view text : addresses) out.push_back(*Endpoint::parse_ip(text, dns_port));
  return out;
}

}  // namespace net::dns
