#include "cmd/connect_trace_report.hh"

#include "cmd/columns.hh"
#include "cmd/output.hh"
#include "net/base/text.hh"
#include "net/sock/icmp_meaning.hh"

namespace cmd {
namespace {

using net::PortState;

Tone tone_of(const net::Hop& hop) {
  if (!hop.state) return Tone::plain;
  if (*hop.state == PortState::open) return Tone::good;
  return hop.address ? Tone::bad : Tone::waiting;
}

std::string icmp_text(const net::IcmpReport& icmp) {
  return net::icmp_meaning(icmp) + (icmp.mtu == 0 ? "" : ", MTU " + std::to_string(icmp.mtu));
}

/// What is remarkable about it: the state of the port, and whose words made it so.
std::string verdict_text(const net::Hop& hop) {
  if (!hop.state) return "";
  std::string text(net::name_of(*hop.state));
  if (hop.icmp) text += ": " + icmp_text(*hop.icmp);
  if (!hop.address) text += "  no answer from here on";
  return text;
}

std::string hop_text(const net::Hop& hop, int family, const std::string& name) {
  const std::size_t address_width = family == AF_INET ? 17 : 27;
  const std::string ttl = std::to_string(hop.ttl);
  std::string text = (ttl.size() < 2 ? " " : "") + ttl + "  ";
  text += filled(hop.address ? hop.address->address_text() : "*", address_width);
  const std::string verdict = verdict_text(hop);
  text += padded(hop.address ? net::milliseconds_text(hop.time) : "", 8);
  if (!verdict.empty()) text += "  " + verdict;
  if (!name.empty()) text += "  (" + name + ")";
  if (hop.too_big) {
    text += "  (" + hop.too_big->offender.address_text() + " said: " + icmp_text(*hop.too_big) + ")";
  }
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

Value icmp_value(const std::optional<net::IcmpReport>& icmp) {
  if (!icmp) return nullptr;
  return Object{{"type", static_cast<unsigned>(icmp->type)},
                {"code", static_cast<unsigned>(icmp->number)},
                {"meaning", net::icmp_meaning(*icmp)},
                {"mtu", icmp->mtu == 0 ? Value(nullptr) : Value(icmp->mtu)}};
}

Value too_big_value(const std::optional<net::IcmpReport>& icmp) {
  if (!icmp) return nullptr;
  return Object{{"said_by", icmp->offender.address_text()}, {"mtu", icmp->mtu}};
}

}  // namespace

Document hop_document(const net::Hop& hop, int family, const std::string& name) {
  Document document;
  document.audience = hop.state ? Audience::everybody : Audience::not_quiet;
  document.tone = tone_of(hop);
  document.text = hop_text(hop, family, name);
  document.event = "hop";
  document.json = {{"ttl", hop.ttl},
                   {"address", hop.address ? Value(hop.address->address_text()) : Value(nullptr)},
                   {"name", name.empty() ? Value(nullptr) : Value(name)},
                   {"time_ms", hop.address ? Value(net::to_ms(hop.time)) : Value(nullptr)},
                   {"icmp", icmp_value(hop.icmp)},
                   {"state", hop.state ? Value(net::name_of(*hop.state)) : Value(nullptr)},
                   {"too_big", too_big_value(hop.too_big)}};
  return document;
}

int trace_status(const net::Hop& last) {
  if (!last.state || !last.address) return status_silence;
  return *last.state == PortState::open ? status_ok : status_refused;
}

}  // namespace cmd
