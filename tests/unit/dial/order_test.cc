#include "net/dial/order.hh"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace net {
namespace {

Endpoint ip(std::string_view text) {
  const auto parsed = Endpoint::parse_ip(text, 0);
  EXPECT_TRUE(parsed) << text;
  return parsed.value_or(Endpoint());
}

/// A destination, and the source that the kernel would use for it ("" for none).
struct Candidate {
  std::string_view destination;
  std::string_view source;
};

struct Case {
  std::string_view name;
  std::vector<Candidate> candidates;  ///< in the order in which they should come out
};

std::vector<std::string> ordered(const std::vector<Candidate>& candidates) {
  std::vector<Endpoint> destinations;
  std::vector<std::optional<Endpoint>> sources;
  for (const Candidate& candidate : candidates) {
    destinations.push_back(ip(candidate.destination));
    sources.push_back(candidate.source.empty() ? std::nullopt : std::optional(ip(candidate.source)));
  }
  std::vector<std::string> out;
  for (const Endpoint& endpoint : order_destinations(destinations, sources))
    out.push_back(endpoint.address_text());
  return out;
}

// The kind of cases that RFC 6724, section 10.2, walks through, and some for each line of its policy table.
const Case cases[] = {
    {"matching scope: IPv6", {{"2001:db8:1::1", "2001:db8:1::2"}, {"198.51.100.121", "169.254.13.78"}}},
    {"matching scope: IPv4", {{"198.51.100.121", "198.51.100.117"}, {"2001:db8:1::1", "fe80::1"}}},
    {"higher precedence", {{"2001:db8:1::1", "2001:db8:1::2"}, {"10.1.2.3", "10.1.2.4"}}},
    {"smaller scope", {{"fe80::1", "fe80::2"}, {"2001:db8:1::1", "2001:db8:1::2"}}},
    {"matching label", {{"2002:c633:6401::1", "2002:c633:6401::2"}, {"2001:db8:1::1", "2002:c633:6401::2"}}},
    {"higher precedence than 6to4",
     {{"2001:db8:1::1", "2001:db8:1::2"}, {"2002:c633:6401::1", "2002:c633:6401::2"}}},
    {"unreachable last", {{"198.51.100.121", "198.51.100.117"}, {"2001:db8:1::1", ""}}},
    {"unreachable last, though smaller in scope", {{"2001:db8:1::1", "2001:db8:1::2"}, {"fe80::1", ""}}},
    {"IPv4 before Teredo", {{"198.51.100.121", "198.51.100.117"}, {"2001:0:1::1", "2001:0:2::2"}}},
    {"6to4 after IPv4 by precedence",
     {{"198.51.100.121", "198.51.100.117"}, {"2002:c633:6401::1", "2002:c633:6401::2"}}},
    {"native label before a unique local one",
     {{"2001:db8:1::1", "2001:db8:1::2"}, {"fd00::1", "2001:db8:1::2"}}},
    {"unique local of our own after native", {{"2001:db8:1::1", "2001:db8:1::2"}, {"fd00::1", "fd00::2"}}},
    {"loopback first of all",
     {{"::1", "::1"}, {"2001:db8:1::1", "2001:db8:1::2"}, {"127.0.0.1", "127.0.0.1"}}},
    {"longest matching prefix", {{"2001:db8:1::1", "2001:db8:1::2"}, {"2001:db8:3ffe::1", "2001:db8:1::2"}}},
    {"site-local after native", {{"2001:db8:1::1", "2001:db8:1::2"}, {"fec0::1", "fec0::2"}}},
};

TEST(Order, TablesOfTheRfc) {
  for (const Case& c : cases) {
    std::vector<std::string> expect;
    for (const Candidate& candidate : c.candidates)
      expect.push_back(ip(candidate.destination).address_text());
    // However they came in.
    std::vector<Candidate> given = c.candidates;
    EXPECT_EQ(ordered(given), expect) << c.name;
    std::ranges::reverse(given);
    EXPECT_EQ(ordered(given), expect) << c.name << ", reversed";
  }
}

TEST(Order, TiesKeepTheirOrder) {
  const std::vector<Candidate> candidates{
      {"192.0.2.9", "198.51.100.1"}, {"192.0.2.1", "198.51.100.1"}, {"203.0.113.5", "198.51.100.1"}};
  EXPECT_EQ(ordered(candidates), (std::vector<std::string>{"192.0.2.9", "192.0.2.1", "203.0.113.5"}));
  // Nearness of numbers says nothing in IPv4, where a server's round robin would be undone by it.
  EXPECT_EQ(ordered({{"203.0.113.5", "198.51.100.1"}, {"198.51.100.9", "198.51.100.1"}}),
            (std::vector<std::string>{"203.0.113.5", "198.51.100.9"}));
}

// Two hosts of one network: their interface identifiers are no measure of distance.
TEST(Order, PrefixesEndAtTheInterfaceIdentifier) {
  EXPECT_EQ(ordered({{"2001:db8::8000:0:0:1", "2001:db8::1"}, {"2001:db8::2", "2001:db8::1"}}),
            (std::vector<std::string>{"2001:db8::8000:0:0:1", "2001:db8::2"}));
}

TEST(Order, AsksTheKernelForSources) {
  // Both are always reachable; ::1 has the highest precedence of all.
  const auto out = order_destinations({ip("127.0.0.1"), ip("::1")});
  EXPECT_EQ(out, (std::vector<Endpoint>{ip("::1"), ip("127.0.0.1")}));
  EXPECT_TRUE(order_destinations({}).empty());
  EXPECT_EQ(order_destinations({ip("192.0.2.1")}), std::vector<Endpoint>{ip("192.0.2.1")});
}

std::vector<std::string> interleaved(const std::vector<std::string_view>& given, int last_tried = AF_UNSPEC) {
  std::vector<Endpoint> endpoints;
  for (const std::string_view text : given) endpoints.push_back(ip(text));
  std::vector<std::string> out;
  for (const Endpoint& endpoint : interleave_families(endpoints, last_tried))
    out.push_back(endpoint.address_text());
  return out;
}

TEST(Interleave, FamiliesTakeTurns) {
  using Texts = std::vector<std::string>;
  EXPECT_EQ(interleaved({}), Texts{});
  EXPECT_EQ(interleaved({"::1"}), Texts{"::1"});
  EXPECT_EQ(interleaved({"::1", "::2", "::3"}), (Texts{"::1", "::2", "::3"}));
  EXPECT_EQ(interleaved({"::1", "::2", "::3", "1.1.1.1", "2.2.2.2"}),
            (Texts{"::1", "1.1.1.1", "::2", "2.2.2.2", "::3"}));
  EXPECT_EQ(interleaved({"1.1.1.1", "::1", "::2", "::3"}), (Texts{"1.1.1.1", "::1", "::2", "::3"}));
  EXPECT_EQ(interleaved({"1.1.1.1", "2.2.2.2", "3.3.3.3", "::1"}),
            (Texts{"1.1.1.1", "::1", "2.2.2.2", "3.3.3.3"}));
}

// Addresses that come in while others are tried: the family that was not tried last goes on.
TEST(Interleave, GoesOnAfterTheLastTried) {
  using Texts = std::vector<std::string>;
  EXPECT_EQ(interleaved({"::1", "::2", "1.1.1.1"}, AF_INET6), (Texts{"1.1.1.1", "::1", "::2"}));
  EXPECT_EQ(interleaved({"::1", "::2", "1.1.1.1"}, AF_INET), (Texts{"::1", "1.1.1.1", "::2"}));
  EXPECT_EQ(interleaved({"::1", "::2"}, AF_INET6), (Texts{"::1", "::2"}));
}

}  // namespace
}  // namespace net
