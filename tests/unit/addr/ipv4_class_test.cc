#include "net/addr/ipv4_class.hh"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <string_view>

#include "net/addr/ip_prefix.hh"
#include "tests/unit/addr/samples.hh"

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

// The macros and functions of <netinet/in.h> and <arpa/inet.h> are as old as the classes.
TEST(Ipv4Class, IsTheCLibrarysClass) {
  SCOPED_TRACE("seed 31");
  Samples samples(31);
  auto addresses = boundaries(IpFamily::v4);
  while (addresses.size() < sample_count) addresses.push_back(samples.ipv4());
  for (const IpAddress& address : addresses) {
    const auto value = static_cast<std::uint32_t>(address.value());
    const in_addr in{htonl(value)};
    const char letter = IN_CLASSA(value)      ? 'A'
                        : IN_CLASSB(value)    ? 'B'
                        : IN_CLASSC(value)    ? 'C'
                        : IN_MULTICAST(value) ? 'D'
                                              : 'E';
    const Ipv4Class& found = ipv4_class(address);
    ASSERT_EQ(found.letter, letter) << address.text();
    if (!found.has_hosts()) continue;
    const IpPrefix prefix{address, *found.default_length()};
    ASSERT_EQ(prefix.network().value() >> static_cast<unsigned>(32 - prefix.length), inet_netof(in))
        << address.text();
    ASSERT_EQ(value & static_cast<std::uint32_t>(prefix.wildcard().value()), inet_lnaof(in))
        << address.text();
    ASSERT_EQ(found.network_part(address) + "." + found.host_part(address), address.text());
  }
}

}  // namespace
}  // namespace net
