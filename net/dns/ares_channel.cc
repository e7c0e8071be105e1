#include "net/dns/ares_channel.hh"

// Debian 13's c-ares marks the interface that both it and Debian 12's have as old.
#define CARES_NO_DEPRECATED
#include <ares.h>
#include <netdb.h>  // struct hostent, which older ares.h only names
#include <netinet/in.h>
#include <sys/time.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "net/dns/config.hh"
#include "net/dns/status.hh"
#include "net/loop/group.hh"
#include "net/sock/socket.hh"

namespace net::dns {
namespace {

/// A c-ares channel whose sockets are ours and whose waiting is the Reactor's. One question at a time.
class Channel {
 public:
  explicit Channel(Reactor& reactor);
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
  ~Channel() { ares_destroy(channel_); }

  void ask(const std::string& host, int family);
  void ask(const Endpoint& address);
  /// Waits for what was asked for.
  Task<> finish();
  [[nodiscard]] AresReply take_reply();

 private:
  struct Connection {
    Socket socket;
    Endpoint server{};
    std::unique_ptr<Watch> watch{};
  };

  static Channel& self(void* user) { return *static_cast<Channel*>(user); }
  static ares_socket_t open_socket(int domain, int type, int protocol, void* user);
  static int close_socket(ares_socket_t fd, void* user);
  static int connect_socket(ares_socket_t fd, const sockaddr* address, ares_socklen_t length, void* user);
  static ares_ssize_t receive(ares_socket_t fd, void* into, size_t size, int flags, sockaddr* from,
                              ares_socklen_t* length, void* user);
  static ares_ssize_t send(ares_socket_t fd, const iovec* parts, int count, void* user);
  static void addresses_came(void* user, int status, int timeouts, ares_addrinfo* result);
  static void names_came(void* user, int status, int timeouts, hostent* result);
  void take_names(const ares_addrinfo& result);
  [[nodiscard]] std::error_code error() const;
  [[nodiscard]] std::error_code seen_failure() const;
  void process();
  void use_servers(const std::vector<Endpoint>& servers);

  Reactor& reactor_;
  Event activity_;
  ares_channel channel_ = nullptr;
  std::map<int, Connection> connections_;
  AresReply reply_;
  int status_ = ARES_SUCCESS;
  std::optional<int> rcode_;
  std::error_code local_failure_;   ///< why a server could not even be sent to
  std::error_code socket_failure_;  ///< how a conversation ended: ICMP, a reset
  bool of_address_ = false;
  bool received_ = false;
  bool done_ = false;
};

Channel::Channel(Reactor& reactor) : reactor_(reactor), activity_(reactor) {
  // c-ares reads resolv.conf itself; these two options of it only since 1.22.
  const ResolverConfig config = read_resolver_config();
  std::array<char, 2> dns_alone{"b"};
  ares_options options{};
  options.flags = ARES_FLAG_EDNS | ARES_FLAG_NOSEARCH;
  // What passes every path without fragments (DNS flag day 2020).
  options.ednspsz = 1232;
  options.lookups = dns_alone.data();
  options.timeout = static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(config.timeout).count());
  options.tries = config.tries;
  const int mask = ARES_OPT_FLAGS | ARES_OPT_EDNSPSZ | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS;
  if (ares_init_options(&channel_, &options, mask) != ARES_SUCCESS) throw std::bad_alloc();
  static const ares_socket_functions ours{open_socket, close_socket, connect_socket, receive, send};
  ares_set_socket_functions(channel_, &ours, this);
  use_servers(config.servers);
}

void Channel::use_servers(const std::vector<Endpoint>& servers) {
  // c-ares reads them itself, with the interface of a link-local one; but it waits for 0.0.0.0 to answer.
  if (std::ranges::any_of(servers, &Endpoint::is_link_local)) return;
  std::string list;
  for (const Endpoint& server : servers) list += (list.empty() ? "" : ",") + server.text();
  if (ares_set_servers_ports_csv(channel_, list.c_str()) != ARES_SUCCESS) throw std::bad_alloc();
}

ares_socket_t Channel::open_socket(int domain, int type, int protocol, void* user) {
  auto socket = Socket::open(domain, type, protocol);
  if (!socket) {
    self(user).local_failure_ = socket.error().code;
    errno = socket.error().code.value();
    return ARES_SOCKET_BAD;
  }
  const int fd = socket->fd();
  self(user).connections_.emplace(fd, Connection{std::move(*socket)});
  return fd;
}

int Channel::close_socket(ares_socket_t fd, void* user) {
  const auto found = self(user).connections_.find(fd);
  // The Watch first: it must leave epoll before the number can be used again.
  if (found != self(user).connections_.end()) found->second.watch.reset();
  self(user).connections_.erase(fd);
  return 0;
}

int Channel::connect_socket(ares_socket_t fd, const sockaddr* address, ares_socklen_t length, void* user) {
  Channel& channel = self(user);
  Connection& connection = channel.connections_.at(fd);
  connection.server = Endpoint::from_bytes(address, length);
  const int answer = ::connect(fd, address, length);
  const int reason = errno;
  connection.watch = std::make_unique<Watch>(channel.reactor_, fd, channel.activity_, channel.activity_);
  if (answer < 0 && reason != EINPROGRESS) channel.local_failure_ = errno_code(reason);
  errno = reason;
  return answer;
}

ares_ssize_t Channel::receive(ares_socket_t fd, void* into, size_t size, int flags, sockaddr* from,
                              ares_socklen_t* length, void* user) {
  const ares_ssize_t got = recvfrom(fd, into, size, flags | MSG_DONTWAIT, from, length);
  Channel& channel = self(user);
  if (got < 0 && !would_block(errno_code())) {
    const int reason = errno;
    channel.socket_failure_ = errno_code(reason);
    errno = reason;
  }
  if (got <= 0) return got;
  channel.received_ = true;
  constexpr ares_ssize_t header = 12;
  if (got >= header) {
    // c-ares 1.18 reports SERVFAIL and REFUSED as "could not contact": the header (RFC 1035, 4.1.1) knows.
    channel.rcode_ = static_cast<unsigned char*>(into)[3] & 0x0f;
    channel.reply_.server = channel.connections_.at(fd).server;
  }
  return got;
}

ares_ssize_t Channel::send(ares_socket_t fd, const iovec* parts, int count, void* /*user*/) {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(parts);
  message.msg_iovlen = static_cast<std::size_t>(count);
  return sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void Channel::ask(const std::string& host, int family) {
  ares_addrinfo_hints hints{};
  // Sorting (RFC 6724) is dial/order's, which knows the source address that was asked for.
  hints.ai_flags = ARES_AI_NOSORT;
  hints.ai_family = family;
  ares_getaddrinfo(channel_, host.c_str(), nullptr, &hints, addresses_came, this);
}

void Channel::ask(const Endpoint& address) {
  of_address_ = true;
  const auto bytes = address.address_bytes();
  ares_gethostbyaddr(channel_, bytes.data(), static_cast<int>(bytes.size()), address.family(), names_came,
                     this);
}

void Channel::addresses_came(void* user, int status, int /*timeouts*/, ares_addrinfo* result) {
  Channel& channel = self(user);
  channel.done_ = true;
  channel.status_ = status;
  if (result == nullptr) return;
  for (const ares_addrinfo_node* node = result->nodes; node != nullptr; node = node->ai_next) {
    channel.reply_.addresses.push_back(
        Endpoint::from_bytes(node->ai_addr, static_cast<socklen_t>(node->ai_addrlen)).with_port(0));
  }
  channel.take_names(*result);
  ares_freeaddrinfo(result);
}

void Channel::take_names(const ares_addrinfo& result) {
  // Records may stand in any order, and the versions disagree about `name`: 1.18 has the question there, 1.34
  // the last target read. So the chain begins with the alias that is nobody's target.
  std::map<std::string, const ares_addrinfo_cname*> links;
  for (const ares_addrinfo_cname* link = result.cnames; link != nullptr; link = link->next) {
    if (link->alias != nullptr && link->name != nullptr) links.emplace(lower_case(link->alias), link);
  }
  std::set<std::string> targets;
  for (const auto& link : links) targets.insert(lower_case(link.second->name));
  std::string name = result.name == nullptr ? "" : result.name;
  for (const auto& link : links) {
    if (!targets.contains(link.first)) name = link.second->alias;
  }
  // Each link is followed once, so a loop ends.
  for (auto next = links.find(lower_case(name)); next != links.end(); next = links.find(lower_case(name))) {
    reply_.aliases.push_back(name);
    name = next->second->name;
    links.erase(next);
  }
  reply_.official_name = name.size() > 1 && name.ends_with('.') ? name.substr(0, name.size() - 1) : name;
}

void Channel::names_came(void* user, int status, int /*timeouts*/, hostent* result) {
  Channel& channel = self(user);
  channel.done_ = true;
  channel.status_ = status;
  if (status != ARES_SUCCESS || result == nullptr) return;
  // All PTR names are among the aliases, in their order; the name itself is the last of them, where the C
  // library takes the first.
  for (char** alias = result->h_aliases; alias != nullptr && *alias != nullptr; ++alias)
    channel.reply_.aliases.emplace_back(*alias);
  std::vector<std::string>& names = channel.reply_.aliases;
  if (names.empty()) names.emplace_back(result->h_name == nullptr ? "" : result->h_name);
  channel.reply_.official_name = std::move(names.front());
  names.erase(names.begin());
}

void Channel::process() {
  // Edge-triggered readiness: go on until nothing more is received. Sockets come and go meanwhile.
  do {
    received_ = false;
    std::vector<int> fds;
    fds.reserve(connections_.size());
    for (const auto& [fd, connection] : connections_) fds.push_back(fd);
    for (const int fd : fds) {
      if (connections_.contains(fd)) ares_process_fd(channel_, fd, fd);
    }
  } while (received_ && !done_);
  ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

Task<> Channel::finish() {
  while (!done_) {
    timeval span{};
    const timeval* const limit = ares_timeout(channel_, nullptr, &span);
    const TimePoint when = limit == nullptr ? TimePoint::max()
                                            : reactor_.now() + std::chrono::seconds(limit->tv_sec) +
                                                  std::chrono::microseconds(limit->tv_usec);
    static_cast<void>(co_await wait_until(reactor_, activity_, when));
    activity_.reset();
    process();
  }
}

std::error_code Channel::seen_failure() const {
  constexpr int no_error = 0;
  if (rcode_ && *rcode_ >= 1 && *rcode_ <= 5) return static_cast<Status>(*rcode_);
  if (rcode_ == no_error && status_ == ARES_ENOTFOUND) return Status::no_data;
  // Answered by UDP, cut, and then TCP failed.
  if (rcode_ == no_error) return socket_failure_ ? socket_failure_ : errno_code(ECONNRESET);
  if (local_failure_) return local_failure_;
  return socket_failure_ || status_ == ARES_ECONNREFUSED ? Status::unreachable : Status::timed_out;
}

std::error_code Channel::error() const {
  struct Row {
    int cares;
    Status status;
  };
  constexpr std::array<Row, 12> rows{{{ARES_ENODATA, Status::no_data},
                                      {ARES_EFORMERR, Status::format_error},
                                      {ARES_ESERVFAIL, Status::server_failure},
                                      {ARES_ENOTFOUND, Status::no_such_name},
                                      {ARES_ENOTIMP, Status::not_implemented},
                                      {ARES_EREFUSED, Status::refused},
                                      {ARES_EBADRESP, Status::malformed},
                                      {ARES_EBADNAME, Status::bad_name},
                                      {ARES_ETIMEOUT, Status::timed_out},
                                      {ARES_ECONNREFUSED, Status::unreachable},
                                      {ARES_ESERVICE, Status::malformed},
                                      {ARES_ENONAME, Status::no_such_name}}};
  // c-ares says "could not contact" of every server that refuses or fails, and of an address whatever
  // happened that there is no such name: what came over the wire knows better.
  if (status_ == ARES_ECONNREFUSED || (status_ == ARES_ENOTFOUND && of_address_)) return seen_failure();
  const auto* row = std::ranges::find(rows, status_, &Row::cares);
  return row != rows.end() ? row->status : Status::server_failure;
}

AresReply Channel::take_reply() {
  if (status_ != ARES_SUCCESS) reply_.error = error();
  return std::move(reply_);
}

}  // namespace

Task<AresReply> ask_addresses(Reactor& reactor, std::string name, int family) {
  Channel channel(reactor);
  channel.ask(name, family);
  co_await channel.finish();
  AresReply reply = channel.take_reply();
  std::erase_if(reply.addresses, [family](const Endpoint& address) { return address.family() != family; });
  if (reply.addresses.empty() && !reply.error) reply.error = Status::no_data;
  co_return reply;
}

Task<AresReply> ask_names(Reactor& reactor, Endpoint address) {
  Channel channel(reactor);
  channel.ask(address);
  co_await channel.finish();
  co_return channel.take_reply();
}

std::string resolver_library_version() {
  return std::string("c-ares ") + ares_version(nullptr);
}

}  // namespace net::dns
