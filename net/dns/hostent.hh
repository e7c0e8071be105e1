#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/base/error.hh"
#include "net/dns/hosts.hh"
#include "net/dns/nsswitch.hh"
#include "net/loop/group.hh"
#include "net/sock/endpoint.hh"

namespace net::dns {

/// Where the addresses of a name came from.
enum class Source : std::uint8_t { hosts, dns, literal, builtin };
[[nodiscard]] std::string_view source_name(Source source);

/// What the C library takes for an address and so never looks up: 192.0.2.1, 2001:db8::1, and the forms of
/// inet_aton(3): 127.1, 0x7f.1, 0177.0.0.1.
[[nodiscard]] std::optional<Endpoint> literal_address(const std::string& text);

/// What one address family of a name has, in the words of struct hostent (gethostbyname(3)).
struct Answer {
  std::string host;  ///< as it was asked for
  int family = AF_UNSPEC;
  std::string official_name{};         ///< h_name: the end of a CNAME chain; without a final dot
  std::vector<std::string> aliases{};  ///< h_aliases: the chain before it, in its order; of the hosts file
                                       ///< the other names of the line
  std::vector<Endpoint> addresses{};   ///< in the order of the source, port 0
  Source source = Source::dns;
  std::optional<Endpoint> server{};  ///< that answered, for Source::dns
  std::optional<Error> error{};      ///< then there are no addresses
  Duration time{};
};

/// The answers of one service after the other for one family, as glibc adds them up. It can merge groups and
/// nothing else: with [SUCCESS=merge] an answer stands if the next service has none, and both are lost if it
/// has one.
class Merge {
 public:
  /// What the look-up has come to, now that `service` has said this.
  [[nodiscard]] Answer after(const NssService& service, Answer said);
  /// An answer waits for what the next service has.
  [[nodiscard]] bool waits() const { return held_.has_value(); }

 private:
  std::optional<Answer> held_;
};

/// Looks a name up as programs do: the hosts file, then servers and search list of resolv.conf, in the order
/// that nsswitch.conf says and as far as it lets them (other services than files, dns and resolve are passed
/// over as if they were not installed). Each family is its own question, asked at the same time; a name that
/// the hosts file has in one of the families asked for is not asked for in DNS. With [SUCCESS=continue] a
/// later service's word stands in place of an earlier one's. AAAA is not asked for where resolv.conf has
/// no-aaaa.
/// Addresses, also in the forms of inet_aton(3), are answered at once, of whatever family they are; what
/// cannot be the name of a host is an error (Status::bad_name), and localhost is known (RFC 6761, 6.3): none
/// of these is ever sent.
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
  [[nodiscard]] bool answer_at_once();
  void offer(int family, HostsEntry entry, Source source, Duration time);
  void refuse(std::error_code code, Source source, std::string detail = {});
  /// Nobody had anything to say.
  void refuse_at_the_end();
  void begin_service(const std::string& service);
  void ask_hosts_file();
  void ask_dns(bool aaaa);
  /// Makes ready what the service that was asked last has said, unless others may still change it.
  void take(Answer said);
  /// Whether the service that was asked last has ended the search (nsswitch.conf(5)).
  [[nodiscard]] bool ends_here() const;

  Reactor& reactor_;
  std::string host_;
  std::vector<int> families_;
  std::vector<NssService> services_;  ///< that can be asked
  std::string why_nobody_;            ///< where there are none
  std::map<int, Merge> merges_;       ///< by family
  std::size_t next_service_ = 0;
  NssStatus status_ = NssStatus::not_found;  ///< of the service that was asked last
  bool answered_ = false;                    ///< somebody has said something
  std::deque<Answer> ready_;
  Group<Answer> asking_;
};

/// The names of an address: those of its first line in the hosts file, or its PTR records, in the order of
/// nsswitch.conf. The first is the official name and the others are aliases; `addresses` is the address.
Task<Answer> look_up_address(Reactor& reactor, Endpoint address);

}  // namespace net::dns
