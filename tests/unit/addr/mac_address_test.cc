#include "net/addr/mac_address.hh"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>

#include "tests/unit/addr/samples.hh"

namespace net {
namespace {

MacAddress mac(std::string_view text) {
  return MacAddress::parse(text).value();
}

TEST(MacAddress, IsReadInEveryNotation) {
  for (const std::string_view text : {"00:53:0A:bc:01:02", "00-53-0a-bc-01-02", "0053.0abc.0102",
                                      "00530ABC0102", "0:53:a:bc:1:2", "0:53:0a:bc:1:02"}) {
    const auto parsed = MacAddress::parse(text);
    ASSERT_TRUE(parsed) << text << ": " << parsed.error();
    EXPECT_EQ(parsed->text(), "00:53:0a:bc:01:02") << text;
    EXPECT_FALSE(parsed->is_eui64());
    EXPECT_EQ(parsed->oui(), "00:53:0a");
    EXPECT_EQ(parsed->nic(), "bc:01:02");
  }
  for (const std::string_view text :
       {"02:00:5e:10:00:00:00:01", "02-00-5e-10-00-00-00-01", "0200.5e10.0000.0001", "02005e1000000001"}) {
    const auto parsed = MacAddress::parse(text);
    ASSERT_TRUE(parsed) << text << ": " << parsed.error();
    EXPECT_EQ(parsed->text(), "02:00:5e:10:00:00:00:01") << text;
    EXPECT_TRUE(parsed->is_eui64());
    EXPECT_EQ(parsed->nic(), "10:00:00:00:01");
  }
}

TEST(MacAddress, NamesTheBadPart) {
  struct Case {
    std::string_view text;
    std::string_view complaint;
  };
  constexpr Case cases[] = {
      {"", "it is empty"},
      {"00:53:0a:bc:01", "5 octets (6 or 8 are needed)"},
      {"00:53:0a:bc:01:02:03", "7 octets (6 or 8 are needed)"},
      {"00:53:0a:bc:01:02:03:04:05", "more than eight octets"},
      {"00-53-0a-bc-01", "5 octets (6 or 8 are needed)"},
      {"0053.0abc", "4 octets (6 or 8 are needed)"},
      {"0053.0abc.0102.0304.0506", "more than eight octets"},
      {"00:53-0a:bc:01:02", "mixed separators ':' and '-'"},
      {"0053.0abc:0102", "mixed separators '.' and ':'"},
      {"00:53:0a:bc:01:0g", "'g' is no hexadecimal digit"},
      {"00:53:0a:bc:01:02 ", "' ' is no hexadecimal digit"},
      {"00:53:0a:bc:01:", "a group is empty"},
      {":53:0a:bc:01:02", "a group is empty"},
      {"00::0a:bc:01:02", "a group is empty"},
      {"000:53:0a:bc:01:02", "000 has not two digits"},
      {"0-53-0a-bc-01-02", "0 has not two digits"},
      {"053.0abc.0102", "053 has not four digits"},
      {"00530abc010", "11 digits (12 or 16 are needed)"},
      {"00530abc01020", "13 digits (12 or 16 are needed)"},
      {"00530abc010203", "14 digits (12 or 16 are needed)"},
      {"00530abc010203040", "17 digits (12 or 16 are needed)"},
      {"a", "1 digits (12 or 16 are needed)"},
  };
  for (const Case& c : cases) {
    const auto parsed = MacAddress::parse(c.text);
    ASSERT_FALSE(parsed) << "'" << c.text << "' was taken";
    EXPECT_EQ(parsed.error(), "not a MAC address: " + std::string(c.complaint)) << c.text;
  }
}

TEST(MacAddress, TellsItsBits) {
  EXPECT_FALSE(mac("00:53:00:00:00:01").is_group());
  EXPECT_FALSE(mac("00:53:00:00:00:01").is_local());
  EXPECT_TRUE(mac("01:53:00:00:00:01").is_group());
  EXPECT_TRUE(mac("02:53:00:00:00:01").is_local());
  EXPECT_TRUE(mac("ff:ff:ff:ff:ff:ff").is_group());
  EXPECT_TRUE(mac("ff:ff:ff:ff:ff:ff").is_local());
}

TEST(MacAddress, BecomesAnInterfaceIdentifierAndBack) {
  const auto address = mac("34:56:78:9a:bc:de");
  EXPECT_EQ(address.interface_id(), 0x365678fffe9abcdeU);
  EXPECT_EQ(address.link_local().text(), "fe80::3656:78ff:fe9a:bcde");
  EXPECT_EQ(MacAddress::from_interface_id(address.interface_id()), address);
  EXPECT_EQ(mac("02:00:00:00:00:01").link_local().text(), "fe80::ff:fe00:1");
  EXPECT_EQ(MacAddress::from_interface_id(0x365678fffd9abcde), std::nullopt);
  EXPECT_EQ(mac("34:56:78:00:00:9a:bc:de").interface_id(), 0x36567800009abcdeU);
}

TEST(MacAddress, EveryOneHasAnInterfaceIdentifierOfItsOwn) {
  SCOPED_TRACE("seed 32");
  Samples samples(32);
  for (std::size_t i = 0; i < sample_count; ++i) {
    std::array<std::uint8_t, 6> octets{};
    for (std::uint8_t& octet : octets) octet = static_cast<std::uint8_t>(samples.word());
    const auto [a, b, c, d, e, f] = octets;
    const auto address = MacAddress::from_bytes(octets);
    const std::array<std::uint8_t, 16> bytes{
        0xfe, 0x80, 0, 0, 0, 0, 0, 0, static_cast<std::uint8_t>(a ^ 2U), b, c, 0xff, 0xfe, d, e, f};
    ASSERT_EQ(address.link_local(), IpAddress::from_bytes(bytes)) << address.text();
    ASSERT_EQ(MacAddress::from_interface_id(address.interface_id()), address);
    ASSERT_EQ(mac(address.text()), address);
  }
}

TEST(MacAddress, OfMulticastGroups) {
  struct Case {
    std::string_view group;
    std::string_view mac;
  };
  constexpr Case cases[] = {
      {"224.0.0.1", "01:00:5e:00:00:01"},         {"239.255.255.250", "01:00:5e:7f:ff:fa"},
      {"224.128.0.251", "01:00:5e:00:00:fb"},     {"ff02::1", "33:33:00:00:00:01"},
      {"ff02::1:ff9a:bcde", "33:33:ff:9a:bc:de"},
  };
  for (const Case& c : cases) EXPECT_EQ(multicast_mac(*IpAddress::parse(c.group)), mac(c.mac)) << c.group;
  for (const std::string_view text : {"223.255.255.255", "240.0.0.0", "fe80::1", "::ffff:224.0.0.1"}) {
    EXPECT_EQ(multicast_mac(*IpAddress::parse(text)), std::nullopt) << text;
  }
  const auto groups = ipv4_groups_of(mac("01:00:5e:01:02:03"));
  ASSERT_EQ(groups.size(), 32U);
  EXPECT_EQ(groups[0].text(), "224.1.2.3");
  EXPECT_EQ(groups[1].text(), "224.129.2.3");
  EXPECT_EQ(groups[31].text(), "239.129.2.3");
  for (const IpAddress& group : groups) EXPECT_EQ(multicast_mac(group), mac("01:00:5e:01:02:03"));
  EXPECT_TRUE(ipv4_groups_of(mac("01:00:5e:81:02:03")).empty());
  EXPECT_TRUE(ipv4_groups_of(mac("01:00:5e:01:02:03:00:00")).empty());
  EXPECT_EQ(ipv6_group_bits_of(mac("33:33:ff:9a:bc:de")), 0xff9abcdeU);
  EXPECT_EQ(ipv6_group_bits_of(mac("33:32:ff:9a:bc:de")), std::nullopt);
}

TEST(MacAddress, TellsWhatIsReserved) {
  struct Case {
    std::string_view mac;
    std::string_view words;
  };
  constexpr Case cases[] = {
      {"ff:ff:ff:ff:ff:ff", "broadcast"},
      {"ff:ff:ff:ff:ff:fe", ""},
      {"00:00:00:00:00:00", "all zeros: no address"},
      {"01:80:c2:00:00:00", "bridge group, never forwarded (STP, LLDP, pause)"},
      {"01:80:c2:00:00:0f", "bridge group, never forwarded (STP, LLDP, pause)"},
      {"01:80:c2:00:00:10", ""},
      {"00:00:5e:00:01:07", "VRRP virtual router (IPv4)"},
      {"00:00:5e:00:02:07", "VRRP virtual router (IPv6)"},
      {"00:00:5e:00:53:07", "documentation"},
      {"01:00:5e:90:10:07", "documentation (multicast)"},
      {"01:00:5e:7f:ff:ff", "IPv4 multicast"},
      {"01:00:5e:80:00:00", "MPLS multicast"},
      {"01:00:5e:8f:ff:ff", "MPLS multicast"},
      {"01:00:5e:90:00:00", ""},
      {"33:33:00:00:00:01", "IPv6 multicast"},
      {"00:53:00:00:00:01", ""},
      {"33:33:00:00:00:01:00:00", ""},
  };
  for (const Case& c : cases) {
    const auto* const reserved = mac(c.mac).reserved();
    EXPECT_EQ(reserved == nullptr ? "" : reserved->words, c.words) << c.mac;
  }
}

}  // namespace
}  // namespace net
