#include <algorithm>
#include <utility>

#include "cmd/addr_report.hh"
#include "cmd/columns.hh"
#include "net/addr/address_kind.hh"
#include "net/addr/ipv4_class.hh"
#include "net/addr/ipv6_multicast.hh"
#include "net/addr/special_purpose.hh"
#include "net/base/text.hh"
#include "net/sock/sockaddr_layout.hh"

namespace cmd {
namespace {

constexpr std::size_t label_width = 22;

using net::IpAddress;
using net::IpPrefix;

using Rows = std::vector<LabelledText>;

/// "private use (RFC 1918), not global"; of what IANA has not set apart only what it is.
std::string purpose(const IpPrefix& meant) {
  std::string words = kind_words(meant);
  if (const auto group = net::group_name(meant.address);
      !group.empty() && meant == IpPrefix::of(meant.address)) {
    words += ": " + std::string(group);
  }
  const net::SpecialPurpose* const special = net::special_purpose(meant);
  if (special == nullptr) return words;
  words += " (" + std::string(special->rfc) + ")";
  if (special->global) words += *special->global ? ", global" : ", not global";
  return words;
}

/// "62"; of large ones the power of two as well: "18446744073709551616 = 2^64".
std::string count_words(const IpPrefix& prefix) {
  std::string words = net::count_digits(prefix.host_count());
  const int host_bits = prefix.address.bits() - prefix.length;
  if (!prefix.address.is_v4() && host_bits > 16) words += " = 2^" + std::to_string(host_bits);
  return words;
}

/// "192.0.2.1 - 192.0.2.62 (62)".
std::string hosts_words(const IpPrefix& prefix) {
  std::string words = prefix.first_host().text();
  if (prefix.first_host() != prefix.last_host()) words += " - " + prefix.last_host().text();
  return words + " (" + count_words(prefix) + ")";
}

void add_network(Rows& rows, const AddrReport& report) {
  if (report.prefix() == nullptr) return;
  const IpPrefix& prefix = *report.prefix();
  rows.emplace_back("network", prefix.canonical().text() + ", netmask " + prefix.netmask().text() +
                                   ", wildcard " + prefix.wildcard().text());
  if (!has_hosts(prefix)) {
    const auto range = net::IpRange::of(prefix);
    rows.emplace_back("addresses", range.first.text() + " - " + range.last.text() + " (" +
                                       net::count_digits(range.size()) + ")");
    return;
  }
  const std::string broadcast = prefix.has_broadcast() ? ", broadcast " + prefix.last().text() : "";
  rows.emplace_back(prefix.address.is_v4() ? "hosts" : "addresses", hosts_words(prefix) + broadcast);
}

void add_group(Rows& rows, const IpAddress& address) {
  if (const auto mac = net::multicast_mac(address)) rows.emplace_back("frames go to", mac->text());
}

void add_class(Rows& rows, const IpAddress& address) {
  const net::Ipv4Class& klass = net::ipv4_class(address);
  std::string parts = std::string(klass.words) + ", neither network nor host part";
  if (const auto length = klass.default_length()) {
    parts = "network " + klass.network_part(address) + ", host " + klass.host_part(address) +
            ", default mask " + IpPrefix{address, *length}.netmask().text();
  }
  rows.emplace_back(std::string("class ") + klass.letter + " (" + std::string(klass.bits) + ")", parts);
}

void add_ipv4(Rows& rows, const AddrReport& report) {
  const IpAddress& address = *report.address();
  add_class(rows, address);
  add_network(rows, report);
  add_group(rows, address);
  if (report.nat64) rows.emplace_back("by NAT64", report.nat64->text());
  rows.emplace_back("integer", net::decimal_digits(address.value()) + " = " + address.hex());
  rows.emplace_back("binary", address.binary());
}

std::string unique_local_words(const net::UniqueLocal& local) {
  return "global id " + net::hex_digits(local.global_id, 10) + ", subnet " +
         net::hex_digits(local.subnet, 4) +
         (local.locally_assigned ? ", locally assigned" : ", in the half that is not defined");
}

std::string teredo_words(const net::Teredo& teredo) {
  return "server " + teredo.server.text() + ", client " + teredo.client.text() + " port " +
         std::to_string(teredo.port) + ", flags 0x" + net::hex_digits(teredo.flags, 4);
}

std::string multicast_words(const net::Ipv6Multicast& group) {
  std::string words = group.transient ? "transient" : "assigned by IANA";
  if (group.prefix_based) words += ", from a unicast prefix";
  if (group.rendezvous) words += ", with its rendezvous point";
  if (!group.consistent) words += ", flags 0x" + net::hex_digits(group.flags) + " contradict each other";
  words += ", scope " + std::to_string(group.scope) + " (" + std::string(group.scope_name) + ")";
  words += ", group id 0x" + net::hex_digits(group.group_id);
  if (group.solicited) words += ", for addresses that end in 0x" + net::hex_digits(*group.solicited, 6);
  if (group.is_source_specific()) return words + ", source-specific";
  if (group.prefix) words += ", prefix " + group.prefix->text();
  if (group.rendezvous_point) words += ", rendezvous point " + group.rendezvous_point->text();
  return words;
}

/// What the bits of one kind of address say.
void add_parts(Rows& rows, const IpAddress& address) {
  if (const auto local = net::unique_local(address))
    rows.emplace_back("unique local", unique_local_words(*local));
  if (const auto group = net::ipv6_multicast(address))
    rows.emplace_back("multicast", multicast_words(*group));
  if (const auto tunnel = net::teredo(address)) rows.emplace_back("Teredo", teredo_words(*tunnel));
  if (const auto tunnel = net::six_to_four(address)) {
    rows.emplace_back("6to4",
                      "router " + tunnel->router.text() + ", subnet " + net::hex_digits(tunnel->subnet, 4));
  }
}

void add_ipv6(Rows& rows, const AddrReport& report) {
  const IpAddress& address = *report.address();
  rows.emplace_back("expanded", address.expanded());
  add_network(rows, report);
  rows.emplace_back("scope", net::scope_words(address).value_or(""));
  add_parts(rows, address);
  if (const auto& embedded = report.embedded) {
    rows.emplace_back("IPv4 within", embedded->address.text() + " (" + std::string(embedded->how) + ", " +
                                         std::string(embedded->source) + ")");
  }
  if (const auto mac = net::embedded_mac(address)) {
    rows.emplace_back("MAC", mac->text() + " (its interface identifier is a modified EUI-64)");
  }
  add_group(rows, address);
  if (const auto group = net::solicited_node(address)) rows.emplace_back("solicited node", group->text());
  rows.emplace_back("integer", net::decimal_digits(address.value()));
  rows.emplace_back("hex", address.hex());
}

std::string readings_words(const net::LegacyIpv4& readings) {
  const auto reading = [](const std::optional<IpAddress>& address) {
    return address ? address->text() : "nothing: it is malformed so";
  };
  return "octal, as inet_aton(3) does: " + reading(readings.octal) +
         "; decimal, as others do: " + reading(readings.decimal);
}

Rows address_rows(const AddrReport& report) {
  const IpAddress& address = *report.address();
  Rows rows{{report.canonical, purpose(report.meant())}};
  if (report.read.readings) rows.emplace_back("leading zero", readings_words(*report.read.readings));
  if (address.is_v4()) {
    add_ipv4(rows, report);
  } else {
    add_ipv6(rows, report);
  }
  rows.emplace_back("reverse", address.reverse_name());
  return rows;
}

std::string mac_words(const net::MacAddress& mac) {
  std::string words = mac.is_group() ? "group" : "individual";
  words += mac.is_local() ? ", locally administered" : ", universally administered";
  if (const auto* const reserved = mac.reserved()) {
    words += ": " + std::string(reserved->words) + " (" + std::string(reserved->source) + ")";
  }
  return words;
}

std::string groups_words(const net::MacAddress& mac) {
  if (const auto low = net::ipv6_group_bits_of(mac)) {
    return "all of IPv6 that end in " + net::hex_digits(*low >> 16U) + ":" + net::hex_digits(*low & 0xffffU);
  }
  const std::vector<IpAddress> groups = net::ipv4_groups_of(mac);
  if (groups.empty()) return {};
  return groups.front().text() + " and " + std::to_string(groups.size() - 1) + " more, up to " +
         groups.back().text();
}

Rows mac_rows(const net::MacAddress& mac, const std::string& canonical) {
  Rows rows{{canonical, mac_words(mac)}};
  rows.emplace_back(mac.is_local() ? "octets" : "OUI",
                    mac.oui() + ", " + (mac.is_local() ? "" : "NIC part ") + mac.nic());
  rows.emplace_back("groups", groups_words(mac));
  if (mac.is_group()) return rows;
  const IpAddress link_local = mac.link_local();
  rows.emplace_back("modified EUI-64", link_local.expanded().substr(20) + ", so " + link_local.text());
  return rows;
}

std::vector<std::string> range_lines(const AddrReport& report) {
  const auto& range = std::get<net::IpRange>(report.read.what);
  const std::string count = net::count_digits(range.size());
  const std::string prefixes =
      report.cidrs.size() == 1 ? "1 prefix" : std::to_string(report.cidrs.size()) + " prefixes";
  std::vector<std::string> lines{filled(report.canonical, label_width) + count +
                                 (count == "1" ? " address, " : " addresses, ") + prefixes};
  for (const IpPrefix& prefix : report.cidrs) lines.push_back(prefix.text());
  return lines;
}

std::string contains_words(const AddrReport& report, const AddrQuestions& questions) {
  return report.canonical + (*report.contains ? " contains " : " does not contain ") +
         questions.contains->text;
}

std::vector<std::string> sockaddr_lines(const net::Endpoint& endpoint, const std::string& canonical) {
  constexpr std::size_t bytes_width = 29;
  constexpr std::size_t name_width = 15;
  constexpr std::size_t row_bytes = 8;
  std::vector<std::string> lines{canonical + " port " + std::to_string(endpoint.port()) + ": struct " +
                                 std::string(net::sockaddr_name(endpoint)) + ", " +
                                 std::to_string(endpoint.size()) + " bytes"};
  for (const net::SockaddrField& field : net::sockaddr_layout(endpoint)) {
    std::string behind = filled(field.name, name_width) + field.meaning;
    for (std::size_t at = 0; at < field.bytes.size(); at += row_bytes) {
      const std::size_t offset = field.offset + at;
      const net::ByteView bytes(field.bytes);
      std::string head(offset < 10 ? " " : "");
      head.append(std::to_string(offset)).append("  ");
      head += spaced_hex(bytes.subspan(at, std::min(row_bytes, bytes.size() - at)));
      lines.push_back(filled(head, bytes_width) + behind);
      if (behind.empty()) lines.back().erase(lines.back().find_last_not_of(' ') + 1);
      behind.clear();
    }
  }
  return lines;
}

std::vector<std::string> subnet_lines(const AddrReport& report) {
  std::vector<std::string> lines;
  lines.reserve(report.subnets.size());
  for (const IpPrefix& subnet : report.subnets) {
    lines.push_back(filled(subnet.text(), label_width) + hosts_words(subnet));
  }
  return lines;
}

std::vector<std::string> texts(const std::vector<IpPrefix>& prefixes) {
  std::vector<std::string> out;
  out.reserve(prefixes.size());
  for (const IpPrefix& prefix : prefixes) out.push_back(prefix.text());
  return out;
}

std::vector<std::string> octets(const net::Endpoint& endpoint) {
  return {spaced_hex({reinterpret_cast<const std::uint8_t*>(endpoint.data()), endpoint.size()})};
}

/// All of an address in one line: what it is, its class, its network.
std::string address_line(const AddrReport& report) {
  const IpAddress& address = *report.address();
  std::string line = filled(report.canonical, label_width) + purpose(report.meant());
  if (address.is_v4()) line += std::string(", class ") + net::ipv4_class(address).letter;
  if (const IpPrefix* const prefix = report.prefix()) {
    line += ", network " + prefix->canonical().text();
    if (has_hosts(*prefix)) line += ", hosts " + hosts_words(*prefix);
  }
  if (report.embedded) line += ", IPv4 within " + report.embedded->address.text();
  if (report.nat64) line += ", by NAT64 " + report.nat64->text();
  if (report.read.readings) line += ", leading zero: " + readings_words(*report.read.readings);
  return line;
}

}  // namespace

std::string spaced_hex(net::ByteView bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    if (!text.empty()) text += ' ';
    text += net::hex_text({&byte, 1});
  }
  return text;
}

std::vector<std::string> addr_text(const AddrReport& report, const AddrQuestions& questions) {
  if (questions.contains) return {contains_words(report, questions)};
  if (questions.split) return subnet_lines(report);
  if (report.sockaddr) return sockaddr_lines(*report.sockaddr, report.canonical);
  if (report.address() != nullptr) return labelled_lines(address_rows(report), label_width);
  if (const auto* mac = std::get_if<net::MacAddress>(&report.read.what)) {
    return labelled_lines(mac_rows(*mac, report.canonical), label_width);
  }
  return range_lines(report);
}

std::vector<std::string> addr_values(const AddrReport& report, const AddrQuestions& questions) {
  if (report.contains) return {*report.contains ? "yes" : "no"};
  if (questions.split) return texts(report.subnets);
  if (report.sockaddr) return octets(*report.sockaddr);
  if (report.nat64) return {report.nat64->text()};
  if (questions.nat64 && report.embedded) return {report.embedded->address.text()};
  if (std::holds_alternative<net::IpRange>(report.read.what)) return texts(report.cidrs);
  return {report.canonical};
}

std::string addr_line(const AddrReport& report, const AddrQuestions& questions) {
  if (report.contains) return contains_words(report, questions);
  const bool plain = !questions.split && !report.sockaddr;
  if (plain && report.address() != nullptr) return address_line(report);
  std::string line = filled(report.canonical, label_width);
  if (const auto* mac = std::get_if<net::MacAddress>(&report.read.what)) return line + mac_words(*mac);
  std::string values;
  for (const std::string& value : addr_values(report, questions))
    values += (values.empty() ? "" : " ") + value;
  return line + values;
}

}  // namespace cmd
