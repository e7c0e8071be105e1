#include "net/sock/sockopt_change.hh"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>

#include <string>
#include <vector>

#include "net/kern/sysctl.hh"
#include "net/sock/socket.hh"
#include "tests/support/net.hh"
#include "tests/support/require.hh"

// What the kernel that runs here makes of a value, and the reason that is given for it.
namespace net {
namespace {

OptionSetting setting_of(const std::string& text) {
  auto setting = parse_option(text);
  EXPECT_TRUE(setting) << text << ": " << setting.error();
  return setting.value_or(OptionSetting{});
}

constexpr SocketKind tcp_kind{AF_INET, SOCK_STREAM, IPPROTO_TCP};

struct Real {
  std::string setting;
  int family;
  int type;
  std::string text;
};

Result<OptionChange> change_on(const Real& c) {
  const auto socket = Socket::open(c.family, c.type);
  if (!socket) return std::unexpected(socket.error());
  return change_option(socket->fd(), setting_of(c.setting), kern::sysctl_text);
}

std::string size_of(std::int64_t bytes) {
  return option_text({.data = bytes, .unit = Unit::bytes});
}

TEST(OptionChange, OnThisKernel) {
  const auto bounded = [](const std::string& sysctl) {
    const std::int64_t most = kern::sysctl_number(sysctl).value_or(0);
    return "requested 1 GiB, effective " + size_of(2 * most) + " (doubled by the kernel, bounded by " +
           sysctl + " = " + size_of(most) + ")";
  };
  const auto number = [](std::string_view sysctl) {
    return std::to_string(kern::sysctl_number(sysctl).value_or(0));
  };
  const std::vector<Real> cases = {
      {"SO_RCVBUF=1G", AF_INET, SOCK_STREAM, bounded("net.core.rmem_max")},
      {"SO_SNDBUF=1G", AF_UNIX, SOCK_DGRAM, bounded("net.core.wmem_max")},
      {"SO_RCVBUF=64K", AF_INET6, SOCK_DGRAM, "requested 64 KiB, effective 128 KiB (doubled by the kernel)"},
      {"SO_RCVLOWAT=0", AF_INET, SOCK_STREAM, "requested 0, effective 1 B (raised to the kernel's minimum)"},
      {"SO_KEEPALIVE", AF_INET, SOCK_STREAM, "requested on, effective on"},
      {"SO_LINGER=5", AF_INET, SOCK_STREAM, "requested 5 s, effective 5 s"},
      {"TCP_DEFER_ACCEPT=16", AF_INET, SOCK_STREAM,
       "requested 16 s, effective 31 s (rounded up to a retransmission time)"},
      {"TCP_FASTOPEN=1000000", AF_INET, SOCK_STREAM,
       "requested 1000000, effective " + number("net.core.somaxconn") +
           " (bounded by net.core.somaxconn = " + number("net.core.somaxconn") + ")"},
      {"TCP_DEFER_ACCEPT=1000000", AF_INET, SOCK_STREAM,
       "requested 1000000 s, effective 29887 s (lowered to the kernel's maximum)"},
      {"TCP_LINGER2=500", AF_INET, SOCK_STREAM,
       "requested 500 s, effective 120 s (lowered to the kernel's maximum)"},
      {"TCP_CONGESTION=reno", AF_INET, SOCK_STREAM, "requested reno, effective reno"},
      {"IP_TTL=-1", AF_INET, SOCK_STREAM,
       "requested -1, effective " + number("net.ipv4.ip_default_ttl") +
           " hops (the kernel's default, net.ipv4.ip_default_ttl = " + number("net.ipv4.ip_default_ttl") +
           " hops)"},
      {"IP_TOS=0xff", AF_INET, SOCK_STREAM, "requested 255, effective 252 (TCP keeps the ECN bits)"},
      {"IP_TOS=0xff", AF_INET, SOCK_DGRAM, "requested 255, effective 255"},
      {"IPV6_TCLASS=-1", AF_INET6, SOCK_DGRAM, "requested -1, effective 0 (the kernel's default)"},
      {"IP_MTU_DISCOVER=do", AF_INET, SOCK_STREAM, "requested do, effective do"},
      {"IP_OPTIONS=07070400000000", AF_INET, SOCK_DGRAM,
       "requested 07070400000000, effective 0707040000000000 (filled up with zeros)"},
      {"IPV6_ADDR_PREFERENCES=tmp", AF_INET6, SOCK_DGRAM,
       "requested tmp, effective tmp,home (the rest is the kernel's default)"},
      {"IPV6_ADDR_PREFERENCES=tmp,coa,cga", AF_INET6, SOCK_DGRAM,
       "requested tmp,coa,cga, effective tmp,coa (cga and noncga count for nothing)"},
      {"SO_BSDCOMPAT", AF_INET, SOCK_DGRAM,
       "requested on, effective off (the kernel takes it and ignores it)"},
      {"IP_MULTICAST_IF=lo", AF_INET, SOCK_DGRAM,
       "requested lo, effective 0.0.0.0 (the kernel tells only an address that it was given)"},
      {"IP_MULTICAST_IF=127.0.0.1", AF_INET, SOCK_DGRAM, "requested 127.0.0.1, effective 127.0.0.1"},
      {"IPV6_MTU=1400", AF_INET6, SOCK_DGRAM, "requested 1400 B, taken (it cannot be read back now)"},
      {"IP_ADD_MEMBERSHIP=239.255.1.2,lo", AF_INET, SOCK_DGRAM,
       "requested 239.255.1.2,lo, taken (it cannot be read back)"},
  };
  for (const Real& c : cases) {
    const auto change = change_on(c);
    ASSERT_TRUE(change) << c.setting << ": " << change.error().symbol();
    EXPECT_EQ(change_text(*change), c.text) << c.setting;
  }
}

// HZ differs among kernels; its coarse clock tells it.
TEST(OptionChange, TimeoutsAreRoundedToTheTick) {
  timespec tick{};
  ASSERT_EQ(clock_getres(CLOCK_MONOTONIC_COARSE, &tick), 0);
  const std::string tick_text =
      option_text({.data = std::int64_t{tick.tv_nsec / 1000}, .unit = Unit::microseconds});
  for (const std::string name : {"SO_RCVTIMEO", "SO_SNDTIMEO"}) {
    const auto change = change_on({name + "=1us", AF_INET, SOCK_STREAM, ""});
    ASSERT_TRUE(change);
    EXPECT_EQ(change_text(*change), "requested 1 us, effective " + tick_text +
                                        " (rounded up to the kernel's tick of " + tick_text + ")");
    const auto long_one = change_on({name + "=100000.999999", AF_INET, SOCK_STREAM, ""});
    ASSERT_TRUE(long_one);
    EXPECT_TRUE(long_one->note.starts_with("rounded up")) << change_text(*long_one);
    const auto exact = change_on({name + "=3s", AF_INET, SOCK_STREAM, ""});
    ASSERT_TRUE(exact);
    EXPECT_EQ(change_text(*exact), "requested 3 s, effective 3 s");
  }
}

// It cannot be read, but its sibling can.
TEST(OptionChange, ForceShowsInTheBuffer) {
  REQUIRE_ROOT();
  const auto change = change_on({"SO_RCVBUFFORCE=512M", AF_INET, SOCK_STREAM, ""});
  ASSERT_TRUE(change) << change.error().symbol();
  EXPECT_EQ(change_text(*change), "requested 512 MiB, effective 1 GiB (doubled by the kernel)");
  ASSERT_TRUE(change->previous);
}

TEST(OptionChange, TheValueBeforeIsKept) {
  const auto socket = Socket::open(AF_INET, SOCK_STREAM);
  ASSERT_TRUE(socket && set_option(socket->fd(), setting_of("IP_TTL=7")));
  const auto change = change_option(socket->fd(), setting_of("IP_TTL=9"), kern::sysctl_text);
  ASSERT_TRUE(change && change->previous && change->effective);
  EXPECT_EQ(*change->previous, OptionValue{.data = std::int64_t{7}});
  EXPECT_EQ(*change->effective, OptionValue{.data = std::int64_t{9}});
}

// The protocol of a raw socket stands where others have their port, and binds it to nothing.
TEST(OptionChange, ARawSocketIsNotBoundByItsProtocol) {
  REQUIRE_ROOT();
  const auto socket = Socket::open(AF_INET, SOCK_RAW, 253);
  ASSERT_TRUE(socket) << socket.error().symbol();
  EXPECT_FALSE(socket_stage(socket->fd()).bound);
  ASSERT_TRUE(socket->bind(Endpoint::loopback(AF_INET, 0)));
  EXPECT_TRUE(socket_stage(socket->fd()).bound);
}

/// TCP_MAXSEG with the phase that is its own, whatever else its row says.
SocketOption segment_row(OptionPhase phase) {
  SocketOption row = **find_option("TCP_MAXSEG");
  row.phase = phase;
  row.nature = OptionNature::state_once_connected;
  return row;
}

TEST(OptionChange, TooLateIsToldOfASocketThatIsPastIt) {
  const SocketOption row = segment_row(OptionPhase::before_connect);
  OptionSetting setting = setting_of("TCP_MAXSEG=1000");
  setting.option = &row;
  const auto fresh = Socket::open(AF_INET, SOCK_STREAM);
  ASSERT_TRUE(fresh);
  const auto early = change_option(fresh->fd(), setting, kern::sysctl_text);
  ASSERT_TRUE(early);
  EXPECT_EQ(early->note, "");

  test::TcpServer server;
  test::Peer client = test::connect_tcp("127.0.0.1", server.port());
  const auto late = change_option(client.fd(), setting, kern::sysctl_text);
  ASSERT_TRUE(late);
  EXPECT_EQ(late->note, "too late: it counts before connecting");
  EXPECT_NE(*late->effective, late->requested);
}

TEST(OptionChange, EachPhaseHasItsMoment) {
  const SocketStage fresh{.kind = tcp_kind};
  const SocketStage bound{.kind = tcp_kind, .bound = true};
  const SocketStage listening{.kind = tcp_kind, .bound = true, .listening = true};
  const SocketStage connected{.kind = tcp_kind, .bound = true, .connected = true};
  struct Case {
    OptionPhase phase;
    SocketStage stage;
    std::string note;
  };
  for (const Case& c : {Case{OptionPhase::any, connected, ""},
                        {OptionPhase::before_bind, fresh, ""},
                        {OptionPhase::before_bind, bound, "too late: it counts before binding"},
                        {OptionPhase::before_listen, bound, ""},
                        {OptionPhase::before_listen, listening, "too late: it counts before listening"},
                        {OptionPhase::before_connect, listening, ""},
                        {OptionPhase::before_connect, connected, "too late: it counts before connecting"},
                        {OptionPhase::once_connected, connected, ""},
                        {OptionPhase::once_connected, fresh, "too early: it counts once connected"},
                        {OptionPhase::once_connected, {}, ""}}) {
    const SocketOption row = segment_row(c.phase);
    OptionSetting setting = setting_of("TCP_MAXSEG=1000");
    setting.option = &row;
    const OptionValue same{.data = std::int64_t{1000}};
    EXPECT_EQ(explain_change(setting, std::nullopt, same, {}, c.stage).note, c.note);
    // Nothing is late about a value that it had already.
    EXPECT_EQ(explain_change(setting, same, same, {}, c.stage).note, "");
  }
}

TEST(OptionChange, WhatAConnectionComesToIsNoWhim) {
  const SocketOption row = segment_row(OptionPhase::before_connect);
  OptionSetting setting = setting_of("TCP_MAXSEG=1000");
  setting.option = &row;
  const OptionValue measured{.data = std::int64_t{988}};
  const SocketStage since{.kind = tcp_kind, .connected_since = true};
  EXPECT_EQ(explain_change(setting, std::nullopt, measured, {}, since).note, "what the connection came to");
  EXPECT_EQ(explain_change(setting, std::nullopt, measured, {}, {.kind = tcp_kind}).note,
            "the kernel made it so");
}

}  // namespace
}  // namespace net
