// Texts, prefixes and ranges against Python's ipaddress.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "net/addr/ip_range.hh"
#include "tests/unit/addr/python.hh"
#include "tests/unit/addr/samples.hh"

namespace net {
namespace {

std::string joined(const std::vector<IpPrefix>& prefixes) {
  std::string out;
  for (const IpPrefix& prefix : prefixes) out += (out.empty() ? "" : " ") + prefix.text();
  return out;
}

/// A mapped address is written in hexadecimal by Python before 3.13, and dotted since: it is asked in full.
bool is_mapped(const IpAddress& address) {
  return unmapped(address) != address;
}

std::string address_answer(const std::string& text) {
  const auto address = IpAddress::parse(text);
  if (!address) return "-";
  return (address->is_v4() ? "4 " : "6 ") + decimal_digits(address->value()) + " " + address->text() + " " +
         address->expanded() + " " + address->reverse_name();
}

void expect_texts_of(IpFamily family, PythonOracle& python) {
  Samples samples(11);
  const auto expect = [&python](const std::string& text) {
    const auto address = IpAddress::parse(text);
    if (!address || !is_mapped(*address)) python.expect({"address", text}, address_answer(text));
  };
  for (const IpAddress& address : boundaries(family)) expect(address.text());
  for (std::size_t i = 0; i < sample_count; ++i) {
    std::string text = samples.spelling(samples.address(family));
    // No zones: Python takes them as part of an address.
    if (samples.one_in(3)) text = samples.mutated(text, "0123456789abcdefABCDEFgx:::.../ -");
    expect(text);
  }
}

TEST(PythonIpaddress, ReadsAndWritesTheSameIpv4) {
  REQUIRE_PROGRAM("python3");
  PythonOracle python;
  expect_texts_of(IpFamily::v4, python);
  SCOPED_TRACE("seed 11");
  python.ask();
}

TEST(PythonIpaddress, ReadsAndWritesTheSameIpv6) {
  REQUIRE_PROGRAM("python3");
  PythonOracle python;
  expect_texts_of(IpFamily::v6, python);
  SCOPED_TRACE("seed 11");
  python.ask();
}

std::string prefix_answer(const IpPrefix& prefix) {
  std::string out = prefix.network().text() + " " + prefix.last().text() + " " + prefix.netmask().text() +
                    " " + prefix.wildcard().text() + " " + std::to_string(prefix.length) + " " +
                    count_digits(prefix.size());
  if (prefix.address.is_v4() && *prefix.size() <= 256) {
    out += " " + prefix.first_host().text() + " " + prefix.last_host().text() + " " +
           count_digits(prefix.host_count());
  }
  return out;
}

TEST(PythonIpaddress, HasTheSameNetworks) {
  REQUIRE_PROGRAM("python3");
  PythonOracle python;
  Samples samples(12);
  const auto expect = [&python](const IpPrefix& prefix) {
    // The wildcards of /80 are mapped addresses, which the versions of Python write in two ways.
    if (is_mapped(prefix.network()) || is_mapped(prefix.last()) || is_mapped(prefix.wildcard())) return;
    python.expect({"prefix", prefix.text()}, prefix_answer(prefix));
  };
  for (const IpFamily family : {IpFamily::v4, IpFamily::v6}) {
    for (int length = 0; length <= bits_of(family); ++length) {
      for (std::size_t i = 0; i < sample_count / 160; ++i) expect({samples.address(family), length});
      for (const Uint128 value : {Uint128{0}, uint128_max}) expect({{family, value}, length});
    }
  }
  SCOPED_TRACE("seed 12");
  python.ask();
}

TEST(PythonIpaddress, TakesTheSameMasks) {
  REQUIRE_PROGRAM("python3");
  PythonOracle python;
  for (int length = 1; length <= 32; ++length) {
    const IpPrefix prefix{*IpAddress::parse("192.0.2.77"), length};
    const auto parsed = IpPrefix::parse("192.0.2.77/" + prefix.netmask().text());
    ASSERT_TRUE(parsed) << parsed.error();
    python.expect({"prefix", "192.0.2.77/" + prefix.netmask().text()}, prefix_answer(*parsed));
  }
  python.ask();
}

TEST(PythonIpaddress, FindsTheSameWithin) {
  REQUIRE_PROGRAM("python3");
  PythonOracle python;
  Samples samples(13);
  for (std::size_t i = 0; i < sample_count / 2; ++i) {
    const IpFamily family = samples.one_in(2) ? IpFamily::v4 : IpFamily::v6;
    const IpPrefix outer{samples.address(family),
                         static_cast<int>(samples.below(static_cast<std::size_t>(bits_of(family)) + 1))};
    const auto near = static_cast<unsigned>(samples.below(static_cast<std::size_t>(bits_of(family))));
    const IpPrefix inner{{family, outer.address.value() ^ Uint128{1} << near},
                         static_cast<int>(samples.below(static_cast<std::size_t>(bits_of(family)) + 1))};
    python.expect({"contains", outer.text(), inner.text()}, outer.contains(inner) ? "True" : "False");
  }
  SCOPED_TRACE("seed 13");
  python.ask();
}

IpRange some_range(Samples& samples, IpFamily family) {
  IpAddress a = samples.address(family);
  IpAddress b = samples.address(family);
  if (samples.one_in(2)) b = {family, a.value() + samples.below(5000)};
  if (b < a) std::swap(a, b);
  return {a, b};
}

TEST(PythonIpaddress, CoversRangesWithTheSamePrefixes) {
  REQUIRE_PROGRAM("python3");
  PythonOracle python;
  Samples samples(14);
  const auto expect = [&python](const IpRange& range) {
    const auto prefixes = cover(range);
    if (std::ranges::any_of(prefixes, [](const IpPrefix& p) { return is_mapped(p.address); })) return;
    python.expect({"cover", range.first.text(), range.last.text()}, joined(prefixes));
  };
  for (const IpFamily family : {IpFamily::v4, IpFamily::v6}) {
    const IpAddress lowest(family, 0);
    const IpAddress highest(family, uint128_max);
    expect({lowest, highest});
    expect({{family, 1}, highest});
    expect({lowest, {family, uint128_max - 1}});
    expect({{family, 1}, {family, uint128_max - 1}});
    for (const IpAddress& address : boundaries(family)) {
      expect({lowest, address});
      expect({address, highest});
    }
    for (std::size_t i = 0; i < sample_count / 40; ++i) expect(some_range(samples, family));
  }
  SCOPED_TRACE("seed 14");
  python.ask();
}

TEST(PythonIpaddress, AggregatesToTheSamePrefixes) {
  REQUIRE_PROGRAM("python3");
  PythonOracle python;
  Samples samples(15);
  for (std::size_t i = 0; i < 2000; ++i) {
    const IpFamily family = samples.one_in(2) ? IpFamily::v4 : IpFamily::v6;
    const IpPrefix around{samples.address(family), bits_of(family) - 8};
    test::Words question{"collapse"};
    std::vector<IpRange> ranges;
    for (std::size_t count = 1 + samples.below(30); count > 0; --count) {
      // Within 256 addresses, so that many touch and overlap.
      const IpAddress address(family, around.network().value() + samples.below(256));
      const IpPrefix prefix =
          IpPrefix{address, bits_of(family) - static_cast<int>(samples.below(6))}.canonical();
      question.push_back(prefix.text());
      ranges.push_back(IpRange::of(prefix));
    }
    if (!is_mapped(around.address)) python.expect(question, joined(aggregate(ranges)));
  }
  SCOPED_TRACE("seed 15");
  python.ask();
}

TEST(PythonIpaddress, SplitsIntoTheSameSubnets) {
  REQUIRE_PROGRAM("python3");
  PythonOracle python;
  Samples samples(16);
  for (std::size_t i = 0; i < 1000; ++i) {
    const IpFamily family = samples.one_in(2) ? IpFamily::v4 : IpFamily::v6;
    const auto length = static_cast<int>(samples.below(static_cast<std::size_t>(bits_of(family)) + 1));
    const IpPrefix prefix = IpPrefix{samples.address(family), length}.canonical();
    const int to = std::min(bits_of(family), length + static_cast<int>(samples.below(7)));
    auto subnets = Subnets::of(prefix, to);
    ASSERT_TRUE(subnets) << subnets.error();
    std::vector<IpPrefix> all;
    while (const auto subnet = subnets->next()) all.push_back(*subnet);
    EXPECT_EQ(subnets->count(), AddressCount(all.size()));
    if (std::ranges::any_of(all, [](const IpPrefix& p) { return is_mapped(p.address); })) continue;
    python.expect({"subnets", prefix.text(), std::to_string(to)}, joined(all));
  }
  SCOPED_TRACE("seed 16");
  python.ask();
}

}  // namespace
}  // namespace net
