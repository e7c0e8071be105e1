#include "tests/unit/sock/sockopt_sockets.hh"

#include <gtest/gtest.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace net {
namespace {

constexpr int mptcp = 262;  // in no header of Debian 12

constexpr TestKind kinds[] = {
    {"tcp4", {AF_INET, SOCK_STREAM, IPPROTO_TCP}},
    {"tcp6", {AF_INET6, SOCK_STREAM, IPPROTO_TCP}},
    {"udp4", {AF_INET, SOCK_DGRAM, IPPROTO_UDP}},
    {"udp6", {AF_INET6, SOCK_DGRAM, IPPROTO_UDP}},
    {"mptcp4", {AF_INET, SOCK_STREAM, mptcp}},
    {"mptcp6", {AF_INET6, SOCK_STREAM, mptcp}},
    {"raw4", {AF_INET, SOCK_RAW, IPPROTO_ICMP}},
    {"raw6", {AF_INET6, SOCK_RAW, IPPROTO_ICMPV6}},
    {"udplite4", {AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE}},
    {"udplite6", {AF_INET6, SOCK_DGRAM, IPPROTO_UDPLITE}},
    {"unix", {AF_UNIX, SOCK_STREAM, 0}},
    {"unix-dgram", {AF_UNIX, SOCK_DGRAM, 0}},
    {"unix-seqpacket", {AF_UNIX, SOCK_SEQPACKET, 0}},
    {"netlink", {AF_NETLINK, SOCK_RAW, NETLINK_ROUTE}},
    // Not AF_PACKET: the kernel takes its time to close those.
    {"vsock", {AF_VSOCK, SOCK_STREAM, 0}},
};

std::vector<TestKind> kinds_where(const SocketOption& row, bool claimed) {
  std::vector<TestKind> out;
  std::ranges::copy_if(kinds, std::back_inserter(out),
                       [&](const TestKind& test) { return has_option(test.kind, row) == claimed; });
  return out;
}

/// "6.18.44-x": {6, 18}.
std::pair<int, int> version_of(std::string_view text) {
  std::pair<int, int> version;
  const auto major = std::from_chars(text.begin(), text.end(), version.first);
  if (major.ptr != text.end()) std::from_chars(major.ptr + 1, text.end(), version.second);
  return version;
}

}  // namespace

std::span<const LevelSamples> all_levels() {
  static const std::array levels{socket_samples(), ip_samples(),  ipv6_samples(),
                                 tcp_samples(),    udp_samples(), udplite_samples(),
                                 mptcp_samples(),  raw_samples(), icmpv6_samples()};
  return levels;
}

const LevelSamples& level_of(const SocketOption& row) {
  const auto levels = all_levels();
  const auto found = std::ranges::find(levels, row.level_name, &LevelSamples::level);
  if (found == levels.end()) throw std::logic_error("no samples for " + std::string(row.level_name));
  return *found;
}

std::vector<SocketOption> finished_rows() {
  std::vector<SocketOption> rows;
  std::ranges::copy_if(option_table(), std::back_inserter(rows),
                       [](const SocketOption& row) { return level_of(row).finished; });
  return rows;
}

std::span<const TestKind> test_kinds() {
  return kinds;
}

std::optional<Socket> fresh(const TestKind& test) {
  auto socket = Socket::open(test.kind.family, test.kind.type, test.kind.protocol);
  if (!socket) return std::nullopt;
  return std::move(*socket);
}

std::vector<TestKind> claimed_kinds(const SocketOption& row) {
  return kinds_where(row, true);
}

std::vector<TestKind> other_kinds(const SocketOption& row) {
  return kinds_where(row, false);
}

bool concerns(std::uint16_t of_kinds, int family, const TestKind& test) {
  return (of_kinds & test.kind.bit()) != 0 && (family == 0 || family == test.kind.family);
}

std::vector<Sample> samples_of(const SocketOption& row, const TestKind& test) {
  std::vector<Sample> out;
  std::ranges::copy_if(level_of(row).samples, std::back_inserter(out), [&](const Sample& sample) {
    return sample.name == row.name && concerns(sample.kinds, sample.family, test) && kernel_has(sample.since);
  });
  return out;
}

const Refusal* refusal_of(const SocketOption& row, const TestKind& test) {
  for (const Refusal& refusal : level_of(row).refusals) {
    if (refusal.name == row.name && concerns(refusal.kinds, 0, test)) return &refusal;
  }
  return nullptr;
}

OptionSetting setting_of(const SocketOption& row, std::string_view value) {
  // With its level, since some names stand in two.
  auto setting =
      parse_option(std::string(row.level_name) + ":" + std::string(row.name) + "=" + std::string(value));
  EXPECT_TRUE(setting) << row.name << "=" << value << ": " << setting.error();
  return setting.value_or(OptionSetting{.option = &row});
}

std::string set_before(const Socket& socket, const Sample& sample) {
  std::string_view rest = sample.first;
  while (!rest.empty()) {
    const std::string_view text = rest.substr(0, rest.find(';'));
    rest.remove_prefix(std::min(text.size() + 1, rest.size()));
    if (std::string refused = set_text(socket.fd(), text); !refused.empty()) return refused;
  }
  return {};
}

std::string set_sample(const Socket& socket, const SocketOption& row, const Sample& sample) {
  if (std::string refused = set_before(socket, sample); !refused.empty()) return refused;
  const auto done = set_option(socket.fd(), setting_of(row, sample.value));
  return done ? std::string() : done.error().symbol();
}

std::string set_text(int fd, std::string_view text) {
  const auto setting = parse_option(text);
  EXPECT_TRUE(setting) << text << ": " << setting.error();
  if (!setting) return "unparsed";
  const auto done = set_option(fd, *setting);
  return done ? std::string() : done.error().symbol();
}

OptionValue read_value(int fd, std::string_view name) {
  const auto value = get_option(fd, **find_option(name));
  EXPECT_TRUE(value) << name << ": " << value.error().symbol();
  return value.value_or(OptionValue{});
}

std::string read_text(int fd, std::string_view name) {
  const auto value = get_option(fd, **find_option(name));
  return value ? option_text(*value) : value.error().symbol();
}

bool kernel_has(std::string_view since) {
  static const std::pair<int, int> running = [] {
    utsname name{};
    return uname(&name) == 0 ? version_of(name.release) : std::pair(0, 0);
  }();
  return since.empty() || version_of(since) <= running;
}

bool may_lack(const SocketOption& row, const TestKind& test, std::string_view symbol) {
  const Refusal* const refusal = refusal_of(row, test);
  if (refusal != nullptr && !refusal->always && refusal->symbol.contains(symbol)) return true;
  return !kernel_has(row.since) && (symbol == "ENOPROTOOPT" || symbol == "EOPNOTSUPP");
}

}  // namespace net
