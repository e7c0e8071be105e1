#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "net/sock/sockopt_codec.hh"
#include "tests/support/netns.hh"
#include "tests/support/require.hh"
#include "tests/support/wait.hh"
#include "tests/unit/sock/sockopt_wire.hh"

// Options of raw sockets: what they send and what they are given.
namespace net {
namespace {

// For experiments (RFC 3692).
constexpr int free_protocol = 253;

/// An ICMP echo request without a checksum, which IPv6 adds by itself.
std::string echo_request(std::uint8_t type) {
  std::string message(8, '\0');
  message[0] = static_cast<char>(type);
  message[7] = 1;
  if (type == 8) {
    // The ones' complement of 0x0800 + 1.
    message[2] = static_cast<char>(0xf7);
    message[3] = static_cast<char>(0xfe);
  }
  return message;
}

struct Filter {
  std::string_view setting;
  std::string_view types;  ///< of what comes after an echo request to ourselves
};

void expect_types(int family, const Filter& filter) {
  SCOPED_TRACE(filter.setting);
  const bool four = family == AF_INET;
  const int protocol = four ? int{IPPROTO_ICMP} : int{IPPROTO_ICMPV6};
  const Socket witness = wire_socket(family, SOCK_RAW, protocol);
  const Socket socket = wire_socket(family, SOCK_RAW, protocol);
  EXPECT_EQ(set_text(socket, filter.setting), "");
  EXPECT_EQ(send_text(socket, echo_request(four ? 8 : 128), Endpoint::loopback(family, 0)), "");
  // Request and reply have gone round.
  for (int i = 0; i < 2; ++i) EXPECT_FALSE(receive(witness).bytes.empty());
  std::string types;
  test::wait_until("what the filter passes", [&] {
    while (has_arrived(socket)) {
      const std::string bytes = receive(socket).bytes;
      // IPv4 gives the header too.
      types += std::to_string(static_cast<std::uint8_t>(bytes.at(four ? 20 : 0))) + " ";
    }
    return types.size() >= filter.types.size();
  });
  EXPECT_EQ(types, filter.types);
}

TEST(SockoptRaw, IcmpFilter) {
  REQUIRE_NAMESPACES();
  const test::Namespace network;
  network.in([] {
    for (const Filter& filter :
         {Filter{"ICMP_FILTER=pass-all", "8 0 "}, Filter{"ICMP_FILTER=block,echo-request", "0 "},
          Filter{"ICMP_FILTER=pass,echo-request", "8 "}, Filter{"ICMP_FILTER=block,0", "8 "},
          Filter{"ICMP_FILTER=block-all", ""}}) {
      expect_types(AF_INET, filter);
    }
  });
}

TEST(SockoptRaw, Icmpv6Filter) {
  REQUIRE_NAMESPACES();
  const test::Namespace network;
  network.in([] {
    for (const Filter& filter :
         {Filter{"ICMPV6_FILTER=pass-all", "128 129 "}, Filter{"ICMPV6_FILTER=block,echo-request", "129 "},
          Filter{"ICMP6_FILTER=pass,echo-request", "128 "}, Filter{"ICMPV6_FILTER=pass,129", "129 "},
          Filter{"ICMPV6_FILTER=block-all", ""}}) {
      expect_types(AF_INET6, filter);
    }
  });
}

TEST(SockoptRaw, FilterOfOtherProtocolsIsRefused) {
  REQUIRE_ROOT();
  const Socket four = wire_socket(AF_INET, SOCK_RAW, free_protocol);
  EXPECT_EQ(read_text(four, "ICMP_FILTER"), "EOPNOTSUPP");
  EXPECT_EQ(set_text(four, "ICMP_FILTER=pass-all"), "EOPNOTSUPP");
  const Socket six = wire_socket(AF_INET6, SOCK_RAW, free_protocol);
  EXPECT_EQ(read_text(six, "ICMPV6_FILTER"), "EOPNOTSUPP");
}

TEST(SockoptRaw, FilterIsWrittenByTheShorterList) {
  struct Case {
    std::string_view written;
    std::string_view read;
  };
  constexpr Case cases[] = {
      {"ICMP_FILTER=pass-all", "pass-all"},
      {"ICMP_FILTER=block-all", "block-all"},
      {"ICMP_FILTER=block,31,7", "block,7,31"},
      {"ICMP_FILTER=PASS,x", ""},
      {"ICMP_FILTER=pass,Echo-Reply,8,8", "pass,echo-reply,echo-request"},
      {"ICMPV6_FILTER=block,0,255,echo-reply", "block,0,echo-reply,255"},
      {"ICMPV6_FILTER=pass,router-advertisement", "pass,router-advertisement"},
      {"ICMP_FILTER=pass", ""},
      {"ICMP_FILTER=block", ""},
      {"ICMP_FILTER=pass-all,8", ""},
      {"ICMP_FILTER=echo-reply", ""},
      {"ICMP_FILTER=block,32", ""},
      {"ICMP_FILTER=block,", ""},
      {"ICMPV6_FILTER=block,256", ""},
  };
  for (const Case& c : cases) {
    const auto parsed = parse_option(c.written);
    ASSERT_EQ(parsed.has_value(), !c.read.empty()) << c.written;
    if (parsed) EXPECT_EQ(option_text(decode_option(parsed->bytes, *parsed->option)), c.read) << c.written;
  }
}

/// An IPv4 header for loopback with that TTL; the kernel adds length, id and checksum.
std::string header4(std::uint8_t ttl) {
  const std::array<std::uint8_t, 20> bytes{0x45, 0, 0,   20, 0, 0, 0,   0, ttl, free_protocol,
                                           0,    0, 127, 0,  0, 1, 127, 0, 0,   1};
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(SockoptRaw, HeaderIsTheSenders) {
  REQUIRE_NAMESPACES();
  const test::Namespace network;
  network.in([] {
    const Socket receiver = wire_socket(AF_INET, SOCK_RAW, free_protocol);
    const Socket sender = wire_socket(AF_INET, SOCK_RAW, free_protocol);
    EXPECT_EQ(set_text(sender, "IP_HDRINCL"), "");
    EXPECT_EQ(send_text(sender, header4(7), Endpoint::loopback(AF_INET, 0)), "");
    EXPECT_EQ(receive(receiver).bytes.at(8), 7);
    // Without it the same bytes are payload.
    EXPECT_EQ(set_text(sender, "IP_HDRINCL=off"), "");
    EXPECT_EQ(send_text(sender, header4(7), Endpoint::loopback(AF_INET, 0)), "");
    EXPECT_EQ(receive(receiver).bytes.size(), 40U);
  });
}

TEST(SockoptRaw, HeaderIsTheSendersInIpv6) {
  REQUIRE_NAMESPACES();
  const test::Namespace network;
  network.in([] {
    const Socket receiver = wire_socket(AF_INET6, SOCK_RAW, free_protocol);
    EXPECT_EQ(set_text(receiver, "IPV6_RECVHOPLIMIT"), "");
    const Socket sender = wire_socket(AF_INET6, SOCK_RAW, free_protocol);
    EXPECT_EQ(set_text(sender, "IPV6_HDRINCL"), "");
    std::string packet(40, '\0');
    packet[0] = 0x60;
    packet[6] = static_cast<char>(free_protocol);
    packet[7] = 7;
    packet[23] = 1;
    packet[39] = 1;
    EXPECT_EQ(send_text(sender, packet, Endpoint::loopback(AF_INET6, 0)), "");
    const Received received = receive(receiver);
    EXPECT_EQ(received.bytes, "");
    const ControlMessage* hops = received.find(IPPROTO_IPV6, IPV6_HOPLIMIT);
    ASSERT_NE(hops, nullptr);
    EXPECT_EQ(hops->number(), 7);
  });
}

TEST(SockoptRaw, ChecksumIsWrittenWhereItIsTold) {
  REQUIRE_NAMESPACES();
  const test::Namespace network;
  network.in([] {
    const Socket receiver = wire_socket(AF_INET6, SOCK_RAW, free_protocol);
    const Socket sender = wire_socket(AF_INET6, SOCK_RAW, free_protocol);
    EXPECT_EQ(read_text(sender, "IPV6_CHECKSUM"), "-1");
    EXPECT_EQ(set_text(sender, "IPV6_CHECKSUM=3"), "EINVAL");
    EXPECT_EQ(set_text(sender, "IPV6_CHECKSUM=4"), "");
    EXPECT_EQ(read_text(sender, "IPV6_CHECKSUM"), "4 B");
    EXPECT_EQ(send_text(sender, std::string(8, '\0'), Endpoint::loopback(AF_INET6, 0)), "");
    const std::string summed = receive(receiver).bytes;
    EXPECT_NE(summed.substr(4, 2), std::string(2, '\0'));
    EXPECT_EQ(summed.substr(0, 4) + summed.substr(6), std::string(6, '\0'));
    EXPECT_EQ(set_text(sender, "IPV6_CHECKSUM=-1"), "");
    EXPECT_EQ(send_text(sender, std::string(8, '\0'), Endpoint::loopback(AF_INET6, 0)), "");
    EXPECT_EQ(receive(receiver).bytes, std::string(8, '\0'));
  });
}

TEST(SockoptRaw, RouterAlertIsOnceOnAndOnceOff) {
  REQUIRE_NAMESPACES();
  const test::Namespace network;
  network.in([] {
    const Socket four = wire_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
    EXPECT_EQ(set_text(four, "IP_ROUTER_ALERT=off"), "ENOBUFS");
    EXPECT_EQ(set_text(four, "IP_ROUTER_ALERT=on"), "");
    EXPECT_EQ(set_text(four, "IP_ROUTER_ALERT=on"), "EADDRINUSE");
    EXPECT_EQ(set_text(four, "IP_ROUTER_ALERT=off"), "");
    EXPECT_EQ(read_text(four, "IP_ROUTER_ALERT"), "off");
    const Socket six = wire_socket(AF_INET6, SOCK_RAW, IPPROTO_RAW);
    EXPECT_EQ(set_text(six, "IPV6_ROUTER_ALERT=5"), "");
    EXPECT_EQ(read_text(six, "IPV6_ROUTER_ALERT"), "1");
    EXPECT_EQ(set_text(six, "IPV6_ROUTER_ALERT=5"), "EADDRINUSE");
    EXPECT_EQ(set_text(six, "IPV6_ROUTER_ALERT=-1"), "");
  });
}

}  // namespace
}  // namespace net
