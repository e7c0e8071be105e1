#include "net/sock/sockopt_effect.hh"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <map>
#include <string>
#include <vector>

#include "net/sock/sockopt_change.hh"
#include "net/sock/sockopt_layout.hh"

// The reason that is given for a value, by its figures alone.
namespace net {
namespace {

using Sysctls = std::map<std::string, std::string, std::less<>>;

SysctlLookup lookup(const Sysctls& sysctls) {
  return [sysctls](std::string_view name) -> std::optional<std::string> {
    const auto found = sysctls.find(name);
    if (found == sysctls.end()) return std::nullopt;
    return found->second;
  };
}

OptionSetting setting_of(const std::string& text) {
  auto setting = parse_option(text);
  EXPECT_TRUE(setting) << text << ": " << setting.error();
  return setting.value_or(OptionSetting{});
}

constexpr SocketKind tcp_kind{AF_INET, SOCK_STREAM, IPPROTO_TCP};
constexpr SocketKind udp_kind{AF_INET, SOCK_DGRAM, IPPROTO_UDP};

struct Figures {
  std::string setting;
  std::int64_t effective;
  Sysctls sysctls;
  std::string note;
  std::string bounded_by{};
  SocketKind kind = tcp_kind;
  std::int64_t receive_buffer = 0;
};

constexpr std::int64_t mebi = 1024 * 1024;

const Sysctls memory{{"net.core.rmem_max", "4194304"}, {"net.core.wmem_max", "212992"}};

const std::vector<Figures> figures = {
    // Bounded, doubled, both, neither; and raised, where the doubling does not show.
    {"SO_RCVBUF=1G", 8 * mebi, memory, "doubled by the kernel, bounded by net.core.rmem_max = 4 MiB",
     "net.core.rmem_max"},
    {"SO_SNDBUF=1G", 425984, memory, "doubled by the kernel, bounded by net.core.wmem_max = 208 KiB",
     "net.core.wmem_max"},
    {"SO_RCVBUF=100000", 200000, memory, "doubled by the kernel"},
    {"SO_RCVBUF=4M", 8 * mebi, memory, "doubled by the kernel"},
    {"SO_RCVBUF=1", 2304, memory, "raised to the kernel's minimum"},
    {"SO_SNDBUF=2000", 4608, memory, "raised to the kernel's minimum"},
    {"SO_RCVBUF=0", 2304, memory, "raised to the kernel's minimum"},
    {"SO_RCVBUFFORCE=1G", std::int64_t{INT32_MAX} - 1, memory,
     "doubled by the kernel, lowered to the kernel's maximum"},
    {"SO_RCVBUFFORCE=20M", 40 * mebi, memory, "doubled by the kernel"},
    {"SO_RCVBUFFORCE=1", 2304, memory, "raised to the kernel's minimum"},
    {"SO_SNDBUF=2000M",
     std::int64_t{INT32_MAX} - 1,
     {{"net.core.wmem_max", "2147483647"}},
     "doubled by the kernel, lowered to the kernel's maximum"},
    {"SO_SNDBUFFORCE=20M", 40 * mebi, memory, "doubled by the kernel"},
    {"SO_SNDBUFFORCE=1G", std::int64_t{INT32_MAX} - 1, memory,
     "doubled by the kernel, lowered to the kernel's maximum"},
    {"SO_SNDBUFFORCE=1", 4608, memory, "raised to the kernel's minimum"},
    // A sysctl that says something else did not bound it, nor one that is not there.
    {"SO_RCVBUF=1G", 8 * mebi, {{"net.core.rmem_max", "8388608"}}, "the kernel made it so"},
    {"SO_RCVBUF=1G", 8 * mebi, {}, "the kernel made it so"},
    {"SO_RCVBUF=100000", 100001, memory, "the kernel made it so"},
    {"SO_RCVBUF=100000", 100000, memory, ""},

    {"SO_RCVLOWAT=0", 1, {}, "raised to the kernel's minimum"},
    {"SO_RCVLOWAT=1G",
     16 * mebi,
     {{"net.ipv4.tcp_rmem", "4096\t131072\t33554432"}},
     "bounded by half of net.ipv4.tcp_rmem = 32 MiB",
     "net.ipv4.tcp_rmem"},
    {"SO_RCVLOWAT=1G",
     65536,
     {{"net.ipv4.tcp_rmem", "4096\t131072\t33554432"}},
     "bounded by half of SO_RCVBUF = 128 KiB",
     "",
     tcp_kind,
     131072},
    {"SO_RCVLOWAT=1G",
     16 * mebi,
     {{"net.ipv4.tcp_rmem", "4096\t131072\t33554432"}},
     "the kernel made it so",
     "",
     udp_kind},

    {"SO_TXREHASH=default", 1, {{"net.core.txrehash", "1"}}, "the kernel's default, net.core.txrehash = 1"},
    {"SO_BSDCOMPAT", 0, {}, "the kernel takes it and ignores it"},
    {"UDPLITE_SEND_CSCOV=3", 8, {}, "raised to the kernel's minimum"},
    {"UDPLITE_SEND_CSCOV=0", 8, {}, "the kernel made it so"},
    {"UDPLITE_SEND_CSCOV=1M", 65535, {}, "lowered to the kernel's maximum"},
    {"UDPLITE_RECV_CSCOV=3", 8, {}, "raised to the kernel's minimum"},
    {"UDPLITE_RECV_CSCOV=1M", 65535, {}, "lowered to the kernel's maximum"},

    {"TCP_THIN_DUPACK", 0, {}, "the kernel takes it and ignores it"},
    {"TCP_MAXSEG=0", 536, {}, "the kernel's default"},
    {"TCP_REPAIR=off_no_wp", 0, {}, "off it is, without a window probe"},
    {"TCP_FASTOPEN=1000000",
     4096,
     {{"net.core.somaxconn", "4096"}},
     "bounded by net.core.somaxconn = 4096",
     "net.core.somaxconn"},
    {"TCP_FASTOPEN=1000000", 4096, {{"net.core.somaxconn", "128"}}, "the kernel made it so"},
    {"TCP_DEFER_ACCEPT=2", 3, {}, "rounded up to a retransmission time"},
    {"TCP_DEFER_ACCEPT=4", 7, {}, "rounded up to a retransmission time"},
    {"TCP_DEFER_ACCEPT=60", 63, {}, "rounded up to a retransmission time"},
    {"TCP_DEFER_ACCEPT=200", 247, {}, "rounded up to a retransmission time"},
    {"TCP_DEFER_ACCEPT=200", 248, {}, "the kernel made it so"},
    {"TCP_DEFER_ACCEPT=1000000", 29887, {}, "lowered to the kernel's maximum"},
    {"TCP_DEFER_ACCEPT=3", 3, {}, ""},
    {"TCP_LINGER2=0",
     60,
     {{"net.ipv4.tcp_fin_timeout", "60"}},
     "the kernel's default, net.ipv4.tcp_fin_timeout = 60 s"},
    {"TCP_LINGER2=0", 60, {{"net.ipv4.tcp_fin_timeout", "30"}}, "the kernel's default"},
    {"TCP_LINGER2=200", 120, {{"net.ipv4.tcp_fin_timeout", "60"}}, "lowered to the kernel's maximum"},
    {"TCP_LINGER2=-7", -1, {}, "raised to the kernel's minimum"},
    {"TCP_WINDOW_CLAMP=1", 1152, {}, "raised to the kernel's minimum"},
    {"TCP_WINDOW_CLAMP=1", 1152000, {}, "the kernel made it so"},

    {"IP_TTL=-1",
     64,
     {{"net.ipv4.ip_default_ttl", "64"}},
     "the kernel's default, net.ipv4.ip_default_ttl = 64 hops"},
    {"IP_TOS=0xff", 252, {}, "TCP keeps the ECN bits"},
    {"IP_TOS=0xff", 252, {}, "the kernel made it so", "", udp_kind},
    {"IP_TOS=0xff", 0xff, {}, "", "", udp_kind},
    {"IP_TOS=0x1ff", 0xff, {}, "only the low 8 bits count", "", udp_kind},
    {"IP_MULTICAST_TTL=-1", 1, {}, "the kernel's default", "", udp_kind},
    {"IPV6_MULTICAST_HOPS=-1", 1, {}, "the kernel's default", "", udp_kind},
    {"IPV6_TCLASS=0x23", 0x20, {}, "TCP keeps the ECN bits"},
    {"IPV6_UNICAST_HOPS=-1",
     64,
     {{"net.ipv6.conf.all.hop_limit", "64"}},
     "the kernel's default, net.ipv6.conf.all.hop_limit = 64 hops"},
};

TEST(OptionEffect, TheReasonIsWhatTheFiguresBearOut) {
  for (const Figures& c : figures) {
    SCOPED_TRACE(c.setting + " -> " + std::to_string(c.effective));
    const SocketStage stage{.kind = c.kind, .receive_buffer = c.receive_buffer};
    const OptionChange change = explain_change(setting_of(c.setting), std::nullopt,
                                               OptionValue{.data = c.effective}, lookup(c.sysctls), stage);
    EXPECT_EQ(change.note, c.note);
    EXPECT_EQ(change.bounded_by, c.bounded_by);
    ASSERT_TRUE(change.effective);
    EXPECT_EQ(*change.effective, OptionValue{.data = c.effective});
  }
}

// Times come to whole ticks of this kernel's timer, memory to whole pages of this machine's.
TEST(OptionEffect, WhatIsCountedInWholes) {
  const std::int64_t ticks = ticks_per_second();
  ASSERT_GT(ticks, 0);
  const std::int64_t page = sysconf(_SC_PAGESIZE);
  struct Case {
    std::string name;
    std::string units;
    std::int64_t whole;
    std::string why;
  };
  for (const Case& c : {Case{"SO_RCVTIMEO", "us", 1'000'000 / ticks, "the kernel's tick of "},
                        Case{"SO_SNDTIMEO", "us", 1'000'000 / ticks, "the kernel's tick of "},
                        Case{"TCP_RTO_MAX_MS", "ms", 1'000 / ticks, "the kernel's tick of "},
                        Case{"TCP_RTO_MIN_US", "us", 1'000'000 / ticks, "the kernel's tick of "},
                        Case{"TCP_DELACK_MAX_US", "us", 1'000'000 / ticks, "the kernel's tick of "},
                        Case{"SO_RESERVE_MEM", "", page, "whole pages of "}}) {
    if (c.whole <= 1) continue;  // a tick of one millisecond rounds no milliseconds
    SCOPED_TRACE(c.name);
    const std::string asked = std::to_string(2 * c.whole + 1) + c.units;
    const auto note = [&](std::int64_t effective) {
      return explain_change(setting_of(c.name + "=" + asked), std::nullopt, OptionValue{.data = effective},
                            {})
          .note;
    };
    const std::string all = note(3 * c.whole);
    EXPECT_TRUE(all.starts_with("rounded up to " + c.why)) << all;
    EXPECT_EQ(note((3 * c.whole) + 1), "the kernel made it so");
    EXPECT_EQ(note(2 * c.whole), "the kernel made it so");
  }
}

/// A row as another option might have it.
SocketOption made_up(const SocketOption& like) {
  SocketOption row = like;
  row.name = "SO_MADE_UP";
  row.sysctl = "net.core.made_up";
  row.least = 10;
  row.most = 1000;
  row.unit = Unit::none;
  return row;
}

// An option that nothing particular is known of still has a sysctl and a range.
TEST(OptionEffect, TheRowAloneAccountsForBoundsAndDefaults) {
  const SocketOption row = made_up(**find_option("TCP_KEEPCNT"));
  struct Case {
    int requested;
    std::int64_t effective;
    std::string note;
    std::string bounded_by;
  };
  for (const Case& c :
       {Case{500, 300, "bounded by net.core.made_up = 300", "net.core.made_up"},
        Case{500, 301, "the kernel made it so", ""}, Case{200, 300, "the kernel made it so", ""},
        Case{0, 300, "the kernel's default, net.core.made_up = 300", ""},
        Case{2000, 1000, "lowered to the kernel's maximum", ""},
        Case{5, 10, "raised to the kernel's minimum", ""}, Case{5, 11, "the kernel made it so", ""}}) {
    SCOPED_TRACE(c.requested);
    OptionSetting setting{
        .option = &row, .bytes = bytes_of_value(c.requested), .written = std::to_string(c.requested)};
    const OptionChange change = explain_change(setting, std::nullopt, OptionValue{.data = c.effective},
                                               lookup({{"net.core.made_up", "300"}}));
    EXPECT_EQ(change.note, c.note);
    EXPECT_EQ(change.bounded_by, c.bounded_by);
  }
}

// A name in the table of effects that no option has would explain nothing, unseen.
TEST(OptionEffect, EffectsAreOfOptionsThatThereAre) {
  for (const EffectRow& row : effect_table()) EXPECT_TRUE(find_option(row.option)) << row.option;
}

}  // namespace
}  // namespace net
