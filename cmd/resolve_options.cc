#include "cmd/resolve_options.hh"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <array>
#include <utility>

#include "cmd/relay_options.hh"
#include "cmd/resolve_values.hh"

namespace cmd {
namespace {

using net::dns::EdnsOption;
using net::dns::Type;

// With the longest of them all (parse_edns_option), a query still fits into a datagram.
constexpr std::size_t most_options = 32;

std::vector<std::string_view> split_at_commas(std::string_view text) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t comma = text.find(',');
    parts.push_back(text.substr(0, comma));
    if (comma == std::string_view::npos) return parts;
    text.remove_prefix(comma + 1);
  }
}

/// "TYPE,TYPE" appended to `into`; the complaint, or nothing.
std::string take_types(std::vector<AskedType>& into, std::string_view text) {
  for (const std::string_view part : split_at_commas(text)) {
    auto type = parse_asked_type(part);
    if (!type) return type.error();
    into.push_back(*type);
  }
  return {};
}

std::string take_roots(std::vector<net::Endpoint>& into, std::string_view text) {
  into.clear();
  for (const std::string_view part : split_at_commas(text)) {
    const auto server = parse_server(part);
    if (!server) return server.error();
    if (!server->address) return "'" + std::string(part) + "' is no address";
    into.push_back(*server->address);
  }
  return {};
}

net::Parsed<net::Endpoint> parse_address(std::string_view text) {
  return net::Endpoint::parse_ip(text, 0);
}

void declare_message_flags(CLI::App& app, ResolveFlags& flags) {
  add_parsed(app, "-c,--class", "CLASS", flags.klass, parse_query_class, "ask in this class (IN)");
  add_parsed(
      app, "-x,--reverse", "ADDRESS", flags.reverse,
      [](std::string_view text) -> net::Parsed<std::string> {
        if (const auto address = parse_address(text); !address) return std::unexpected(address.error());
        return std::string(text);
      },
      "ask DNS for the name of this address (PTR)");
  add_flag(app, "--no-recurse", flags.no_recurse, "leave RD out: what the server itself knows");
  add_flag(app, "--dnssec", flags.dnssec, "set DO: signatures too");
  add_flag(app, "--check-disabled", flags.check_disabled, "set CD: the resolver need not validate");
  add_flag(app, "--nsid", flags.nsid, "ask for the server's identity (RFC 5001)");
  add_parsed(app, "--ecs", "PREFIX", flags.client_subnet, net::dns::client_subnet_option,
             "ask on behalf of this client subnet (RFC 7871)");
  add_flag(app, "--cookie", flags.cookie, "send a client cookie (RFC 7873)");
  add_parsed(app, "--padding", "N", flags.padding, parse_padding,
             "pad the query to a multiple of N bytes (RFC 7830)");
  add_parsed(app, "--bufsize", "N", flags.bufsize, parse_datagram_size, "largest UDP answer wanted (1232)");
  add_flag(app, "--no-edns", flags.no_edns, "send no OPT record");
  add_repeatable(app, "--edns-option", "CODE[:HEX]", "add any EDNS option",
                 [&flags](const std::string& text) -> std::string {
                   auto option = parse_edns_option(text);
                   if (!option) return option.error();
                   flags.edns_options.push_back(std::move(*option));
                   return {};
                 });
}

void declare_bulk_flags(CLI::App& app, ResolveFlags& flags) {
  add_parsed(app, "-f,--file", "FILE", flags.file, parse_text,
             "ask for every line of FILE (- is stdin): NAME [TYPE...]");
  add_parsed(app, "--concurrency", "N", flags.concurrency, parse_concurrency,
             "with -f: questions in flight (100)");
  add_parsed(app, "--rate", "N", flags.rate, parse_count, "with -f: questions a second at most");
  add_flag(app, "--ordered", flags.ordered, "with -f: results in the order of the lines");
  add_flag(app, "--progress", flags.progress, "with -f: tell how far it is");
}

using GivenFlag = std::pair<std::string_view, bool>;

/// What of the wire cannot go with --no-edns.
std::vector<GivenFlag> edns_flags(const ResolveFlags& flags) {
  return {{"--dnssec", flags.dnssec},
          {"--nsid", flags.nsid},
          {"--ecs", flags.client_subnet.has_value()},
          {"--cookie", flags.cookie},
          {"--padding", flags.padding.has_value()},
          {"--bufsize", flags.bufsize.has_value()},
          {"--edns-option", !flags.edns_options.empty()}};
}

/// The first that was given; empty when none was.
std::string_view given(const std::vector<GivenFlag>& flags) {
  const auto first = std::ranges::find(flags, true, &GivenFlag::second);
  return first == flags.end() ? std::string_view() : first->first;
}

[[noreturn]] void excluded(std::string_view a, std::string_view b) {
  throw UsageError(std::string(a) + " is not for " + std::string(b));
}

void check_bulk(const ResolveFlags& flags) {
  if (flags.file.empty()) {
    if (flags.concurrency) throw UsageError("--concurrency is for -f");
    if (flags.rate) throw UsageError("--rate is for -f");
    if (flags.ordered) throw UsageError("--ordered is for -f");
    if (flags.progress) throw UsageError("--progress is for -f");
    return;
  }
  if (flags.compare) excluded("--compare", "-f");
  if (flags.trace) excluded("--trace", "-f");
  if (!flags.names.empty())
    throw UsageError("'" + flags.names.front() + "': -f takes the names from its file");
  if (flags.reverse) excluded("--reverse", "-f");
  for (const AskedType& type : flags.types) {
    if (type.type == Type::AXFR || type.type == Type::IXFR) excluded(type_text(type.type), "-f");
  }
}

void check_views(const ResolveFlags& flags) {
  if (flags.compare && flags.trace) excluded("--compare", "--trace");
  if (!flags.roots.empty() && !flags.trace) throw UsageError("--root is for --trace");
  if (flags.compare) {
    if (flags.servers.size() > 1) throw UsageError("--compare takes one @SERVER");
    std::vector<GivenFlag> message = edns_flags(flags);
    message.insert(message.end(), {{"--no-recurse", flags.no_recurse},
                                   {"--check-disabled", flags.check_disabled},
                                   {"--no-edns", flags.no_edns}});
    if (!given(message).empty()) excluded(given(message), "--compare");
    const bool wire = !flags.types.empty() || flags.klass || flags.reverse || flags.shortened || flags.search;
    if (wire)
      throw UsageError("--compare looks for addresses: it takes no type, class, -x, --short or --search");
  }
  if (flags.trace) {
    if (!flags.servers.empty())
      throw UsageError("--trace asks the servers that it finds: --root names the first");
    if (flags.types.size() > 1) throw UsageError("--trace takes one type");
    if (flags.search) excluded("--search", "--trace");
    if (!flags.types.empty() && (flags.types[0].type == Type::AXFR || flags.types[0].type == Type::IXFR)) {
      excluded(type_text(flags.types[0].type), "--trace");
    }
  }
}

}  // namespace

int ResolveFlags::family() const {
  return ipv4 == ipv6 ? AF_UNSPEC : ipv4 ? AF_INET : AF_INET6;
}

bool ResolveFlags::wire() const {
  return !types.empty() || !servers.empty() || klass || reverse || source || tcp || no_recurse ||
         check_disabled || no_edns || !given(edns_flags(*this)).empty() || search || timeout || tries ||
         shortened || !file.empty();
}

void declare_resolve_flags(CLI::App& app, ResolveFlags& flags) {
  add_repeatable(app, "-t,--type", "TYPE[,TYPE]", "ask DNS for these types (A; PTR for an address)",
                 [&flags](const std::string& text) { return take_types(flags.types, text); });
  declare_message_flags(app, flags);
  add_parsed(app, "-s,--source", "ADDR", flags.source, parse_address, "ask from this source address");
  add_flag(app, "-4", flags.ipv4, "IPv4 only: addresses, or on the wire servers");
  add_flag(app, "-6", flags.ipv6, "IPv6 only: addresses, or on the wire servers");
  add_flag(app, "--tcp", flags.tcp, "ask by TCP at once");
  add_flag(app, "--search", flags.search, "on the wire: go through resolv.conf's search list");
  add_parsed(app, "-w,--timeout", "D", flags.timeout, parse_timeout,
             "time for one question, all servers and tries together (5 s)");
  add_parsed(app, "--tries", "N", flags.tries, parse_tries, "datagrams to each server, sharing the time (3)");
  add_flag(app, "--short", flags.shortened, "only the answers' data, as dig +short");
  add_flag(app, "--compare", flags.compare, "hosts file, DNS and libc side by side, and why they differ");
  add_flag(app, "--trace", flags.trace, "from the root down, one line a delegation");
  add_option(app, "--root", "ADDR[,ADDR]", "with --trace: begin at these servers, not IANA's",
             [&flags](const std::string& text) { return take_roots(flags.roots, text); });
  declare_bulk_flags(app, flags);
}

net::dns::Name dns_name(const std::string& text) {
  auto name = net::dns::Name::parse(text);
  if (!name) throw UsageError("'" + text + "': " + name.error());
  return std::move(*name);
}

void read_resolve_words(ResolveFlags& flags, const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    if (!word.starts_with('@')) {
      flags.names.push_back(word);
      continue;
    }
    auto server = parse_server(std::string_view(word).substr(1));
    if (!server) throw UsageError("'" + word + "': " + server.error());
    flags.servers.push_back(std::move(*server));
  }
  if (flags.ipv4 && flags.ipv6) throw UsageError("-4 and -6 exclude each other");
  const int family = flags.source ? flags.source->family() : flags.family();
  if (flags.source && flags.family() != AF_UNSPEC && family != flags.family()) {
    throw UsageError("--source: not of the address family asked for");
  }
  const bool wire = flags.wire() || flags.trace;
  for (const ServerWord& server : flags.servers) {
    if (!server.address) check_host(server.host, false, AF_UNSPEC);
    if (server.address && family != AF_UNSPEC && server.address->family() != family) {
      throw UsageError("'@" + server.host + "': not of the address family asked for");
    }
  }
  for (const net::Endpoint& root : flags.roots) {
    if (family != AF_UNSPEC && root.family() != family) {
      throw UsageError("--root '" + root.address_text() + "': not of the address family asked for");
    }
  }
  if (flags.edns_options.size() > most_options) throw UsageError("--edns-option: 32 at most");
  if (flags.no_edns && !given(edns_flags(flags)).empty()) excluded(given(edns_flags(flags)), "--no-edns");
  check_bulk(flags);
  check_views(flags);
  if (flags.names.empty() && !flags.reverse && flags.file.empty()) throw UsageError("NAME is missing");
  if (!wire) return;
  for (const std::string& name : flags.names) static_cast<void>(dns_name(name));
}

net::dns::QuerySpec query_spec(const ResolveFlags& flags, net::dns::Name name, const AskedType& type) {
  net::dns::QuerySpec spec;
  spec.question.name = std::move(name);
  spec.question.type = type.type;
  spec.question.klass = flags.klass.value_or(net::dns::Class::IN);
  spec.ixfr_serial = type.serial;
  spec.recurse = !flags.no_recurse;
  spec.checking_disabled = flags.check_disabled;
  if (flags.no_edns) {
    spec.edns.reset();
    return spec;
  }
  net::dns::Edns& edns = *spec.edns;
  edns.udp_size = static_cast<std::uint16_t>(flags.bufsize.value_or(edns.udp_size));
  edns.dnssec_ok = flags.dnssec;
  if (flags.nsid)
    edns.options.push_back(EdnsOption{static_cast<std::uint16_t>(net::dns::EdnsCode::nsid), {}});
  if (flags.client_subnet) edns.options.push_back(*flags.client_subnet);
  if (flags.cookie) {
    net::ByteWriter cookie;
    for (int i = 0; i < 4; ++i) cookie.u16(net::dns::random_id());
    edns.options.push_back(EdnsOption{static_cast<std::uint16_t>(net::dns::EdnsCode::cookie), cookie.take()});
  }
  edns.options.insert(edns.options.end(), flags.edns_options.begin(), flags.edns_options.end());
  spec.padding = static_cast<std::uint16_t>(flags.padding.value_or(0));
  return spec;
}

}  // namespace cmd
