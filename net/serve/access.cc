#include "net/serve/access.hh"

#include <algorithm>

namespace net {
namespace {

// ::ffff:0:0/96 (RFC 4291, section 2.5.5.2).
constexpr int mapped_length = 96;
constexpr Uint128 mapped_network{0xffff00000000};

}  // namespace

void AccessList::add(Rule rule) {
  if (!rule.prefix.address.is_v4() && rule.prefix.length >= mapped_length &&
      IpPrefix{IpAddress::v6(mapped_network), mapped_length}.contains(rule.prefix)) {
    rule.prefix = {IpAddress(IpFamily::v4, rule.prefix.address.value()), rule.prefix.length - mapped_length};
  }
  allows_some_ = allows_some_ || rule.allow;
  rules_.push_back(rule);
}

bool AccessList::admits(const IpAddress& address) const {
  const auto rule =
      std::ranges::find_if(rules_, [&](const Rule& each) { return each.prefix.contains(address); });
  return rule == rules_.end() ? !allows_some_ : rule->allow;
}

}  // namespace net
