#include "cmd/relay_report.hh"

#include <algorithm>

#include "net/base/text.hh"

namespace cmd {
namespace {

std::string_view family_type(int family) {
  if (family == AF_INET6) return "AAAA";
  return family == AF_INET ? "A" : "";
}

/// "peer_closed" for people: "peer closed".
std::string reason_words(net::EndReason reason) {
  std::string words(net::reason_name(reason));
  std::ranges::replace(words, '_', ' ');
  return words;
}

Value tcp_info_value(const std::optional<net::TcpInfo>& info) {
  if (!info) return nullptr;
  return Object{{"rtt_us", info->rtt_us},
                {"rttvar_us", info->rttvar_us},
                {"retransmits", info->retransmits},
                {"mss", info->send_mss},
                {"cwnd", info->cwnd},
                {"congestion_control", info->congestion_control}};
}

void append(Object& object, Object more) {
  object.insert(object.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

}  // namespace

Object endpoint_object(const net::Endpoint& endpoint) {
  if (endpoint.is_unix()) {
    // A socket without a name has an empty path.
    return {{"path", endpoint.text() == "(unnamed)" ? std::string() : endpoint.text()}};
  }
  return {{"address", endpoint.address_text()}, {"port", endpoint.port()}};
}

std::string answer_origin(const net::dns::Answer& answer) {
  std::string text(net::dns::source_name(answer.source));
  if (answer.server) text += " " + answer.server->address_text();
  return text + ", " + net::duration_text(answer.time);
}

Document resolved_document(const net::dns::Answer& answer) {
  Document document;
  document.label = "resolve";
  document.subject = answer.host + " " + std::string(family_type(answer.family));
  List addresses;
  for (const net::Endpoint& address : answer.addresses) {
    if (!document.text.empty()) document.text += ", ";
    document.text += address.address_text();
    addresses.emplace_back(address.address_text());
  }
  if (answer.error) document.text = answer.error->message();
  document.tone = answer.error ? Tone::bad : Tone::plain;
  document.text += "  (" + answer_origin(answer) + ")";
  document.event = "resolved";
  document.json = {{"host", answer.host},
                   {"type", family_type(answer.family)},
                   {"addresses", std::move(addresses)},
                   {"source", net::dns::source_name(answer.source)},
                   {"time_ms", net::to_ms(answer.time)},
                   {"server", answer.server ? Value(answer.server->address_text()) : Value(nullptr)},
                   {"error", answer.error ? error_value(*answer.error) : Value(nullptr)}};
  return document;
}

Document attempt_document(const net::Attempt& attempt, net::Transport transport, std::string_view hint) {
  Document document;
  document.event = "attempt";
  document.json = endpoint_object(attempt.address);
  document.json.emplace_back("error", attempt.error ? error_value(*attempt.error, hint) : Value(nullptr));
  document.json.emplace_back("time_ms", net::to_ms(attempt.time));
  // An attempt that connected gets its line from connected_document.
  if (!attempt.error) return document;
  document.label = "try";
  document.subject = net::subject_text(attempt.address, transport);
  document.tone = attempt.error->blame == net::Blame::silence ? Tone::waiting : Tone::bad;
  document.text = attempt.error->message() + "  (" + net::duration_text(attempt.time) + ")";
  return document;
}

Document connected_document(const net::Endpoint& local, const net::Endpoint& peer, net::Transport transport,
                            net::Duration time) {
  Document document;
  // A datagram socket that knows where to send is no connection.
  document.label = transport.has_connection() ? "open" : "ready";
  document.tone = Tone::good;
  document.subject = net::subject_text(peer, transport);
  document.text = "from " + local.text() + "  (" + net::duration_text(time) + ")";
  document.event = "connected";
  document.json = {{"protocol", transport.name()},
                   {"local", endpoint_object(local)},
                   {"peer", endpoint_object(peer)},
                   {"time_ms", net::to_ms(time)}};
  return document;
}

Document listening_document(const net::Endpoint& local, net::Transport transport) {
  Document document;
  document.audience = Audience::everybody;
  document.text = "listening on " + net::subject_text(local, transport);
  document.event = "listening";
  document.json = endpoint_object(local);
  document.json.emplace_back("protocol", transport.name());
  return document;
}

Document accepted_document(std::uint64_t client, const net::Endpoint& peer, const net::Endpoint& local,
                           net::Transport transport) {
  Document document;
  document.label = "accept";
  document.tone = Tone::good;
  document.subject = net::subject_text(peer, transport);
  document.text = "client " + std::to_string(client) + " on " + local.text();
  document.event = "accepted";
  document.json = {{"client", client}, {"peer", endpoint_object(peer)}, {"local", endpoint_object(local)}};
  return document;
}

Document accepted_document(const net::Client& client, const net::Worker& worker) {
  Document document = accepted_document(client.id, client.peer, client.local, client.transport);
  document.text += worker.tid == worker.pid ? ", process " + std::to_string(worker.pid)
                                            : ", thread " + std::to_string(worker.tid);
  document.json.emplace_back("pid", worker.pid);
  document.json.emplace_back("tid", worker.tid);
  return document;
}

Document exited_document(std::uint64_t client, const net::Exited& exited, std::string_view what) {
  Document document;
  document.label = "exit";
  document.tone = exited.status == 0 ? Tone::plain : Tone::bad;
  document.subject =
      std::string(what) + " " + std::to_string(exited.pid) + ", client " + std::to_string(client);
  document.text = "status " + std::to_string(exited.status);
  document.event = "exited";
  document.json = {{"client", client}, {"pid", exited.pid}, {"status", exited.status}};
  return document;
}

Document rejected_document(const net::Endpoint& peer, net::Transport transport, std::string_view reason) {
  Document document;
  document.audience = Audience::not_quiet;
  document.label = "reject";
  document.tone = Tone::bad;
  document.subject = net::subject_text(peer, transport);
  document.text = reason;
  std::ranges::replace(document.text, '_', ' ');
  document.event = "rejected";
  document.json = {{"peer", endpoint_object(peer)}, {"reason", reason}};
  return document;
}

Document option_document(const net::OptionChange& change) {
  Document document;
  document.label = "option";
  document.subject = change.option->name;
  document.text = net::change_text(change);
  return document;
}

void print_options(Output& out, int fd, const std::vector<net::OptionSetting>& options,
                   net::OptionMoment moment) {
  if (!out.options().verbose) return;
  for (const net::OptionChange& change : net::applied_options(fd, options, moment)) {
    out.print(option_document(change));
  }
}

Document closed_document(const net::Closed& closed, std::optional<std::uint64_t> client) {
  Document document;
  const double seconds = std::chrono::duration<double>(closed.duration).count();
  const auto moved = static_cast<double>(closed.sent + closed.received);
  document.label = "close";
  document.tone = closed.reason == net::EndReason::reset ? Tone::bad : Tone::plain;
  document.subject = reason_words(closed.reason);
  if (client) document.subject += ", client " + std::to_string(*client);
  document.text = "sent " + net::size_text(closed.sent) + ", received " + net::size_text(closed.received);
  if (closed.unsent > 0) document.text += ", " + net::size_text(closed.unsent) + " unsent";
  document.text += " in " + net::duration_text(closed.duration);
  if (seconds > 0) {
    document.text += " (" + net::size_text(static_cast<std::uint64_t>(moved / seconds)) + "/s)";
  }
  if (const auto& info = closed.tcp_info) {
    document.text += ", rtt " + net::duration_text(std::chrono::microseconds(info->rtt_us)) + " +/- " +
                     net::duration_text(std::chrono::microseconds(info->rttvar_us)) + ", " +
                     net::count_text(info->retransmits, "retransmit") + ", mss " +
                     std::to_string(info->send_mss) + ", cwnd " + std::to_string(info->cwnd) + ", " +
                     info->congestion_control;
  }
  document.event = "closed";
  if (client) document.json.emplace_back("client", *client);
  append(document.json, {{"sent_bytes", closed.sent},
                         {"received_bytes", closed.received},
                         {"unsent_bytes", closed.unsent},
                         {"duration_ms", net::to_ms(closed.duration)},
                         {"reason", net::reason_name(closed.reason)},
                         {"tcp_info", tcp_info_value(closed.tcp_info)}});
  return document;
}

}  // namespace cmd
