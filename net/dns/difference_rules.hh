#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/dns/address_set.hh"
#include "net/dns/compare.hh"

// For the sentences of a comparison only, a rule each: differences.cc has what they share and the rules about
// DNS and libc, differences_hosts.cc those about the hosts file, differences_nsswitch.cc those about
// nsswitch.conf.
namespace net::dns {

inline constexpr std::array<int, 2> address_families{AF_INET, AF_INET6};

[[nodiscard]] std::string_view family_name(int family);
/// Without case and final dot.
[[nodiscard]] bool same_name(const std::string& a, const std::string& b);

/// Everything that the rules look at, and what they say.
class Rules {
 public:
  explicit Rules(const Comparison& seen);

  [[nodiscard]] std::vector<Difference> run();

 private:
  void say(std::string_view code, std::string text) { out_.push_back(Difference{code, std::move(text)}); }
  /// The same of what makes libc and DNS differ.
  void explain(std::string_view code, std::string text) {
    say(code, std::move(text));
    explained_ = true;
  }

  [[nodiscard]] std::size_t place(std::string_view service) const;
  [[nodiscard]] bool files_first() const { return place("files") < place("dns"); }
  [[nodiscard]] bool asks_dns() const { return seen_.order.has("dns") || seen_.order.has("resolve"); }
  [[nodiscard]] bool libc_failed() const { return seen_.libc.error.has_value(); }
  [[nodiscard]] bool libc_silent() const;
  [[nodiscard]] bool libc_says_no() const;
  /// libc had the time to say what it has: addresses, or that there are none.
  [[nodiscard]] bool libc_knows() const { return !libc_failed() || libc_says_no(); }
  /// What was seen of a service, and nothing for those that were not looked at.
  [[nodiscard]] const Addresses& addresses_of(const NssService& service) const;
  /// "nsswitch.conf (hosts: files dns)".
  [[nodiscard]] std::string nsswitch_text() const;
  /// "line 12", "lines 1 and 3".
  [[nodiscard]] std::string lines_text(int family) const;
  [[nodiscard]] std::string dns_verdict() const;

  void nobody_asked();
  void no_services();
  void hosts_lines();
  void hosts_file();
  void hosts_before_dns();
  void hosts_name();
  void search_list();
  void chain();
  void discarded();
  void not_merged();
  void nsswitch();
  void no_aaaa();
  void services();
  void servers();
  void libc_failure();
  void addrconfig();
  void order();
  void unexplained();

  const Comparison& seen_;
  Addresses hosts_;
  Addresses dns_;
  Addresses libc_;
  const DnsStep* answer_ = nullptr;  ///< the first step that has addresses
  bool explained_ = false;
  std::vector<Difference> out_;
};

}  // namespace net::dns
