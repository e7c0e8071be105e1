#include "net/dns/trace.hh"

#include <algorithm>
#include <utility>

#include "net/base/text.hh"
#include "net/dns/reply.hh"

namespace net::dns {
namespace {

constexpr std::uint16_t dns_port = 53;
// A name has at most 127 labels; nobody delegates at each.
constexpr int max_steps = 32;
// Addresses of servers are looked up by a trace of their own, which may need another one.
constexpr int max_depth = 3;
// Of one zone: nobody has more.
constexpr std::size_t max_servers = 16;
// In all: delegations to servers that must be found by way of further such delegations multiply (NXNSAttack).
constexpr int max_questions = 200;
constexpr auto too_long = "not asked: the walk has reached its limit of 200 questions";

bool is_address(Type type) {
  return type == Type::A || type == Type::AAAA;
}

/// An address record's data, or nothing when it is none.
std::optional<Endpoint> address_in(const Message& message, const Record& record) {
  const ByteView data = message.data(record).bytes();
  if (record.type == Type::A && data.size() == 4) return Endpoint::ipv4(data.first<4>(), dns_port);
  if (record.type == Type::AAAA && data.size() == 16) return Endpoint::ipv6(data.first<16>(), dns_port);
  return std::nullopt;
}

std::vector<Endpoint> addresses_for(const Message& message, const std::vector<Record>& section,
                                    const Name& name, int family) {
  std::vector<Endpoint> out;
  for (const Record& record : section) {
    if (!is_address(record.type) || !(record.owner == name)) continue;
    const auto address = address_in(message, record);
    if (address && (family == AF_UNSPEC || address->family() == family)) out.push_back(*address);
  }
  return out;
}

/// The zone below `zone`, on the way to `name`, that the reply delegates to.
std::optional<Name> delegated_zone(const Message& reply, const Name& zone, const Name& name) {
  if (!reply.answer.empty() || reply.rcode() != 0 || reply.flags.aa) return std::nullopt;
  for (const Record& record : reply.authority) {
    const bool below = record.owner.is_within(zone) && !(record.owner == zone);
    if (record.type == Type::NS && below && name.is_within(record.owner)) return record.owner;
  }
  return std::nullopt;
}

/// Those whose addresses are known first: the others cost a walk of their own.
std::vector<NameServer> glue_first(const std::vector<NameServer>& servers) {
  std::vector<NameServer> out;
  for (const bool glue : {true, false}) {
    std::ranges::copy_if(servers, std::back_inserter(out),
                         [glue](const NameServer& server) { return server.glue == glue; });
  }
  return out;
}

}  // namespace

Trace::Trace(Reactor& reactor, QuerySpec spec, QueryOptions options, int family)
    : reactor_(reactor),
      spec_(std::move(spec)),
      options_(std::move(options)),
      family_(family),
      roots_(options_.servers),
      questions_left_(std::make_shared<int>(max_questions)) {
  spec_.recurse = false;
  NameServer root;
  for (const Endpoint& address : roots_) {
    if (family == AF_UNSPEC || address.family() == family) root.addresses.push_back(address);
  }
  root.glue = true;
  servers_.push_back(std::move(root));
}

bool Trace::believes(const TraceStep& step, const Message& reply, std::string& why) const {
  if (reply.flaw) {
    why = "malformed reply: " + reply.flaw->what;
  } else if (reply.rcode() != 0 && static_cast<Status>(reply.rcode()) != Status::no_such_name) {
    why = rcode_text(reply.rcode());
  } else if (!reply.flags.aa && !delegated_zone(reply, step.zone, spec_.question.name)) {
    why = reply.answer.empty() ? "refers to no zone below" : "not authoritative";
  }
  return why.empty();
}

Task<bool> Trace::ask_server(TraceStep& step, const NameServer& server, Endpoint address, TimePoint until) {
  PassedOver passed;
  passed.server = server;
  passed.address = address;
  if (--*questions_left_ < 0) {
    passed.why = too_long;
    step.passed.push_back(std::move(passed));
    co_return false;
  }
  QueryOptions options = options_;
  options.servers.assign(1, address);
  options.timeout = std::max(Duration::zero(), until - reactor_.now());
  auto result = co_await ask(reactor_, spec_, options);
  if (!result.response) {
    passed.why = result.error->message();
    passed.error = std::move(result.error);
  } else if (believes(step, result.response->message, passed.why)) {
    step.server = server;
    step.result = std::move(result);
    co_return true;
  } else {
    passed.lame = true;
  }
  step.passed.push_back(std::move(passed));
  co_return false;
}

Task<std::vector<Endpoint>> Trace::find_addresses(Name name, TimePoint until) {
  std::vector<Endpoint> found;
  if (depth_ >= max_depth) co_return found;
  for (const Type type : {Type::A, Type::AAAA}) {
    if (family_ == (type == Type::A ? AF_INET6 : AF_INET)) continue;
    found = co_await find_addresses(name, type, until);
    if (!found.empty()) break;
  }
  co_return found;
}

Task<std::vector<Endpoint>> Trace::find_addresses(Name name, Type type, TimePoint until) {
  QuerySpec spec = spec_;
  spec.question = Question{name, type, Class::IN};
  QueryOptions options = options_;
  options.servers = roots_;
  Trace inner(reactor_, spec, options, family_);
  inner.depth_ = depth_ + 1;
  inner.until_ = until;
  inner.questions_left_ = questions_left_;
  for (;;) {
    const auto step = co_await inner.next();
    if (!step || !step->result.response) co_return std::vector<Endpoint>();
    const Message& reply = step->result.response->message;
    if (!step->child) co_return addresses_for(reply, reply.answer, name, family_);
  }
}

void Trace::read_delegation(TraceStep& step) {
  const Message& reply = step.result.response->message;
  step.child = delegated_zone(reply, step.zone, spec_.question.name);
  if (!step.child) return;
  for (const Record& record : reply.authority) {
    if (record.type != Type::NS || !(record.owner == *step.child)) continue;
    auto name = rdata_name(Type::NS, reply.data(record));
    if (!name || step.delegation.size() == max_servers) continue;
    NameServer server;
    // What this zone's server says of names elsewhere is hearsay.
    if (name->is_within(step.zone)) server.addresses = addresses_for(reply, reply.additional, *name, family_);
    server.glue = !server.addresses.empty();
    server.name = std::move(*name);
    step.delegation.push_back(std::move(server));
  }
}

Task<std::optional<TraceStep>> Trace::next() {
  if (over_) co_return std::nullopt;
  TraceStep step;
  step.zone = zone_;
  const TimePoint deadline = std::min(until_, saturating_add(reactor_.now(), options_.timeout));
  bool answered = false;
  for (std::size_t i = 0; i < servers_.size() && !answered; ++i) {
    NameServer& server = servers_[i];
    if (server.addresses.empty()) {
      const auto share = static_cast<Duration::rep>(servers_.size() - i);
      server.addresses =
          co_await find_addresses(server.name, reactor_.now() + (deadline - reactor_.now()) / share);
    }
    if (server.addresses.empty()) {
      PassedOver passed;
      passed.server = server;
      passed.why = *questions_left_ <= 0 ? too_long : "no address found";
      step.passed.push_back(std::move(passed));
    }
    std::size_t left = server.addresses.size() + (servers_.size() - i - 1);
    for (std::size_t j = 0; j < server.addresses.size() && !answered; ++j, --left) {
      const TimePoint until = reactor_.now() + (deadline - reactor_.now()) / static_cast<Duration::rep>(left);
      answered = co_await ask_server(step, server, server.addresses[j], until);
    }
  }
  if (answered) read_delegation(step);
  over_ = !step.child || ++steps_ == max_steps;
  if (step.child) {
    zone_ = *step.child;
    servers_ = glue_first(step.delegation);
  }
  co_return std::optional<TraceStep>(std::move(step));
}

}  // namespace net::dns
