#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/base/clock.hh"
#include "net/base/error.hh"
#include "net/sock/endpoint.hh"

namespace net::dns {

/// What resolv.conf(5) says, with the defaults and limits of the C library.
struct ResolverConfig {
  std::vector<Endpoint> servers{};    ///< three at most, port 53; 127.0.0.1 when none is named
  std::vector<std::string> search{};  ///< domains in order; without any, the one this host's name is in
  int ndots = 1;                      ///< so many dots make a name worth asking for as it is
  Duration timeout = std::chrono::seconds(5);  ///< for one server and try
  int tries = 2;
  bool no_aaaa = false;  ///< AAAA is not asked for (glibc since 2.36)
};

/// Read by us, since c-ares does not give its search list away (nor all of the options, before 1.22). What
/// the environment adds (LOCALDOMAIN, RES_OPTIONS) is not in it.
[[nodiscard]] ResolverConfig read_resolver_config(const std::string& path = "/etc/resolv.conf");

/// Why a file of /etc that is there cannot be read: then names are looked up as if it were not.
[[nodiscard]] std::optional<Error> why_unreadable(const std::string& path);

/// ASCII only: names compare without case (RFC 4343).
[[nodiscard]] std::string lower_case(std::string text);

/// localhost and what is below it never go out (RFC 6761, 6.3).
[[nodiscard]] bool is_localhost(const std::string& host);

/// What the C library takes for the name of a host: letters, digits, `-` and `_` in labels of 1 to 63 bytes,
/// 253 bytes in all, not beginning with `-`. It asks nobody for anything else, nor for a number that is no
/// address ("1.2.3.256").
[[nodiscard]] bool is_host_name(std::string_view name);

}  // namespace net::dns
