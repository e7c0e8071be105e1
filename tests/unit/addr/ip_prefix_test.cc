#include "net/addr/ip_prefix.hh"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace net {
namespace {

IpAddress ip(std::string_view text) {
  return IpAddress::parse(text).value();
}

TEST(IpPrefix, TellsTheNetwork) {
  struct Case {
    std::string_view text;
    std::string_view network, last, netmask, wildcard, first_host, last_host, host_count, size;
  };
  constexpr Case cases[] = {
      {"192.168.10.20/26", "192.168.10.0", "192.168.10.63", "255.255.255.192", "0.0.0.63", "192.168.10.1",
       "192.168.10.62", "62", "64"},
      {"10.1.2.3/8", "10.0.0.0", "10.255.255.255", "255.0.0.0", "0.255.255.255", "10.0.0.1", "10.255.255.254",
       "16777214", "16777216"},
      {"192.0.2.7/30", "192.0.2.4", "192.0.2.7", "255.255.255.252", "0.0.0.3", "192.0.2.5", "192.0.2.6", "2",
       "4"},
      {"192.0.2.7/31", "192.0.2.6", "192.0.2.7", "255.255.255.254", "0.0.0.1", "192.0.2.6", "192.0.2.7", "2",
       "2"},
      {"192.0.2.7/32", "192.0.2.7", "192.0.2.7", "255.255.255.255", "0.0.0.0", "192.0.2.7", "192.0.2.7", "1",
       "1"},
      {"192.0.2.7/0", "0.0.0.0", "255.255.255.255", "0.0.0.0", "255.255.255.255", "0.0.0.1",
       "255.255.255.254", "4294967294", "4294967296"},
      {"2001:db8::1/64", "2001:db8::", "2001:db8::ffff:ffff:ffff:ffff",
       "ffff:ffff:ffff:ffff::", "::ffff:ffff:ffff:ffff", "2001:db8::", "2001:db8::ffff:ffff:ffff:ffff",
       "18446744073709551616", "18446744073709551616"},
      {"2001:db8::1/127", "2001:db8::", "2001:db8::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe", "::1",
       "2001:db8::", "2001:db8::1", "2", "2"},
      {"::1/128", "::1", "::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::", "::1", "::1", "1", "1"},
      {"::1/0", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
       "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
       "340282366920938463463374607431768211456", "340282366920938463463374607431768211456"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    const auto prefix = IpPrefix::parse(c.text);
    ASSERT_TRUE(prefix) << prefix.error();
    EXPECT_EQ(prefix->text(), c.text);
    EXPECT_EQ(prefix->network(), ip(c.network));
    EXPECT_EQ(prefix->last(), ip(c.last));
    EXPECT_EQ(prefix->netmask(), ip(c.netmask));
    EXPECT_EQ(prefix->wildcard(), ip(c.wildcard));
    EXPECT_EQ(prefix->first_host(), ip(c.first_host));
    EXPECT_EQ(prefix->last_host(), ip(c.last_host));
    EXPECT_EQ(count_digits(prefix->host_count()), c.host_count);
    EXPECT_EQ(count_digits(prefix->size()), c.size);
  }
}

TEST(IpPrefix, TakesNetmasks) {
  for (int length = 0; length <= 32; ++length) {
    const IpPrefix prefix{ip("192.0.2.9"), length};
    EXPECT_EQ(IpPrefix::parse("192.0.2.9/" + prefix.netmask().text()), prefix);
    EXPECT_EQ(IpPrefix::parse("192.0.2.9/" + std::to_string(length)), prefix);
  }
  for (int length = 0; length <= 128; ++length) {
    const IpPrefix prefix{ip("2001:db8::9"), length};
    EXPECT_EQ(IpPrefix::parse("2001:db8::9/" + prefix.netmask().text()), prefix);
    EXPECT_EQ(IpPrefix::parse("2001:db8::9/" + std::to_string(length)), prefix);
  }
}

TEST(IpPrefix, NamesTheBadPart) {
  struct Case {
    std::string_view text;
    std::string_view complaint;
  };
  constexpr Case cases[] = {
      {"192.0.2.1", "no '/'"},
      {"192.0.2.1/", "nothing after '/'"},
      {"/24", "not an IPv4 address: it is empty"},
      {"192.0.2.1/33", "/33 is out of range (0-32)"},
      {"::1/129", "/129 is out of range (0-128)"},
      {"192.0.2.1/99999999999999999999", "/99999999999999999999 is out of range (0-32)"},
      {"192.0.2.1/-1", "'/-1' is neither a length (0-32) nor a netmask"},
      {"192.0.2.1/+8", "'/+8' is neither a length (0-32) nor a netmask"},
      {"192.0.2.1/8 ", "'/8 ' is neither a length (0-32) nor a netmask"},
      {"192.0.2.1/0x8", "'/0x8' is neither a length (0-32) nor a netmask"},
      {"192.0.2.1/8/8", "'/8/8' is neither a length (0-32) nor a netmask"},
      {"::1/a", "'/a' is neither a length (0-128) nor a netmask"},
      {"192.0.2.1/024", "a leading zero in /024: octal or decimal?"},
      {"192.0.2.1/00", "a leading zero in /00: octal or decimal?"},
      {"192.0.2.1/255.255.0.255", "255.255.0.255 is no netmask: its ones are not contiguous"},
      {"192.0.2.1/0.255.0.255", "0.255.0.255 is no netmask: its ones are not contiguous"},
      {"192.0.2.1/0.0.0.63", "0.0.0.63 is a wildcard mask, the netmask is 255.255.255.192"},
      {"192.0.2.1/0.255.255.255", "0.255.255.255 is a wildcard mask, the netmask is 255.0.0.0"},
      {"192.0.2.1/255.255.255", "after '/': not an IPv4 address: only 3 parts"},
      {"192.0.2.1/255.255.255.0255",
       "after '/': not an IPv4 address: a leading zero in 0255: octal or decimal?"},
      {"192.0.2.1/ffff::", "address and netmask are of different families"},
      {"::1/255.0.0.0", "address and netmask are of different families"},
      {"::1/ffff:0:ffff::", "ffff:0:ffff:: is no netmask: its ones are not contiguous"},
      {"::1/::ffff:ffff:ffff:ffff",
       "::ffff:ffff:ffff:ffff is a wildcard mask, the netmask is ffff:ffff:ffff:ffff::"},
      {"192.0.2.300/24", "not an IPv4 address: 300 is out of range (0-255)"},
      {"fe80::1%lo/64", "not an IPv6 address: a zone has no place here: %lo"},
  };
  for (const Case& c : cases) {
    const auto parsed = IpPrefix::parse(c.text);
    ASSERT_FALSE(parsed) << "'" << c.text << "' was taken";
    EXPECT_EQ(parsed.error(), c.complaint) << c.text;
  }
}

TEST(IpPrefix, ContainsByFamily) {
  const auto net = IpPrefix::parse("192.0.2.77/24").value();
  EXPECT_TRUE(net.contains(ip("192.0.2.0")));
  EXPECT_TRUE(net.contains(ip("192.0.2.255")));
  EXPECT_FALSE(net.contains(ip("192.0.1.255")));
  EXPECT_FALSE(net.contains(ip("192.0.3.0")));
  EXPECT_FALSE(net.contains(ip("::ffff:192.0.2.1"))) << "not unless it is unmapped";
  EXPECT_FALSE(net.contains(ip("::c000:201")));
  EXPECT_TRUE(net.contains(net));
  EXPECT_TRUE(net.contains(IpPrefix::parse("192.0.2.128/25").value()));
  EXPECT_FALSE(net.contains(IpPrefix::parse("192.0.2.0/23").value()));
  EXPECT_TRUE(IpPrefix::parse("::/0")->contains(ip("ffff::")));
  EXPECT_FALSE(IpPrefix::parse("::/0")->contains(ip("1.2.3.4")));
  EXPECT_EQ(net.canonical().text(), "192.0.2.0/24");
  EXPECT_EQ(IpPrefix::of(ip("192.0.2.1")).text(), "192.0.2.1/32");
}

}  // namespace
}  // namespace net
