#include "net/sock/endpoint.hh"

#include <gtest/gtest.h>
#include <net/if.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "net/base/fd.hh"
#include "tests/support/files.hh"

namespace net {
namespace {

using std::string_view_literals::operator""sv;

Endpoint ip(std::string_view text, std::uint16_t port = 0) {
  const auto parsed = Endpoint::parse_ip(text, port);
  EXPECT_TRUE(parsed) << text << ": " << parsed.error();
  return parsed.value_or(Endpoint());
}

Endpoint path(std::string_view text) {
  const auto parsed = Endpoint::parse_unix(text);
  EXPECT_TRUE(parsed) << text << ": " << parsed.error();
  return parsed.value_or(Endpoint());
}

TEST(Endpoint, ParsesAndWritesIpAddresses) {
  struct Case {
    std::string_view text;
    int family;
    std::string_view written;  ///< with port 80
  };
  constexpr Case cases[] = {
      {"0.0.0.0", AF_INET, "0.0.0.0:80"},
      {"192.0.2.1", AF_INET, "192.0.2.1:80"},
      {"255.255.255.255", AF_INET, "255.255.255.255:80"},
      {"::", AF_INET6, "[::]:80"},
      {"::1", AF_INET6, "[::1]:80"},
      {"2001:DB8:0:0:0:0:0:1", AF_INET6, "[2001:db8::1]:80"},
      {"2001:db8:0:0:1:0:0:1", AF_INET6, "[2001:db8::1:0:0:1]:80"},
      {"2001:db8:0:1:1:1:1:1", AF_INET6, "[2001:db8:0:1:1:1:1:1]:80"},
      {"1:2:3:4:5:6:7:8", AF_INET6, "[1:2:3:4:5:6:7:8]:80"},
      {"::ffff:192.0.2.1", AF_INET6, "[::ffff:192.0.2.1]:80"},
      {"64:ff9b::c000:201", AF_INET6, "[64:ff9b::c000:201]:80"},
      {"fe80::1%lo", AF_INET6, "[fe80::1%lo]:80"},
  };
  for (const Case& c : cases) {
    const Endpoint endpoint = ip(c.text, 80);
    EXPECT_EQ(endpoint.family(), c.family) << c.text;
    EXPECT_EQ(endpoint.text(), c.written) << c.text;
    EXPECT_EQ(endpoint.port(), 80) << c.text;
    EXPECT_TRUE(endpoint.is_ip());
    EXPECT_EQ(ip(endpoint.address_text(), 80), endpoint) << c.text;
    EXPECT_EQ(endpoint.size(), c.family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
  }
}

TEST(Endpoint, RefusesWhatIsNoAddress) {
  struct Case {
    std::string_view text;
    std::string_view complaint;
  };
  constexpr Case cases[] = {
      {"", "IPv4"},
      {"localhost", "IPv4"},
      {"127.1", "IPv4"},
      {"1", "IPv4"},
      {"1.2.3", "IPv4"},
      {"1.2.3.4.5", "IPv4"},
      {"1.2.3.256", "IPv4"},
      {"1.2.3.-4", "IPv4"},
      {"1.2.3.4 ", "IPv4"},
      {" 1.2.3.4", "IPv4"},
      {"1.2.3.4%lo", "IPv4"},
      {"0x7f.0.0.1", "leading zero"},
      {"010.1.2.3", "leading zero"},
      {"1.2.3.04", "leading zero"},
      {"00.1.2.3", "leading zero"},
      {"1.2.3.4\0"sv, "IPv4"},
      {"::1\0"sv, "IPv6"},
      {":", "IPv6"},
      {":::", "IPv6"},
      {"1::2::3", "IPv6"},
      {"12345::1", "IPv6"},
      {"1:2:3:4:5:6:7", "IPv6"},
      {"1:2:3:4:5:6:7:8:9", "IPv6"},
      {"1.2.3.4::", "IPv6"},
      {"::1.2.3", "IPv6"},
      {"::1 ", "IPv6"},
      {"[::1]", "IPv6"},
      {"g::1", "IPv6"},
      {"::1/128", "IPv6"},
      {"fe80::1%", "no such interface"},
      {"fe80::1%nonesuch", "no such interface: nonesuch"},
      {"fe80::1%lo%lo", "no such interface"},
      {"fe80::1%0", "no such interface"},
  };
  for (const Case& c : cases) {
    const auto parsed = Endpoint::parse_ip(c.text, 1);
    EXPECT_FALSE(parsed) << "'" << c.text << "' was taken";
    EXPECT_TRUE(parsed || parsed.error().contains(c.complaint)) << "'" << c.text << "': " << parsed.error();
  }
}

TEST(Endpoint, ScopesByNameAndIndex) {
  const unsigned lo = if_nametoindex("lo");
  ASSERT_NE(lo, 0U);
  EXPECT_EQ(ip("fe80::1%lo").scope(), lo);
  EXPECT_EQ(ip("fe80::1%" + std::to_string(lo)), ip("fe80::1%lo"));
  EXPECT_EQ(ip("fe80::1").scope(), 0U);
  EXPECT_EQ(ip("fe80::1").with_scope(lo), ip("fe80::1%lo"));
  EXPECT_NE(ip("fe80::1"), ip("fe80::1%lo"));
  EXPECT_EQ(ip("192.0.2.1").with_scope(lo), ip("192.0.2.1"));
  EXPECT_EQ(ip("192.0.2.1").scope(), 0U);
  // An interface that went away since: its number stays.
  EXPECT_EQ(ip("fe80::1").with_scope(999999).address_text(), "fe80::1%999999");
}

TEST(Endpoint, InterfaceIndex) {
  EXPECT_EQ(interface_index("lo"), if_nametoindex("lo"));
  EXPECT_EQ(interface_index(std::to_string(if_nametoindex("lo"))), if_nametoindex("lo"));
  for (const std::string_view bad :
       {"", "0", "-1", "1x", "nonesuch", "99999999999", "a name of more than sixteen"}) {
    EXPECT_FALSE(interface_index(bad)) << bad;
  }
}

TEST(Endpoint, UnixPaths) {
  const Endpoint plain = path("/tmp/sock");
  EXPECT_TRUE(plain.is_unix());
  EXPECT_FALSE(plain.is_ip());
  EXPECT_FALSE(plain.is_abstract());
  EXPECT_EQ(plain.text(), "/tmp/sock");
  EXPECT_EQ(plain.address_text(), "/tmp/sock");
  EXPECT_EQ(plain.size(), offsetof(sockaddr_un, sun_path) + 10);
  EXPECT_EQ(path("a\xff\x1b b").text(), "a\xff\x1b b");
}

TEST(Endpoint, AbstractNames) {
  const Endpoint name = path("@name");
  EXPECT_TRUE(name.is_abstract());
  EXPECT_EQ(name.text(), "@name");
  // No terminator: it would be part of the name (unix(7)).
  EXPECT_EQ(name.size(), offsetof(sockaddr_un, sun_path) + 5);
  // The kernel's choice (autobind) is asked for by the family alone.
  const Endpoint any = path("@");
  EXPECT_EQ(any.size(), sizeof(sa_family_t));
  EXPECT_FALSE(any.is_abstract());
  EXPECT_EQ(any.text(), "(unnamed)");
}

TEST(Endpoint, UnixLengths) {
  EXPECT_EQ(path(std::string(107, 'p')).text().size(), 107U);
  EXPECT_EQ(path("@" + std::string(107, 'n')).text().size(), 108U);
  for (const std::string& bad :
       {std::string(108, 'p'), "@" + std::string(108, 'n'), std::string(100000, 'p')}) {
    const auto parsed = Endpoint::parse_unix(bad);
    ASSERT_FALSE(parsed);
    EXPECT_TRUE(parsed.error().contains("too long")) << parsed.error();
  }
  EXPECT_FALSE(Endpoint::parse_unix(""));
  EXPECT_FALSE(Endpoint::parse_unix("a\0b"sv));
}

// A path that fills sun_path has no terminator, and the kernel gives one byte more than that (unix(7), BUGS).
TEST(Endpoint, UnixPathWithoutTerminator) {
  const test::TempDir directory;
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::string full = directory / "";
  full.append(sizeof name.sun_path - full.size(), 'x');
  std::memcpy(name.sun_path, full.data(), full.size());
  const Fd fd(::socket(AF_UNIX, SOCK_DGRAM, 0));
  ASSERT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&name), sizeof name), 0) << strerror(errno);
  sockaddr_storage told{};
  socklen_t length = sizeof told;
  ASSERT_EQ(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&told), &length), 0);
  EXPECT_GT(length, sizeof name);
  const Endpoint endpoint = Endpoint::from_bytes(reinterpret_cast<sockaddr*>(&told), length);
  EXPECT_EQ(endpoint.text(), full);
  EXPECT_EQ(endpoint, endpoint);
}

TEST(Endpoint, FromBytesNeverReadsBeyond) {
  EXPECT_EQ(Endpoint::from_bytes(nullptr, 0).family(), AF_UNSPEC);
  EXPECT_EQ(Endpoint::from_bytes(nullptr, 0).text(), Endpoint().text());
  const std::vector<std::byte> huge(1000, std::byte{0});
  EXPECT_LE(Endpoint::from_bytes(reinterpret_cast<const sockaddr*>(huge.data()), 1000).size(),
            sizeof(sockaddr_storage));
  sockaddr_un unnamed{};
  unnamed.sun_family = AF_UNIX;
  const Endpoint peer = Endpoint::from_bytes(reinterpret_cast<sockaddr*>(&unnamed), sizeof(sa_family_t));
  EXPECT_EQ(peer.text(), "(unnamed)");
}

TEST(Endpoint, RoundTripThroughTheKernelsForm) {
  for (const Endpoint& endpoint : {ip("192.0.2.1", 80), ip("2001:db8::1", 443), ip("fe80::1%lo", 5),
                                   path("/tmp/x"), path("@name"), path("@")}) {
    EXPECT_EQ(Endpoint::from_bytes(endpoint.data(), endpoint.size()), endpoint) << endpoint.text();
    EXPECT_EQ(Endpoint::from_bytes(endpoint.data(), endpoint.size()).text(), endpoint.text());
  }
}

TEST(Endpoint, AddressBytesAreInNetworkOrder) {
  EXPECT_TRUE(std::ranges::equal(ip("192.0.2.1").address_bytes(), std::array<std::uint8_t, 4>{192, 0, 2, 1}));
  const Endpoint endpoint = ip("2001:db8::1");
  const auto six = endpoint.address_bytes();
  ASSERT_EQ(six.size(), 16U);
  EXPECT_EQ(six[0], 0x20);
  EXPECT_EQ(six[15], 1);
  EXPECT_TRUE(path("/tmp/x").address_bytes().empty());
  EXPECT_TRUE(Endpoint().address_bytes().empty());
}

TEST(Endpoint, WithPort) {
  EXPECT_EQ(ip("192.0.2.1", 80).with_port(81), ip("192.0.2.1", 81));
  EXPECT_EQ(ip("fe80::1%lo", 80).with_port(65535), ip("fe80::1%lo", 65535));
  EXPECT_EQ(ip("192.0.2.1", 80).with_port(81).size(), sizeof(sockaddr_in));
  EXPECT_EQ(path("/tmp/x").with_port(5), path("/tmp/x"));
  EXPECT_EQ(path("/tmp/x").port(), 0);
}

TEST(Endpoint, Unmapped) {
  EXPECT_EQ(ip("::ffff:192.0.2.1", 80).unmapped(), ip("192.0.2.1", 80));
  for (const std::string_view other :
       {"::1", "::192.0.2.1", "::fffe:192.0.2.1", "64:ff9b::192.0.2.1", "192.0.2.1"}) {
    EXPECT_EQ(ip(other, 80).unmapped(), ip(other, 80)) << other;
  }
  EXPECT_EQ(path("@x").unmapped(), path("@x"));
}

TEST(Endpoint, Kinds) {
  struct Case {
    std::string_view text;
    bool any;
    bool multicast;
    bool link_local;
  };
  constexpr Case cases[] = {
      {"0.0.0.0", true, false, false},          {"::", true, false, false},
      {"0.0.0.1", false, false, false},         {"::1", false, false, false},
      {"223.255.255.255", false, false, false}, {"224.0.0.0", false, true, false},
      {"239.255.255.255", false, true, false},  {"240.0.0.0", false, false, false},
      {"ff02::1", false, true, false},          {"fe80::1", false, false, true},
      {"febf::1", false, false, true},          {"fec0::1", false, false, false},
      {"fe00::1", false, false, false},         {"169.254.0.1", false, false, false},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(ip(c.text).is_any(), c.any) << c.text;
    EXPECT_EQ(ip(c.text).is_multicast(), c.multicast) << c.text;
    EXPECT_EQ(ip(c.text).is_link_local(), c.link_local) << c.text;
  }
  EXPECT_FALSE(path("/tmp/x").is_any());
  EXPECT_FALSE(Endpoint().is_any());
  EXPECT_EQ(Endpoint::any(AF_INET, 5), ip("0.0.0.0", 5));
  EXPECT_EQ(Endpoint::any(AF_INET6, 5), ip("::", 5));
}

TEST(Endpoint, Equality) {
  // Each differs from each other one.
  const std::vector<Endpoint> all{ip("192.0.2.1", 80), ip("192.0.2.1", 81),
                                  ip("192.0.2.2", 80), ip("::ffff:192.0.2.1", 80),
                                  ip("fe80::1", 80),   ip("fe80::1%lo", 80),
                                  path("/tmp/x"),      path("@/tmp/x"),
                                  path("@"),           Endpoint()};
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t k = 0; k < all.size(); ++k) {
      EXPECT_EQ(all[i] == all[k], i == k) << all[i].text() << " and " << all[k].text();
    }
  }
}

}  // namespace
}  // namespace net
