#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/dns/config.hh"
#include "net/dns/hosts.hh"
#include "net/dns/libc_view.hh"
#include "net/dns/nsswitch.hh"
#include "net/dns/query.hh"

namespace net::dns {

/// One question to DNS on the way along the search list.
struct DnsStep {
  Question question{};
  Endpoint server{};  ///< that answered, or that the error is about
  std::optional<std::uint16_t> rcode{};
  std::vector<Endpoint> addresses{};  ///< in the server's order, port 0
  std::vector<std::string> cnames{};  ///< the targets on the way, without final dots
  std::optional<Error> error{};       ///< why there is no answer that can be read
  bool first_server = true;           ///< false: a server that was asked before it did not answer
  Duration time{};
};

/// What one service of nsswitch.conf says when libc asks it alone.
struct ServiceAnswer {
  std::string service;
  LibcAnswer answer;
};

/// A name in the hosts file, in DNS and in the C library, and what the two read to get there.
struct Comparison {
  std::string name{};
  std::vector<HostsLine> hosts{};
  HostsOrder order{};
  ResolverConfig config{};
  std::vector<Endpoint> servers{};  ///< that were asked, resolv.conf's or others
  /// A and AAAA of each name of the search list, up to the first with data; again at the next server where
  /// one fails (SERVFAIL, NOTIMP, REFUSED).
  std::vector<DnsStep> steps{};
  LibcAnswer libc{};  ///< without AI_ADDRCONFIG
  std::optional<LibcAnswer> libc_addrconfig{};
  std::vector<ServiceAnswer> alone{};  ///< services besides files and dns, where libc has what those have not
  bool own_ipv4 = true;                ///< this host has such an address besides loopback's
  bool own_ipv6 = true;

  /// The addresses of one family, or of both (AF_UNSPEC): in the hosts file, in DNS, in libc.
  [[nodiscard]] std::vector<Endpoint> hosts_addresses(int family = AF_UNSPEC) const;
  [[nodiscard]] std::vector<Endpoint> dns_addresses(int family = AF_UNSPEC) const;
  [[nodiscard]] std::vector<Endpoint> libc_addresses(int family = AF_UNSPEC) const;
};

/// Looks a name up in the three ways at the same time; all of it ends at the options' timeout. DNS is not
/// asked for localhost, numbers, and what cannot be the name of a host.
Task<Comparison> compare(Reactor& reactor, std::string name, QueryOptions options);

/// Why two of the columns differ, or what else is worth knowing: a word for programs and a sentence.
struct Difference {
  std::string_view code;
  std::string text;
};

/// Says only what the observations prove; a difference that they do not explain is told as such.
[[nodiscard]] std::vector<Difference> differences(const Comparison& seen);

}  // namespace net::dns
