// Kinds, registries, embedded addresses and MACs against Python.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "net/addr/address_kind.hh"
#include "net/addr/ipv6_embedded.hh"
#include "net/addr/mac_address.hh"
#include "net/addr/special_purpose.hh"
#include "tests/unit/addr/python.hh"
#include "tests/unit/addr/samples.hh"

namespace net {
namespace {

/// Where a Python may be older than IANA's registries, or take another view: before 3.12.4 (and its
/// backports) 192.0.0.0/24 and 2001::/23 were neither private as a whole nor open in the parts that IANA
/// opened; 3.11 knows nothing of what was registered since; a mapped address is private, whatever it stands
/// for, or as what it stands for; IANA's N/A is neither yes nor no.
constexpr std::string_view not_compared[] = {"192.0.0.0/24",   "192.88.99.0/24", "::ffff:0:0/96",
                                             "64:ff9b:1::/48", "100:0:0:1::/64", "2001::/23",
                                             "2002::/16",      "3fff::/20",      "5f00::/16"};

bool is_compared(const IpAddress& address) {
  return std::ranges::none_of(
      not_compared, [&](std::string_view text) { return IpPrefix::parse(text)->contains(address); });
}

std::string kind_answer(const IpAddress& address) {
  const std::string_view words = address_kind(address).words;
  std::string out;
  const auto add = [&out](bool holds, const std::string& word) {
    if (holds) out += (out.empty() ? "" : " ") + word;
  };
  add(words.starts_with("multicast"), "is_multicast");
  add(words == "loopback", "is_loopback");
  add(words == "unspecified" || words == "this host on this network", "is_unspecified");
  add(words == "link-local", "is_link_local");
  const SpecialPurpose* const row = special_purpose(address);
  add(row == nullptr || *row->global, "is_global");
  add(words.starts_with("site-local"), "is_site_local");
  return out;
}

TEST(PythonIpaddress, SeesTheSameKinds) {
  REQUIRE_PROGRAM("python3");
  PythonOracle python;
  Samples samples(17);
  const auto expect = [&python](const IpAddress& address) {
    if (is_compared(address)) python.expect({"kind", address.text()}, kind_answer(address));
  };
  for (const IpFamily family : {IpFamily::v4, IpFamily::v6}) {
    for (const IpAddress& address : boundaries(family)) expect(address);
    for (std::size_t i = 0; i < sample_count / 2; ++i) expect(samples.address(family));
  }
  SCOPED_TRACE("seed 17");
  python.ask();
}

std::string embedded_answer(const IpAddress& address) {
  const auto text = [](bool there, const IpAddress& found) { return there ? found.text() : "None"; };
  const auto embedded = embedded_ipv4(address);
  const auto of_kind = [&](std::string_view how) {
    return text(embedded && embedded->how == how, embedded ? embedded->address : IpAddress());
  };
  const auto tunnel = teredo(address);
  return of_kind("IPv4-mapped") + " " + of_kind("6to4") + " " +
         text(tunnel.has_value(), tunnel ? tunnel->server : IpAddress()) + " " + of_kind("Teredo client");
}

TEST(PythonIpaddress, FindsTheSameEmbeddedAddresses) {
  REQUIRE_PROGRAM("python3");
  PythonOracle python;
  Samples samples(18);
  for (std::size_t i = 0; i < sample_count / 2; ++i) {
    IpAddress address = samples.ipv6();
    constexpr Uint128 low112 = (Uint128{1} << 112U) - 1;
    if (samples.one_in(3)) address = IpAddress::v6((address.value() & low112) | Uint128{0x2002} << 112U);
    if (samples.one_in(3))
      address = IpAddress::v6((address.value() & low112 >> 16U) | Uint128{0x20010000} << 96U);
    if (samples.one_in(8)) address = IpAddress::v6((address.value() & UINT32_MAX) | Uint128{0xffff} << 32U);
    python.expect({"embedded", address.text()}, embedded_answer(address));
  }
  SCOPED_TRACE("seed 18");
  python.ask();
}

std::string some_mac(Samples& samples) {
  const std::size_t octets = samples.one_in(3) ? 8 : 6;
  std::string digits;
  while (digits.size() < octets * 2) digits += "0123456789abcdefABCDEF"[samples.below(22)];
  const std::size_t notation = samples.below(4);
  if (notation == 3) return digits;
  const std::size_t group = notation == 2 ? 4 : 2;
  for (std::size_t at = group; at < digits.size(); at += group + 1) digits.insert(at, 1, ":-."[notation]);
  return digits;
}

TEST(PythonRe, ReadsTheSameMacs) {
  REQUIRE_PROGRAM("python3");
  PythonOracle python;
  Samples samples(19);
  const auto expect = [&python](const std::string& text) {
    const auto parsed = MacAddress::parse(text);
    python.expect({"mac", text}, parsed ? parsed->text() : "-");
  };
  for (std::size_t i = 0; i < sample_count / 2; ++i) {
    const std::string text = some_mac(samples);
    expect(text);
    expect(samples.mutated(text, "0123456789abcdefABCDEFg:::--.. "));
  }
  SCOPED_TRACE("seed 19");
  python.ask();
}

}  // namespace
}  // namespace net
