#include "net/addr/ip_address.hh"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

using std::string_view_literals::operator""sv;

namespace net {
namespace {

TEST(IpAddress, IsWrittenInEveryForm) {
  const auto v4 = *IpAddress::parse("192.168.10.20");
  EXPECT_EQ(v4.value(), Uint128{0xc0a80a14});
  EXPECT_EQ(v4.bits(), 32);
  EXPECT_EQ(v4.text(), "192.168.10.20");
  EXPECT_EQ(v4.expanded(), "192.168.10.20");
  EXPECT_EQ(v4.binary(), "11000000.10101000.00001010.00010100");
  EXPECT_EQ(v4.hex(), "0xc0a80a14");
  EXPECT_EQ(v4.reverse_name(), "20.10.168.192.in-addr.arpa");
  const auto v6 = *IpAddress::parse("2001:DB8::a:1");
  EXPECT_EQ(v6.value(), make_uint128(0x20010db800000000, 0xa0001));
  EXPECT_EQ(v6.bits(), 128);
  EXPECT_EQ(v6.text(), "2001:db8::a:1");
  EXPECT_EQ(v6.expanded(), "2001:0db8:0000:0000:0000:0000:000a:0001");
  EXPECT_EQ(v6.hex(), "0x20010db80000000000000000000a0001");
  EXPECT_EQ(v6.binary(),
            "0010000000000001:0000110110111000:0000000000000000:0000000000000000:"
            "0000000000000000:0000000000000000:0000000000001010:0000000000000001");
  EXPECT_EQ(v6.reverse_name(), "1.0.0.0.a.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
  std::string line = "at ";
  v6.append_text(line);
  EXPECT_EQ(line, "at 2001:db8::a:1");
}

TEST(IpAddress, Ipv6TextIsRfc5952) {
  struct Case {
    std::string_view text;
    std::string_view written;
  };
  constexpr Case cases[] = {
      {"0:0:0:0:0:0:0:0", "::"},
      {"0:0:0:0:0:0:0:1", "::1"},
      {"1:0:0:0:0:0:0:0", "1::"},
      {"::8:0:0:0:0:0:0", "0:8::"},
      {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
      {"2001:0:0:0:1:0:0:1", "2001::1:0:0:1"},
      {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
      {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
      {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
      {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
      {"ABCD:EF01::", "abcd:ef01::"},
      {"::ffff:192.0.2.1", "::ffff:192.0.2.1"},
      {"::ffff:c000:0201", "::ffff:192.0.2.1"},
      {"::ffff:0:192.0.2.1", "::ffff:0:c000:201"},
      {"64:ff9b::192.0.2.1", "64:ff9b::c000:201"},
      {"::192.0.2.1", "::c000:201"},
      {"1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"},
  };
  for (const Case& c : cases) {
    const auto parsed = IpAddress::parse(c.text);
    ASSERT_TRUE(parsed) << c.text << ": " << parsed.error();
    EXPECT_EQ(parsed->text(), c.written) << c.text;
    EXPECT_EQ(IpAddress::parse(c.written), *parsed) << c.text;
  }
}

TEST(IpAddress, NamesTheBadPart) {
  struct Case {
    std::string_view text;
    std::string_view complaint;
  };
  constexpr Case cases[] = {
      {"", "not an IPv4 address: it is empty"},
      {"1.2.3.300", "not an IPv4 address: 300 is out of range (0-255)"},
      {"1.2.3.256", "256 is out of range (0-255)"},
      {"1.99999999999999999999.3.4", "99999999999999999999 is out of range (0-255)"},
      {"010.1.2.3", "a leading zero in 010: octal or decimal?"},
      {"1.2.3.00", "a leading zero in 00: octal or decimal?"},
      {"1.2.3.0400", "a leading zero in 0400: octal or decimal?"},
      {"0x7f.0.0.1", "a leading zero in 0x7f: hexadecimal is not taken"},
      {"1", "only 1 part"},
      {"1.2.3", "only 3 parts"},
      {"1.2.3.4.5", "more than four parts"},
      {"1.2.3.4.", "more than four parts"},
      {"1.2.3.", "it ends with a dot"},
      {"1..3.4", "a part is empty"},
      {".1.2.3", "a part is empty"},
      {"1.2.3.4x", "'x' is no decimal digit"},
      {"1.2.3.-4", "'-' is no decimal digit"},
      {"1.2.3.4 ", "' ' is no decimal digit"},
      {"localhost", "not an IPv4 address: 'l' is no decimal digit"},
      {"1.2.3.4%lo", "'%' is no decimal digit"},
      {"1.2.3.4\0"sv, "'\0' is no decimal digit"sv},
      {"1::2::3", "not an IPv6 address: two '::'"},
      {"12345::1", "12345 has more than four digits"},
      {"::1ffffffffffffffffffff", "1ffffffffffffffffffff has more than four digits"},
      {"g::1", "'g' is no hexadecimal digit"},
      {"::1 ", "' ' is no hexadecimal digit"},
      {"[::1]", "'[' is no hexadecimal digit"},
      {"1:2:3:4:5:6:7:8:9", "too many groups"},
      {"1:2:3:4:5:6:7:1.2.3.4", "too many groups"},
      {"1:2:3:4:5:6:7", "only 7 groups"},
      {"1:1.2.3.4", "only 3 groups"},
      {"1:2:3:4::5:6:7:8", "'::' beside eight groups"},
      {"1.2.3.4::", "a dotted part may stand only at the end"},
      {"::1.2.3.4:5", "a dotted part may stand only at the end"},
      {"::1.2.3", "only 3 parts"},
      {"::ffff:1.2.3.04", "a leading zero in 04: octal or decimal?"},
      {"::12345.1.1.1", "12345 is out of range (0-255)"},
      {"::a.1.1.1", "'a' is no decimal digit"},
      {":", "it begins with a single ':'"},
      {":1:2:3:4:5:6:7:8", "it begins with a single ':'"},
      {"1:2:3:4:5:6:7:", "it ends with a single ':'"},
      {":::", "more than two ':' in a row"},
      {"1:::2", "more than two ':' in a row"},
      {"fe80::1%eth0", "a zone has no place here: %eth0"},
      {"::1.2.3.4%eth0", "a zone has no place here: %eth0"},
      {"::1\0"sv, "'\0' is no hexadecimal digit"sv},
  };
  for (const Case& c : cases) {
    const auto parsed = IpAddress::parse(c.text);
    ASSERT_FALSE(parsed) << "'" << c.text << "' was taken";
    EXPECT_TRUE(parsed.error().ends_with(c.complaint) && parsed.error().starts_with("not an IPv"))
        << "'" << c.text << "': " << parsed.error();
  }
}

TEST(IpAddress, AComplaintIsNoLongerThanALine) {
  const auto parsed = IpAddress::parse("1.2.3." + std::string(100'000, '9'));
  EXPECT_EQ(parsed.error(), "not an IPv4 address: " + std::string(40, '9') + "... is out of range (0-255)");
}

TEST(IpAddress, BytesAreInNetworkOrder) {
  for (const std::string_view text : {"1.2.3.4", "255.0.0.1", "102:304:506:708:90a:b0c:d0e:f10"}) {
    const auto address = *IpAddress::parse(text);
    const auto bytes = address.bytes();
    ASSERT_EQ(bytes.view().size() * 8, static_cast<std::size_t>(address.bits()));
    EXPECT_EQ(IpAddress::from_bytes(bytes.view()), address);
    EXPECT_EQ(bytes.view()[0],
              static_cast<std::uint8_t>(address.value() >> static_cast<unsigned>(address.bits() - 8)));
  }
}

TEST(IpAddress, IsOrderedByFamilyThenValue) {
  EXPECT_LT(IpAddress::v4(1), IpAddress::v4(2));
  EXPECT_LT(IpAddress::v4(UINT32_MAX), IpAddress::v6(0));
  EXPECT_LT(IpAddress::v6(UINT64_MAX), IpAddress::v6(Uint128{UINT64_MAX} + 1));
  EXPECT_NE(IpAddress::v4(1), IpAddress::v6(1));
  EXPECT_EQ(IpAddress(), IpAddress::v4(0));
}

TEST(IpAddress, OnlyAMappedAddressIsUnmapped) {
  EXPECT_EQ(unmapped(*IpAddress::parse("::ffff:192.0.2.1")), *IpAddress::parse("192.0.2.1"));
  for (const std::string_view text :
       {"192.0.2.1", "::192.0.2.1", "::1", "::fffe:192.0.2.1", "1::ffff:192.0.2.1"}) {
    EXPECT_EQ(unmapped(*IpAddress::parse(text)), *IpAddress::parse(text)) << text;
  }
}

}  // namespace
}  // namespace net
