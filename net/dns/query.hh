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
  std::vector<Endpoint> servers{};  ///< asked in turn, with their ports; at least one
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
  Duration time{};        ///< since the query that it answers was sent; for TCP since connecting
  bool with_edns = true;  ///< whether the query that it answers had an OPT record
  std::vector<std::string> warnings{};  ///< in words: the name's case, bytes left over, EDNS given up, ...
};

/// What one question came to. There is a response or an error, and both only when a datagram was cut (TC) and
/// TCP then failed: `cut` is that datagram's message, or the one that the TCP response has made good.
struct QueryResult {
  std::optional<Response> cut{};
  std::optional<Response> response{};
  std::optional<Error> error{};   ///< its subject names the question and the server
  Endpoint server{};              ///< that answered; else the one that the error is about
  std::vector<Error> failures{};  ///< servers that were passed over (ICMP, no route), the error's own too
  std::vector<std::string> warnings{};  ///< datagrams that were not believed, counted by kind
};

/// Asks one question: by UDP, then by TCP when the answer is cut (TC). A datagram counts only if it comes
/// from the server's address and port and has the query's id, its question (in any case of letters; none at
/// all with an error rcode) and the QR bit; all others are counted and told. After FORMERR, and for the last
/// of several tries, the question goes without EDNS. The tries share the time equally; it ends at the timeout
/// exactly, and at once when every server is known to be unreachable.
Task<QueryResult> ask(Reactor& reactor, QuerySpec spec, QueryOptions options);

/// "example.test. IN MX @192.0.2.53#53/udp": what an error of a query is about.
[[nodiscard]] std::string query_subject(const Question& question, const Endpoint& server, bool tcp);

/// "192.0.2.53#5353", as dig writes a server.
[[nodiscard]] std::string server_text(const Endpoint& server);

}  // namespace net::dns
