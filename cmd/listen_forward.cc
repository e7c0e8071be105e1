#include "cmd/listen_forward.hh"

#include <cerrno>
#include <optional>
#include <string_view>
#include <utility>

#include "cmd/options.hh"
#include "cmd/relay_options.hh"
#include "cmd/relay_report.hh"
#include "cmd/why.hh"
#include "net/base/text.hh"

namespace cmd {

net::ForwardTarget forward_target(const std::string& text, bool datagrams, bool numeric) {
  constexpr std::string_view unix_prefix = "unix:";
  net::ForwardTarget target;
  target.datagrams = datagrams;
  if (text.starts_with(unix_prefix)) {
    const std::string path = text.substr(unix_prefix.size());
    if (path.empty() || path == "@") throw UsageError("'" + text + "': PATH is missing");
    target.path = unix_endpoint(path);
    return target;
  }
  const HostAndPort words = host_and_port({text}, true);
  check_host(words.host, numeric, AF_UNSPEC);
  target.host = words.host;
  target.port = port_number(words.port, target.transport().name(), numeric);
  if (target.port == 0) throw UsageError("'" + text + "': nobody can be reached at port 0");
  return target;
}

void ForwardReport::print(Document document, const net::Client& client) {
  if (!document.label.empty()) document.text += ", client " + std::to_string(client.id);
  document.json.emplace(document.json.begin(), "client", client.id);
  out_.print(document);
}

void ForwardReport::resolved(const net::Client& client, const net::dns::Answer& answer) {
  print(resolved_document(answer), client);
}

void ForwardReport::attempted(const net::Client& client, const net::Attempt& attempt,
                              net::Transport transport) {
  Way& way = ways_[client.id];
  way.transport = transport;
  std::string hint;
  if (attempt.error) {
    way.failures.push_back(attempt);
    net::DialOptions options;
    options.transport = transport;
    hint = connect_hint(*attempt.error, &attempt, options);
  }
  print(attempt_document(attempt, transport, hint), client);
}

void ForwardReport::connected(const net::Client& client, const net::Dialed& target,
                              net::Transport transport) {
  Way& way = ways_[client.id];
  way.transport = transport;
  way.peer = target.peer;
  print(connected_document(target.socket.local(), target.peer, transport, target.time), client);
}

std::string ForwardReport::hint(const net::Client& client, const net::Error& error) const {
  const auto found = ways_.find(client.id);
  const Way way = found == ways_.end() ? Way() : found->second;
  if (way.peer.family() != AF_UNSPEC) return cut_hint(error, way.peer, way.transport, -1, std::nullopt);
  if (error.code == net::errno_code(EPROTOTYPE))
    return "that is no datagram socket: --forward takes any type";
  net::DialOptions options;
  options.transport = way.transport;
  return dial_hint(error, way.failures, options, out_.options().verbose);
}

void add_target_figures(Document& document, const net::TargetFigures& target) {
  document.text +=
      ", target: sent " + net::size_text(target.sent) + ", received " + net::size_text(target.received);
  if (target.unsent > 0) document.text += ", " + net::size_text(target.unsent) + " unsent";
  document.json.emplace_back("target_sent_bytes", target.sent);
  document.json.emplace_back("target_received_bytes", target.received);
  document.json.emplace_back("target_unsent_bytes", target.unsent);
}

}  // namespace cmd
