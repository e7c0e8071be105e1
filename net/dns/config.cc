#include "net/dns/config.hh"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>

#include "net/base/fd.hh"
#include "net/base/parse.hh"

namespace net::dns {
namespace {

// MAXNS of resolv.h.
constexpr std::size_t max_servers = 3;
constexpr std::uint16_t dns_port = 53;

/// The number behind "ndots:" and its like, cut to the option's limit.
std::optional<int> option_value(std::string_view word, std::string_view name, std::uint64_t limit) {
  if (!word.starts_with(name)) return std::nullopt;
  const auto number = parse_number(word.substr(name.size()));
  if (!number) return std::nullopt;
  return static_cast<int>(std::min(*number, limit));
}

void take_option(std::string_view word, ResolverConfig& config) {
  if (const auto ndots = option_value(word, "ndots:", 15)) config.ndots = *ndots;
  if (const auto timeout = option_value(word, "timeout:", 30); timeout && *timeout > 0)
    config.timeout = std::chrono::seconds(*timeout);
  if (const auto tries = option_value(word, "attempts:", 5); tries && *tries > 0) config.tries = *tries;
  if (word.starts_with("no-aaaa")) config.no_aaaa = true;
}

/// Split at blanks; a carriage return is none, to the C library.
std::vector<std::string> words_of(std::string_view text) {
  constexpr std::string_view blanks = " \t";
  std::vector<std::string> words;
  for (std::size_t at = text.find_first_not_of(blanks); at != std::string_view::npos;
       at = text.find_first_not_of(blanks)) {
    text.remove_prefix(at);
    words.emplace_back(text.substr(0, text.find_first_of(blanks)));
    text.remove_prefix(words.back().size());
  }
  return words;
}

/// As the C library reads it: IPv4 in any form of inet_aton(3), and a zone that has no meaning is no zone.
std::optional<Endpoint> name_server(std::string word) {
  word.erase(std::min(word.find_first_of(";#"), word.size()));
  in_addr ipv4{};
  // inet_aton(3) itself takes white space and then anything, as a carriage return is.
  const bool digits = word.find_first_not_of("0123456789abcdefxABCDEFX.") == std::string::npos;
  if (digits && inet_aton(word.c_str(), &ipv4) != 0) {
    std::array<std::uint8_t, sizeof ipv4> bytes{};
    std::memcpy(bytes.data(), &ipv4, bytes.size());
    const Endpoint server = Endpoint::ipv4(bytes, dns_port);
    // The kernel takes 0.0.0.0 for this host, and the answer comes from 127.0.0.1.
    return server.is_any() ? Endpoint::loopback(AF_INET, dns_port) : server;
  }
  const std::size_t percent = word.find('%');
  const auto server = Endpoint::parse_ip(word.substr(0, percent), dns_port);
  if (!server) return std::nullopt;
  if (server->is_any()) return Endpoint::loopback(AF_INET6, dns_port);
  if (percent == std::string::npos || !server->is_link_local()) return *server;
  return server->with_scope(interface_index(word.substr(percent + 1)).value_or(0));
}

void take_line(const std::string& line, ResolverConfig& config) {
  std::vector<std::string> words = words_of(line);
  // A keyword stands at the beginning of its line.
  if (words.size() < 2 || !line.starts_with(words.front())) return;
  const std::string keyword = words.front();
  words.erase(words.begin());
  if (keyword == "nameserver") {
    const auto server = name_server(words.front());
    if (server && config.servers.size() < max_servers) config.servers.push_back(*server);
  } else if (keyword == "search") {
    config.search = std::move(words);
  } else if (keyword == "domain") {
    config.search.assign(1, words.front());
  } else if (keyword == "options") {
    for (const std::string& word : words) take_option(word, config);
  }
}

/// The domain of this host's own name.
std::optional<std::string> own_domain() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return std::nullopt;
  const std::string_view text(name.data());
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos || dot + 1 == text.size()) return std::nullopt;
  return std::string(text.substr(dot + 1));
}

}  // namespace

ResolverConfig read_resolver_config(const std::string& path) {
  ResolverConfig config;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) take_line(line, config);
  if (config.servers.empty()) config.servers.push_back(Endpoint::loopback(AF_INET, dns_port));
  if (config.search.empty()) {
    if (auto domain = own_domain()) config.search.push_back(std::move(*domain));
  }
  return config;
}

std::optional<Error> why_unreadable(const std::string& path) {
  const Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.valid() || errno == ENOENT) return std::nullopt;
  return Error("open", path, errno_code());
}

std::string lower_case(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

bool is_localhost(const std::string& host) {
  std::string name = lower_case(host);
  if (name.ends_with('.')) name.pop_back();
  return name == "localhost" || name.ends_with(".localhost");
}

bool is_host_name(std::string_view name) {
  constexpr std::size_t max_label = 63;
  constexpr std::size_t max_name = 253;
  if (name == ".") return true;
  if (name.find_first_not_of("0123456789.") == std::string_view::npos && !name.ends_with('.')) return false;
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.empty() || name.size() > max_name || name.starts_with('-')) return false;
  std::size_t label = 0;
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (c == '.' ? label == 0 : !letter && c != '-' && c != '_') return false;
    label = c == '.' ? 0 : label + 1;
    if (label > max_label) return false;
  }
  return label > 0;
}

}  // namespace net::dns
