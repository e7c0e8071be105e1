#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cmd/options.hh"
#include "cmd/resolve_values.hh"
#include "net/dns/message.hh"
#include "net/sock/endpoint.hh"

namespace cmd {

/// The command line of resolve.
struct ResolveFlags {
  bool ipv4 = false;
  bool ipv6 = false;
  std::vector<AskedType> types{};
  std::optional<net::dns::Class> klass{};
  std::optional<std::string> reverse{};
  std::optional<net::Endpoint> source{};
  bool tcp = false;
  bool no_recurse = false;
  bool dnssec = false;
  bool check_disabled = false;
  bool nsid = false;
  bool cookie = false;
  bool no_edns = false;
  std::optional<net::dns::EdnsOption> client_subnet{};
  std::optional<std::uint64_t> padding{};
  std::optional<std::uint64_t> bufsize{};
  std::vector<net::dns::EdnsOption> edns_options{};
  bool search = false;
  std::optional<net::Duration> timeout{};
  std::optional<std::uint64_t> tries{};
  bool shortened = false;
  bool compare = false;
  bool trace = false;
  std::vector<net::Endpoint> roots{};
  std::string file{};
  std::optional<std::uint64_t> concurrency{};
  std::optional<std::uint64_t> rate{};
  bool ordered = false;
  bool progress = false;

  // Out of the words.
  std::vector<std::string> names{};
  std::vector<ServerWord> servers{};

  /// AF_INET, AF_INET6 or AF_UNSPEC.
  [[nodiscard]] int family() const;
  /// True once a type, a server or an option of the wire was given.
  [[nodiscard]] bool wire() const;
};

void declare_resolve_flags(CLI::App& app, ResolveFlags& flags);

/// Names and @servers out of the words, and what options exclude each other. Throws UsageError.
void read_resolve_words(ResolveFlags& flags, const std::vector<std::string>& words);

/// The question for a name and type, with all that the flags say of it. A fresh cookie each time.
[[nodiscard]] net::dns::QuerySpec query_spec(const ResolveFlags& flags, net::dns::Name name,
                                             const AskedType& type);

/// A name as the wire views take it. Throws UsageError for one that is none, or is not ASCII.
[[nodiscard]] net::dns::Name dns_name(const std::string& text);

}  // namespace cmd
