#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cstring>
#include <string>
#include <string_view>

#include "net/sock/sockopt_codec.hh"
#include "tests/support/net.hh"
#include "tests/support/netns.hh"
#include "tests/support/require.hh"
#include "tests/unit/sock/sockopt_sockets.hh"
#include "tests/unit/sock/sockopt_wire.hh"

// Options of addresses, ports, interfaces and MTUs, by what they change.
namespace net {
namespace {

/// getsockopt(2) of an int as any program does it; -1 when it is refused.
int plain_int(const Socket& socket, int level, int number) {
  int value = 0;
  socklen_t length = sizeof value;
  return getsockopt(socket.fd(), level, number, &value, &length) < 0 ? -1 : value;
}

std::string bind_text(const Socket& socket, std::string_view address) {
  const auto bound = socket.bind(*Endpoint::parse_ip(address, 0));
  return bound ? std::string() : bound.error().symbol();
}

TEST(SockoptAddress, ForeignAddressesAreBoundWhereTheOptionAllowsIt) {
  REQUIRE_ROOT();
  struct Case {
    int family;
    std::string_view address;
    std::string_view option;
  };
  constexpr Case cases[] = {{AF_INET, "192.0.2.99", "IP_FREEBIND"},
                            {AF_INET, "192.0.2.99", "IP_TRANSPARENT"},
                            {AF_INET6, "2001:db8::99", "IPV6_FREEBIND"},
                            {AF_INET6, "2001:db8::99", "IPV6_TRANSPARENT"}};
  for (const Case& c : cases) {
    const Socket socket = wire_socket(c.family, SOCK_STREAM);
    EXPECT_EQ(bind_text(socket, c.address), "EADDRNOTAVAIL") << c.option;
    EXPECT_EQ(set_text(socket, c.option), "");
    EXPECT_EQ(bind_text(socket, c.address), "") << c.option;
  }
}

TEST(SockoptAddress, BindLeavesThePortToConnect) {
  const Socket socket = wire_socket(AF_INET, SOCK_STREAM);
  EXPECT_EQ(set_text(socket, "IP_BIND_ADDRESS_NO_PORT"), "");
  EXPECT_EQ(bind_text(socket, "127.0.0.1"), "");
  EXPECT_EQ(socket.local().port(), 0);
}

TEST(SockoptAddress, PortsComeFromTheRange) {
  if (!kernel_has("6.3")) GTEST_SKIP() << "needs Linux 6.3";
  const Socket socket = wire_socket(AF_INET, SOCK_DGRAM);
  EXPECT_EQ(set_text(socket, "IP_LOCAL_PORT_RANGE=45000-45999"), "");
  EXPECT_EQ(bind_text(socket, "127.0.0.1"), "");
  EXPECT_GE(socket.local().port(), 45000);
  EXPECT_LE(socket.local().port(), 45999);
}

TEST(SockoptAddress, V6OnlyLeavesThePortToIpv4) {
  const Socket six = wire_socket(AF_INET6, SOCK_STREAM);
  EXPECT_EQ(set_text(six, "IPV6_V6ONLY=on"), "");
  ASSERT_TRUE(six.bind(Endpoint::any(AF_INET6, 0)));
  const Socket four = wire_socket(AF_INET, SOCK_STREAM);
  EXPECT_TRUE(four.bind(Endpoint::any(AF_INET, six.local().port())));
  EXPECT_EQ(set_text(six, "IPV6_V6ONLY=off"), "EINVAL");
}

TEST(SockoptAddress, UnicastInterfaceIsInNetworkOrder) {
  for (const auto& [family, level, name] : {std::tuple(AF_INET, IPPROTO_IP, "IP_UNICAST_IF"),
                                            std::tuple(AF_INET6, IPPROTO_IPV6, "IPV6_UNICAST_IF")}) {
    const Socket socket = wire_socket(family, SOCK_DGRAM);
    const int number = family == AF_INET ? IP_UNICAST_IF : IPV6_UNICAST_IF;
    EXPECT_EQ(set_text(socket, std::string(name) + "=lo"), "");
    EXPECT_EQ(plain_int(socket, level, number), static_cast<int>(htonl(if_nametoindex("lo"))));
    EXPECT_EQ(read_text(socket, name), "lo");
    EXPECT_EQ(set_text(socket, std::string(name) + "=none"), "");
    EXPECT_EQ(read_text(socket, name), "none");
  }
}

TEST(SockoptAddress, UnicastLeavesByTheInterface) {
  REQUIRE_NAMESPACES();
  const test::Namespace network;
  network.in([] {
    const Socket socket = wire_socket(AF_INET, SOCK_DGRAM);
    const Endpoint nowhere = *Endpoint::parse_ip("198.51.100.1", 9);
    EXPECT_EQ(send_text(socket, "x", nowhere), "ENETUNREACH");
    EXPECT_EQ(set_text(socket, "IP_UNICAST_IF=lo"), "");
    EXPECT_EQ(send_text(socket, "x", nowhere), "");
  });
}

TEST(SockoptAddress, PathMtuIsTheKernels) {
  REQUIRE_NAMESPACES();
  const test::Namespace network;
  network.run_ip({"link", "set", "lo", "mtu", "1444"});
  network.in([] {
    const Socket four = wire_socket(AF_INET, SOCK_DGRAM);
    EXPECT_EQ(read_text(four, "IP_MTU"), "ENOTCONN");
    ASSERT_TRUE(four.connect(Endpoint::loopback(AF_INET, 9)));
    EXPECT_EQ(read_text(four, "IP_MTU"), "1444 B");
    EXPECT_EQ(plain_int(four, IPPROTO_IP, IP_MTU), 1444);
    const Socket six = wire_socket(AF_INET6, SOCK_DGRAM);
    EXPECT_EQ(read_text(six, "IPV6_PATHMTU"), "ENOTCONN");
    ASSERT_TRUE(six.connect(Endpoint::loopback(AF_INET6, 9)));
    EXPECT_EQ(read_text(six, "IPV6_MTU"), "1444 B");
    EXPECT_EQ(read_text(six, "IPV6_PATHMTU"), "1444 B");
    // What is set there is another thing.
    EXPECT_EQ(set_text(six, "IPV6_MTU=1280"), "");
    EXPECT_EQ(read_text(six, "IPV6_MTU"), "1444 B");
    EXPECT_EQ(plain_int(six, IPPROTO_IPV6, IPV6_MTU), 1444);
  });
}

TEST(SockoptAddress, ProtocolOfRawSocketsAndPortOfOthers) {
  REQUIRE_ROOT();
  if (!kernel_has("6.4")) GTEST_SKIP() << "needs Linux 6.4";
  EXPECT_EQ(read_text(wire_socket(AF_INET, SOCK_RAW, 253), "IP_PROTOCOL"), "253");
  const Socket udp = bound_udp(AF_INET);
  EXPECT_EQ(read_text(udp, "IP_PROTOCOL"), std::to_string(udp.local().port()));
}

TEST(SockoptAddress, AddrformMakesAnIpv4Socket) {
  const Socket listener = wire_socket(AF_INET, SOCK_STREAM);
  ASSERT_TRUE(listener.bind(Endpoint::loopback(AF_INET, 0)));
  ASSERT_TRUE(listener.listen(1));
  const Socket client = wire_socket(AF_INET6, SOCK_STREAM);
  EXPECT_EQ(set_text(client, "IPV6_ADDRFORM=ipv4"), "ENOTCONN");
  const auto mapped = Endpoint::parse_ip("::ffff:127.0.0.1", listener.local().port());
  ASSERT_TRUE(client.connect(*mapped));
  ASSERT_TRUE(test::poll_one(client.fd(), POLLOUT, test::Deadline(test::patience)));
  EXPECT_EQ(read_text(client, "IPV6_ADDRFORM"), "ipv6");
  EXPECT_EQ(set_text(client, "IPV6_ADDRFORM=ipv4"), "");
  EXPECT_EQ(plain_int(client, SOL_SOCKET, SO_DOMAIN), AF_INET);
  EXPECT_EQ(client.peer().address_text(), "127.0.0.1");
}

TEST(SockoptAddress, WhatIsNoAddressIsRefused) {
  struct Case {
    std::string_view setting;
    std::string_view why;
  };
  constexpr Case cases[] = {
      {"IP_MULTICAST_IF=nowhere", "neither an IPv4 address nor an interface"},
      {"IP_MULTICAST_IF=::1", "neither an IPv4 address nor an interface"},
      {"IP_UNICAST_IF=no-such-if", "no such interface: no-such-if"},
      {"IPV6_PKTINFO=127.0.0.1", "an address of the other family"},
      {"IPV6_PKTINFO=::1,no-such-if", "no such interface: no-such-if"},
      {"IPV6_PATHMTU=1500", "can only be read"},
      {"IP_LOCAL_PORT_RANGE=5000", "not LOW-HIGH"},
      {"IP_LOCAL_PORT_RANGE=1-65536", "not LOW-HIGH"},
  };
  for (const Case& c : cases) {
    const auto parsed = parse_option(c.setting);
    ASSERT_FALSE(parsed) << c.setting;
    EXPECT_EQ(parsed.error(), c.why) << c.setting;
  }
}

TEST(SockoptAddress, PacketInfoReadsAsItWasWritten) {
  for (const std::string_view value : {"::,lo", "2001:db8::1,lo", "2001:db8::1"}) {
    const auto parsed = parse_option("IPV6_PKTINFO=" + std::string(value));
    ASSERT_TRUE(parsed) << parsed.error();
    EXPECT_EQ(option_text(decode_option(parsed->bytes, *parsed->option)), value);
  }
}

}  // namespace
}  // namespace net
