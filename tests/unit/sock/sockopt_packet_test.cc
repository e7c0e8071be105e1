#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

// After the C library's own, which it gives way to.
#include <linux/in6.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>

#include "tests/support/netns.hh"
#include "tests/support/require.hh"
#include "tests/support/wait.hh"
#include "tests/unit/sock/sockopt_wire.hh"

// What options put into the headers of packets, and what others give of them to the receiver.
namespace net {
namespace {

/// An option of the receiver, and the control message that it asks for.
struct Delivery {
  std::string_view option;
  int level;
  int type;
  std::string_view sender{};  ///< "NAME=VALUE" that makes something to be told
  std::optional<int> number{};
};

constexpr Delivery deliveries[] = {
    {"IP_PKTINFO", IPPROTO_IP, IP_PKTINFO},
    {"IP_RECVTTL", IPPROTO_IP, IP_TTL, "IP_TTL=33", 33},
    {"IP_RECVTOS", IPPROTO_IP, IP_TOS, "IP_TOS=ef", 0xb8},
    {"IP_RECVOPTS", IPPROTO_IP, IP_RECVOPTS, "IP_OPTIONS=01010101", 0x01010101},
    {"IP_RETOPTS", IPPROTO_IP, IP_RETOPTS, "IP_OPTIONS=07070400000000"},
    {"IP_RECVORIGDSTADDR", IPPROTO_IP, IP_ORIGDSTADDR},
    {"IPV6_RECVPKTINFO", IPPROTO_IPV6, IPV6_PKTINFO},
    {"IPV6_RECVHOPLIMIT", IPPROTO_IPV6, IPV6_HOPLIMIT, "IPV6_UNICAST_HOPS=33", 33},
    {"IPV6_RECVTCLASS", IPPROTO_IPV6, IPV6_TCLASS, "IPV6_TCLASS=ef", 0xb8},
    {"IPV6_RECVORIGDSTADDR", IPPROTO_IPV6, IPV6_ORIGDSTADDR},
    {"IPV6_FLOWINFO", IPPROTO_IPV6, IPV6_FLOWINFO, "IPV6_TCLASS=ef"},
    {"IPV6_RECVHOPOPTS", IPPROTO_IPV6, IPV6_HOPOPTS, "IPV6_HOPOPTS=0000010400000000"},
    {"IPV6_RECVDSTOPTS", IPPROTO_IPV6, IPV6_DSTOPTS, "IPV6_DSTOPTS=0000010400000000"},
};

TEST(SockoptPacket, EachIsToldToWhoAskedForIt) {
  REQUIRE_ROOT();  // for the extension headers
  for (const Delivery& delivery : deliveries) {
    SCOPED_TRACE(delivery.option);
    const int family = delivery.level == IPPROTO_IP ? AF_INET : AF_INET6;
    const Socket receiver = bound_udp(family);
    const Socket sender = wire_socket(family, SOCK_DGRAM);
    if (!delivery.sender.empty()) EXPECT_EQ(set_text(sender, delivery.sender), "");
    EXPECT_EQ(send_text(sender, "unasked", receiver.local()), "");
    EXPECT_TRUE(receive(receiver).control.empty());
    EXPECT_EQ(set_text(receiver, delivery.option), "");
    EXPECT_EQ(send_text(sender, "asked", receiver.local()), "");
    const Received received = receive(receiver);
    EXPECT_EQ(received.control.size(), 1U);
    const ControlMessage* told = received.find(delivery.level, delivery.type);
    ASSERT_NE(told, nullptr);
    if (delivery.number) EXPECT_EQ(told->number(), *delivery.number);
  }
}

TEST(SockoptPacket, AutomaticFlowLabel) {
  REQUIRE_NAMESPACES();
  const test::Namespace network;
  network.in([] {
    const Socket receiver = bound_udp(AF_INET6);
    EXPECT_EQ(set_text(receiver, "IPV6_FLOWINFO"), "");
    for (const bool labelled : {true, false}) {
      const Socket sender = wire_socket(AF_INET6, SOCK_DGRAM);
      EXPECT_EQ(set_text(sender, labelled ? "IPV6_AUTOFLOWLABEL=on" : "IPV6_AUTOFLOWLABEL=off"), "");
      EXPECT_EQ(send_text(sender, "x", receiver.local()), "");
      // A flow of zeros is not told.
      EXPECT_EQ(receive(receiver).find(IPPROTO_IPV6, IPV6_FLOWINFO) != nullptr, labelled);
    }
  });
}

/// connect(2) with a flow label, for which Endpoint has no place.
bool connect_with_label(const Socket& socket, const Endpoint& to, std::uint32_t label) {
  sockaddr_in6 address{};
  std::memcpy(&address, to.data(), sizeof address);
  address.sin6_flowinfo = htonl(label);
  return ::connect(socket.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

TEST(SockoptPacket, LeasedFlowLabel) {
  REQUIRE_NAMESPACES();
  const test::Namespace network;
  network.in([] {
    const Socket receiver = bound_udp(AF_INET6);
    EXPECT_EQ(set_text(receiver, "IPV6_FLOWINFO"), "");
    const Socket sender = wire_socket(AF_INET6, SOCK_DGRAM);
    EXPECT_EQ(set_text(sender, "IPV6_FLOWINFO_SEND"), "");
    EXPECT_EQ(set_text(sender, "IPV6_FLOWLABEL_MGR=0x12345,::1,exclusive"), "");
    EXPECT_TRUE(proc_text("net/ip6_flowlabel").contains("12345 1"));
    // Another may not have it, nor send one that it has not leased.
    const Socket other = wire_socket(AF_INET6, SOCK_DGRAM);
    EXPECT_EQ(set_text(other, "IPV6_FLOWLABEL_MGR=0x12345,::1"), "EPERM");
    EXPECT_EQ(read_text(sender, "IPV6_FLOWLABEL_MGR"), "none");
    ASSERT_TRUE(connect_with_label(sender, receiver.local(), 0x12345));
    EXPECT_EQ(read_text(sender, "IPV6_FLOWLABEL_MGR"), "0x12345,::1,exclusive");
    EXPECT_EQ(send_text(sender, "x", {}), "");
    const Received received = receive(receiver);
    const ControlMessage* flow = received.find(IPPROTO_IPV6, IPV6_FLOWINFO);
    ASSERT_NE(flow, nullptr);
    EXPECT_EQ(ntohl(static_cast<std::uint32_t>(flow->number())), 0x12345U);
    EXPECT_EQ(set_text(sender, "IPV6_FLOWLABEL_MGR=put,0x12345"), "");
    EXPECT_EQ(read_text(sender, "IPV6_FLOWLABEL_MGR"), "none");
    EXPECT_EQ(set_text(sender, "IPV6_FLOWLABEL_MGR=put,0x12345"), "ESRCH");
  });
}

TEST(SockoptPacket, ReflectedFlowLabel) {
  REQUIRE_NAMESPACES();
  const test::Namespace network;
  network.in([&] {
    const Socket socket = wire_socket(AF_INET6, SOCK_STREAM);
    EXPECT_EQ(set_text(socket, "IPV6_FLOWLABEL_MGR=reflect"), "EPERM");
    network.sysctl("net.ipv6.flowlabel_consistency", "0");
    EXPECT_EQ(set_text(socket, "IPV6_FLOWLABEL_MGR=reflect"), "");
    EXPECT_EQ(set_text(socket, "IPV6_FLOWLABEL_MGR=put,reflect"), "");
    EXPECT_EQ(set_text(socket, "IPV6_FLOWLABEL_MGR=put,reflect"), "ESRCH");
  });
}

TEST(SockoptPacket, RoutingHeader) {
  REQUIRE_NAMESPACES();
  const test::Namespace network;
  network.sysctl("net.ipv6.conf.all.seg6_enabled", "1");
  network.sysctl("net.ipv6.conf.lo.seg6_enabled", "1");
  network.in([] {
    const Socket receiver = bound_udp(AF_INET6);
    EXPECT_EQ(set_text(receiver, "IPV6_RECVRTHDR"), "");
    const Socket sender = wire_socket(AF_INET6, SOCK_DGRAM);
    // By way of ::1, and destination options before it.
    EXPECT_EQ(set_text(sender, "IPV6_RTHDR=000204000000000000000000000000000000000000000001"), "");
    EXPECT_EQ(set_text(sender, "IPV6_RTHDRDSTOPTS=0000010400000000"), "");
    EXPECT_EQ(set_text(receiver, "IPV6_RECVDSTOPTS"), "");
    EXPECT_EQ(send_text(sender, "x", receiver.local()), "");
    const Received received = receive(receiver);
    EXPECT_NE(received.find(IPPROTO_IPV6, IPV6_RTHDR), nullptr);
    EXPECT_NE(received.find(IPPROTO_IPV6, IPV6_DSTOPTS), nullptr);
  });
}

TEST(SockoptPacket, FragmentsAreToldAndForbidden) {
  REQUIRE_NAMESPACES();
  const test::Namespace network;
  network.run_ip({"link", "set", "lo", "mtu", "1500"});
  network.in([] {
    const std::string large(4000, 'x');
    for (const int family : {AF_INET, AF_INET6}) {
      SCOPED_TRACE(family);
      const std::string prefix = family == AF_INET ? "IP_" : "IPV6_";
      const Socket receiver = bound_udp(family);
      const Socket sender = wire_socket(family, SOCK_DGRAM);
      EXPECT_EQ(set_text(receiver, prefix + "RECVFRAGSIZE"), "");
      const auto fragment_size = [&] {
        EXPECT_EQ(send_text(sender, large, receiver.local()), "");
        const Received received = receive(receiver);
        const ControlMessage* size = family == AF_INET ? received.find(IPPROTO_IP, IP_RECVFRAGSIZE)
                                                       : received.find(IPPROTO_IPV6, IPV6_RECVFRAGSIZE);
        return size == nullptr ? 0 : size->number();
      };
      EXPECT_GT(fragment_size(), 1400);
      if (family == AF_INET6) {
        EXPECT_EQ(set_text(sender, "IPV6_MTU=1280"), "");
        EXPECT_LE(fragment_size(), 1280);
        EXPECT_EQ(set_text(sender, "IPV6_MTU=0"), "");
      }
      EXPECT_EQ(set_text(sender, prefix + "MTU_DISCOVER=do"), "");
      EXPECT_EQ(send_text(sender, large, receiver.local()), "EMSGSIZE");
    }
  });
}

TEST(SockoptPacket, DontfragTellsThePathMtu) {
  REQUIRE_NAMESPACES();
  const test::Namespace network;
  network.run_ip({"link", "set", "lo", "mtu", "1500"});
  network.in([] {
    const Socket receiver = bound_udp(AF_INET6);
    const Socket sender = bound_udp(AF_INET6);
    EXPECT_EQ(set_text(sender, "IPV6_DONTFRAG"), "");
    EXPECT_EQ(set_text(sender, "IPV6_RECVPATHMTU"), "");
    EXPECT_EQ(send_text(sender, std::string(4000, 'x'), receiver.local()), "EMSGSIZE");
    const Received told = take(sender);
    const ControlMessage* message = told.find(IPPROTO_IPV6, IPV6_PATHMTU);
    ASSERT_NE(message, nullptr);
    ip6_mtuinfo info{};
    ASSERT_EQ(message->data.size(), sizeof info);
    std::memcpy(&info, message->data.data(), sizeof info);
    EXPECT_EQ(info.ip6m_mtu, 1500U);
  });
}

TEST(SockoptPacket, ErrorsAreQueued) {
  for (const int family : {AF_INET, AF_INET6}) {
    const Socket sender = wire_socket(family, SOCK_DGRAM);
    EXPECT_EQ(set_text(sender, family == AF_INET ? "IP_RECVERR" : "IPV6_RECVERR"), "");
    // Nobody is there any more.
    const Endpoint gone = bound_udp(family).local();
    EXPECT_EQ(send_text(sender, "x", gone), "");
    const Received error = receive(sender, MSG_ERRQUEUE);
    EXPECT_NE(family == AF_INET ? error.find(IPPROTO_IP, IP_RECVERR) : error.find(IPPROTO_IPV6, IPV6_RECVERR),
              nullptr);
  }
}

TEST(SockoptPacket, IpsecPolicyBlocks) {
  REQUIRE_ROOT();
  for (const int family : {AF_INET, AF_INET6}) {
    SCOPED_TRACE(family);
    const std::string option = family == AF_INET ? "IP_XFRM_POLICY=" : "IPV6_XFRM_POLICY=";
    const Socket receiver = bound_udp(family);
    const Socket sender = wire_socket(family, SOCK_DGRAM);
    const std::string set = set_text(sender, option + "out,block");
    if (set == "ENOPROTOOPT") GTEST_SKIP() << "a kernel without IPsec";
    EXPECT_EQ(set, "");
    EXPECT_EQ(send_text(sender, "x", receiver.local()), "EPERM");
    EXPECT_EQ(set_text(sender, option + "out,allow"), "");
    EXPECT_EQ(send_text(sender, "x", receiver.local()), "");
    EXPECT_EQ(set_text(sender, option + "out,block"), "");
    EXPECT_EQ(set_text(sender, option + "none"), "");
    EXPECT_EQ(send_text(sender, "x", receiver.local()), "");
    // Taken away by nobody but those who may.
    EXPECT_EQ(read_text(sender, option.substr(0, option.size() - 1)), "ENOPROTOOPT");
  }
}

/// A listener and two ends of a connection on loopback; the listener's options are set first.
struct Connection {
  Connection(std::string_view listener_options, std::string_view client_options) {
    set_all(listener, listener_options);
    set_all(client, client_options);
    EXPECT_TRUE(listener.bind(Endpoint::loopback(AF_INET, 0)));
    EXPECT_TRUE(listener.listen(1));
    EXPECT_TRUE(client.connect(listener.local()));
    EXPECT_TRUE(test::poll_one(listener.fd(), POLLIN, test::Deadline(test::patience)));
    Endpoint peer;
    auto taken = listener.accept(peer);
    EXPECT_TRUE(taken);
    if (taken) accepted = std::move(*taken);
  }

  static void set_all(const Socket& socket, std::string_view options) {
    while (!options.empty()) {
      const std::string_view one = options.substr(0, options.find(' '));
      options.remove_prefix(std::min(one.size() + 1, options.size()));
      EXPECT_EQ(set_text(socket, one), "") << one;
    }
  }

  Socket listener = wire_socket(AF_INET, SOCK_STREAM);
  Socket client = wire_socket(AF_INET, SOCK_STREAM);
  std::optional<Socket> accepted;
};

TEST(SockoptPacket, PacketOptionsOfAConnection) {
  const Connection full("IP_PKTINFO IP_RECVTTL IP_RECVTOS", "IP_TTL=33 IP_TOS=cs1");
  ASSERT_TRUE(full.accepted);
  EXPECT_EQ(read_text(*full.accepted, "IP_PKTOPTIONS"), "destination 127.0.0.1,lo, ttl 33, tos 32");
  const Connection some("IP_RECVTTL", "IP_TTL=34");
  ASSERT_TRUE(some.accepted);
  EXPECT_EQ(read_text(*some.accepted, "IP_PKTOPTIONS"), "ttl 34");
  EXPECT_EQ(read_text(some.client, "IP_PKTOPTIONS"), "none");
}

/// The count of a line pair of /proc/net/netstat.
std::string netstat_count(const std::string& name) {
  std::istringstream lines(proc_text("net/netstat"));
  std::string names;
  std::string values;
  while (std::getline(lines, names) && std::getline(lines, values)) {
    std::istringstream name_words(names);
    std::istringstream value_words(values);
    std::string key;
    std::string value;
    while (name_words >> key && value_words >> value) {
      if (key == name) return value;
    }
  }
  return {};
}

TEST(SockoptPacket, MinimumTtlDropsWhatComesFromAfar) {
  REQUIRE_NAMESPACES();
  const test::Namespace network;
  network.in([] {
    const Connection connection("", "IP_TTL=33");
    ASSERT_TRUE(connection.accepted);
    EXPECT_EQ(set_text(*connection.accepted, "IP_MINTTL=33"), "");
    EXPECT_EQ(send_text(connection.client, "near", {}), "");
    EXPECT_EQ(receive(*connection.accepted).bytes, "near");
    EXPECT_EQ(netstat_count("TCPMinTTLDrop"), "0");
    EXPECT_EQ(set_text(*connection.accepted, "IP_MINTTL=34"), "");
    EXPECT_EQ(send_text(connection.client, "far", {}), "");
    test::wait_until("a dropped segment", [] { return netstat_count("TCPMinTTLDrop") != "0"; });
    EXPECT_FALSE(has_arrived(*connection.accepted));
  });
}

TEST(SockoptPacket, WhatIsNoHeaderIsRefused) {
  struct Case {
    std::string_view setting;
    std::string_view why;
  };
  constexpr Case cases[] = {
      {"IP_TOS=expedited", "not a number"},
      {"IPV6_FLOWLABEL_MGR=0x12345", "not LABEL,DESTINATION[,SHARE] or put,LABEL"},
      {"IPV6_FLOWLABEL_MGR=0,::1", "flow label 0 is none"},
      {"IPV6_FLOWLABEL_MGR=0x100000,::1", "flow label: "},
      {"IPV6_FLOWLABEL_MGR=1,127.0.0.1", "an address of the other family"},
      {"IPV6_FLOWLABEL_MGR=1,::1,mine", "not one of exclusive, process, user, any"},
      {"IPV6_FLOWLABEL_MGR=put,1,::1", "not LABEL,DESTINATION[,SHARE] or put,LABEL"},
      {"IP_XFRM_POLICY=out", "neither none nor in|out|forward,allow|block"},
      {"IP_XFRM_POLICY=out,encrypt", "neither none nor in|out|forward,allow|block"},
      {"IP_XFRM_POLICY=out,allow,allow", "neither none nor in|out|forward,allow|block"},
      {"IP_PKTOPTIONS=none", "can only be read"},
  };
  for (const Case& c : cases) {
    const auto parsed = parse_option(c.setting);
    ASSERT_FALSE(parsed) << c.setting;
    EXPECT_TRUE(parsed.error().starts_with(c.why)) << c.setting << ": " << parsed.error();
  }
  for (const std::string_view odd : {"IP_OPTIONS=010", "IPV6_HOPOPTS=zz", "IPV6_RTHDR=00 02"}) {
    EXPECT_FALSE(parse_option(odd)) << odd;
  }
}

}  // namespace
}  // namespace net
