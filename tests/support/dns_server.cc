#include "tests/support/dns_server.hh"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <list>
#include <map>
#include <mutex>
#include <thread>

#include "tests/support/address.hh"
#include "tests/support/dns_message.hh"
#include "tests/support/fd.hh"

namespace test {
namespace {

using Clock = std::chrono::steady_clock;

/// A TCP client and what it has sent so far.
struct Client {
  Fd fd;
  std::string received;
};

/// A reply that waits for its time.
struct Pending {
  Clock::time_point due;
  Delivery what;
  Address to = {};           // over UDP
  Client* client = nullptr;  // over TCP
};

// An error is none of the server's: over UDP a reply may be lost anyhow, and TCP clients go when they like.
void send_datagram(const Fd& own, const Delivery& what, const Address& to) {
  Fd other;
  if (!what.from.empty()) {
    Address from = ip_address(what.from, what.from_port);
    other = Fd(socket(from.family(), SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (bind(other.get(), from.raw(), from.length) < 0) return;
  }
  int fd = other.valid() ? other.get() : own.get();
  [[maybe_unused]] ssize_t n = sendto(fd, what.bytes.data(), what.bytes.size(), 0, to.raw(), to.length);
}

void send_stream(const Fd& fd, const Delivery& what) {
  [[maybe_unused]] ssize_t n = send(fd.get(), what.bytes.data(), what.bytes.size(), MSG_NOSIGNAL);
  if (what.close) shutdown(fd.get(), SHUT_RDWR);
}

}  // namespace

struct DnsServer::State {
  Fd udp, tcp, stop;
  std::uint16_t port = 0;
  mutable std::mutex mutex;  // guards the next three
  std::map<std::string, std::vector<Record>> zone;
  std::map<std::pair<std::string, std::uint16_t>, Behaviour> behaviours;
  std::vector<Question> questions;
  // The thread's own.
  std::list<Client> clients;
  std::vector<Pending> pending;
  std::jthread thread;

  void open(const std::string& address, std::uint16_t wanted);
  bool bind_both(const std::string& address, std::uint16_t wanted);
  void serve();
  void send_due();
  int timeout() const;
  void read_udp();
  /// False when the client has gone.
  bool read_tcp(Client& client);
  void question(const std::string& message, const Address& from, Client* client);
  Behaviour behaviour_for(const std::string& name, std::uint16_t type) const;
  std::string answer(const dns::Query& query, const Behaviour& behaviour, const Question& asked) const;
  int look_up(const dns::Query& query, std::vector<dns::Answer>& answers) const;
};

bool DnsServer::State::bind_both(const std::string& address, std::uint16_t wanted) {
  Address where = ip_address(address, wanted);
  int on = 1;
  udp = Fd(socket(where.family(), SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  tcp = Fd(socket(where.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!udp.valid() || !tcp.valid()) fail_errno("socket");
  if (where.family() == AF_INET6) {
    for (const Fd* fd : {&udp, &tcp}) setsockopt(fd->get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  }
  setsockopt(tcp.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(udp.get(), where.raw(), where.length) < 0) fail_errno("bind the DNS server to " + address);
  port = local_address(udp.get()).port();
  where = ip_address(address, port);
  if (bind(tcp.get(), where.raw(), where.length) == 0 && listen(tcp.get(), 128) == 0) return true;
  if (wanted != 0 || errno != EADDRINUSE) fail_errno("bind the DNS server (TCP) to " + address);
  return false;
}

void DnsServer::State::open(const std::string& address, std::uint16_t wanted) {
  for (int tries = 0; !bind_both(address, wanted);) {  // the port was free for UDP alone: another one
    if (++tries == 50) fail("no port is free for both UDP and TCP");
  }
  stop = Fd(eventfd(0, EFD_CLOEXEC));
  if (!stop.valid()) fail_errno("eventfd");
}

void DnsServer::State::serve() {
  for (;;) {
    std::vector<pollfd> entries = {{stop.get(), POLLIN, 0}, {udp.get(), POLLIN, 0}, {tcp.get(), POLLIN, 0}};
    for (const Client& client : clients) entries.push_back({client.fd.get(), POLLIN, 0});
    if (poll(entries.data(), entries.size(), timeout()) < 0 && errno != EINTR) return;
    if (entries[0].revents != 0) return;
    auto entry = entries.begin() + 3;
    for (auto client = clients.begin(); client != clients.end(); ++entry) {
      bool stays = entry->revents == 0 || read_tcp(*client);
      if (!stays) std::erase_if(pending, [&](const Pending& reply) { return reply.client == &*client; });
      client = stays ? std::next(client) : clients.erase(client);
    }
    if (entries[1].revents != 0) read_udp();
    if (entries[2].revents != 0) {
      Fd accepted(accept4(tcp.get(), nullptr, nullptr, SOCK_CLOEXEC));
      int on = 1;
      setsockopt(accepted.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      if (!accepted.valid() && errno != EAGAIN) tcp.close();  // refuse_tcp()
      if (accepted.valid()) clients.push_back({std::move(accepted), {}});
    }
    send_due();
  }
}

int DnsServer::State::timeout() const {
  int result = -1;
  for (const Pending& reply : pending) {
    auto left = std::chrono::ceil<Duration>(reply.due - Clock::now()).count();
    int ms = left < 0 ? 0 : static_cast<int>(left);
    if (result < 0 || ms < result) result = ms;
  }
  return result;
}

void DnsServer::State::send_due() {
  Clock::time_point now = Clock::now();
  for (const Pending& reply : pending) {
    if (reply.due > now) continue;
    if (reply.client == nullptr) {
      send_datagram(udp, reply.what, reply.to);
    } else {
      send_stream(reply.client->fd, reply.what);
    }
  }
  std::erase_if(pending, [&](const Pending& reply) { return reply.due <= now; });
}

void DnsServer::State::read_udp() {
  char buffer[65536];
  Address from;
  ssize_t n = recvfrom(udp.get(), buffer, sizeof buffer, 0, from.raw(), &from.length);
  if (n >= 0) question(std::string(buffer, static_cast<size_t>(n)), from, nullptr);
}

bool DnsServer::State::read_tcp(Client& client) {
  char buffer[65536];
  ssize_t n = recv(client.fd.get(), buffer, sizeof buffer, MSG_DONTWAIT);
  if (n < 0) return errno == EAGAIN || errno == EINTR;
  if (n == 0) return false;
  client.received.append(buffer, static_cast<size_t>(n));
  while (client.received.size() >= 2) {
    auto byte = [&](size_t i) { return static_cast<size_t>(static_cast<unsigned char>(client.received[i])); };
    size_t length = byte(0) << 8 | byte(1);
    if (client.received.size() < 2 + length) break;
    question(client.received.substr(2, length), {}, &client);
    client.received.erase(0, 2 + length);
  }
  return true;
}

void DnsServer::State::question(const std::string& message, const Address& from, Client* client) {
  std::optional<dns::Query> query = dns::parse_query(message);
  if (!query) return;
  bool over_tcp = client != nullptr;
  Address peer = over_tcp ? peer_address(client->fd.get()) : from;
  std::lock_guard lock(mutex);
  questions.push_back({query->name, query->type, over_tcp, query->opt.has_value(), query->id, message,
                       peer.text(), peer.port()});
  Behaviour behaviour = behaviour_for(query->name, query->type);
  if (behaviour.silent || (over_tcp && behaviour.silent_over_tcp)) return;
  std::string reply = answer(*query, behaviour, questions.back());
  std::vector<Delivery> deliveries = {{over_tcp ? dns::framed(reply) : reply, behaviour.delay}};
  if (behaviour.script) deliveries = behaviour.script(reply, questions.back());
  for (Delivery& delivery : deliveries) {
    auto due = Clock::now() + delivery.delay;
    pending.push_back({due, std::move(delivery), from, client});
  }
}

Behaviour DnsServer::State::behaviour_for(const std::string& name, std::uint16_t type) const {
  for (const std::string& key : {dns::folded(name), std::string("*")}) {
    for (std::uint16_t number : {type, std::uint16_t{0}}) {
      auto found = behaviours.find({key, number});
      if (found != behaviours.end()) return found->second;
    }
  }
  return {};
}

int DnsServer::State::look_up(const dns::Query& query, std::vector<dns::Answer>& answers) const {
  std::string owner = query.name;
  for (;;) {
    auto records = zone.find(dns::folded(owner));
    if (records == zone.end()) return 3;  // NXDOMAIN, also of the end of a chain (RFC 6604)
    std::string next;
    for (const Record& record : records->second) {
      bool follow = record.type == type_cname && query.type != type_cname;
      if (follow) next = record.target;
      if (follow || record.type == query.type) answers.push_back({owner, record});
    }
    // Of a loop each link is told once, as honest servers do.
    bool seen = std::ranges::any_of(
        answers, [&](const dns::Answer& link) { return dns::folded(link.owner) == dns::folded(next); });
    if (next.empty() || seen) return 0;
    owner = next;
  }
}

std::string DnsServer::State::answer(const dns::Query& query, const Behaviour& behaviour,
                                     const Question& asked) const {
  dns::Message message = dns::reply_to(query);
  int found = look_up(query, message.answer);
  if (behaviour.rcode) message.answer.clear();
  message.flags |= static_cast<unsigned>(behaviour.rcode.value_or(found)) & 15;
  if (behaviour.edit) behaviour.edit(message, asked);
  std::string wire = message.wire();
  size_t limit = std::max<size_t>(query.opt ? query.opt->size : 512, 512);
  if (!asked.tcp && (behaviour.truncate || wire.size() > limit)) {
    message.flags |= dns::tc;
    for (auto* section : {&message.answer, &message.authority, &message.additional}) section->clear();
    wire = message.wire();
  }
  if (behaviour.wrong_id) wire[0] = static_cast<char>(wire[0] ^ 0x55);
  return behaviour.rewrite ? behaviour.rewrite(std::move(wire)) : wire;
}

DnsServer::DnsServer(const std::string& address, std::uint16_t port) : state_(std::make_unique<State>()) {
  state_->open(address, port);
  state_->thread = std::jthread([state = state_.get()] { state->serve(); });
}

DnsServer::~DnsServer() {
  std::uint64_t one = 1;
  [[maybe_unused]] ssize_t n = write(state_->stop.get(), &one, sizeof one);
  state_->thread.join();
}

std::uint16_t DnsServer::port() const {
  return state_->port;
}

void DnsServer::refuse_tcp() {
  // The listening socket leaves LISTEN at once; the thread closes it.
  shutdown(state_->tcp.get(), SHUT_RDWR);
}

void DnsServer::add(const std::string& name, Record record) {
  std::lock_guard lock(state_->mutex);
  state_->zone[dns::folded(name)].push_back(std::move(record));
}

void DnsServer::add_addresses(const std::string& name, const std::vector<std::string>& texts) {
  for (const std::string& text : texts) add(name, Record::address(text));
}

void DnsServer::behave(const std::string& name, Behaviour behaviour, std::uint16_t type) {
  std::lock_guard lock(state_->mutex);
  state_->behaviours[{dns::folded(name), type}] = std::move(behaviour);
}

std::vector<Question> DnsServer::questions() const {
  std::lock_guard lock(state_->mutex);
  return state_->questions;
}

void DnsServer::wait_asked(const std::string& name, std::uint16_t type, size_t count,
                           Duration timeout) const {
  wait_until(
      "the DNS server is asked for " + name,
      [&] {
        size_t seen = 0;
        for (const Question& asked : questions()) {
          bool same = dns::folded(asked.name) == dns::folded(name) && (type == 0 || type == asked.type);
          if (same) ++seen;
        }
        return seen >= count;
      },
      timeout);
}

}  // namespace test
