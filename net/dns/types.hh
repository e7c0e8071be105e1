#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace net::dns {

/// Record types by their numbers (IANA's registry). Any other number is a type too: Type{65280}.
enum class Type : std::uint16_t {
  A = 1,
  NS = 2,
  CNAME = 5,
  SOA = 6,
  PTR = 12,
  HINFO = 13,
  MX = 15,
  TXT = 16,
  AAAA = 28,
  LOC = 29,
  SRV = 33,
  NAPTR = 35,
  DNAME = 39,
  OPT = 41,
  DS = 43,
  SSHFP = 44,
  RRSIG = 46,
  NSEC = 47,
  DNSKEY = 48,
  NSEC3 = 50,
  NSEC3PARAM = 51,
  TLSA = 52,
  CDS = 59,
  CDNSKEY = 60,
  SVCB = 64,
  HTTPS = 65,
  SPF = 99,
  TSIG = 250,
  IXFR = 251,
  AXFR = 252,
  ANY = 255,
  URI = 256,
  CAA = 257,
};

/// "MX"; "TYPE65280" for a number without a name (RFC 3597).
[[nodiscard]] std::string type_text(Type type);
/// A name in either case, or TYPEnnn.
[[nodiscard]] std::optional<Type> parse_type(std::string_view text);

enum class Class : std::uint16_t { IN = 1, CH = 3, HS = 4, NONE = 254, ANY = 255 };
/// "IN"; "CLASS42".
[[nodiscard]] std::string class_text(Class klass);
[[nodiscard]] std::optional<Class> parse_class(std::string_view text);

/// The 12 bits of an rcode in words: "NXDOMAIN", "BADVERS", "RCODE77" (RFC 6895).
[[nodiscard]] std::string rcode_text(std::uint16_t rcode);

/// The name of an extended DNS error (RFC 8914), or nothing.
[[nodiscard]] std::string_view extended_error_name(std::uint16_t code);

}  // namespace net::dns
