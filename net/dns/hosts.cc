#include "net/dns/hosts.hh"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string_view>
#include <utility>

#include "net/dns/config.hh"

namespace net::dns {
namespace {

constexpr std::string_view blanks = " \t\r\f\v";

/// Cuts the next word off the front; empty at the end of the line.
std::string_view next_word(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(blanks), rest.size()));
  const std::string_view word = rest.substr(0, rest.find_first_of(blanks));
  rest.remove_prefix(word.size());
  return word;
}

/// Files of hundreds of thousands of lines exist: only what matches is kept. `take` gets the address word and
/// the names, and answers whether to go on.
template <class Take>
void for_each_line(const std::string& path, Take take) {
  std::ifstream file(path);
  std::size_t number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    std::string_view rest = std::string_view(line).substr(0, line.find('#'));
    const std::string_view address = next_word(rest);
    if (!address.empty() && !take(number, address, rest)) return;
  }
}

std::optional<HostsLine> parse_line(std::size_t number, std::string_view address, std::string_view names) {
  // A zone is not of the file's format.
  const auto parsed = Endpoint::parse_ip(address, 0);
  if (!parsed || address.contains('%')) return std::nullopt;
  HostsLine line;
  line.number = number;
  line.address = *parsed;
  line.official_name = next_word(names);
  for (std::string_view word = next_word(names); !word.empty(); word = next_word(names))
    line.aliases.emplace_back(word);
  if (line.official_name.empty()) return std::nullopt;
  return line;
}

bool has_name(std::string_view names, const std::string& wanted) {
  for (std::string_view word = next_word(names); !word.empty(); word = next_word(names)) {
    if (word.size() == wanted.size() && lower_case(std::string(word)) == wanted) return true;
  }
  return false;
}

}  // namespace

std::vector<HostsLine> find_hosts(const std::string& name, const std::string& path) {
  const std::string wanted = lower_case(name);
  std::vector<HostsLine> found;
  for_each_line(path, [&](std::size_t number, std::string_view address, std::string_view names) {
    if (!has_name(names, wanted)) return true;
    if (auto line = parse_line(number, address, names)) found.push_back(std::move(*line));
    return true;
  });
  return found;
}

std::optional<HostsLine> find_host_of(const Endpoint& address, const std::string& path) {
  const Endpoint wanted = address.with_port(0).with_scope(0);
  std::optional<HostsLine> found;
  for_each_line(path, [&](std::size_t number, std::string_view text, std::string_view names) {
    const auto parsed = Endpoint::parse_ip(text, 0);
    if (parsed && *parsed == wanted) found = parse_line(number, text, names);
    return !found;
  });
  return found;
}

HostsEntry merge_hosts(const std::vector<HostsLine>& lines, int family) {
  HostsEntry entry;
  for (const HostsLine& line : lines) {
    if (line.address.family() != family) continue;
    const bool first = entry.addresses.empty();
    if (first) entry.official_name = line.official_name;
    std::ranges::copy(line.aliases, std::back_inserter(entry.aliases));
    if (!first && line.official_name != entry.official_name) entry.aliases.push_back(line.official_name);
    entry.addresses.push_back(line.address);
  }
  return entry;
}

}  // namespace net::dns
