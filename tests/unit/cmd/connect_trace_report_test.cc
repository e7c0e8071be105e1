#include <gtest/gtest.h>

#include "cmd/connect_trace_report.hh"
#include "cmd/json_out.hh"
#include "cmd/output.hh"

namespace cmd {
namespace {

using net::Hop;
using net::PortState;

net::IcmpReport icmp(const net::Endpoint& offender, std::uint8_t type, std::uint8_t number) {
  return {.code = {}, .offender = offender, .type = type, .number = number};
}

struct Case {
  Hop hop;
  const char* name;
  const char* text;
  int status;
};

std::vector<Case> cases() {
  const net::Endpoint router = *net::Endpoint::parse_ip("192.0.2.1", 0);
  const net::Endpoint router6 = *net::Endpoint::parse_ip("2001:db8:1234:5678:1234:5678:1234:5678", 0);
  const auto ms = [](int value) { return net::Duration(std::chrono::milliseconds(value)); };
  net::IcmpReport too_big = icmp(router, 3, 4);
  too_big.mtu = 1300;
  return {
      {{1, router, ms(3), icmp(router, 11, 0), {}, {}},
       "gw.test",
       " 1  192.0.2.1        3.0 ms    (gw.test)",
       3},
      {{12, {}, {}, {}, {}, {}}, "", "12  *", 3},
      {{4, {}, {}, {}, PortState::filtered, {}},
       "",
       " 4  *                          filtered  no answer from here on",
       3},
      {{4, router, ms(24), {}, PortState::open, {}}, "", " 4  192.0.2.1        24.0 ms   open", 0},
      {{4, router, ms(24), {}, PortState::closed, {}},
       "w.test",
       " 4  192.0.2.1        24.0 ms   closed  (w.test)",
       1},
      {{4, router, ms(24), icmp(router, 3, 13), PortState::filtered, {}},
       "",
       " 4  192.0.2.1        24.0 ms   filtered: communication administratively prohibited (ICMP 3/13)",
       1},
      {{4, router, ms(24), too_big, PortState::filtered, {}},
       "",
       " 4  192.0.2.1        24.0 ms   filtered: fragmentation needed and DF set (ICMP 3/4), MTU 1300",
       1},
      {{3, router, ms(1), icmp(router, 11, 0), {}, too_big},
       "",
       " 3  192.0.2.1        1.0 ms    (192.0.2.1 said: fragmentation needed and DF set (ICMP 3/4), MTU "
       "1300)",
       3},
      {{5, router6, ms(1), icmp(router6, 3, 0), {}, {}},
       "",
       " 5  2001:db8:1234:5678:1234:5678:1234:5678  1.0 ms",
       3},
  };
}

TEST(ConnectTraceReport, TheLineOfAHop) {
  for (const Case& one : cases()) {
    const int family = one.hop.ttl == 5 ? AF_INET6 : AF_INET;
    EXPECT_EQ(hop_document(one.hop, family, one.name).text, one.text);
    EXPECT_EQ(trace_status(one.hop), one.status) << one.text;
  }
}

TEST(ConnectTraceReport, TimesAreInMilliseconds) {
  using namespace std::chrono_literals;
  const std::pair<net::Duration, const char*> times[] = {{250us, "0.25 ms"},   {13ms, "13.0 ms"},
                                                         {13300us, "13.3 ms"}, {412ms, "412.0 ms"},
                                                         {3s, "3000.0 ms"},    {3056ms, "3056.0 ms"}};
  const net::Endpoint router = *net::Endpoint::parse_ip("192.0.2.1", 0);
  for (const auto& [time, text] : times) {
    const Hop hop{1, router, time, icmp(router, 11, 0), {}, {}};
    EXPECT_EQ(hop_document(hop, AF_INET, "").text, " 1  192.0.2.1        " + std::string(text));
  }
}

TEST(ConnectTraceReport, OnlyTheLastLineIsForEverybody) {
  for (const Case& one : cases()) {
    const Document document = hop_document(one.hop, AF_INET, "");
    EXPECT_EQ(document.audience == Audience::everybody, one.hop.state.has_value()) << one.text;
  }
}

TEST(ConnectTraceReport, KeysAreAlwaysThere) {
  std::string json;
  append_json(json, hop_document(cases()[1].hop, AF_INET, "").json);
  EXPECT_EQ(
      json,
      R"({"ttl":12,"address":null,"name":null,"time_ms":null,"icmp":null,"state":null,"too_big":null})");
  json.clear();
  append_json(json, hop_document(cases()[6].hop, AF_INET, "").json);
  EXPECT_EQ(
      json,
      R"j({"ttl":4,"address":"192.0.2.1","name":null,"time_ms":24,"icmp":{"type":3,"code":4,)j"
      R"j("meaning":"fragmentation needed and DF set (ICMP 3/4)","mtu":1300},"state":"filtered","too_big":null})j");
}

}  // namespace
}  // namespace cmd
