#pragma once

#include <string_view>
#include <vector>

#include "net/addr/ip_prefix.hh"

namespace net {

/// Who may come in: rules in order, of which the first that matches decides. Where none does, an address
/// comes in unless the list is of those who may.
class AccessList {
 public:
  struct Rule {
    bool allow;
    IpPrefix prefix;
  };

  /// What a rule is about: an address, or a prefix, of which host bits do not count. Names and zones are
  /// refused.
  [[nodiscard]] static Parsed<IpPrefix> parse(std::string_view text);

  /// ::ffff:192.0.2.0/120 is the rule for 192.0.2.0/24, as such an address is IPv4.
  void add(Rule rule);
  /// Keeps those out whom no rule matches, also while there are no rules. An allowing rule does it too.
  void admit_listed_only() { listed_only_ = true; }
  /// Of an IPv4 address that is not in the form ::ffff:a.b.c.d.
  [[nodiscard]] bool admits(const IpAddress& address) const;

 private:
  std::vector<Rule> rules_{};
  bool listed_only_ = false;
};

}  // namespace net
