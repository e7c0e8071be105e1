#pragma once

#include <cstdint>
#include <system_error>

namespace net::dns {

/// Why a name has no answer: rcodes (RFC 1035, RFC 2136) and what happens around them.
enum class Status : std::uint8_t {
  format_error = 1,  ///< FORMERR
  server_failure,    ///< SERVFAIL
  no_such_name,      ///< NXDOMAIN
  not_implemented,   ///< NOTIMP
  refused,           ///< REFUSED
  no_data,           ///< the name is there, but not with this type (RFC 2308)
  malformed,         ///< the reply cannot be read
  bad_name,          ///< no name at all: too long, an empty label
  timed_out,         ///< no server answered in time
  unreachable,       ///< no server could be asked
  incomplete,        ///< part of an answer came in time
  lame,              ///< the servers that a zone is delegated to do not answer for it
};

[[nodiscard]] std::error_code make_error_code(Status status);

/// An rcode that is none of the first five, by its own name: "NOTAUTH", "BADVERS".
[[nodiscard]] std::error_code rcode_error(std::uint16_t rcode);

}  // namespace net::dns

template <>
struct std::is_error_code_enum<net::dns::Status> : std::true_type {};
