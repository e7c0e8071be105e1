#pragma once

#include <string>

namespace net::dns {

/// Two options of resolv.conf(5) that c-ares reads only since 1.22, with the defaults of the system's own
/// resolver.
struct Patience {
  int timeout_s = 5;
  int tries = 2;
};

/// "options timeout:N attempts:N" of a resolv.conf, within the limits that resolv.conf(5) sets.
[[nodiscard]] Patience read_patience(const std::string& path);

/// ASCII only: names compare without case (RFC 4343).
[[nodiscard]] std::string lower_case(std::string text);

/// localhost and what is below it never go out (RFC 6761, 6.3).
[[nodiscard]] bool is_localhost(const std::string& host);

}  // namespace net::dns
