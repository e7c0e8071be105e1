#include "net/dns/search.hh"

#include <algorithm>
#include <array>

#include "net/dns/status.hh"

namespace net::dns {

Parsed<std::vector<Name>> search_names(std::string_view text, const ResolverConfig& config) {
  auto name = Name::parse(text);
  if (!name) return std::unexpected(name.error());
  std::vector<Name> names;
  // A final dot that is escaped belongs to the label: without it a lone backslash would be left.
  const bool absolute = text == "." || (text.ends_with('.') && Name::parse(text.substr(0, text.size() - 1)));
  if (absolute || std::ranges::count(text, '.') >= config.ndots) names.push_back(*name);
  for (const std::string& domain : config.search) {
    const auto suffix = Name::parse(domain);
    const auto joined = absolute || !suffix ? std::nullopt : name->below(*suffix);
    if (joined && std::ranges::find(names, *joined) == names.end()) names.push_back(*joined);
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
