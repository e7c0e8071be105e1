#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/dns_server.hh"

/// The scripted server's own DNS encoder: small, uncompressed, independent of net/dns.
namespace test::dns {

[[nodiscard]] std::string u16(std::uint16_t value);
[[nodiscard]] std::string u32(std::uint32_t value);
/// "a.example" or "a.example." as labels on the wire.
[[nodiscard]] std::string wire_name(const std::string& name);
/// Lower case and without a final dot: how names are compared.
[[nodiscard]] std::string folded(std::string name);

/// A query's parts; nothing if it is no query with one question.
struct Query {
  std::uint16_t id = 0;
  std::uint16_t flags = 0;
  std::string name;
  std::uint16_t type = 0;
  std::uint16_t klass = 1;
  std::string question;                         ///< as it came, for the reply
  std::optional<std::uint16_t> edns_size = {};  ///< of its OPT record
};
[[nodiscard]] std::optional<Query> parse_query(const std::string& message);

struct Answer {
  std::string owner;
  Record record;
};

/// The reply: the question back, QR, RA and the query's RD, and an OPT when the query had one.
[[nodiscard]] std::string reply(const Query& query, int rcode, bool truncated,
                                const std::vector<Answer>& answers);

}  // namespace test::dns
