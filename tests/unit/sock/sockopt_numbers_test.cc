#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <algorithm>
#include <iterator>
#include <string_view>

#include "net/sock/sockopt.hh"

// The table's numbers against those of the C library's headers (the table has the kernel's): a row that sets
// another option than it names would read back just as well.
namespace net {
namespace {

struct Number {
  std::string_view name;
  int value;
};

#define NUMBER(name) {#name, name}

constexpr Number numbers[] = {
    NUMBER(SO_BINDTODEVICE),
    NUMBER(SO_BROADCAST),
    NUMBER(SO_BUSY_POLL),
    NUMBER(SO_DONTROUTE),
    NUMBER(SO_KEEPALIVE),
    NUMBER(SO_LINGER),
    NUMBER(SO_MARK),
    NUMBER(SO_MAX_PACING_RATE),
    NUMBER(SO_OOBINLINE),
    NUMBER(SO_PRIORITY),
    NUMBER(SO_RCVBUF),
    NUMBER(SO_RCVBUFFORCE),
    NUMBER(SO_RCVLOWAT),
    NUMBER(SO_RCVTIMEO),
    NUMBER(SO_REUSEADDR),
    NUMBER(SO_REUSEPORT),
    NUMBER(SO_SNDBUF),
    NUMBER(SO_SNDBUFFORCE),
    NUMBER(SO_SNDTIMEO),
    NUMBER(SO_TIMESTAMP),
    NUMBER(SO_ZEROCOPY),
    NUMBER(IP_ADD_MEMBERSHIP),
    NUMBER(IP_BIND_ADDRESS_NO_PORT),
    NUMBER(IP_FREEBIND),
    {"IP_LOCAL_PORT_RANGE", 51},  // newer than the headers
    NUMBER(IP_MINTTL),
    NUMBER(IP_MTU_DISCOVER),
    NUMBER(IP_MULTICAST_ALL),
    NUMBER(IP_MULTICAST_IF),
    NUMBER(IP_MULTICAST_LOOP),
    NUMBER(IP_MULTICAST_TTL),
    NUMBER(IP_RECVERR),
    NUMBER(IP_TOS),
    NUMBER(IP_TRANSPARENT),
    NUMBER(IP_TTL),
    NUMBER(IPV6_JOIN_GROUP),
    NUMBER(IPV6_MTU_DISCOVER),
    NUMBER(IPV6_MULTICAST_HOPS),
    NUMBER(IPV6_MULTICAST_LOOP),
    NUMBER(IPV6_TCLASS),
    NUMBER(IPV6_UNICAST_HOPS),
    NUMBER(IPV6_V6ONLY),
    NUMBER(TCP_CONGESTION),
    NUMBER(TCP_CORK),
    NUMBER(TCP_DEFER_ACCEPT),
    NUMBER(TCP_FASTOPEN),
    NUMBER(TCP_FASTOPEN_CONNECT),
    NUMBER(TCP_KEEPCNT),
    NUMBER(TCP_KEEPIDLE),
    NUMBER(TCP_KEEPINTVL),
    NUMBER(TCP_LINGER2),
    NUMBER(TCP_MAXSEG),
    NUMBER(TCP_NODELAY),
    NUMBER(TCP_NOTSENT_LOWAT),
    NUMBER(TCP_QUICKACK),
    NUMBER(TCP_SYNCNT),
    NUMBER(TCP_USER_TIMEOUT),
    NUMBER(TCP_WINDOW_CLAMP),
    NUMBER(UDP_CORK),
    NUMBER(UDP_GRO),
    NUMBER(UDP_SEGMENT),
};

#undef NUMBER

struct Level {
  std::string_view prefix;
  std::string_view name;
  int value;
};

constexpr Level levels[] = {
    {"SO_", "SOL_SOCKET", SOL_SOCKET},       {"IP_", "IPPROTO_IP", IPPROTO_IP},
    {"IPV6_", "IPPROTO_IPV6", IPPROTO_IPV6}, {"TCP_", "IPPROTO_TCP", IPPROTO_TCP},
    {"UDP_", "IPPROTO_UDP", IPPROTO_UDP},
};

TEST(SockoptNumbers, EachRowIsTheOptionThatItNames) {
  for (const SocketOption& row : option_table()) {
    const auto* number = std::ranges::find(numbers, row.name, &Number::name);
    ASSERT_NE(number, std::end(numbers)) << row.name << " is new: add its number here";
    EXPECT_EQ(row.number, number->value) << row.name;
    const auto* level =
        std::ranges::find_if(levels, [&](const Level& l) { return row.name.starts_with(l.prefix); });
    ASSERT_NE(level, std::end(levels)) << row.name;
    EXPECT_EQ(row.level, level->value) << row.name;
    EXPECT_EQ(row.level_name, level->name) << row.name;
  }
  EXPECT_EQ(option_table().size(), std::size(numbers));
}

}  // namespace
}  // namespace net
