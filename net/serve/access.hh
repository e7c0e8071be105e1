#pragma once

#include <vector>

#include "net/addr/ip_prefix.hh"

namespace net {

/// Who may come in: rules in order, of which the first that matches decides. Where none does, an address
/// comes in unless there is an allowing rule: then the list is of those who may.
class AccessList {
 public:
  struct Rule {
    bool allow;
    IpPrefix prefix;
  };

  /// ::ffff:192.0.2.0/120 is the rule for 192.0.2.0/24, as such an address is IPv4.
  void add(Rule rule);
  [[nodiscard]] bool admits(const IpAddress& address) const;
  [[nodiscard]] bool empty() const { return rules_.empty(); }

 private:
  std::vector<Rule> rules_{};
  bool allows_some_ = false;
};

}  // namespace net
