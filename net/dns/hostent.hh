#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/base/error.hh"
#include "net/loop/group.hh"
#include "net/sock/endpoint.hh"

namespace net::dns {

/// Where the addresses of a name came from.
enum class Source : std::uint8_t { hosts, dns, literal, builtin };
[[nodiscard]] std::string_view source_name(Source source);

/// What one address family of a name has.
struct Answer {
  std::string host;
  int family = AF_UNSPEC;
  std::vector<Endpoint> addresses{};  ///< in the order of the source, port 0
  Source source = Source::dns;
  std::optional<Endpoint> server{};  ///< that answered, for Source::dns
  std::optional<Error> error{};      ///< then there are no addresses
  Duration time{};
};

/// Looks a name up as programs do (hosts file, search list and servers of resolv.conf, in the order of
/// nsswitch.conf), through c-ares on our own sockets and loop. Each family is its own question, asked at the
/// same time; a name that the hosts file has in one of the families asked for is not asked for in DNS.
class HostLookup {
 public:
  /// `family` is AF_INET, AF_INET6 or AF_UNSPEC for both.
  HostLookup(Reactor& reactor, std::string host, int family);
  HostLookup(const HostLookup&) = delete;
  HostLookup& operator=(const HostLookup&) = delete;
  ~HostLookup() = default;

  /// The next answer as it comes in, or nothing when all have come. At least one comes; all may be errors.
  Task<std::optional<Answer>> next();

 private:
  void ask_hosts_file();
  void answer_localhost();
  void offer(int family, std::vector<Endpoint> addresses, Source source, Duration time);

  Reactor& reactor_;
  std::string host_;
  std::vector<int> families_;
  std::string
      stages_;  ///< still to ask, as c-ares writes them: 'f' the hosts file, 'b' DNS; 'l' localhost itself
  bool found_ = false;
  std::deque<Answer> ready_;
  Group<Answer> asking_;
};

/// "c-ares 1.18.1": the library at run time.
[[nodiscard]] std::string resolver_library_version();

}  // namespace net::dns
