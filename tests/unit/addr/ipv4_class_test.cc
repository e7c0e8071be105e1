#include "net/addr/ipv4_class.hh"

#include <gtest/gtest.h>

#include <string_view>

namespace net {
namespace {

TEST(Ipv4Class, IsToldByTheLeadingBits) {
  struct Case {
    std::string_view address;
    char letter;
    std::string_view bits;
    int length;
    std::string_view network, host;
  };
  constexpr Case cases[] = {
      {"0.0.0.0", 'A', "0", 8, "0", "0.0.0"},
      {"10.1.2.3", 'A', "0", 8, "10", "1.2.3"},
      {"127.255.255.255", 'A', "0", 8, "127", "255.255.255"},
      {"128.0.0.0", 'B', "10", 16, "128.0", "0.0"},
      {"191.255.255.255", 'B', "10", 16, "191.255", "255.255"},
      {"192.0.0.0", 'C', "110", 24, "192.0.0", "0"},
      {"192.168.10.20", 'C', "110", 24, "192.168.10", "20"},
      {"223.255.255.255", 'C', "110", 24, "223.255.255", "255"},
      {"224.0.0.0", 'D', "1110", 0, "", ""},
      {"239.255.255.255", 'D', "1110", 0, "", ""},
      {"240.0.0.0", 'E', "1111", 0, "", ""},
      {"255.255.255.255", 'E', "1111", 0, "", ""},
  };
  for (const Case& c : cases) {
    const auto address = *IpAddress::parse(c.address);
    const Ipv4Class& found = ipv4_class(address);
    EXPECT_EQ(found.letter, c.letter) << c.address;
    EXPECT_EQ(found.bits, c.bits) << c.address;
    EXPECT_EQ(found.default_length().value_or(0), c.length) << c.address;
    EXPECT_EQ(found.network_part(address), c.network) << c.address;
    EXPECT_EQ(found.host_part(address), c.host) << c.address;
  }
}

}  // namespace
}  // namespace net
