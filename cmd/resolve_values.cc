#include "cmd/resolve_values.hh"

#include <utility>

#include "net/base/bytes.hh"
#include "net/dns/name.hh"

namespace cmd {
namespace {

using net::dns::EdnsOption;
using net::dns::Type;

constexpr std::size_t longest_option = 1024;

}  // namespace

net::Parsed<EdnsOption> parse_edns_option(std::string_view text) {
  const std::size_t colon = text.find(':');
  const auto code = net::parse_number(text.substr(0, colon), 0xffff);
  if (!code) return std::unexpected("code: " + code.error());
  EdnsOption option{static_cast<std::uint16_t>(*code), {}};
  if (colon == std::string_view::npos) return option;
  auto data = net::parse_hex(text.substr(colon + 1));
  if (!data) return std::unexpected(data.error());
  if (data->size() > longest_option) return std::unexpected("longer than 1024 bytes");
  option.data = std::move(*data);
  return option;
}

net::Parsed<ServerWord> parse_server(std::string_view text) {
  const std::size_t hash = text.find('#');
  auto split = net::split_host_port(text.substr(0, hash));
  if (!split) return std::unexpected(split.error());
  if (hash != std::string_view::npos && split->port) return std::unexpected("two ports");
  if (hash != std::string_view::npos) split->port = std::string(text.substr(hash + 1));
  if (split->host.empty()) return std::unexpected("no server");
  ServerWord server;
  server.host = split->host;
  if (split->port) {
    const auto port = net::parse_port(*split->port, [](std::string_view) { return std::nullopt; });
    if (!port) return std::unexpected("port: " + port.error());
    if (*port == 0) return std::unexpected("port: out of range (1-65535)");
    server.port = *port;
  }
  const auto address = net::Endpoint::parse_ip(server.host, server.port);
  if (address && address->is_any()) return std::unexpected("is no server's address");
  if (address) {
    server.address = *address;
  } else if (server.host.contains(':') || !net::dns::Name::parse(server.host)) {
    return std::unexpected(address.error());
  }
  return server;
}

net::Parsed<net::dns::Class> parse_query_class(std::string_view text) {
  if (const auto klass = net::dns::parse_class(text)) return *klass;
  return std::unexpected("no class (examples: IN, CH, ANY, CLASS42)");
}

net::Parsed<std::uint64_t> parse_tries(std::string_view text) {
  auto number = net::parse_number(text, 100);
  if (number && *number == 0) return std::unexpected("at least 1");
  return number;
}

net::Parsed<std::uint64_t> parse_concurrency(std::string_view text) {
  auto number = net::parse_number(text, 1'000'000);
  if (number && *number == 0) return std::unexpected("at least 1");
  return number;
}

net::Parsed<std::uint64_t> parse_datagram_size(std::string_view text) {
  auto size = net::parse_size(text);
  if (size && *size > 0xffff) return std::unexpected("out of range (0-65535)");
  return size;
}

net::Parsed<std::uint64_t> parse_padding(std::string_view text) {
  auto number = net::parse_number(text, 4096);
  if (number && *number == 0) return std::unexpected("at least 1");
  return number;
}

net::Parsed<AskedType> parse_asked_type(std::string_view text) {
  const std::size_t equals = text.find('=');
  const auto type = net::dns::parse_type(text.substr(0, equals));
  if (!type) return std::unexpected("'" + std::string(text) + "' is no type (examples: A, MX, TYPE65280)");
  AskedType asked{*type, {}};
  if ((*type == Type::IXFR) != (equals != std::string_view::npos)) {
    return std::unexpected(*type == Type::IXFR ? "IXFR needs the serial that is known: IXFR=SERIAL"
                                               : "only IXFR takes a serial");
  }
  if (equals == std::string_view::npos) return asked;
  const auto serial = net::parse_number(text.substr(equals + 1), UINT32_MAX);
  if (!serial) return std::unexpected("serial: " + serial.error());
  asked.serial = static_cast<std::uint32_t>(*serial);
  return asked;
}

}  // namespace cmd
