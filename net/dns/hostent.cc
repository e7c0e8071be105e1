#include "net/dns/hostent.hh"

// Debian 13's c-ares marks the interface that both it and Debian 12's have as old.
#define CARES_NO_DEPRECATED
#include <ares.h>
#include <netinet/in.h>
#include <sys/time.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <memory>
#include <utility>

#include "net/dns/config.hh"
#include "net/dns/status.hh"
#include "net/sock/socket.hh"

namespace net::dns {
namespace {

/// A c-ares channel whose sockets are ours and whose waiting is the Reactor's. One question at a time.
class Channel {
 public:
  /// `lookups` as in ares_init_options(3): "f" the hosts file, "b" DNS.
  Channel(Reactor& reactor, const char* lookups);
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
  ~Channel() { ares_destroy(channel_); }

  /// Asks; the hosts file answers before this returns (done()).
  void ask(const std::string& host, int family);
  [[nodiscard]] bool done() const { return done_; }
  Task<> finish();
  /// What came back, by family.
  [[nodiscard]] std::vector<Endpoint> addresses(int family) const;
  [[nodiscard]] std::error_code error() const;
  [[nodiscard]] const std::optional<Endpoint>& answered_by() const { return answered_by_; }

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
  static void answered(void* user, int status, int timeouts, ares_addrinfo* result);
  void process();

  Reactor& reactor_;
  Event activity_;
  ares_channel channel_ = nullptr;
  std::map<int, Connection> connections_;
  std::vector<Endpoint> addresses_;
  int status_ = ARES_SUCCESS;
  std::optional<int> rcode_;
  std::error_code local_failure_;  ///< why a server could not even be sent to
  std::optional<Endpoint> answered_by_;
  bool received_ = false;
  bool done_ = false;
};

Channel::Channel(Reactor& reactor, const char* lookups) : reactor_(reactor), activity_(reactor) {
  ares_options options{};
  options.flags = ARES_FLAG_EDNS;
  // What passes every path without fragments (DNS flag day 2020).
  options.ednspsz = 1232;
  options.lookups = const_cast<char*>(lookups);
  const Patience patience = read_patience("/etc/resolv.conf");
  options.timeout = patience.timeout_s * 1000;
  options.tries = patience.tries;
  const int mask = ARES_OPT_FLAGS | ARES_OPT_EDNSPSZ | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS;
  if (ares_init_options(&channel_, &options, mask) != ARES_SUCCESS) throw std::bad_alloc();
  static const ares_socket_functions ours{open_socket, close_socket, connect_socket, receive, send};
  ares_set_socket_functions(channel_, &ours, this);
}

ares_socket_t Channel::open_socket(int domain, int type, int protocol, void* user) {
  auto socket = Socket::open(domain, type, protocol);
  if (!socket) {
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
  if (got <= 0) return got;
  Channel& channel = self(user);
  channel.received_ = true;
  constexpr ares_ssize_t header = 12;
  if (got >= header) {
    // c-ares 1.18 reports SERVFAIL and REFUSED as "could not contact": the header (RFC 1035, 4.1.1) knows.
    channel.rcode_ = static_cast<unsigned char*>(into)[3] & 0x0f;
    channel.answered_by_ = channel.connections_.at(fd).server;
  }
  return got;
}

ares_ssize_t Channel::send(ares_socket_t fd, const iovec* parts, int count, void* /*user*/) {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(parts);
  message.msg_iovlen = static_cast<std::size_t>(count);
  return sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void Channel::answered(void* user, int status, int /*timeouts*/, ares_addrinfo* result) {
  Channel& channel = self(user);
  channel.done_ = true;
  channel.status_ = status;
  if (result == nullptr) return;
  for (const ares_addrinfo_node* node = result->nodes; node != nullptr; node = node->ai_next) {
    channel.addresses_.push_back(
        Endpoint::from_bytes(node->ai_addr, static_cast<socklen_t>(node->ai_addrlen)).with_port(0));
  }
  ares_freeaddrinfo(result);
}

void Channel::ask(const std::string& host, int family) {
  ares_addrinfo_hints hints{};
  // Sorting (RFC 6724) is dial/order's, which knows the source address that was asked for.
  hints.ai_flags = ARES_AI_NOSORT;
  hints.ai_family = family;
  ares_getaddrinfo(channel_, host.c_str(), nullptr, &hints, answered, this);
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

std::vector<Endpoint> Channel::addresses(int family) const {
  std::vector<Endpoint> out;
  std::ranges::copy_if(addresses_, std::back_inserter(out),
                       [family](const Endpoint& address) { return address.family() == family; });
  return out;
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
  if (status_ == ARES_ECONNREFUSED && rcode_ && *rcode_ >= 1 && *rcode_ <= 5) {
    return static_cast<Status>(*rcode_);
  }
  if (status_ == ARES_ECONNREFUSED && !rcode_ && local_failure_) return local_failure_;
  const auto* row = std::ranges::find(rows, status_, &Row::cares);
  return row != rows.end() ? row->status : Status::server_failure;
}

/// The order that c-ares read from nsswitch.conf or host.conf: "fb" unless they say otherwise.
std::string configured_order() {
  ares_channel channel = nullptr;
  if (ares_init(&channel) != ARES_SUCCESS) return "fb";
  ares_options options{};
  int mask = 0;
  std::string order = "fb";
  if (ares_save_options(channel, &options, &mask) == ARES_SUCCESS) {
    if ((mask & ARES_OPT_LOOKUPS) != 0 && options.lookups != nullptr) order = options.lookups;
    ares_destroy_options(&options);
  }
  ares_destroy(channel);
  return order;
}

bool in_hosts_file(const std::string& host) {
  ares_channel channel = nullptr;
  if (ares_init(&channel) != ARES_SUCCESS) return false;
  bool found = false;
  for (const int family : {AF_INET, AF_INET6}) {
    hostent* entry = nullptr;
    if (ares_gethostbyname_file(channel, host.c_str(), family, &entry) != ARES_SUCCESS) continue;
    found = true;
    ares_free_hostent(entry);
  }
  ares_destroy(channel);
  return found;
}

Task<Answer> ask_server(Reactor& reactor, std::string host, int family) {
  const TimePoint begin = reactor.now();
  Channel channel(reactor, "b");
  channel.ask(host, family);
  co_await channel.finish();
  Answer answer;
  answer.host = host;
  answer.family = family;
  answer.addresses = channel.addresses(family);
  answer.source = Source::dns;
  answer.server = channel.answered_by();
  if (answer.addresses.empty()) answer.error.emplace("resolve", host, channel.error());
  answer.time = reactor.now() - begin;
  co_return answer;
}

}  // namespace

std::string_view source_name(Source source) {
  constexpr std::array<std::string_view, 4> names{"hosts", "dns", "literal", "builtin"};
  return names.at(static_cast<std::size_t>(source));
}

HostLookup::HostLookup(Reactor& reactor, std::string host, int family)
    : reactor_(reactor),
      host_(std::move(host)),
      stages_(is_localhost(host_) ? "fl" : configured_order()),
      asking_(reactor) {
  if (family != AF_INET) families_.push_back(AF_INET6);
  if (family != AF_INET6) families_.push_back(AF_INET);
}

void HostLookup::ask_hosts_file() {
  const TimePoint begin = reactor_.now();
  // c-ares makes localhost up when the file lacks it; that is told as what it is, below.
  if (is_localhost(host_) && !in_hosts_file(lower_case(host_))) return;
  Channel channel(reactor_, "f");
  channel.ask(is_localhost(host_) ? lower_case(host_) : host_, AF_UNSPEC);
  if (!channel.done()) return;
  for (const int family : families_)
    offer(family, channel.addresses(family), Source::hosts, reactor_.now() - begin);
}

void HostLookup::offer(int family, std::vector<Endpoint> addresses, Source source, Duration time) {
  if (addresses.empty()) return;
  Answer answer;
  answer.host = host_;
  answer.family = family;
  answer.addresses = std::move(addresses);
  answer.source = source;
  answer.time = time;
  ready_.push_back(std::move(answer));
  found_ = true;
}

void HostLookup::answer_localhost() {
  const Endpoint v4 = Endpoint::ipv4(std::array<std::uint8_t, 4>{127, 0, 0, 1}, 0);
  const Endpoint v6 =
      Endpoint::ipv6(std::array<std::uint8_t, 16>{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 0);
  for (const int family : families_)
    offer(family, {family == AF_INET ? v4 : v6}, Source::builtin, Duration::zero());
}

Task<std::optional<Answer>> HostLookup::next() {
  for (;;) {
    if (!ready_.empty()) {
      Answer answer = std::move(ready_.front());
      ready_.pop_front();
      co_return answer;
    }
    if (!asking_.empty()) {
      Answer answer = co_await asking_.next();
      found_ = found_ || !answer.error;
      co_return answer;
    }
    if (found_ || stages_.empty()) co_return std::nullopt;
    const char stage = stages_.front();
    stages_.erase(0, 1);
    if (stage == 'f') {
      ask_hosts_file();
    } else if (stage == 'l') {
      answer_localhost();
    } else {
      for (const int family : families_) asking_.add(ask_server(reactor_, host_, family));
    }
    // Neither the file nor DNS is to be asked any more, and nobody has said so.
    if (ready_.empty() && asking_.empty() && stages_.empty()) {
      Answer none;
      none.host = host_;
      none.source = Source::hosts;
      none.error.emplace("resolve", host_, Status::no_such_name);
      co_return none;
    }
  }
}

std::string resolver_library_version() {
  return std::string("c-ares ") + ares_version(nullptr);
}

}  // namespace net::dns
