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

struct Answer {
  std::string owner;
  Record record;
};

/// What an OPT record says (RFC 6891).
struct Opt {
  struct Option {
    std::uint16_t code = 0;
    std::string data;
  };
  std::uint16_t size = 1232;
  std::uint8_t extended_rcode = 0;  ///< the upper 8 bits of the rcode
  std::uint8_t version = 0;
  std::uint16_t flags = 0;  ///< DO is 0x8000
  std::vector<Option> options = {};
};

/// A query's parts; nothing if it is no query with one question.
struct Query {
  std::uint16_t id = 0;
  std::uint16_t flags = 0;
  std::string name;
  std::uint16_t type = 0;
  std::uint16_t klass = 1;
  std::string question;                ///< as it came, for the reply
  std::vector<Answer> authority = {};  ///< of an IXFR: the SOA, its data as it came
  std::optional<Opt> opt = {};
};
[[nodiscard]] std::optional<Query> parse_query(const std::string& message);

/// Bits of the header's second word; the lower four are the rcode.
inline constexpr unsigned qr = 0x8000, aa = 0x0400, tc = 0x0200, rd = 0x0100, ra = 0x0080, ad = 0x0020,
                          cd = 0x0010;

/// A message in the making: any of it may be a lie but the counts (those, Behaviour::rewrite forges).
struct Message {
  std::uint16_t id = 0;
  unsigned flags = qr | ra;
  std::string question = {};  ///< on the wire; empty: none
  std::vector<Answer> answer = {}, authority = {}, additional = {};
  std::optional<Opt> opt = {};

  [[nodiscard]] std::string wire() const;
};

/// An empty reply: the question back, QR, RA and the query's RD, and an OPT when the query had one.
[[nodiscard]] Message reply_to(const Query& query);
/// A name, a type and a class as a question has them.
[[nodiscard]] std::string question(const std::string& name, std::uint16_t type, std::uint16_t klass = 1);
/// A message as TCP carries it, its length before it.
[[nodiscard]] std::string framed(const std::string& message);

}  // namespace test::dns
