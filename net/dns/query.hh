#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "net/base/clock.hh"
#include "net/base/error.hh"
#include "net/dns/message.hh"
#include "net/loop/reactor.hh"
#include "net/sock/endpoint.hh"

namespace net::dns {

/// How to ask.
struct QueryOptions {
  std::vector<Endpoint> servers{};  ///< asked in turn, tries rounds; with their ports
  std::optional<Endpoint> source{};
  bool tcp = false;
  Duration timeout = std::chrono::seconds(5);  ///< for everything together
  int tries = 3;                               ///< datagrams to each server
};

/// One message that came back and was believed.
struct Response {
  Message message{};
  Endpoint server{};
  bool tcp = false;
  Duration time{};                      ///< since the query it answers was sent (for TCP: since connecting)
  bool with_edns = true;                ///< whether the query it answers had an OPT record
  std::vector<std::string> warnings{};  ///< in words: case of the name, bytes left over, EDNS given up, ...
};

/// A question to a server that brought no answer.
struct FailedTry {
  Endpoint server{};
  bool tcp = false;
  Error error;
  Duration time{};
};

/// What one question came to. `cut` is a UDP answer with TC set whose TCP part is `response`, or is missing
/// (then `error` says why).
struct QueryResult {
  std::optional<Response> cut{};
  std::optional<Response> response{};
  std::optional<Error> error{};  ///< when there is no response; its subject names question and server
  Endpoint server{};             ///< that answered, or the last one asked
  std::vector<FailedTry> failed{};
  std::vector<std::string> warnings{};  ///< strangers' datagrams, counted by kind
};

/// Asks one question: by UDP, then by TCP when the answer is cut (TC); ANY, AXFR and IXFR are for
/// transfer() or `tcp`. A reply counts only if it comes from the server's address and port, has the query's
/// id and question (in any case of letters; none at all with an error rcode) and the QR bit. All others are
/// counted and told. The last of several tries, and one after FORMERR, goes without EDNS. Ends at the
/// timeout, exactly.
Task<QueryResult> ask(Reactor& reactor, QuerySpec spec, QueryOptions options);

/// In words, why a message is no reply to a question that was asked with `id`; empty when it is.
[[nodiscard]] std::string mismatch(const Message& reply, std::uint16_t id, const Question& question);

/// "192.0.2.53#5353", as dig writes a server.
[[nodiscard]] std::string server_text(const Endpoint& server);

}  // namespace net::dns
