#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/base/bytes.hh"
#include "net/sock/endpoint.hh"

namespace net::dns {

/// One option of an OPT record (RFC 6891).
struct EdnsOption {
  std::uint16_t code = 0;
  Buffer data{};
};

/// Codes that have a text of their own; every other is shown in hexadecimal.
enum class EdnsCode : std::uint16_t {
  nsid = 3,             ///< RFC 5001
  client_subnet = 8,    ///< RFC 7871
  expire = 9,           ///< RFC 7314
  cookie = 10,          ///< RFC 7873
  keepalive = 11,       ///< RFC 7828
  padding = 12,         ///< RFC 7830
  extended_error = 15,  ///< RFC 8914
};

/// What an OPT record says.
struct Edns {
  std::uint16_t udp_size = 1232;
  std::uint8_t extended_rcode = 0;  ///< the upper 8 bits of the rcode
  std::uint8_t version = 0;
  bool dnssec_ok = false;
  std::vector<EdnsOption> options{};
};

/// "nsid", "ecs", "cookie", "padding", "ede", "keepalive", "expire", or "opt65001".
[[nodiscard]] std::string option_name(std::uint16_t code);
/// What the option says, in a few words; malformed or unknown data in hexadecimal. Bytes that are not
/// printable ASCII come as \DDD.
[[nodiscard]] std::string option_text(const EdnsOption& option);

/// An address prefix as --ecs takes it (192.0.2.0/24, 2001:db8::/32; an address alone is all of it), as the
/// option's data: bits beyond the prefix are zeros (RFC 7871, 6).
[[nodiscard]] Parsed<EdnsOption> client_subnet_option(std::string_view prefix);

}  // namespace net::dns
