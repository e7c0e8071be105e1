#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstring>
#include <string>
#include <string_view>

#include "net/sock/endpoint.hh"
#include "net/sock/sockopt.hh"

namespace net {
namespace {

template <class T>
T value_of(const OptionSetting& setting) {
  T value{};
  EXPECT_EQ(setting.bytes.size(), sizeof value) << setting.option->name;
  std::memcpy(&value, setting.bytes.data(), std::min(sizeof value, setting.bytes.size()));
  return value;
}

TEST(FindOption, AnyCaseWithAndWithoutPrefix) {
  struct Case {
    std::string_view asked;
    std::string_view found;
  };
  constexpr Case cases[] = {
      {"SO_RCVBUF", "SO_RCVBUF"},
      {"so_rcvbuf", "SO_RCVBUF"},
      {"RCVBUF", "SO_RCVBUF"},
      {"rcvbuf", "SO_RCVBUF"},
      {"RcvBuf", "SO_RCVBUF"},
      {"nodelay", "TCP_NODELAY"},
      {"TTL", "IP_TTL"},
      {"v6only", "IPV6_V6ONLY"},
      {"tcp_cork", "TCP_CORK"},
      {"udp_cork", "UDP_CORK"},
      {"add_membership", "IP_ADD_MEMBERSHIP"},
      {"RCVBUFFORCE", "SO_RCVBUFFORCE"},
  };
  for (const Case& c : cases) {
    const auto found = find_option(c.asked);
    ASSERT_TRUE(found) << c.asked << ": " << found.error();
    EXPECT_EQ((*found)->name, c.found);
  }
}

TEST(FindOption, EveryRowByItsFullName) {
  for (const SocketOption& row : option_table()) {
    const auto found = find_option(std::string(row.level_name) + ":" + std::string(row.name));
    ASSERT_TRUE(found) << row.level_name << ":" << row.name;
    EXPECT_EQ(*found, &row);
    // RFC 3678 gave both families the same names.
    if (row.name.starts_with("MCAST_")) continue;
    const auto alone = find_option(row.name);
    ASSERT_TRUE(alone) << row.name;
    EXPECT_EQ(*alone, &row);
  }
}

TEST(FindOption, Unknown) {
  for (const std::string_view name :
       {"", "SO_", "SO", "_RCVBUF", "SO_RCV", "RCVBUF ", " RCVBUF", "TCP_RCVBUF", "SO_NODELAY", "6"}) {
    const auto found = find_option(name);
    ASSERT_FALSE(found) << name;
    EXPECT_EQ(found.error(), "no such socket option") << name;
  }
}

TEST(FindOption, AmbiguousNamesBoth) {
  struct Case {
    std::string_view asked;
    std::string_view first;
    std::string_view second;
  };
  constexpr Case cases[] = {
      {"CORK", "TCP_CORK", "UDP_CORK"},
      {"mtu_discover", "IP_MTU_DISCOVER", "IPV6_MTU_DISCOVER"},
      {"MULTICAST_LOOP", "IP_MULTICAST_LOOP", "IPV6_MULTICAST_LOOP"},
      {"MCAST_JOIN_GROUP", "IPPROTO_IP:MCAST_JOIN_GROUP", "IPPROTO_IPV6:MCAST_JOIN_GROUP"},
  };
  for (const Case& c : cases) {
    const auto found = find_option(c.asked);
    ASSERT_FALSE(found) << c.asked;
    EXPECT_TRUE(found.error().contains("ambiguous")) << found.error();
    EXPECT_TRUE(found.error().contains(c.first)) << found.error();
    EXPECT_TRUE(found.error().contains(c.second)) << found.error();
  }
}

TEST(ParseOption, IntValues) {
  struct Case {
    std::string_view text;
    int value;
  };
  constexpr Case cases[] = {
      // boolean
      {"SO_KEEPALIVE", 1},
      {"keepalive=on", 1},
      {"keepalive=off", 0},
      {"keepalive=1", 1},
      {"keepalive=0", 0},
      {"keepalive=yes", 1},
      {"keepalive=no", 0},
      {"keepalive=true", 1},
      {"keepalive=false", 0},
      // integer
      {"SO_PRIORITY=6", 6},
      {"SO_PRIORITY=-1", -1},
      {"IP_TOS=0x10", 16},
      {"IP_TTL=0b101", 5},
      {"SO_PEEK_OFF=2147483647", INT_MAX},
      {"SO_PEEK_OFF=-2147483648", INT_MIN},
      // unsigned
      {"SO_MARK=0x80000000", INT_MIN},
      {"SO_MARK=4294967295", -1},
      // action
      {"SO_DETACH_FILTER", 1},
      {"SO_DETACH_FILTER=on", 1},
      // descriptor
      {"SO_ATTACH_BPF=7", 7},
      // bytes
      {"SO_RCVBUF=4096", 4096},
      {"SO_RCVBUF=64K", 65536},
      {"SO_RCVBUF=0x1000", 4096},
      {"SO_RCVBUF=2147483647", INT_MAX},
      // seconds
      {"TCP_KEEPIDLE=60", 60},
      {"TCP_KEEPIDLE=60s", 60},
      {"TCP_KEEPIDLE=2m", 120},
      {"TCP_KEEPIDLE=3000ms", 3},
      {"TCP_LINGER2=-1", -1},
      // milliseconds
      {"TCP_USER_TIMEOUT=1500", 1500},
      {"TCP_USER_TIMEOUT=250ms", 250},
      {"TCP_USER_TIMEOUT=1.5s", 1500},
      {"TCP_USER_TIMEOUT=1.001s", 1001},
      {"TCP_USER_TIMEOUT=8.2s", 8200},
      {"TCP_USER_TIMEOUT=2m", 120000},
      {"TCP_USER_TIMEOUT=1000us", 1},
      // word
      {"IP_MTU_DISCOVER=do", IP_PMTUDISC_DO},
      {"IP_MTU_DISCOVER=DONT", IP_PMTUDISC_DONT},
      {"IP_MTU_DISCOVER=3", 3},
  };
  for (const Case& c : cases) {
    const auto parsed = parse_option(c.text);
    ASSERT_TRUE(parsed) << c.text << ": " << parsed.error();
    EXPECT_EQ(value_of<int>(*parsed), c.value) << c.text;
  }
}

TEST(ParseOption, Rate) {
  EXPECT_EQ(value_of<std::uint64_t>(*parse_option("SO_MAX_PACING_RATE=1M")), 1048576U);
  EXPECT_EQ(value_of<std::uint64_t>(*parse_option("SO_MAX_PACING_RATE=4G")), std::uint64_t{4} << 30U);
  EXPECT_EQ(value_of<std::uint64_t>(*parse_option("SO_MAX_PACING_RATE=18446744073709551615")), UINT64_MAX);
}

TEST(ParseOption, Timeval) {
  struct Case {
    std::string_view text;
    long seconds;
    long micros;
  };
  constexpr Case cases[] = {
      {"SO_RCVTIMEO=2", 2, 0},        {"SO_RCVTIMEO=1.5", 1, 500000}, {"SO_RCVTIMEO=250ms", 0, 250000},
      {"SO_RCVTIMEO=10us", 0, 10},    {"SO_RCVTIMEO=2m", 120, 0},     {"SO_RCVTIMEO=0", 0, 0},
      {"SO_RCVTIMEO=8.2", 8, 200000}, {"SO_SNDTIMEO=0.001", 0, 1000},
  };
  for (const Case& c : cases) {
    const auto parsed = parse_option(c.text);
    ASSERT_TRUE(parsed) << c.text << ": " << parsed.error();
    const auto value = value_of<timeval>(*parsed);
    EXPECT_EQ(value.tv_sec, c.seconds) << c.text;
    EXPECT_EQ(value.tv_usec, c.micros) << c.text;
  }
}

TEST(ParseOption, Linger) {
  struct Case {
    std::string_view text;
    int on;
    int seconds;
  };
  constexpr Case cases[] = {
      {"SO_LINGER=off", 0, 0},
      {"SO_LINGER=0", 1, 0},
      {"SO_LINGER=7", 1, 7},
      {"SO_LINGER=2m", 1, 120},
      {"SO_LINGER=2147483647", 1, INT_MAX},
  };
  for (const Case& c : cases) {
    const auto parsed = parse_option(c.text);
    ASSERT_TRUE(parsed) << c.text << ": " << parsed.error();
    const auto value = value_of<linger>(*parsed);
    EXPECT_EQ(value.l_onoff, c.on) << c.text;
    EXPECT_EQ(value.l_linger, c.seconds) << c.text;
  }
}

TEST(ParseOption, StringIsTheBytes) {
  const auto parsed = parse_option("TCP_CONGESTION=cubic");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(parsed->bytes.data()), parsed->bytes.size()), "cubic");
  EXPECT_EQ(parsed->written, "cubic");
  // Only the first '=' separates.
  EXPECT_EQ(parse_option("TCP_CONGESTION=a=b")->written, "a=b");
}

TEST(ParseOption, Groups) {
  const std::uint32_t lo = *interface_index("lo");
  const auto plain = value_of<ip_mreqn>(*parse_option("IP_ADD_MEMBERSHIP=239.1.2.3"));
  EXPECT_EQ(plain.imr_multiaddr.s_addr, htonl(0xef010203U));
  EXPECT_EQ(plain.imr_ifindex, 0);
  const auto on_lo = value_of<ip_mreqn>(*parse_option("IP_ADD_MEMBERSHIP=239.1.2.3,lo"));
  EXPECT_EQ(on_lo.imr_ifindex, static_cast<int>(lo));
  const auto six = value_of<ipv6_mreq>(*parse_option("IPV6_JOIN_GROUP=ff02::5,lo"));
  EXPECT_EQ(six.ipv6mr_multiaddr.s6_addr[0], 0xff);
  EXPECT_EQ(six.ipv6mr_multiaddr.s6_addr[15], 5);
  EXPECT_EQ(six.ipv6mr_interface, lo);
  const auto scoped = value_of<ipv6_mreq>(*parse_option("IPV6_JOIN_GROUP=ff02::5%lo"));
  EXPECT_EQ(scoped.ipv6mr_interface, lo);
}

TEST(ParseOption, MulticastInterface) {
  const auto address = value_of<ip_mreqn>(*parse_option("IP_MULTICAST_IF=127.0.0.1"));
  EXPECT_EQ(address.imr_address.s_addr, htonl(INADDR_LOOPBACK));
  const auto name = value_of<ip_mreqn>(*parse_option("IP_MULTICAST_IF=lo"));
  EXPECT_EQ(name.imr_ifindex, static_cast<int>(*interface_index("lo")));
}

TEST(ParseOption, PortRange) {
  EXPECT_EQ(value_of<std::uint32_t>(*parse_option("IP_LOCAL_PORT_RANGE=1000-2000")), (2000U << 16U) | 1000U);
  EXPECT_EQ(value_of<std::uint32_t>(*parse_option("IP_LOCAL_PORT_RANGE=0-65535")), 0xffff0000U);
}

TEST(ParseOption, Bad) {
  struct Case {
    std::string_view text;
    std::string_view complaint;
  };
  constexpr Case cases[] = {
      {"", "no such socket option"},
      {"=1", "no such socket option"},
      {"SO_NOTHING=1", "no such socket option"},
      {"CORK=on", "ambiguous"},
      // A bare name is for on and off.
      {"SO_RCVBUF", "SO_RCVBUF=VALUE"},
      {"SO_LINGER", "needs a value"},
      {"SO_KEEPALIVE=", "empty value"},
      {"TCP_CONGESTION=", "empty value"},
      {"SO_KEEPALIVE=2", "neither on nor off"},
      {"SO_KEEPALIVE=ON", "neither on nor off"},
      {"SO_KEEPALIVE= on", "neither on nor off"},
      {"SO_PRIORITY=x", "not a number"},
      {"SO_PRIORITY=1 ", "not a number"},
      {"SO_PRIORITY=010", "leading zero"},
      {"SO_PRIORITY=2147483648", "out of range"},
      {"SO_PRIORITY=-2147483649", "out of range"},
      {"SO_PRIORITY=99999999999999999999", "out of range"},
      {"SO_MARK=-1", "not a number"},
      {"SO_MARK=4294967296", "out of range"},
      {"SO_BINDTODEVICE=a234567890123456", "longer than"},
      {"SO_DETACH_FILTER=off", "only 'on'"},
      {"SO_ATTACH_BPF=-1", "not a number"},
      {"SO_TYPE=stream", "can only be read"},
      {"SO_PEERCRED=1", "can only be read"},
      {"SO_RCVBUF=-1", "not a number"},
      {"SO_RCVBUF=2G", "more than 2147483647"},
      {"SO_RCVBUF=64KB", "not a size"},
      {"SO_RCVBUF=-1", ""},
      {"TCP_KEEPIDLE=1500ms", "finer"},
      {"TCP_KEEPIDLE=1.5", "finer"},
      {"TCP_KEEPIDLE=5-", "not a number"},
      {"TCP_KEEPIDLE=2147483648", "out of range"},
      {"TCP_KEEPIDLE=1 s", "not a duration"},
      {"TCP_USER_TIMEOUT=10us", "finer"},
      // A bare number is milliseconds here, so that this is half of one.
      {"TCP_USER_TIMEOUT=1.5", ""},
      {"TCP_USER_TIMEOUT=876000h", "too long"},
      {"SO_MAX_PACING_RATE=-1", ""},
      {"SO_MAX_PACING_RATE=16777216T", "out of range"},
      {"SO_RCVTIMEO=-1", "not a duration"},
      {"SO_RCVTIMEO=forever", "not a duration"},
      {"SO_LINGER=-1", "neither 'off'"},
      {"SO_LINGER=on", "neither 'off'"},
      {"SO_LINGER=1.5", "whole seconds"},
      {"SO_LINGER=3000000000", ""},
      {"IP_MTU_DISCOVER=maybe", "dont, want, do, probe, interface, omit"},
      {"IP_MTU_DISCOVER=-1", "not one of"},
      {"IP_MTU_DISCOVER=1x", "not a number"},
      {"IP_ADD_MEMBERSHIP=127.0.0.1", "not a multicast group"},
      {"IP_ADD_MEMBERSHIP=ff02::1", "other family"},
      {"IP_ADD_MEMBERSHIP=239.1.2.3,nonesuch", "no such interface"},
      {"IP_ADD_MEMBERSHIP=239.1.2.3,", "no such interface"},
      {"IP_ADD_MEMBERSHIP=239.1.2", "not an IPv4 address"},
      {"IPV6_JOIN_GROUP=239.1.2.3", "other family"},
      {"IPV6_JOIN_GROUP=fe80::1", "not a multicast group"},
      {"IP_MULTICAST_IF=nonesuch", "neither an IPv4 address nor an interface"},
      {"IP_MULTICAST_IF=::1", "neither"},
      {"IP_LOCAL_PORT_RANGE=1000", "not LOW-HIGH"},
      {"IP_LOCAL_PORT_RANGE=1000-", "not LOW-HIGH"},
      {"IP_LOCAL_PORT_RANGE=-1000", "not LOW-HIGH"},
      {"IP_LOCAL_PORT_RANGE=1-70000", "not LOW-HIGH"},
      {"IP_LOCAL_PORT_RANGE=1-2-3", "not LOW-HIGH"},
  };
  for (const Case& c : cases) {
    const auto parsed = parse_option(c.text);
    EXPECT_FALSE(parsed) << c.text << " was taken";
    EXPECT_TRUE(parsed || parsed.error().contains(c.complaint)) << c.text << ": " << parsed.error();
  }
}

TEST(SetOption, ARefusalNamesOptionAndValue) {
  const auto setting = parse_option("TCP_KEEPCNT=1000");
  ASSERT_TRUE(setting);
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  const auto refused = set_option(fd, *setting);
  ::close(fd);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().op, "setsockopt");
  EXPECT_EQ(refused.error().subject, "TCP_KEEPCNT=1000");
  EXPECT_EQ(refused.error().symbol(), "EINVAL");
}

TEST(GetOption, ARefusalNamesTheOption) {
  const auto refused = get_option(-1, **find_option("SO_RCVBUF"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().subject, "SO_RCVBUF");
  EXPECT_EQ(refused.error().symbol(), "EBADF");
}

TEST(OptionText, ForPeople) {
  EXPECT_EQ(option_text({.data = true}), "on");
  EXPECT_EQ(option_text({.data = false}), "off");
  EXPECT_EQ(option_text({.data = std::int64_t{-5}}), "-5");
  EXPECT_EQ(option_text({.data = std::string("1.5 s")}), "1.5 s");
}

}  // namespace
}  // namespace net
