#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/dns/query.hh"

namespace net::dns {

/// A server of a zone, as a delegation names it.
struct NameServer {
  Name name{};
  std::vector<Endpoint> addresses{};  ///< its glue, or what was found for it; port 53
  bool glue = false;                  ///< the delegation itself had the addresses
};

/// A server that was passed over on the way down.
struct PassedOver {
  NameServer server{};
  std::optional<Endpoint> address{};  ///< nothing when none was found
  bool lame = false;  ///< it answered, but not as a server of that zone does; else it was not reached
  std::string why{};  ///< "REFUSED", "no answer in 1 s"
  std::optional<Error> error{};
};

/// What one zone's servers said.
struct TraceStep {
  Name zone{};
  NameServer server{};  ///< that answered
  std::vector<PassedOver> passed{};
  QueryResult result{};
  std::optional<Name> child{};           ///< the zone that it delegates to; nothing for the last step
  std::vector<NameServer> delegation{};  ///< to these servers
};

/// Walks from the root down to a name, asking one server of each zone without recursion (RFC 1034, 5.3.3) and
/// believing addresses only for names within the zone of who gives them. Servers are asked in the order of
/// the delegation until one answers as it should; the timeout is for each zone.
class Trace {
 public:
  /// `options.servers` are the root's. `family` restricts the addresses that are asked.
  Trace(Reactor& reactor, QuerySpec spec, QueryOptions options, int family);

  /// The next step; nothing after the last. A step without a response has only passed servers, and is the
  /// last.
  Task<std::optional<TraceStep>> next();

 private:
  [[nodiscard]] bool believes(const TraceStep& step, const Message& reply, std::string& why) const;
  Task<bool> ask_server(TraceStep& step, const NameServer& server, Endpoint address, TimePoint until);
  /// By a walk of its own, until `until` at most.
  Task<std::vector<Endpoint>> find_addresses(Name name, TimePoint until);
  Task<std::vector<Endpoint>> find_addresses(Name name, Type type, TimePoint until);
  void read_delegation(TraceStep& step);

  Reactor& reactor_;
  QuerySpec spec_;
  QueryOptions options_;
  int family_;
  std::vector<Endpoint> roots_;
  int depth_ = 0;  ///< of walks for the addresses of servers
  TimePoint until_ = TimePoint::max();
  std::shared_ptr<int> questions_left_;  ///< of this walk and those inside it
  Name zone_{};
  std::vector<NameServer> servers_{};
  int steps_ = 0;
  bool over_ = false;
};

/// The root's servers (IANA, "root hints"), port 53.
[[nodiscard]] std::vector<Endpoint> root_servers();

}  // namespace net::dns
