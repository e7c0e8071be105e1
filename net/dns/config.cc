#include "net/dns/config.hh"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <fstream>
#include <optional>
#include <span>

#include "net/addr/legacy_ipv4.hh"
#include "net/base/fd.hh"
#include "net/base/parse.hh"
#include "net/base/words.hh"

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

/// An address as libc reads it here: an old form of IPv4 too (010.1.1.1 is 8.1.1.1), up to ';' or '#'.
std::optional<Endpoint> server_at(std::string_view word) {
  const std::string_view text = word.substr(0, word.find_first_of(";#"));
  if (const auto server = Endpoint::parse_ip(text, dns_port)) return *server;
  const auto legacy = parse_legacy_ipv4(text);
  if (!legacy || !legacy->octal) return std::nullopt;
  return Endpoint::ipv4(legacy->octal->bytes().view().first<4>(), dns_port);
}

void take_line(std::string_view line, ResolverConfig& config) {
  // A carriage return is a part of its word, and a keyword stands at the beginning of its line: so it is in
  // libc.
  const std::vector<std::string_view> words = split_words(line, " \t");
  if (words.size() < 2 || words.front().data() != line.data()) return;
  const std::span values = std::span(words).subspan(1);
  if (words.front() == "nameserver") {
    const auto server = server_at(values.front());
    // The kernel takes 0.0.0.0 for this host, and the answer comes from 127.0.0.1.
    if (server && config.servers.size() < max_servers)
      config.servers.push_back(server->is_any() ? Endpoint::loopback(server->family(), dns_port) : *server);
  } else if (words.front() == "search") {
    config.search.assign(values.begin(), values.end());
  } else if (words.front() == "domain") {
    config.search.assign(1, std::string(values.front()));
  } else if (words.front() == "options") {
    for (const std::string_view word : values) take_option(word, config);
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
