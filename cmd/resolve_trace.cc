#include "cmd/resolve_trace.hh"

#include <algorithm>
#include <utility>

#include "cmd/resolve_view.hh"
#include "net/base/text.hh"
#include "net/dns/failure.hh"
#include "net/dns/status.hh"
#include "net/dns/trace.hh"

namespace cmd {
namespace {

using net::dns::NameServer;
using net::dns::PassedOver;
using net::dns::TraceStep;

/// "192.0.2.1#53 (ns1.test.)"; a root server that was given by its address has no name.
std::string server_words(const NameServer& server, const std::optional<net::Endpoint>& address) {
  if (!address) return server.name.text();
  const std::string text = net::dns::server_text(*address);
  return server.name.is_root() ? text : text + " (" + server.name.text() + ")";
}

std::string addresses_words(const NameServer& server) {
  if (!server.glue) return "no glue";
  std::string out;
  for (const net::Endpoint& address : server.addresses)
    out += (out.empty() ? "" : " ") + address.address_text();
  return out;
}

std::string delegation_words(const TraceStep& step) {
  std::string out = "-> " + step.child->text() + " NS";
  for (const NameServer& server : step.delegation) {
    out += (&server == step.delegation.data() ? " " : ", ") + server.name.text() + " (" +
           addresses_words(server) + ")";
  }
  return out;
}

void print_text(Results& results, const TraceStep& step) {
  const std::string zone = step.zone.text() + "  ";
  for (const PassedOver& passed : step.passed) {
    results.line(zone + server_words(passed.server, passed.address) + "  " +
                     (passed.lame ? "lame: " : "passed over: ") + passed.why,
                 passed.lame ? Tone::bad : Tone::waiting);
  }
  if (!step.result.response) return;
  const std::string time = net::milliseconds_text(step.result.response->time);
  const std::string server = server_words(step.server, step.result.response->server);
  results.line(zone + server + "  " + time + "  " + (step.child ? delegation_words(step) : "answers"));
}

Value address_value(const std::optional<net::Endpoint>& address) {
  return address ? Value(address->address_text()) : Value(nullptr);
}

Value name_value(const NameServer& server) {
  return server.name.is_root() ? Value(nullptr) : Value(server.name.text());
}

Value passed_value(const PassedOver& passed) {
  return Object{{"server", address_value(passed.address)},
                {"server_name", name_value(passed.server)},
                {"lame", passed.lame},
                {"reason", passed.why},
                {"error", passed.error ? error_value(*passed.error) : Value(nullptr)}};
}

Value delegation_value(const TraceStep& step) {
  if (!step.child) return nullptr;
  List servers;
  for (const NameServer& server : step.delegation) {
    List addresses;
    if (server.glue) {
      for (const net::Endpoint& address : server.addresses) addresses.emplace_back(address.address_text());
    }
    servers.emplace_back(Object{{"name", server.name.text()}, {"addresses", std::move(addresses)}});
  }
  return Object{{"zone", step.child->text()}, {"ns", std::move(servers)}};
}

void print_json(Results& results, const TraceStep& step) {
  List passed;
  for (const PassedOver& one : step.passed) passed.push_back(passed_value(one));
  const auto& response = step.result.response;
  results.object({{"zone", step.zone.text()},
                  {"server", address_value(response ? std::optional(response->server) : std::nullopt)},
                  {"server_name", response ? name_value(step.server) : Value(nullptr)},
                  {"time_ms", response ? Value(net::to_ms(response->time)) : Value(nullptr)},
                  {"delegation", delegation_value(step)},
                  {"passed_over", std::move(passed)}});
}

/// The walk ended without an answer: why, by what the servers of the last zone did. One that answers, but not
/// for the zone, says most; then one that said no, then silence.
net::Error dead_end(const TraceStep& step, const net::dns::Question& question) {
  net::Error error("trace", question_text(question), net::dns::Status::lame);
  std::vector<net::Error> reasons;
  const auto is_lame = [](const PassedOver& passed) { return passed.lame || !passed.address; };
  for (const PassedOver& passed : step.passed) {
    if (passed.error) reasons.push_back(*passed.error);
  }
  if (std::ranges::none_of(step.passed, is_lame) && !reasons.empty()) {
    error.code = net::dns::most_telling(reasons).code;
    error.blame = net::dns::most_telling(reasons).blame;
  }
  error.detail = "no server of " + step.zone.text() + " answers for it";
  return error;
}

net::dns::Name question_name(const std::string& text, const ResolveFlags& flags) {
  const auto address = net::Endpoint::parse_ip(text, 0);
  const bool backwards = flags.types.empty() || flags.types.front().type == net::dns::Type::PTR;
  return address && backwards ? net::dns::Name::reverse_of(address->address_bytes()) : dns_name(text);
}

net::dns::QueryOptions trace_options(const ResolveFlags& flags) {
  net::dns::QueryOptions options;
  options.servers = flags.roots.empty() ? net::dns::root_servers() : flags.roots;
  options.source = flags.source;
  options.tcp = flags.tcp || (!flags.types.empty() && flags.types.front().type == net::dns::Type::ANY);
  options.timeout = flags.timeout.value_or(options.timeout);
  options.tries = static_cast<int>(flags.tries.value_or(static_cast<std::uint64_t>(options.tries)));
  return options;
}

net::Task<int> trace_name(net::Reactor& reactor, Results& results, Output& out, const ResolveFlags& flags,
                          const std::string& text) {
  const bool is_address = net::Endpoint::parse_ip(text, 0).has_value();
  const AskedType type = !flags.types.empty() ? flags.types.front()
                         : is_address         ? AskedType{net::dns::Type::PTR, {}}
                                              : AskedType{};
  const net::dns::QuerySpec spec = query_spec(flags, question_name(text, flags), type);
  const int family = flags.source ? flags.source->family() : flags.family();
  net::dns::Trace trace(reactor, spec, trace_options(flags), family);
  ResponseView view(results, out, flags.shortened);
  for (;;) {
    const auto step = co_await trace.next();
    if (!step) {
      net::Error error("trace", question_text(spec.question), net::dns::Status::server_failure);
      error.detail = "too many delegations";
      results.error(error);
      co_return exit_status(error);
    }
    if (results.json()) {
      print_json(results, *step);
    } else if (!flags.shortened) {
      print_text(results, *step);
    }
    if (!step->result.response) {
      const net::Error error = dead_end(*step, spec.question);
      results.error(error);
      co_return exit_status(error);
    }
    if (!step->child) {
      view.result(spec.question, step->result);
      co_return result_status(spec.question, step->result);
    }
    if (!co_await results.flush()) co_return status_local;
  }
}

}  // namespace

net::Task<int> resolve_trace(net::Reactor& reactor, Results& results, Output& out,
                             const ResolveFlags& flags) {
  std::vector<std::string> names = flags.names;
  if (flags.reverse) names.push_back(*flags.reverse);
  int status = status_ok;
  for (const std::string& name : names) {
    if (&name != names.data() && !flags.shortened) results.line("");
    status = std::max(status, co_await trace_name(reactor, results, out, flags, name));
    if (!co_await results.flush()) co_return status_local;
  }
  co_return status;
}

}  // namespace cmd
