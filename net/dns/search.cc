#include "net/dns/search.hh"

#include <algorithm>
#include <array>
#include <optional>

#include "net/dns/status.hh"

namespace net::dns {

namespace {

bool is_absolute(std::string_view text) {
  // A final dot that is escaped belongs to the label: without it a lone backslash would be left.
  return text == "." || (text.ends_with('.') && Name::parse(text.substr(0, text.size() - 1)));
}

/// The name below a domain of the list; nothing where that makes no name.
std::optional<Name> below(const Name& name, std::string_view domain) {
  if (domain.starts_with('.')) domain.remove_prefix(1);
  if (domain == ".") return std::nullopt;
  const auto suffix = Name::parse(domain.empty() ? "." : domain);
  return suffix ? name.below(*suffix) : std::nullopt;
}

}  // namespace

bool begins_as_it_is(std::string_view text, const ResolverConfig& config) {
  return is_absolute(text) || std::ranges::count(text, '.') >= config.ndots;
}

Parsed<std::vector<Name>> search_names(std::string_view text, const ResolverConfig& config) {
  auto name = Name::parse(text);
  if (!name) return std::unexpected(name.error());
  std::vector<Name> names;
  if (begins_as_it_is(text, config)) names.push_back(*name);
  if (is_absolute(text)) return names;
  for (const std::string& domain : config.search) {
    const auto joined = below(*name, domain);
    if (!joined) break;
    if (std::ranges::find(names, *joined) == names.end()) names.push_back(*joined);
  }
  if (std::ranges::find(names, *name) == names.end()) names.push_back(*name);
  return names;
}

bool search_goes_on(std::uint16_t rcode, bool as_it_is) {
  constexpr std::array going_on{std::uint16_t{0}, static_cast<std::uint16_t>(Status::server_failure),
                                static_cast<std::uint16_t>(Status::no_such_name)};
  return as_it_is || std::ranges::find(going_on, rcode) != going_on.end();
}

}  // namespace net::dns
