#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "net/dns/edns.hh"
#include "net/dns/name.hh"
#include "net/dns/rdata.hh"
#include "net/dns/types.hh"

namespace net::dns {

/// The header's flags (RFC 1035, 4.1.1; RFC 4035 for ad and cd).
struct Flags {
  bool qr = false;
  std::uint8_t opcode = 0;
  bool aa = false;
  bool tc = false;
  bool rd = false;
  bool ra = false;
  bool z = false;
  bool ad = false;
  bool cd = false;
  std::uint8_t rcode = 0;  ///< its lower 4 bits
};

/// The flags that are set, in dig's order: "qr aa rd".
[[nodiscard]] std::vector<std::string_view> flag_names(const Flags& flags);

struct Question {
  Name name{};
  Type type = Type::A;
  Class klass = Class::IN;

  friend bool operator==(const Question&, const Question&) = default;
};

/// "example.test. IN MX".
[[nodiscard]] std::string question_text(const Question& question);

struct Record {
  Name owner{};
  Type type = Type::A;
  Class klass = Class::IN;
  std::uint32_t ttl = 0;
  std::size_t offset = 0;  ///< of its data, in the message
  std::size_t length = 0;
};

/// A message taken apart. What does not fit the format ends the reading: `flaw` says where and why, and all
/// before it is there. Memory grows with what was read, never with what the header's counts claim.
struct Message {
  Buffer wire{};  ///< the very bytes that came
  std::uint16_t id = 0;
  Flags flags{};
  std::vector<Question> questions{};
  std::vector<Record> answer{};
  std::vector<Record> authority{};
  std::vector<Record> additional{};  ///< without the OPT record
  std::optional<Edns> edns{};
  std::size_t trailing = 0;  ///< bytes behind the last record
  std::optional<Flaw> flaw{};

  /// All 12 bits, EDNS's upper ones included.
  [[nodiscard]] std::uint16_t rcode() const;
  [[nodiscard]] RdataView data(const Record& record) const { return {wire, record.offset, record.length}; }

  static Message decode(Buffer wire);
};

/// A question as it is to be asked.
struct QuerySpec {
  Question question{};
  std::optional<std::uint32_t> ixfr_serial{};  ///< for IXFR: the SOA in the authority section (RFC 1995)
  bool recurse = true;
  bool authentic_data = true;  ///< AD: asks for the bit in the answer (RFC 6840, 5.7)
  bool checking_disabled = false;
  std::optional<Edns> edns = Edns{};
  std::uint16_t padding = 0;  ///< fill up to a multiple of so many bytes (RFC 8467); needs edns
};

/// The query's bytes. Names are compressed where they repeat.
[[nodiscard]] Buffer encode_query(const QuerySpec& spec, std::uint16_t id);

/// 16 random bits that nobody can guess (getrandom(2)).
[[nodiscard]] std::uint16_t random_id();

}  // namespace net::dns
