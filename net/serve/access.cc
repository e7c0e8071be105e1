#include "net/serve/access.hh"

#include <algorithm>

namespace net {
namespace {

// ::ffff:0:0/96 (RFC 4291, section 2.5.5.2).
constexpr int mapped_length = 96;
constexpr Uint128 mapped_network{0xffff00000000};

}  // namespace

Parsed<IpPrefix> AccessList::parse(std::string_view text) {
  if (text.contains('%')) return std::unexpected("a rule is for addresses of every zone: leave out the '%'");
  if (!text.contains(':') && text.find_first_not_of("0123456789./") != std::string_view::npos) {
    return std::unexpected(
        "not an address or prefix as 192.0.2.1, 192.0.2.0/24, 2001:db8::/32 "
        "(names are not looked up)");
  }
  if (text.contains('/')) return IpPrefix::parse(text);
  const auto address = IpAddress::parse(text);
  if (!address) return std::unexpected(address.error());
  return IpPrefix::of(*address);
}

void AccessList::add(Rule rule) {
  if (!rule.prefix.address.is_v4() && rule.prefix.length >= mapped_length &&
      IpPrefix{IpAddress::v6(mapped_network), mapped_length}.contains(rule.prefix)) {
    rule.prefix = {IpAddress(IpFamily::v4, rule.prefix.address.value()), rule.prefix.length - mapped_length};
  }
  listed_only_ = listed_only_ || rule.allow;
  rules_.push_back(rule);
}

bool AccessList::admits(const IpAddress& address) const {
  const auto rule =
      std::ranges::find_if(rules_, [&](const Rule& each) { return each.prefix.contains(address); });
  return rule == rules_.end() ? !listed_only_ : rule->allow;
}

}  // namespace net
