#include "net/dns/edns.hh"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tests/unit/dns/wire_parts.hh"

// EDNS options in words, and --ecs.
namespace net::dns {
namespace {

using namespace std::string_literals;

TEST(EdnsOptionText, EachByItsRfc) {
  struct Case {
    std::uint16_t code;
    std::string_view name;
    std::string data;
    std::string_view text;
  };
  const Case cases[] = {
      {3, "nsid", "ns1", R"(6e7331 ("ns1"))"},
      {3, "nsid", "\x1b\""s, R"(1b22 ("\027\""))"},
      {8, "ecs", "\0\1\x18\0\xc0\0\2"s, "192.0.2.0/24/0"},
      {8, "ecs", "\0\1\x20\x18\xc0\0\2\1"s, "192.0.2.1/32/24"},
      {8, "ecs", "\0\1\0\0"s, "0.0.0.0/0/0"},
      {8, "ecs", "\0\2\x20\x10\x20\1\xd\xb8"s, "2001:db8::/32/16"},
      {9, "expire", "", ""},
      {9, "expire", "\0\1\x51\x80"s, "86400 s"},
      {10, "cookie", "\1\2\3\4\5\6\7\x8"s, "0102030405060708"},
      {11, "keepalive", "", ""},
      {11, "keepalive", "\0\x0f"s, "1.5 s"},
      {11, "keepalive", "\xff\xff"s, "6553.5 s"},
      {12, "padding", "", "0 bytes"},
      {12, "padding", "\0"s, "1 byte"},
      {12, "padding", std::string(100, '\0'), "100 bytes"},
      {15, "ede", "\0\x12"s, "18 (Prohibited)"},
      {15, "ede", "\0\x06no signature"s, R"(6 (DNSSEC Bogus): "no signature")"},
      {15, "ede", "\0\x06"s + "cut\0"s, R"(6 (DNSSEC Bogus): "cut")"},
      {15, "ede", "\0\x06"s + "\0"s, "6 (DNSSEC Bogus)"},
      {15, "ede", "\0\x06"s + "two\0\0"s, R"(6 (DNSSEC Bogus): "two\000")"},
      {15, "ede", "\xff\xffmine"s, R"(65535: "mine")"},
      {15, "ede", "\0\0\x1b[31m\xc2\x9b"s, R"(0 (Other): "\027[31m\194\155")"},
      {65001, "opt65001", "\xde\xad"s, "dead"},
      {0, "opt0", "", ""},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(option_name(c.code), c.name);
    EXPECT_EQ(option_text({c.code, buffer_of(c.data)}), c.text)
        << c.name << " " << hex_text(bytes_of(c.data));
  }
}

TEST(EdnsOptionText, WhatIsMalformedComesAsHex) {
  struct Case {
    std::string_view what;
    std::uint16_t code;
    std::string data;
  };
  const Case cases[] = {
      {"ecs of nothing", 8, ""s},
      {"ecs without scope", 8, "\0\1\x18"s},
      {"ecs of family 0", 8, "\0\0\0\0"s},
      {"ecs of family 3", 8, "\0\3\x08\0\1"s},
      {"ecs of 5 bytes of IPv4", 8, "\0\1\x20\0\1\2\3\4\5"s},
      {"ecs of 17 bytes of IPv6", 8, "\0\2\x80\0"s + std::string(17, '\1')},
      {"ecs of 33 bits of IPv4", 8, "\0\1\x21\0\1\2\3\4"s},
      {"ecs for 33 bits of IPv4", 8, "\0\1\x20\x21\1\2\3\4"s},
      {"ecs of 129 bits of IPv6", 8, "\0\2\x81\0"s},
      {"expire of 3 bytes", 9, "\0\0\1"s},
      {"expire of 5 bytes", 9, "\0\0\0\1\0"s},
      {"keepalive of 1 byte", 11, "\1"s},
      {"keepalive of 3 bytes", 11, "\1\2\3"s},
      {"extended error of nothing", 15, ""s},
      {"extended error of 1 byte", 15, "\1"s},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(option_text({c.code, buffer_of(c.data)}), hex_text(bytes_of(c.data))) << c.what;
  }
}

TEST(ClientSubnet, BytesOfTheWire) {
  struct Case {
    std::string_view prefix;
    std::string_view hex;
  };
  // RFC 7871, 6: family, source, scope 0, as many bytes as the prefix has, the rest zero.
  const Case cases[] = {
      {"192.0.2.0/24", "00011800c00002"},
      {"192.0.2.255/24", "00011800c00002"},
      {"192.0.2.1", "00012000c0000201"},
      {"192.0.2.1/32", "00012000c0000201"},
      {"192.0.2.255/25", "00011900c0000280"},
      {"255.255.255.255/31", "00011f00fffffffe"},
      {"255.255.255.255/1", "0001010080"},
      {"255.255.255.255/0", "00010000"},
      {"255.255.255.255/8", "00010800ff"},
      {"255.255.255.255/9", "00010900ff80"},
      {"2001:db8::/32", "0002200020010db8"},
      {"2001:db8:ffff::/33", "0002210020010db880"},
      {"2001:db8::1", "0002800020010db8000000000000000000000001"},
      {"::/0", "00020000"},
  };
  for (const Case& c : cases) {
    const auto made = client_subnet_option(c.prefix);
    ASSERT_TRUE(made) << c.prefix << ": " << made.error();
    EXPECT_EQ(made->code, 8);
    EXPECT_EQ(hex_text(made->data), c.hex) << c.prefix;
  }
}

TEST(ClientSubnet, Refuses) {
  for (const std::string_view bad :
       {"", "/24", "192.0.2.0/", "192.0.2.0/33", "2001:db8::/129", "192.0.2/24", "192.0.2.0/-1",
        "192.0.2.0/24/0", "192.0.2.0/24 ", "fe80::1%lo", "fe80::%1/64", "example.test/24",
        "192.0.2.0/255.255.255.0", "1.2.3.4:5"}) {
    EXPECT_FALSE(client_subnet_option(bad)) << bad;
  }
  EXPECT_TRUE(complaint(client_subnet_option("192.0.2.0/33")).starts_with("prefix length: "));
  EXPECT_EQ(complaint(client_subnet_option("fe80::1%1")), "a subnet has no zone");
}

}  // namespace
}  // namespace net::dns
