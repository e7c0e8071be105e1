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
#include "tests/unit/sock/sockopt_samples.hh"

// Every row of the option table against the kernel that runs here.
namespace net {
namespace {

/// Every level's samples.
std::vector<Sample> all_samples() {
  std::vector<Sample> all;
  for (const auto& level : {socket_samples(), ip_samples(), ipv6_samples(), tcp_samples(), udp_samples()}) {
    all.insert(all.end(), level.begin(), level.end());
  }
  return all;
}

const Sample* sample_of(const SocketOption& row) {
  static const std::vector<Sample> samples = all_samples();
  const auto found = std::ranges::find(samples, row.name, &Sample::name);
  return found == samples.end() ? nullptr : &*found;
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
  for (const Sample& sample : all_samples()) EXPECT_TRUE(find_option(sample.name)) << sample.name;
}

TEST(SockoptTable, NamesAreUniqueAndOfTheirLevel) {
  std::set<std::string_view> seen;
  for (const SocketOption& row : option_table()) {
    EXPECT_TRUE(seen.insert(row.name).second) << row.name;
    const std::string_view prefix = row.name.substr(0, row.name.find('_') + 1);
    const std::string level = row.level == SOL_SOCKET ? "SO_" : std::string(row.level_name).substr(8) + "_";
    EXPECT_EQ(prefix, level) << row.name;
    EXPECT_NE(row.kinds, 0) << row.name;
    EXPECT_EQ((row.type == OptionType::word || row.type == OptionType::flags), !row.words.empty())
        << row.name;
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
    EXPECT_EQ(option_text(*value), "1 GiB") << name;
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
