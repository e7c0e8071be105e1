#include "cmd/iface_view.hh"

#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <utility>

#include "cmd/columns.hh"
#include "net/addr/mac_address.hh"
#include "net/base/bytes.hh"
#include "net/base/escape.hh"
#include "net/base/text.hh"

namespace cmd {
namespace {

using net::kern::DefaultRoute;
using net::kern::Interface;
using net::kern::InterfaceAddress;
using net::kern::InterfaceCounters;

/// A line of a block: what it is, and what is to be said about it.
struct Row {
  std::string_view label;
  std::string value;
  std::string remark{};
};

struct Word {
  std::uint32_t bit;
  std::string_view word;
};

// Beside what the state says.
constexpr auto link_words = std::to_array<Word>({{IFF_BROADCAST, "broadcast"},
                                                 {IFF_POINTOPOINT, "point-to-point"},
                                                 {IFF_MULTICAST, "multicast"},
                                                 {IFF_ALLMULTI, "all multicast"},
                                                 {IFF_PROMISC, "promiscuous"},
                                                 {IFF_NOARP, "no ARP"},
                                                 {IFF_DEBUG, "debug"},
                                                 {IFF_MASTER, "master"},
                                                 {IFF_SLAVE, "slave"}});

constexpr auto address_words = std::to_array<Word>({{IFA_F_TENTATIVE, "tentative"},
                                                    {IFA_F_OPTIMISTIC, "optimistic"},
                                                    {IFA_F_DADFAILED, "duplicate (dadfailed)"},
                                                    {IFA_F_DEPRECATED, "deprecated"}});

constexpr auto hop_words = std::to_array<Word>({{RTNH_F_DEAD, "dead"}, {RTNH_F_LINKDOWN, "link down"}});

void add_words(std::vector<std::string>& into, std::uint32_t flags, std::span<const Word> words) {
  for (const Word& each : words) {
    if ((flags & each.bit) != 0) into.emplace_back(each.word);
  }
}

std::string joined(const std::vector<std::string>& words, std::string_view joint = ", ") {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += joint;
    text += word;
  }
  return text;
}

/// As ip(8) calls them.
std::string scope_name(std::uint8_t scope) {
  switch (scope) {
    case RT_SCOPE_UNIVERSE:
      return "global";
    case RT_SCOPE_SITE:
      return "site";
    case RT_SCOPE_LINK:
      return "link";
    case RT_SCOPE_HOST:
      return "host";
    case RT_SCOPE_NOWHERE:
      return "nowhere";
    default:
      return std::to_string(scope);
  }
}

std::string_view family_name(int family) {
  return family == AF_INET ? "AF_INET" : "AF_INET6";
}

std::string mac_text(net::ByteView mac) {
  return net::MacAddress::from_bytes(mac).text();
}

/// Why an interface that is up does not run.
std::string_view idle_state(const Interface& interface) {
  if (interface.carrier && interface.state == IF_OPER_DORMANT) return "dormant";
  if (interface.carrier && interface.state == IF_OPER_TESTING) return "testing";
  return "no carrier";
}

struct State {
  std::string text;
  Tone tone;
};

State state_of(const Interface& interface) {
  const bool up = (interface.flags & IFF_UP) != 0;
  const bool running = (interface.flags & IFF_RUNNING) != 0;
  State state{"down", Tone::bad};
  if (up && running) state = {"up, running", Tone::good};
  if (up && !running) state = {"up, " + std::string(idle_state(interface)), Tone::waiting};
  if ((interface.flags & IFF_LOOPBACK) != 0) state.text += ", loopback";
  return state;
}

Row address_row(const InterfaceAddress& address) {
  std::vector<std::string> remarks;
  if (address.scope != RT_SCOPE_UNIVERSE) remarks.push_back("scope " + scope_name(address.scope));
  add_words(remarks, address.flags, address_words);
  // One bit with two meanings.
  if ((address.flags & IFA_F_SECONDARY) != 0) {
    remarks.emplace_back(address.address.family() == AF_INET ? "secondary" : "temporary");
  }
  if (address.valid) remarks.push_back("for " + net::duration_text(*address.valid));
  std::string text = address.address.address_text();
  if (address.peer) text += " peer " + address.peer->address_text();
  return {"address", text + "/" + std::to_string(address.prefix_length), joined(remarks)};
}

Row gateway_row(const DefaultRoute& route) {
  std::vector<std::string> remarks;
  if (route.gateway.family() != route.family) {
    remarks.emplace_back(route.family == AF_INET ? "for IPv4" : "for IPv6");
  }
  if (route.from) {
    remarks.push_back("from " + route.from->address_text() + "/" + std::to_string(route.from_length));
  }
  if (route.metric != 0) remarks.push_back("metric " + std::to_string(route.metric));
  if (route.weight != 0) remarks.push_back("weight " + std::to_string(route.weight));
  add_words(remarks, route.flags, hop_words);
  return {"gateway", route.gateway.is_ip() ? route.gateway.address_text() : "none, all on the link",
          joined(remarks)};
}

Row link_row(const Interface& interface, const std::string& master) {
  std::vector<std::string> parts;
  if (const auto mac = interface.mac()) parts.push_back("MAC " + mac_text(*mac));
  parts.push_back("MTU " + std::to_string(interface.mtu));
  parts.push_back("index " + std::to_string(interface.index));
  if (!interface.kind.empty()) parts.push_back(interface.kind);
  if (interface.master != 0)
    parts.push_back("in " + (master.empty() ? std::to_string(interface.master) : master));
  return {"link", joined(parts)};
}

void add_tunnel(std::vector<Row>& rows, const Interface& interface) {
  const auto local = interface.tunnel_local();
  const auto remote = interface.tunnel_remote();
  if (!local && !remote) return;
  rows.push_back({"tunnel", (local ? local->address_text() : "any") + " to " +
                                (remote ? remote->address_text() : "any")});
}

Row counters_row(std::string_view label, const InterfaceCounters& counters) {
  std::string text = net::size_text(counters.bytes) + " in " + net::count_text(counters.packets, "packet");
  if (counters.errors != 0) text += ", " + net::count_text(counters.errors, "error");
  if (counters.dropped != 0) text += ", " + std::to_string(counters.dropped) + " dropped";
  return {label, text};
}

std::vector<Row> rows_of(const InterfaceReport& report) {
  const Interface& interface = report.interface;
  std::vector<Row> rows;
  if (!interface.alternative_names.empty()) rows.push_back({"also", joined(interface.alternative_names)});
  for (const InterfaceAddress& address : interface.addresses) rows.push_back(address_row(address));
  for (const DefaultRoute& route : interface.default_routes) rows.push_back(gateway_row(route));
  for (const net::Endpoint& server : report.own_resolvers)
    rows.push_back({"resolver", server.address_text()});
  rows.push_back(link_row(interface, report.master));
  add_tunnel(rows, interface);
  std::vector<std::string> flags;
  add_words(flags, interface.flags, link_words);
  if (!flags.empty()) rows.push_back({"flags", joined(flags)});
  rows.push_back(counters_row("received", interface.rx));
  rows.push_back(counters_row("sent", interface.tx));
  return rows;
}

/// How wide the values of a label are that have a remark behind them.
std::size_t remark_column(const std::vector<Row>& rows, std::string_view label) {
  std::size_t width = 0;
  for (const Row& row : rows) {
    if (row.label == label && !row.remark.empty()) width = std::max(width, net::display_width(row.value));
  }
  return width;
}

List texts(const std::vector<net::Endpoint>& addresses) {
  List list;
  for (const net::Endpoint& address : addresses) list.emplace_back(address.address_text());
  return list;
}

List addresses_value(const Interface& interface) {
  List list;
  for (const InterfaceAddress& address : interface.addresses) {
    list.emplace_back(Object{{"family", family_name(address.address.family())},
                             {"address", address.address.address_text()},
                             {"prefix_length", address.prefix_length},
                             {"scope", scope_name(address.scope)}});
  }
  return list;
}

/// Each gateway once, whatever goes there.
std::vector<net::Endpoint> gateways_of(const Interface& interface) {
  std::vector<net::Endpoint> gateways;
  for (const DefaultRoute& route : interface.default_routes) {
    if (route.gateway.is_ip() && std::ranges::find(gateways, route.gateway) == gateways.end()) {
      gateways.push_back(route.gateway);
    }
  }
  return gateways;
}

Object counters_value(const InterfaceCounters& counters) {
  return {{"bytes", counters.bytes},
          {"packets", counters.packets},
          {"errors", counters.errors},
          {"dropped", counters.dropped}};
}

}  // namespace

void print_interface(Results& results, const InterfaceReport& report) {
  constexpr std::size_t label_width = 10;
  if (results.json()) return;
  if (results.has_lines()) results.line("");
  const State state = state_of(report.interface);
  results.line(report.interface.name + "  " + state.text, state.tone);
  const std::vector<Row> rows = rows_of(report);
  std::string_view last;
  for (const Row& row : rows) {
    const std::string label(row.label == last ? "" : row.label);
    last = row.label;
    std::string text = "  " + padded(label, label_width) + row.value;
    if (!row.remark.empty()) {
      text = "  " + padded(label, label_width) + padded(row.value, remark_column(rows, row.label)) + "  " +
             row.remark;
    }
    results.line(text);
  }
}

Object interface_object(const InterfaceReport& report, const std::vector<net::Endpoint>& resolvers) {
  const Interface& interface = report.interface;
  std::vector<net::Endpoint> all = resolvers;
  all.insert(all.end(), report.own_resolvers.begin(), report.own_resolvers.end());
  const auto mac = interface.mac();
  return {{"name", interface.name},
          {"index", interface.index},
          {"up", (interface.flags & IFF_UP) != 0},
          {"running", (interface.flags & IFF_RUNNING) != 0},
          {"loopback", (interface.flags & IFF_LOOPBACK) != 0},
          {"mtu", interface.mtu},
          {"mac", mac ? Value(mac_text(*mac)) : Value(nullptr)},
          {"addresses", addresses_value(interface)},
          {"rx", counters_value(interface.rx)},
          {"tx", counters_value(interface.tx)},
          {"gateways", texts(gateways_of(interface))},
          {"resolvers", texts(all)}};
}

void print_resolvers(Results& results, const std::vector<net::Endpoint>& resolvers) {
  if (results.json() || resolvers.empty()) return;
  std::vector<std::string> servers;
  servers.reserve(resolvers.size());
  for (const net::Endpoint& server : resolvers) servers.push_back(server.address_text());
  if (results.has_lines()) results.line("");
  results.line("resolvers of this host  " + joined(servers));
}

}  // namespace cmd
