#pragma once

#include <cstddef>
#include <expected>
#include <string>

#include "net/dns/name.hh"
#include "net/dns/types.hh"

namespace net::dns {

/// Where a record's data lies in its message; names in it may point anywhere before.
struct RdataView {
  ByteView message;
  std::size_t offset = 0;
  std::size_t length = 0;

  [[nodiscard]] ByteView bytes() const { return message.subspan(offset, length); }
};

/// The data of a record as master files have it, in the very words of dig (`dig +short`): a type of
/// rdata_table.cc by its own rules, others, and versions of a type that came later, as RFC 3597 writes
/// unknown ones. A Flaw when the data is not what the type says: too short, bytes left over, a name that runs
/// out of it.
[[nodiscard]] std::expected<std::string, Flaw> rdata_text(Type type, Class klass, const RdataView& data);

/// "\# 4 0A000001" (RFC 3597, 5): any data of any type.
[[nodiscard]] std::string unknown_rdata_text(ByteView data);

/// The name that a CNAME, NS, PTR, DNAME or MX record, an SRV's target or an SOA's primary server names.
[[nodiscard]] std::expected<Name, Flaw> rdata_name(Type type, const RdataView& data);

}  // namespace net::dns
