// What one answer to a probe makes of a hop.

#include <gtest/gtest.h>

#include <cerrno>

#include "net/probe/trace.hh"

namespace net {
namespace {

Endpoint address(const char* text) {
  return *Endpoint::parse_ip(text, 81);
}

Attempt attempt(const char* target, int code, std::optional<IcmpReport> icmp = {}) {
  Attempt made{.address = address(target)};
  made.time = std::chrono::milliseconds(3);
  if (code != 0) made.error.emplace("connect", target, errno_code(code));
  made.icmp = std::move(icmp);
  return made;
}

IcmpReport icmp(const char* offender, std::uint8_t type, std::uint8_t number) {
  return IcmpReport{.code = {}, .offender = *Endpoint::parse_ip(offender, 0), .type = type, .number = number};
}

struct Case {
  const char* name;
  Attempt attempt;
  const char* address;
  std::optional<PortState> state;
};

TEST(TraceHop, WhatAnAnswerMeans) {
  const Case cases[] = {
      {"it connected", attempt("192.0.2.1", 0), "192.0.2.1", PortState::open},
      {"a reset", attempt("192.0.2.1", ECONNREFUSED), "192.0.2.1", PortState::closed},
      {"a reset of what was there", attempt("192.0.2.1", ECONNRESET), "192.0.2.1", PortState::open},
      {"TTL", attempt("192.0.2.1", EHOSTUNREACH, icmp("10.0.0.1", 11, 0)), "10.0.0.1", {}},
      {"hop limit", attempt("2001:db8::1", EHOSTUNREACH, icmp("fd00::1", 3, 0)), "fd00::1", {}},
      {"its own port unreachable", attempt("192.0.2.1", ECONNREFUSED, icmp("192.0.2.1", 3, 3)), "192.0.2.1",
       PortState::closed},
      {"somebody else's", attempt("192.0.2.1", ECONNREFUSED, icmp("10.0.0.1", 3, 3)), "10.0.0.1",
       PortState::filtered},
      {"prohibited by itself", attempt("192.0.2.1", EHOSTUNREACH, icmp("192.0.2.1", 3, 10)), "192.0.2.1",
       PortState::filtered},
      {"no route", attempt("2001:db8::1", ENETUNREACH, icmp("fd00::1", 1, 0)), "fd00::1",
       PortState::filtered},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.name);
    const Hop hop = hop_of(7, one.attempt);
    EXPECT_EQ(hop.ttl, 7U);
    ASSERT_TRUE(hop.address);
    EXPECT_EQ(hop.address->address_text(), one.address);
    EXPECT_EQ(hop.state, one.state);
    EXPECT_EQ(hop.icmp.has_value(), one.attempt.icmp.has_value());
    EXPECT_EQ(hop.time, std::chrono::milliseconds(3));
  }
}

}  // namespace
}  // namespace net
