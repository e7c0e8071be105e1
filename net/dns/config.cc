#include "net/dns/config.hh"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>

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

void take_line(const std::string& line, ResolverConfig& config) {
  std::istringstream stream(line);
  std::string keyword;
  stream >> keyword;
  std::vector<std::string> words(std::istream_iterator<std::string>(stream), {});
  if (words.empty()) return;
  if (keyword == "nameserver") {
    const auto server = Endpoint::parse_ip(words.front(), dns_port);
    // The kernel takes 0.0.0.0 for this host, and the answer comes from 127.0.0.1.
    if (server && config.servers.size() < max_servers)
      config.servers.push_back(server->is_any() ? Endpoint::loopback(server->family(), dns_port) : *server);
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
