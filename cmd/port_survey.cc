#include "cmd/port_survey.hh"

#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <tuple>

#include "net/kern/users_db.hh"
#include "net/sock/capability.hh"

namespace cmd {
namespace {

using net::kern::DiagProtocol;
using net::kern::PortRange;
using net::kern::SocketEntry;
using net::kern::SocketState;

/// Above this all services are read at once: each single one reads the file anew.
constexpr std::size_t many_ports = 64;

DiagProtocol diag_protocol(net::Transport transport) {
  return transport.type == SOCK_DGRAM ? DiagProtocol::udp : DiagProtocol::tcp;
}

/// Where a socket stands among all.
auto place(const SocketEntry& socket) {
  return std::tuple(socket.protocol, socket.local.port());
}

/// Which ports of which protocol were named.
class Wanted {
 public:
  explicit Wanted(std::span<const PortSpan> spans) {
    for (const PortSpan& span : spans) {
      auto& ports = ports_[diag_protocol(span.transport)];
      ports.resize(UINT16_MAX + 1U);
      for (std::uint32_t port = span.ports.first; port <= span.ports.last; ++port) {
        if (!ports[port]) ++count_;
        ports[port] = true;
        bounds_ = {std::min(bounds_.first, span.ports.first), std::max(bounds_.last, span.ports.last)};
      }
    }
  }
  [[nodiscard]] bool has(const SocketEntry& socket) const {
    const auto found = ports_.find(socket.protocol);
    // Sockets without a port are none that hold port 0.
    return socket.local.port() != 0 && found != ports_.end() && found->second[socket.local.port()];
  }
  [[nodiscard]] net::kern::SocketQuery query() const {
    net::kern::SocketQuery query;
    query.protocols.clear();
    for (const auto& [protocol, ports] : ports_) query.protocols.push_back(protocol);
    if (bounds_.first > 0 || bounds_.last < UINT16_MAX) query.local_ports = bounds_;
    return query;
  }
  [[nodiscard]] bool has_tcp() const { return ports_.contains(DiagProtocol::tcp); }
  [[nodiscard]] std::size_t count() const { return count_; }

 private:
  std::map<DiagProtocol, std::vector<bool>> ports_{};
  PortRange bounds_{UINT16_MAX, 0};
  std::size_t count_ = 0;
};

bool is_listener(const SocketEntry& socket) {
  return socket.state == SocketState::listen ||
         (socket.state == SocketState::close && socket.protocol == DiagProtocol::udp);
}

bool is_bound_only(const SocketEntry& socket) {
  return socket.state == SocketState::close && socket.protocol == DiagProtocol::tcp;
}

/// In the order that PortFacts promises.
std::vector<PortHolder> in_order(std::vector<PortHolder> connected) {
  std::array<std::vector<PortHolder>, 3> ranks;
  std::set<std::pair<pid_t, uid_t>> seen;
  for (PortHolder& holder : connected) {
    const auto who = std::pair(holder.process ? holder.process->pid : 0, holder.socket.uid);
    const std::size_t rank = holder.socket.inode == 0 ? 2 : seen.insert(who).second ? 0 : 1;
    ranks.at(rank).push_back(std::move(holder));
  }
  auto& ordered = ranks.front();
  for (auto* rest : {&ranks[1], &ranks[2]}) std::ranges::move(*rest, std::back_inserter(ordered));
  return std::move(ordered);
}

}  // namespace

net::Result<PortSurvey> PortSurvey::take(std::span<const PortSpan> spans) {
  const Wanted wanted(spans);
  auto sockets = net::kern::find_sockets(wanted.query());
  if (!sockets) return std::unexpected(sockets.error());
  std::erase_if(*sockets, [&wanted](const SocketEntry& socket) { return !wanted.has(socket); });
  PortSurvey survey;
  survey.sockets_ = std::move(*sockets);
  std::ranges::sort(survey.sockets_, {}, [](const SocketEntry& socket) {
    return std::tuple_cat(place(socket), std::tuple(socket.local.family(), socket.inode));
  });
  survey.find_holders();
  if (wanted.count() > many_ports) survey.services_ = net::kern::all_services();
  survey.policy_ = net::kern::port_policy();
  survey.may_bind_privileged_ = net::has_capability("CAP_NET_BIND_SERVICE");
  survey.bound_only_known_ = wanted.has_tcp() && (std::ranges::any_of(survey.sockets_, is_bound_only) ||
                                                  net::kern::lists_bound_only());
  return survey;
}

void PortSurvey::find_holders() {
  std::vector<std::uint64_t> inodes;
  for (const SocketEntry& socket : sockets_) {
    if (socket.inode != 0) inodes.push_back(socket.inode);
  }
  holders_ = net::kern::holders_of_sockets(inodes);
  for (const SocketEntry& socket : sockets_) {
    if (socket.inode == 0 || users_.contains(socket.uid)) continue;
    users_.emplace(socket.uid, net::kern::user_name(socket.uid).value_or(std::to_string(socket.uid)));
  }
}

std::span<const SocketEntry> PortSurvey::on(net::Transport transport, PortRange ports) const {
  const DiagProtocol protocol = diag_protocol(transport);
  const auto first = std::ranges::lower_bound(sockets_, std::tuple(protocol, ports.first), {}, place);
  const auto last = std::ranges::upper_bound(sockets_, std::tuple(protocol, ports.last), {}, place);
  return {first, last};
}

PortHolder PortSurvey::holder(const SocketEntry& socket) const {
  PortHolder holder{socket, {}, {}};
  if (const auto found = holders_.find(socket.inode); found != holders_.end()) {
    holder.process = found->second.process;
  }
  if (socket.inode != 0) holder.user = users_.at(socket.uid);
  return holder;
}

void PortSurvey::add_socket(PortFacts& facts, const SocketEntry& socket) const {
  ++facts.states[socket.state];
  if (is_listener(socket)) {
    facts.listeners.push_back(holder(socket));
  } else if (is_bound_only(socket)) {
    facts.bound_only.push_back(holder(socket));
  } else if (socket.state == SocketState::time_wait) {
    facts.last_expiry = std::max(facts.last_expiry, socket.timer);
  } else {
    facts.connected.push_back(holder(socket));
  }
}

std::optional<net::kern::Service> PortSurvey::service(const PortFacts& facts) const {
  if (!services_) return net::kern::service_of_port(facts.port, facts.transport.name());
  const auto found = services_->find({facts.port, std::string(facts.transport.name())});
  if (found == services_->end()) return std::nullopt;
  return found->second;
}

net::Result<PortFacts> PortSurvey::facts(net::Transport transport, std::uint16_t port, bool probe) const {
  PortFacts facts;
  facts.port = port;
  facts.transport = transport;
  facts.service = service(facts);
  facts.policy = policy_;
  facts.may_bind_privileged = may_bind_privileged_;
  facts.bound_only_known = bound_only_known_ || transport.type == SOCK_DGRAM;
  bool tied = false;
  for (const SocketEntry& socket : on(transport, {port, port})) {
    add_socket(facts, socket);
    tied = tied || socket.interface != 0;
  }
  facts.connected = in_order(std::move(facts.connected));
  if (!probe) return facts;
  auto answers = net::probe_bind(transport, port, tied);
  if (!answers) return std::unexpected(answers.error());
  facts.probe = *answers;
  return facts;
}

std::vector<std::uint16_t> PortSurvey::listening(const PortSpan& span) const {
  std::vector<std::uint16_t> ports;
  for (const SocketEntry& socket : on(span.transport, span.ports)) {
    if (is_listener(socket) && (ports.empty() || ports.back() != socket.local.port())) {
      ports.push_back(socket.local.port());
    }
  }
  return ports;
}

}  // namespace cmd
