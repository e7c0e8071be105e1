// --changed: what somebody set on a live socket, and nothing that comes by itself.

#include <gtest/gtest.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "tests/e2e/sockopt_run.hh"
#include "tests/support/files.hh"
#include "tests/support/netns.hh"
#include "tests/support/require.hh"

namespace test {
namespace {

/// A socket of the owner's, made by one function.
struct Made {
  const char* name;
  int (*make)();
};

/// Both ends, after both have said something; the one at `end` (0 client, 1 accepted).
int talking(int family, int end) {
  OwnedConnection c = make_connection(loopback(family));
  for (int fd : {c.client, c.accepted}) {
    if (send(fd, "hello", 5, MSG_NOSIGNAL) != 5) fail_errno("send");
  }
  char bytes[5];
  for (int fd : {c.client, c.accepted}) {
    if (recv(fd, bytes, sizeof bytes, MSG_WAITALL) != 5) fail_errno("receive");
  }
  return end == 0 ? c.client : c.accepted;
}

int connected_datagram(int family) {
  return connected_socket(local_address(bound_socket(loopback(family), SOCK_DGRAM)), SOCK_DGRAM);
}

int any_address(int family, int type) {
  Address where = ip_address(family == AF_INET ? "0.0.0.0" : "::", 0);
  return type == SOCK_STREAM ? listening_socket(where, type) : bound_socket(where, type);
}

int unix_pair(int type) {
  int ends[2];
  if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends) < 0) fail_errno("socketpair");
  return ends[0];
}

/// Autobound, so that no file is left.
int unix_named(int type) {
  Address where;
  where.storage.ss_family = AF_UNIX;
  where.length = sizeof(sa_family_t);
  return type == SOCK_DGRAM ? bound_socket(where, type) : listening_socket(where, type);
}

const std::vector<Made> untouched = {
    {"tcp, fresh", [] { return plain_socket(AF_INET, SOCK_STREAM); }},
    {"tcp6, fresh", [] { return plain_socket(AF_INET6, SOCK_STREAM); }},
    {"tcp, bound", [] { return bound_socket(loopback(), SOCK_STREAM); }},
    {"tcp, listening", [] { return listening_socket(loopback(), SOCK_STREAM); }},
    {"tcp6, listening", [] { return any_address(AF_INET6, SOCK_STREAM); }},
    {"tcp6, listening on one address", [] { return listening_socket(loopback(AF_INET6), SOCK_STREAM); }},
    {"tcp6, bound", [] { return bound_socket(loopback(AF_INET6), SOCK_STREAM); }},
    {"udp6, bound to one address", [] { return bound_socket(loopback(AF_INET6), SOCK_DGRAM); }},
    {"tcp, listening everywhere", [] { return any_address(AF_INET, SOCK_STREAM); }},
    {"tcp, client", [] { return talking(AF_INET, 0); }},
    {"tcp, accepted", [] { return talking(AF_INET, 1); }},
    {"tcp6, client", [] { return talking(AF_INET6, 0); }},
    {"tcp6, accepted", [] { return talking(AF_INET6, 1); }},
    {"udp, fresh", [] { return plain_socket(AF_INET, SOCK_DGRAM); }},
    {"udp, bound", [] { return bound_socket(loopback(), SOCK_DGRAM); }},
    {"udp6, bound", [] { return any_address(AF_INET6, SOCK_DGRAM); }},
    {"udp, connected", [] { return connected_datagram(AF_INET); }},
    {"udp6, connected", [] { return connected_datagram(AF_INET6); }},
    {"unix stream, fresh", [] { return plain_socket(AF_UNIX, SOCK_STREAM); }},
    {"unix stream, pair", [] { return unix_pair(SOCK_STREAM); }},
    {"unix dgram, pair", [] { return unix_pair(SOCK_DGRAM); }},
    {"unix seqpacket, pair", [] { return unix_pair(SOCK_SEQPACKET); }},
    {"unix stream, listening", [] { return unix_named(SOCK_STREAM); }},
    {"unix dgram, bound", [] { return unix_named(SOCK_DGRAM); }},
};

TEST(SockoptChanged, NothingOnASocketThatNobodyTouched) {
  REQUIRE_ROOT();
  SocketOwner owner;
  for (const Made& made : untouched) {
    SCOPED_TRACE(made.name);
    int fd = owner.in(made.make);
    EXPECT_EQ(values_of(sockopt_rows(at_fd(owner, fd) + Words{"--changed"})), Words{});
    // In text the socket is named all the same.
    Outcome text = sockopt(at_fd(owner, fd) + Words{"--changed"});
    EXPECT_EQ(lines_of(text.out).size(), 2U) << text.out;
    EXPECT_TRUE(contains(text.out, "fd " + std::to_string(fd))) << text.out;
    EXPECT_TRUE(contains(text.out, "  no setting differs")) << text.out;
    owner.in([](int done) { close(done); }, fd);
  }
}

// Kinds that a kernel may lack, or that only root has.
TEST(SockoptChanged, NothingOnRareKindsEither) {
  REQUIRE_ROOT();
  SocketOwner owner;
  struct Kind {
    int family, type, protocol;
  };
  constexpr int mptcp = 262;
  for (const Kind& kind : {Kind{AF_INET, SOCK_STREAM, mptcp}, Kind{AF_INET6, SOCK_STREAM, mptcp},
                           Kind{AF_INET, SOCK_RAW, IPPROTO_UDP}, Kind{AF_INET6, SOCK_RAW, IPPROTO_ICMPV6},
                           Kind{AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE}}) {
    int fd = owner.in([](Kind k) { return socket(k.family, k.type | SOCK_CLOEXEC, k.protocol); }, kind);
    if (fd < 0) continue;
    SCOPED_TRACE(testing::Message() << kind.family << " " << kind.type << " " << kind.protocol);
    EXPECT_EQ(values_of(sockopt_rows(at_fd(owner, fd) + Words{"--changed"})), Words{});
  }
}

/// An option that the owner sets, and what JSON then has.
struct Setting {
  const char* name;
  int level;
  int number;
  int value;
  const char* json;
  const char* fresh;  ///< the default, or nothing where that is the machine's
};

const std::vector<Setting> of_sockets = {
    {"SO_REUSEADDR", SOL_SOCKET, SO_REUSEADDR, 1, "true", "false"},
    {"SO_KEEPALIVE", SOL_SOCKET, SO_KEEPALIVE, 1, "true", "false"},
    {"SO_OOBINLINE", SOL_SOCKET, SO_OOBINLINE, 1, "true", "false"},
    // Before SO_PRIORITY, which it would set.
    {"IP_TOS", IPPROTO_IP, IP_TOS, 0x04, nullptr, nullptr},
    {"SO_PRIORITY", SOL_SOCKET, SO_PRIORITY, 3, "3", "0"},
    {"SO_RCVLOWAT", SOL_SOCKET, SO_RCVLOWAT, 2, "2", "1"},
    {"SO_TIMESTAMP", SOL_SOCKET, SO_TIMESTAMP, 1, "true", "false"},
    {"IP_TTL", IPPROTO_IP, IP_TTL, 33, "33", nullptr},
    {"IP_MTU_DISCOVER", IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE, "\"probe\"", nullptr},
    {"IP_RECVERR", IPPROTO_IP, IP_RECVERR, 1, "true", "false"},
};

const std::vector<Setting> of_tcp = {
    {"TCP_NODELAY", IPPROTO_TCP, TCP_NODELAY, 1, "true", "false"},
    {"TCP_KEEPIDLE", IPPROTO_TCP, TCP_KEEPIDLE, 77, "77", nullptr},
    {"TCP_KEEPINTVL", IPPROTO_TCP, TCP_KEEPINTVL, 11, "11", nullptr},
    {"TCP_KEEPCNT", IPPROTO_TCP, TCP_KEEPCNT, 4, "4", nullptr},
    {"TCP_USER_TIMEOUT", IPPROTO_TCP, TCP_USER_TIMEOUT, 12345, "12345", "0"},
    {"TCP_SYNCNT", IPPROTO_TCP, TCP_SYNCNT, 2, "2", nullptr},
    {"TCP_LINGER2", IPPROTO_TCP, TCP_LINGER2, 20, "20", nullptr},
    {"TCP_NOTSENT_LOWAT", IPPROTO_TCP, TCP_NOTSENT_LOWAT, 16384, "16384", nullptr},
};

void expect_shown(const Rows& rows, const Setting& setting) {
  SCOPED_TRACE(setting.name);
  const json::Value& row = row_of(rows, setting.name);
  EXPECT_TRUE(row["changed"].boolean());
  EXPECT_EQ(row["kind"].string(), "setting");
  if (setting.json != nullptr) EXPECT_EQ(row["value"].text(), setting.json);
  if (setting.fresh != nullptr) EXPECT_EQ(row["default"].text(), setting.fresh);
  EXPECT_NE(row["default"].text(), row["value"].text());
}

/// All at once: these rows and no other.
void expect_exactly(SocketOwner& owner, int fd, const std::vector<Setting>& settings) {
  std::set<std::string> wanted;
  for (const Setting& s : settings) {
    owner.in(set_int, fd, s.level, s.number, s.value);
    wanted.insert(s.name);
  }
  const Rows rows = sockopt_rows(at_fd(owner, fd) + Words{"--changed"});
  const Words names = names_of(rows);
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()), wanted);
  EXPECT_EQ(names.size(), wanted.size());
  for (const Setting& s : settings) expect_shown(rows, s);
}

TEST(SockoptChanged, ExactlyWhatWasSet) {
  REQUIRE_ROOT();
  SocketOwner owner;
  std::vector<Setting> tcp = of_sockets;
  tcp.insert(tcp.end(), of_tcp.begin(), of_tcp.end());
  for (const Made& made : untouched) {
    SCOPED_TRACE(made.name);
    const std::string kind = made.name;
    if (kind.starts_with("unix") || kind.starts_with("tcp6") || kind.starts_with("udp6")) continue;
    int fd = owner.in(made.make);
    expect_exactly(owner, fd, kind.starts_with("tcp") ? tcp : of_sockets);
  }
}

TEST(SockoptChanged, OneAtATime) {
  REQUIRE_ROOT();
  SocketOwner owner;
  for (const std::vector<Setting>* list : {&of_sockets, &of_tcp}) {
    for (const Setting& setting : *list) {
      SCOPED_TRACE(setting.name);
      int fd = owner.in([] { return talking(AF_INET, 1); });
      expect_exactly(owner, fd, {setting});
    }
  }
}

// IP_TOS chooses a priority too, and that is what the socket then has.
TEST(SockoptChanged, WhatTheKernelSetsAlong) {
  REQUIRE_ROOT();
  SocketOwner owner;
  int fd = owner.in([] { return bound_socket(loopback(), SOCK_DGRAM); });
  owner.in(set_int, fd, IPPROTO_IP, IP_TOS, 0x10);
  const int priority = owner.in([](int s) { return get_int(s, SOL_SOCKET, SO_PRIORITY); }, fd);
  const Rows rows = sockopt_rows(at_fd(owner, fd) + Words{"--changed"});
  EXPECT_EQ(row_of(rows, "SO_PRIORITY")["value"].integer(), priority);
  EXPECT_EQ(rows.size(), 2U) << testing::PrintToString(names_of(rows));
}

// Set back to what it was: no difference left.
TEST(SockoptChanged, WhatWasPutBackIsNotChanged) {
  REQUIRE_ROOT();
  SocketOwner owner;
  int fd = owner.in([] { return listening_socket(loopback(), SOCK_STREAM); });
  owner.in(set_int, fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  EXPECT_EQ(sockopt_rows(at_fd(owner, fd) + Words{"--changed"}).size(), 1U);
  owner.in(set_int, fd, SOL_SOCKET, SO_KEEPALIVE, 0);
  EXPECT_EQ(sockopt_rows(at_fd(owner, fd) + Words{"--changed"}).size(), 0U);
}

// Structs and names, and what accept() hands on.
TEST(SockoptChanged, StructsAndNames) {
  REQUIRE_ROOT();
  SocketOwner owner;
  OwnedConnection c = owner.in([] {
    int listener = listening_socket(loopback(AF_INET6), SOCK_STREAM);
    const linger wait = {1, 7};
    const timeval limit = {2, 500000};
    if (setsockopt(listener, SOL_SOCKET, SO_LINGER, &wait, sizeof wait) < 0) fail_errno("SO_LINGER");
    if (setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) < 0) fail_errno("SO_RCVTIMEO");
    if (setsockopt(listener, IPPROTO_TCP, TCP_CONGESTION, "reno", 4) < 0) fail_errno("TCP_CONGESTION");
    set_int(listener, IPPROTO_IPV6, IPV6_TCLASS, 0x20);
    int client = connected_socket(local_address(listener), SOCK_STREAM);
    return OwnedConnection{listener, client, accept_one(listener), local_address(listener),
                           local_address(client)};
  });
  for (int fd : {c.listener, c.accepted}) {
    const Rows rows = sockopt_rows(at_fd(owner, fd) + Words{"--changed"});
    const json::Value& linger = row_of(rows, "SO_LINGER")["value"];
    EXPECT_TRUE(linger["on"].boolean());
    EXPECT_EQ(linger["seconds"].integer(), 7);
    const json::Value& limit = row_of(rows, "SO_RCVTIMEO");
    const long long per_second = limit["unit"].string() == "us" ? 1000000 : 1;
    EXPECT_EQ(limit["value"].number(), 2.5 * static_cast<double>(per_second)) << limit.text();
    EXPECT_EQ(row_of(rows, "IPV6_TCLASS")["value"].integer(), 0x20);
    // No difference where it is the machine's default too.
    if (run_ok({"cat", "/proc/sys/net/ipv4/tcp_congestion_control"}) != "reno\n") {
      EXPECT_EQ(row_of(rows, "TCP_CONGESTION")["value"].string(), "reno");
      EXPECT_EQ(rows.size(), 4U) << testing::PrintToString(names_of(rows));
    }
  }
  EXPECT_EQ(sockopt_rows(at_fd(owner, c.client) + Words{"--changed"}).size(), 0U);
}

// A buffer set by hand is a change; one that TCP grew by itself is none.
TEST(SockoptChanged, BuffersSetByHandAndBuffersThatGrew) {
  REQUIRE_ROOT();
  SocketOwner owner;
  int fixed = owner.in([] { return talking(AF_INET, 0); });
  owner.in(set_int, fixed, SOL_SOCKET, SO_SNDBUF, 50000);
  const Rows rows = sockopt_rows(at_fd(owner, fixed) + Words{"--changed"});
  EXPECT_EQ(row_of(rows, "SO_SNDBUF")["value"].integer(), 100000);
  for (const std::string& name : names_of(rows)) {
    EXPECT_TRUE(name == "SO_SNDBUF" || name == "SO_BUF_LOCK") << name;
  }

  OwnedConnection c = owner.in([] {
    OwnedConnection made = make_connection(loopback());
    // Until both buffers are full; then the reader takes it, so that the receive buffer is tuned.
    static char block[65536];
    long sent = 0;
    for (ssize_t n = 0; (n = send(made.client, block, sizeof block, MSG_NOSIGNAL | MSG_DONTWAIT)) > 0;)
      sent += n;
    while (sent > 0) sent -= recv(made.accepted, block, sizeof block, 0);
    return made;
  });
  const auto buffer = [](int fd) { return get_int(fd, SOL_SOCKET, SO_SNDBUF); };
  const int fresh =
      owner.in([] { return get_int(plain_socket(AF_INET, SOCK_STREAM), SOL_SOCKET, SO_SNDBUF); });
  ASSERT_NE(owner.in(buffer, c.client), fresh) << "the kernel tuned nothing: no proof";
  for (int fd : {c.client, c.accepted}) {
    EXPECT_EQ(values_of(sockopt_rows(at_fd(owner, fd) + Words{"--changed"})), Words{});
  }
}

// The default is this network's, by its sysctls.
TEST(SockoptChanged, DefaultsOfAnotherNetwork) {
  REQUIRE_NAMESPACES();
  Namespace ns;
  ns.sysctl("net.ipv4.tcp_keepalive_time", "4321");
  ns.sysctl("net.ipv4.ip_default_ttl", "99");
  ns.sysctl("net.ipv4.tcp_congestion_control", "reno");
  SocketOwner owner(ns.enter_hook());
  int fd = owner.in([] { return listening_socket(loopback(), SOCK_STREAM); });
  owner.in(set_int, fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  // Asked from inside and from outside: the socket is the same, and so is what was set on it.
  Outcome inside = ns.run(nettool_argv(Words{"sockopt", "--json", "--changed"} + at_fd(owner, fd)));
  EXPECT_EQ(inside.status, 0) << inside.err;
  EXPECT_EQ(values_of(json::parse_lines(inside.out)), Words{"SO_KEEPALIVE=true"});
  EXPECT_EQ(values_of(sockopt_rows(at_fd(owner, fd) + Words{"--changed"})), Words{"SO_KEEPALIVE=true"});
}

TEST(SockoptChanged, AFreshSocketHasNoChanges) {
  for (const Words& kind :
       std::vector<Words>{{"--tcp"}, {"--udp"}, {"--unix"}, {"--tcp", "-6"}, {"--udp", "-6"}}) {
    SCOPED_TRACE(testing::PrintToString(kind));
    EXPECT_EQ(values_of(sockopt_rows(kind + Words{"--changed"})), Words{});
  }
}

}  // namespace
}  // namespace test
