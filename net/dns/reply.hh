#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/dns/message.hh"
#include "net/dns/status.hh"
#include "net/sock/endpoint.hh"

/// What makes a message the reply to a question, and what it says.
namespace net::dns {

/// Why a message is no reply to `question` asked with `id`: "wrong id", "wrong question", "QR bit clear",
/// ...; empty when it is one. A reply without a question is one only if its rcode is an error.
[[nodiscard]] std::string_view mismatch(const Message& reply, std::uint16_t id, const Question& question);
/// The same, and "wrong cookie" when the reply has one that does not begin with what the query sent (RFC
/// 7873, 5.3).
[[nodiscard]] std::string_view mismatch(const Message& reply, std::uint16_t id, const QuerySpec& query);

/// What is odd about a reply that was believed: the name's letters in other case, no question, bytes left
/// over, several OPT records, TC over TCP.
[[nodiscard]] std::vector<std::string> oddities(const Message& reply, const Question& question, bool tcp);

/// True for FORMERR from a server that does not know EDNS: it sent no OPT record back (RFC 6891, 7).
[[nodiscard]] bool refuses_edns(const Message& reply);

/// What a response owes its reader whose query went without the EDNS that was wanted.
inline constexpr std::string_view without_edns_after_error =
    "FORMERR to the query with EDNS: asked again without EDNS, and that was answered";
inline constexpr std::string_view without_edns_after_silence =
    "no answer to the queries with EDNS, but to one without: the server or the way may drop EDNS";

/// Datagrams, and messages by TCP, that were not believed, by kind.
class Strangers {
 public:
  void add(std::string_view kind, const Endpoint& source, bool tcp = false);
  /// "2 datagrams ignored: wrong id (from 192.0.2.1#53)", one for each kind.
  [[nodiscard]] std::vector<std::string> texts() const;

 private:
  struct Entry {
    std::uint64_t count = 0;
    Endpoint first{};
    bool several = false;
  };
  std::map<std::pair<bool, std::string_view>, Entry> entries_;
};

/// The way from the name asked for along the answer's CNAME records.
struct Chain {
  std::vector<Name> names{};  ///< the name asked for, then each target
  bool loop = false;          ///< the last name stood before
};
[[nodiscard]] Chain follow_chain(const Message& reply, const Question& question);
/// "a. -> b. -> c.".
[[nodiscard]] std::string chain_text(const Chain& chain);

/// What a reply amounts to.
struct Verdict {
  std::optional<Status> status{};  ///< why it is no answer; nothing when there is data of the type asked for
  std::uint16_t rcode = 0;
  std::string detail{};  ///< says more: "CNAME loop a. -> b. -> a."
  bool strange = false;  ///< the detail is more than the plain news that there is no such data
};
[[nodiscard]] Verdict judge(const Message& reply, const Question& question);

}  // namespace net::dns
