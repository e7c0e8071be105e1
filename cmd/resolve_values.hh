#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "net/base/clock.hh"
#include "net/base/parse.hh"
#include "net/dns/edns.hh"
#include "net/dns/types.hh"
#include "net/sock/endpoint.hh"

/// The values that resolve's options and words take.
namespace cmd {

/// A type to ask for; IXFR has the serial that is known already.
struct AskedType {
  net::dns::Type type = net::dns::Type::A;
  std::optional<std::uint32_t> serial{};
};

/// A server as it was written: an address, or a name that is to be looked up.
struct ServerWord {
  std::string host{};
  std::uint16_t port = 53;
  std::optional<net::Endpoint> address{};
};

/// A TYPE as -t takes it: a name, TYPEnnn, or IXFR=SERIAL.
[[nodiscard]] net::Parsed<AskedType> parse_asked_type(std::string_view text);

/// CODE or CODE:HEX, at most 1024 bytes.
[[nodiscard]] net::Parsed<net::dns::EdnsOption> parse_edns_option(std::string_view text);
/// HOST, HOST:PORT, [v6]:PORT or a bare IPv6 address; ADDRESS#PORT, as status lines have it.
[[nodiscard]] net::Parsed<ServerWord> parse_server(std::string_view text);
[[nodiscard]] net::Parsed<net::dns::Class> parse_query_class(std::string_view text);
/// 1 to 100: more would be a flood, as they all share one timeout.
[[nodiscard]] net::Parsed<std::uint64_t> parse_tries(std::string_view text);
/// 1 to a million: each has its place in memory.
[[nodiscard]] net::Parsed<std::uint64_t> parse_concurrency(std::string_view text);
/// A size of at most 65535 bytes.
[[nodiscard]] net::Parsed<std::uint64_t> parse_datagram_size(std::string_view text);
/// 1 to 4096: longer would leave no room for the question in a message.
[[nodiscard]] net::Parsed<std::uint64_t> parse_padding(std::string_view text);

}  // namespace cmd
