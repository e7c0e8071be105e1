// Every readable option of every kind of socket, against what a program that calls getsockopt(2) itself
// reads: on fresh sockets, and on live ones against what their owner reads.

#include <gtest/gtest.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <map>
#include <set>

#include "tests/e2e/sockopt_run.hh"
#include "tests/support/option_reference.hh"
#include "tests/support/require.hh"

namespace test {
namespace {

// Another at each reading, or for each socket.
const std::set<std::string> never_twice_the_same = {
    "SO_COOKIE",        // drawn for each socket
    "SO_INCOMING_CPU",  // where the last packet came in
    "TCP_TIMESTAMP",    // a clock
    "SO_PEERPIDFD",     // a new descriptor each time
};

/// What the table says of each option.
struct Access {
  bool readable;
  bool destructive;
};

std::map<std::string, Access> table() {
  std::map<std::string, Access> access;
  for (const json::Value& row : json::parse_lines(sockopt({"--json", "--list"}).out)) {
    access[row["level"].string() + " " + row["name"].string()] = {row["readable"].boolean(),
                                                                  row["destructive"].boolean()};
  }
  return access;
}

/// Compares all rows; how many had a value. What reading would take away from an owner is there only where
/// there is no other owner than nettool.
int expect_same(const Rows& rows, const OptionReader& reader, bool live) {
  static const std::map<std::string, Access> known = table();
  int values = 0;
  for (const json::Value& row : rows) {
    const Access& access = known.at(row["level"].string() + " " + row["name"].string());
    if (!access.readable || (access.destructive && live)) {
      EXPECT_TRUE(row["value"].is_null()) << row.text();
      continue;
    }
    if (row["error"].is_null()) {
      EXPECT_FALSE(row["value"].is_null()) << row.text();
      ++values;
    }
    if (never_twice_the_same.contains(row["name"].string())) continue;
    EXPECT_EQ(difference(row, reader), "");
  }
  return values;
}

struct Kind {
  Words words;
  int family, type, protocol;
  int least;  ///< values that a kernel of 6.1 has for it
};

const std::vector<Kind> kinds = {
    {{"--tcp", "-4"}, AF_INET, SOCK_STREAM, IPPROTO_TCP, 90},
    {{"--tcp", "-6"}, AF_INET6, SOCK_STREAM, IPPROTO_TCP, 110},
    {{"--udp", "-4"}, AF_INET, SOCK_DGRAM, IPPROTO_UDP, 60},
    {{"--udp", "-6"}, AF_INET6, SOCK_DGRAM, IPPROTO_UDP, 80},
    {{"--udplite", "-4"}, AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE, 60},
    {{"--raw", "-4"}, AF_INET, SOCK_RAW, IPPROTO_ICMP, 60},
    {{"--raw", "-6"}, AF_INET6, SOCK_RAW, IPPROTO_ICMPV6, 60},
    {{"--mptcp", "-4"}, AF_INET, SOCK_STREAM, 262, 30},
    {{"--mptcp", "-6"}, AF_INET6, SOCK_STREAM, 262, 30},
    {{"--unix"}, AF_UNIX, SOCK_STREAM, 0, 30},
    {{"--unix", "--type", "dgram"}, AF_UNIX, SOCK_DGRAM, 0, 30},
    {{"--unix", "--type", "seqpacket"}, AF_UNIX, SOCK_SEQPACKET, 0, 30},
};

TEST(SockoptReference, FreshSocketsOfEveryKind) {
  REQUIRE_ROOT();
  for (const Kind& kind : kinds) {
    SCOPED_TRACE(testing::PrintToString(kind.words));
    Fd fresh(socket(kind.family, kind.type | SOCK_CLOEXEC, kind.protocol));
    if (!fresh.valid()) {
      // A kernel without it says so, and nettool says the same.
      EXPECT_EQ(sockopt(kind.words).status, 4);
      continue;
    }
    const auto reader = [&](int level, int number, unsigned size) {
      return read_option(fresh.get(), level, number, size);
    };
    EXPECT_GE(expect_same(sockopt_rows(kind.words), reader, false), kind.least);
  }
}

struct Made {
  const char* name;
  int (*make)();
};

int unusual_listener() {
  int fd = plain_socket(AF_INET6, SOCK_STREAM);
  const linger wait = {1, 9};
  if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &wait, sizeof wait) < 0) fail_errno("SO_LINGER");
  const timeval limit = {3, 250000};
  if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) < 0) fail_errno("SO_SNDTIMEO");
  if (setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 4) < 0) fail_errno("TCP_CONGESTION");
  const int rows[][3] = {{SOL_SOCKET, SO_REUSEADDR, 1},        {SOL_SOCKET, SO_KEEPALIVE, 1},
                         {SOL_SOCKET, SO_RCVBUF, 54321},       {SOL_SOCKET, SO_PRIORITY, 5},
                         {SOL_SOCKET, SO_RCVLOWAT, 3},         {IPPROTO_IP, IP_TTL, 17},
                         {IPPROTO_IPV6, IPV6_UNICAST_HOPS, 9}, {IPPROTO_IPV6, IPV6_TCLASS, 0x28},
                         {IPPROTO_TCP, TCP_NODELAY, 1},        {IPPROTO_TCP, TCP_KEEPIDLE, 77},
                         {IPPROTO_TCP, TCP_DEFER_ACCEPT, 4},   {IPPROTO_TCP, TCP_USER_TIMEOUT, 4242},
                         {IPPROTO_TCP, TCP_MAXSEG, 1111},      {IPPROTO_TCP, TCP_FASTOPEN, 3}};
  for (const auto& row : rows) set_int(fd, row[0], row[1], row[2]);
  Address where = ip_address("::1", 0);
  if (bind(fd, where.raw(), where.length) < 0 || listen(fd, 7) < 0) fail_errno("listen");
  return fd;
}

int talking_client() {
  OwnedConnection c = make_connection(loopback());
  char bytes[5];
  if (send(c.client, "hello", 5, 0) != 5 || recv(c.accepted, bytes, 5, MSG_WAITALL) != 5) fail_errno("talk");
  set_int(c.client, IPPROTO_IP, IP_TOS, 0x10);
  // Nothing is on its way any more.
  wait_until("all is acknowledged", [&] {
    tcp_info info = {};
    socklen_t length = sizeof info;
    return getsockopt(c.client, IPPROTO_TCP, TCP_INFO, &info, &length) == 0 && info.tcpi_unacked == 0;
  });
  return c.client;
}

int group_member() {
  int fd = bound_socket(loopback(), SOCK_DGRAM);
  set_int(fd, SOL_SOCKET, SO_BROADCAST, 1);
  set_int(fd, IPPROTO_IP, IP_MULTICAST_TTL, 9);
  set_int(fd, IPPROTO_IP, IP_PKTINFO, 1);
  in_addr where = {htonl(INADDR_LOOPBACK)};
  if (setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &where, sizeof where) < 0) fail_errno("IP_MULTICAST_IF");
  if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 2) < 0) fail_errno("SO_BINDTODEVICE");
  return fd;
}

int half_of_a_pair() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) fail_errno("socketpair");
  set_int(ends[0], SOL_SOCKET, SO_PASSCRED, 1);
  return ends[0];
}

int connected_udp6() {
  return connected_socket(local_address(bound_socket(loopback(AF_INET6), SOCK_DGRAM)), SOCK_DGRAM);
}

const std::vector<Made> live = {
    {"a listener with everything set", unusual_listener},
    {"a connection", talking_client},
    {"bound and nothing else", [] { return bound_socket(loopback(), SOCK_STREAM); }},
    {"a member of groups", group_member},
    {"connected datagrams", connected_udp6},
    {"one of a pair", half_of_a_pair},
    {"a Unix datagram socket", [] { return plain_socket(AF_UNIX, SOCK_DGRAM); }},
};

TEST(SockoptReference, LiveSocketsAsTheirOwnerReadsThem) {
  REQUIRE_ROOT();
  SocketOwner owner;
  for (const Made& made : live) {
    SCOPED_TRACE(made.name);
    int fd = owner.in(made.make);
    const auto reader = [&](int level, int number, unsigned size) {
      return owner.in(read_option, fd, level, number, size);
    };
    EXPECT_GE(expect_same(sockopt_rows(at_fd(owner, fd)), reader, true), 30);
  }
}

// By name one gets what one gets in the whole.
TEST(SockoptReference, ByNameAndAllTogether) {
  const Rows all = sockopt_rows({"--tcp"});
  Words names = {"--tcp"};
  for (const json::Value& row : all) names.push_back(row["level"].string() + ":" + row["name"].string());
  Outcome outcome = sockopt(Words{"--json"} + names);
  const Rows named = json::parse_lines(outcome.out);
  ASSERT_EQ(named.size(), all.size());
  for (size_t i = 0; i < all.size(); ++i) {
    const std::string& name = all[i]["name"].string();
    // Some members of TCP_INFO are the time since something.
    if (name == "TCP_INFO" || never_twice_the_same.contains(name)) continue;
    EXPECT_EQ(named[i].text(), all[i].text());
  }
}

}  // namespace
}  // namespace test
