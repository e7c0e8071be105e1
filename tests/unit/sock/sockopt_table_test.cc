#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "net/sock/socket.hh"
#include "net/sock/sockopt.hh"
#include "tests/support/net.hh"
#include "tests/support/require.hh"

// Every row of the option table against the kernel that runs here.
namespace net {
namespace {

/// A value for each row that is not its default, and how it reads back.
struct Sample {
  std::string_view name;
  std::string_view value;
  std::string_view reads;  ///< "" for a row that cannot be read
};

constexpr Sample samples[] = {
    {"SO_BINDTODEVICE", "lo", "lo"},
    {"SO_BROADCAST", "on", "on"},
    {"SO_BUSY_POLL", "50", "50"},
    {"SO_DONTROUTE", "on", "on"},
    {"SO_KEEPALIVE", "on", "on"},
    {"SO_LINGER", "7", "7 s"},
    {"SO_MARK", "5", "5"},
    {"SO_MAX_PACING_RATE", "1M", "1048576"},
    {"SO_OOBINLINE", "on", "on"},
    {"SO_PRIORITY", "3", "3"},
    // The kernel doubles what it is given, for its own bookkeeping (socket(7)).
    {"SO_RCVBUF", "50000", "100000"},
    {"SO_RCVBUFFORCE", "50000", ""},
    {"SO_RCVLOWAT", "2", "2"},
    {"SO_RCVTIMEO", "2", "2 s"},
    {"SO_REUSEADDR", "on", "on"},
    {"SO_REUSEPORT", "on", "on"},
    {"SO_SNDBUF", "50000", "100000"},
    {"SO_SNDBUFFORCE", "50000", ""},
    {"SO_SNDTIMEO", "1.5", "1.5 s"},
    {"SO_TIMESTAMP", "on", "on"},
    {"SO_ZEROCOPY", "on", "on"},
    {"IP_ADD_MEMBERSHIP", "239.1.2.3,lo", ""},
    {"IP_BIND_ADDRESS_NO_PORT", "on", "on"},
    {"IP_FREEBIND", "on", "on"},
    {"IP_LOCAL_PORT_RANGE", "40000-40999", "40000-40999"},
    {"IP_MINTTL", "5", "5"},
    {"IP_MTU_DISCOVER", "probe", "probe"},
    {"IP_MULTICAST_ALL", "off", "off"},
    {"IP_MULTICAST_IF", "127.0.0.1", "127.0.0.1"},
    {"IP_MULTICAST_LOOP", "off", "off"},
    {"IP_MULTICAST_TTL", "9", "9"},
    {"IP_RECVERR", "on", "on"},
    {"IP_TOS", "0x10", "16"},
    {"IP_TRANSPARENT", "on", "on"},
    {"IP_TTL", "33", "33"},
    {"IPV6_JOIN_GROUP", "ff02::1234,lo", ""},
    {"IPV6_MTU_DISCOVER", "do", "do"},
    {"IPV6_MULTICAST_HOPS", "9", "9"},
    {"IPV6_MULTICAST_LOOP", "off", "off"},
    {"IPV6_TCLASS", "0x10", "16"},
    {"IPV6_UNICAST_HOPS", "33", "33"},
    {"IPV6_V6ONLY", "on", "on"},
    {"TCP_CONGESTION", "reno", "reno"},
    {"TCP_CORK", "on", "on"},
    // Rounded up to the time of a retransmission.
    {"TCP_DEFER_ACCEPT", "4", "7"},
    {"TCP_FASTOPEN", "5", "5"},
    {"TCP_FASTOPEN_CONNECT", "on", "on"},
    {"TCP_KEEPCNT", "3", "3"},
    {"TCP_KEEPIDLE", "1m", "60"},
    {"TCP_KEEPINTVL", "5s", "5"},
    {"TCP_LINGER2", "30", "30"},
    {"TCP_MAXSEG", "1000", "1000"},
    {"TCP_NODELAY", "on", "on"},
    {"TCP_NOTSENT_LOWAT", "16K", "16384"},
    {"TCP_QUICKACK", "off", "off"},
    {"TCP_SYNCNT", "2", "2"},
    {"TCP_USER_TIMEOUT", "2500", "2500"},
    {"TCP_WINDOW_CLAMP", "20000", "20000"},
    {"UDP_CORK", "on", "on"},
    {"UDP_GRO", "on", "on"},
    {"UDP_SEGMENT", "1200", "1200"},
};

const Sample* sample_of(const SocketOption& row) {
  const auto* found = std::ranges::find(samples, row.name, &Sample::name);
  return found == std::end(samples) ? nullptr : found;
}

struct Kind {
  OptionKinds bit;
  int family;
  int type;
  std::string_view name;
};

/// The sockets that a row claims to be for.
std::vector<Kind> kinds_of(const SocketOption& row) {
  const int inet = row.level == IPPROTO_IPV6 ? AF_INET6 : AF_INET;
  const Kind all[] = {{on_tcp, inet, SOCK_STREAM, "TCP"},
                      {on_udp, inet, SOCK_DGRAM, "UDP"},
                      {on_unix, AF_UNIX, SOCK_STREAM, "Unix"}};
  std::vector<Kind> out;
  std::ranges::copy_if(all, std::back_inserter(out),
                       [&](const Kind& kind) { return (row.kinds & kind.bit) != 0; });
  return out;
}

/// Options that came later than the oldest kernel that we build on.
bool kernel_lacks(const SocketOption& row, const Error& error) {
  return row.name == "IP_LOCAL_PORT_RANGE" && error.code.value() == ENOPROTOOPT;  // Linux 6.3
}

OptionSetting setting_of(const SocketOption& row) {
  const Sample* const sample = sample_of(row);
  auto setting = parse_option(std::string(row.name) + "=" + std::string(sample->value));
  EXPECT_TRUE(setting) << row.name << ": " << setting.error();
  return setting.value_or(OptionSetting{});
}

TEST(SockoptTable, EveryRowHasASample) {
  for (const SocketOption& row : option_table()) EXPECT_NE(sample_of(row), nullptr) << row.name;
  for (const Sample& sample : samples) EXPECT_TRUE(find_option(sample.name)) << sample.name;
}

TEST(SockoptTable, NamesAreUniqueAndOfTheirLevel) {
  std::set<std::string_view> seen;
  for (const SocketOption& row : option_table()) {
    EXPECT_TRUE(seen.insert(row.name).second) << row.name;
    const std::string_view prefix = row.name.substr(0, row.name.find('_') + 1);
    const std::string level = row.level == SOL_SOCKET ? "SO_" : std::string(row.level_name).substr(8) + "_";
    EXPECT_EQ(prefix, level) << row.name;
    EXPECT_NE(row.kinds, 0) << row.name;
    EXPECT_EQ(row.type == OptionType::word, !row.words.empty()) << row.name;
  }
  EXPECT_GE(seen.size(), 30U);
}

TEST(SockoptTable, ReadableRowsReadOnAFreshSocket) {
  for (const SocketOption& row : option_table()) {
    for (const Kind& kind : kinds_of(row)) {
      const auto socket = Socket::open(kind.family, kind.type);
      ASSERT_TRUE(socket);
      const auto value = get_option(socket->fd(), row);
      if (row.readable) {
        EXPECT_TRUE(value || kernel_lacks(row, value.error()))
            << row.name << " on " << kind.name << ": " << value.error().symbol();
      } else {
        EXPECT_FALSE(value) << row.name << " can be read on " << kind.name;
      }
    }
  }
}

TEST(SockoptTable, SetValuesReadBack) {
  REQUIRE_ROOT();  // SO_MARK, SO_BUSY_POLL, the FORCE ones and IP_TRANSPARENT
  for (const SocketOption& row : option_table()) {
    ASSERT_NE(sample_of(row), nullptr) << row.name;
    for (const Kind& kind : kinds_of(row)) {
      SCOPED_TRACE(std::string(row.name) + " on " + std::string(kind.name));
      const auto socket = Socket::open(kind.family, kind.type);
      ASSERT_TRUE(socket);
      const auto set = set_option(socket->fd(), setting_of(row));
      if (!set && kernel_lacks(row, set.error())) continue;
      ASSERT_TRUE(set) << set.error().subject << ": " << set.error().symbol();
      if (!row.readable) continue;
      const auto value = get_option(socket->fd(), row);
      ASSERT_TRUE(value) << value.error().symbol();
      EXPECT_EQ(option_text(*value), sample_of(row)->reads);
    }
  }
}

// What cannot be read shows in its readable sibling.
TEST(SockoptTable, ForceIsSeenInTheBuffer) {
  REQUIRE_ROOT();
  const auto socket = Socket::open(AF_INET, SOCK_STREAM);
  ASSERT_TRUE(socket);
  for (const std::string name : {"SO_RCVBUF", "SO_SNDBUF"}) {
    // Far above any net.core.?mem_max, which is what FORCE is for.
    const auto setting = parse_option(name + "FORCE=512M");
    ASSERT_TRUE(setting);
    ASSERT_TRUE(set_option(socket->fd(), *setting));
    const auto value = get_option(socket->fd(), **find_option(name));
    ASSERT_TRUE(value);
    EXPECT_EQ(option_text(*value), "1073741824") << name;
  }
}

TEST(SockoptTable, EveryWordIsTakenAndGivenBack) {
  for (const SocketOption& row : option_table()) {
    for (const OptionWord& word : row.words) {
      const auto socket = Socket::open(row.level == IPPROTO_IPV6 ? AF_INET6 : AF_INET, SOCK_DGRAM);
      ASSERT_TRUE(socket);
      const auto setting = parse_option(std::string(row.name) + "=" + std::string(word.name));
      ASSERT_TRUE(setting) << setting.error();
      ASSERT_TRUE(set_option(socket->fd(), *setting)) << row.name << "=" << word.name;
      const auto value = get_option(socket->fd(), row);
      ASSERT_TRUE(value);
      EXPECT_EQ(option_text(*value), word.name);
    }
  }
}

/// What an accepted socket reads for `row` when its listener had it set, or left as it was.
std::optional<std::string> accepted_value(const SocketOption& row, bool set) {
  const int family = row.level == IPPROTO_IPV6 ? AF_INET6 : AF_INET;
  // Bound to [::], since binding to one IPv6 address makes a socket IPV6_V6ONLY by itself.
  const std::string host = family == AF_INET6 ? "::1" : "127.0.0.1";
  const auto listener = Socket::open(family, SOCK_STREAM);
  if (!listener) return std::nullopt;
  if (set) {
    const auto done = set_option(listener->fd(), setting_of(row));
    if (!done) return kernel_lacks(row, done.error()) ? std::nullopt : std::optional(done.error().symbol());
  }
  const auto bound = listener->bind(Endpoint::any(family, 0));
  if (!bound || !listener->listen(5)) return std::nullopt;
  test::Peer client = test::connect_tcp(host, listener->local().port());
  // TCP_DEFER_ACCEPT wants data first.
  client.send_all("x");
  const test::Deadline deadline(test::patience);
  if (!test::poll_one(listener->fd(), POLLIN, deadline)) return std::nullopt;
  Endpoint peer;
  const auto accepted = listener->accept(peer);
  if (!accepted) return std::nullopt;
  const auto value = get_option(accepted->fd(), row);
  return value ? std::optional(option_text(*value)) : std::nullopt;
}

// Options of the listener itself: a connection has no such thing, and must not be given it.
bool concerns_listeners_only(const SocketOption& row) {
  return row.name == "TCP_DEFER_ACCEPT" || row.name == "TCP_FASTOPEN";
}

// By experiment, since no manual says it.
TEST(SockoptTable, InheritedByAccept) {
  REQUIRE_ROOT();
  for (const SocketOption& row : option_table()) {
    if ((row.kinds & on_tcp) == 0 || !row.readable) continue;
    const auto with = accepted_value(row, true);
    const auto without = accepted_value(row, false);
    if (!with) continue;
    ASSERT_TRUE(without) << row.name;
    const bool handed_on = *with != *without || concerns_listeners_only(row);
    EXPECT_EQ(handed_on, row.inherited)
        << row.name << ": " << *with << " with it, " << *without << " without";
  }
}

}  // namespace
}  // namespace net
