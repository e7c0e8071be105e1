#include "cmd/connect_trace_options.hh"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <string>
#include <string_view>

#include "cmd/options.hh"

namespace cmd {
namespace {

net::Parsed<unsigned> parse_hops(std::string_view text) {
  const auto number = net::parse_number(text);
  if (!number) return std::unexpected(number.error());
  // The field of the IP header has eight bits.
  if (*number < 1 || *number > 255) return std::unexpected("out of range (1-255)");
  return static_cast<unsigned>(*number);
}

}  // namespace

void declare_trace_options(CLI::App& app, TraceFlags& flags) {
  add_flag(app, "--trace", flags.trace, "show the way to the port, hop by hop (traceroute, without root)");
  add_parsed(app, "--max-hops", "N", flags.max_hops, parse_hops, "with --trace: go no further (30)");
}

void check_trace_options(const std::vector<net::OptionSetting>& socket_options) {
  for (const net::OptionSetting& setting : socket_options) {
    for (const std::string_view own : {"IP_TTL", "IPV6_UNICAST_HOPS", "TCP_DEFER_ACCEPT", "SO_LINGER"}) {
      if (setting.option->name != own) continue;
      throw UsageError("-o " + std::string(own) + " is not for --trace, which sets it itself");
    }
  }
}

}  // namespace cmd
