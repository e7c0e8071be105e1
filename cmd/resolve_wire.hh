#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cmd/resolve_options.hh"
#include "cmd/resolve_view.hh"
#include "net/dns/config.hh"
#include "net/dns/query.hh"

namespace cmd {

/// The wire view: every name, type and server of the command line, asked and shown in its order.
class ResolveWire {
 public:
  ResolveWire(net::Reactor& reactor, Results& results, Output& out, const ResolveFlags& flags);

  /// Finds the servers, asks, shows, and gives the status.
  net::Task<int> run();
  /// The servers as groups: those of one group are asked in turn, the groups side by side. Reports why there
  /// are none and gives the status to end with, 0 when there are some.
  net::Task<int> find_servers();
  [[nodiscard]] const std::vector<std::vector<net::Endpoint>>& server_groups() const { return groups_; }
  /// Timeout, tries, source and transport for a question of that type.
  [[nodiscard]] net::dns::QueryOptions query_options(std::vector<net::Endpoint> servers,
                                                     net::dns::Type type) const;

 private:
  /// One name, as it was written and as it is asked for.
  struct Target {
    std::string text;
    net::dns::Name name;
    std::vector<AskedType> types;
  };
  using Step = std::pair<net::dns::Question, net::dns::QueryResult>;
  struct Asked {
    std::size_t place = 0;
    std::vector<Step> steps{};  ///< of the search list; one without
  };

  /// One question to one group of servers.
  struct Job {
    const Target* target = nullptr;
    AskedType type{};
    std::size_t group = 0;
    std::optional<Asked> answer{};
  };

  [[nodiscard]] std::vector<Target> targets() const;
  [[nodiscard]] std::vector<Job> jobs(const std::vector<Target>& targets) const;
  net::Task<net::Result<std::vector<net::Endpoint>>> addresses_of(ServerWord server);
  net::Task<Asked> ask(std::size_t place, const Target& target, AskedType type,
                       std::vector<net::Endpoint> servers);
  net::Task<int> show(Asked asked);
  net::Task<int> transfer(const Target& target, AskedType type, std::vector<net::Endpoint> servers);

  net::Reactor& reactor_;
  Results& results_;
  Output& out_;
  const ResolveFlags& flags_;
  ResponseView view_;
  net::dns::ResolverConfig config_{};
  std::vector<std::vector<net::Endpoint>> groups_{};
};

}  // namespace cmd
