#include "net/sock/sockopt_refusal.hh"

#include <gtest/gtest.h>
#include <sys/time.h>
#include <sys/utsname.h>

#include <cerrno>

#include "net/kern/sysctl.hh"
#include "net/sock/socket.hh"
#include "net/sock/sockopt_change.hh"
#include "net/sock/sockopt_layout.hh"
#include "tests/support/net.hh"
#include "tests/support/netns.hh"
#include "tests/support/require.hh"
#include "tests/unit/sock/sockopt_refused.hh"

// Each cause has a case that provokes it, and next to it one that has the same error from another cause, or
// none. (Rights: sockopt_refusal_rights_test.cc.)
namespace net {
namespace {

const std::string filter = "6 0 0 262144";

const std::vector<RefusedCase> cases = {
    // EINVAL: the range, the words, the flags, the wrong kind of socket.
    {"TCP_KEEPCNT=1000", "EINVAL: takes 1 to 127"},
    {"TCP_KEEPCNT=127", "taken"},
    {"TCP_MAXSEG=80", "EINVAL: takes 88 B to 32767 B"},
    {"IPV6_TCLASS=256", "EINVAL: takes -1 to 255", udp6},
    {"IP_MTU_DISCOVER=17", "EINVAL: takes dont, want, do, probe, interface or omit"},
    {"SO_BUF_LOCK=8", "EINVAL: takes no flags but sndbuf and rcvbuf"},
    {"IP_MULTICAST_TTL=3", "EINVAL: a TCP socket has no such option"},
    {"IP_MULTICAST_TTL=300", "EINVAL: takes -1 to 255 hops", udp4},
    {"SO_TXREHASH=2", "EINVAL: takes default, off or on"},
    {"IPV6_TCLASS=256", "EINVAL: takes -1 to 255", tcp6},
    // EINVAL, for a reason of the option's own; within its rules there is another, or none.
    {"IP_TTL=0", "EINVAL: takes 1 to 255 hops, or -1 for the default"},
    {"IP_TTL=256", "EINVAL: takes -1 to 255 hops"},
    {"IP_LOCAL_PORT_RANGE=40999-40000", "EINVAL: the low end is above the high end"},
    {"IP_LOCAL_PORT_RANGE=40000-40999", "taken"},
    {"IPV6_ADDR_PREFERENCES=tmp,public", "EINVAL: tmp,public exclude each other", udp6},
    {"IPV6_ADDR_PREFERENCES=home,coa", "EINVAL: coa,home exclude each other", udp6},
    {"IPV6_ADDR_PREFERENCES=tmp,coa", "taken", udp6},
    {"IPV6_CHECKSUM=3", "EINVAL: takes no odd offset", raw6},
    {"IPV6_CHECKSUM=4", "taken", raw6},
    {"IPV6_CHECKSUM=4", "EINVAL: the kernel itself sees to the checksums of ICMPv6", icmp6},
    {"SO_TIMESTAMPING=opt_id", "EINVAL: opt_id of TCP takes a connection"},
    {"SO_TIMESTAMPING=opt_id", "taken", tcp4, Came::connected},
    {"SO_TIMESTAMPING=opt_id", "taken", udp4},
    {"TCP_QUEUE_SEQ=7",
     "EINVAL: no queue is chosen (TCP_REPAIR_QUEUE)",
     tcp4,
     Came::nowhere,
     {"TCP_REPAIR=on"}},
    {"TCP_QUEUE_SEQ=7", "taken", tcp4, Came::nowhere, {"TCP_REPAIR=on", "TCP_REPAIR_QUEUE=1"}},
    {"TCP_REPAIR_OPTIONS=mss=1460", "EINVAL: only in repair mode (TCP_REPAIR)"},
    {"TCP_REPAIR_OPTIONS=mss=1460",
     "EPERM: only on a connection that has sent nothing",
     tcp4,
     Came::nowhere,
     {"TCP_REPAIR=on"}},
    {"SO_ATTACH_BPF=1048575", "EBADF: no such descriptor"},
    {"SO_ATTACH_BPF=0", "EINVAL: "},
    {"SO_ATTACH_REUSEPORT_EBPF=1048575", "EBADF: no such descriptor", udp4, Came::nowhere, {"SO_REUSEPORT"}},
    {"SO_TXTIME=7", "EINVAL: the clocks are monotonic, tai and realtime", udp4},
    {"SO_TXTIME=tai", "taken", udp4},
    {"IPV6_LEAVE_ANYCAST=2001:db8::7,lo", "ENOENT: the socket has not joined it", udp6},
    // EINVAL, ENOPROTOOPT, EOPNOTSUPP: of another kind of socket.
    {"TCP_NODELAY", "EOPNOTSUPP: a Unix socket has no such option", unix_stream},
    {"TCP_NODELAY", "ENOPROTOOPT: a UDP socket has no such option", udp4},
    {"IPV6_TCLASS=3", "ENOPROTOOPT: a TCP socket over IPv4 has no such option"},
    {"SO_REUSEPORT", "EOPNOTSUPP: a Unix socket has no such option", unix_stream},
    {"UDP_CORK", "ENOPROTOOPT: a socket of this family has no such option", netlink},
    {"UDP_ENCAP=77", "ENOPROTOOPT: takes none, espinudp or l2tpinudp", udp4},

    // Too late, of all moments; and in time, where the error is another one.
    {"IPV6_V6ONLY=off", "EINVAL: too late: the socket is bound", tcp6, Came::bound},
    {"IPV6_V6ONLY=off", "EINVAL: too late: the socket is bound", tcp6, Came::connected},
    {"IPV6_V6ONLY=off", "taken", tcp6},
    {"TCP_FASTOPEN_CONNECT", "EINVAL: too late: the socket is connected", tcp4, Came::connected},
    {"TCP_FASTOPEN_CONNECT", "EINVAL: too late: the socket is listening", tcp4, Came::listening},
    {"TCP_FASTOPEN=-1", "EINVAL: takes at least 0", tcp4, Came::connected},
    {"TCP_FASTOPEN=5", "EINVAL: too late: the socket is connected", tcp4, Came::connected},
    {"TCP_FASTOPEN=5", "taken", tcp4, Came::listening},
    {"TCP_WINDOW_CLAMP=0", "EINVAL: too late: the socket is connected", tcp4, Came::connected},
    {"TCP_WINDOW_CLAMP=0", "taken", tcp4, Came::bound},
    {"TCP_WINDOW_CLAMP=4096", "taken", tcp4, Came::connected},

    // MPTCP takes most of them before it has a connection alone.
    {"SO_BINDTODEVICE=lo", "EINVAL: too late: the socket is connected", mptcp4, Came::connected},
    {"SO_BINDTODEVICE=lo", "taken", mptcp4},

    // Not connected; connected, but to something else.
    {"IPV6_ADDRFORM=ipv4", "ENOTCONN: the socket is not connected", tcp6},
    {"IPV6_ADDRFORM=ipv4", "EADDRNOTAVAIL: the peer has no IPv4-mapped address", tcp6, Came::connected},
    {"IPV6_ADDRFORM=ipv4",
     "EADDRNOTAVAIL: the socket is for IPv6 alone (IPV6_V6ONLY)",
     tcp6,
     Came::connected,
     {"IPV6_V6ONLY"}},

    // ENOENT: nothing there to take away.
    {"SO_DETACH_FILTER=on", "ENOENT: no filter is attached", udp4},
    {"SO_DETACH_FILTER=on", "taken", udp4, Came::nowhere, {"SO_ATTACH_FILTER=" + filter}},
    {"SO_DETACH_REUSEPORT_BPF=on", "ENOENT: no program is attached", udp4, Came::nowhere, {"SO_REUSEPORT"}},
    {"SO_DETACH_REUSEPORT_BPF=on", "EINVAL: needs SO_REUSEPORT, set before binding", udp4},
    {"SO_ATTACH_REUSEPORT_CBPF=" + filter, "EINVAL: needs SO_REUSEPORT, set before binding", udp4},
    // A filter that does not end in a return is refused for itself.
    {"SO_ATTACH_REUSEPORT_CBPF=48 0 0 0", "EINVAL: ", udp4, Came::nowhere, {"SO_REUSEPORT"}},
};

TEST(OptionRefusal, TheCauseIsNamed) {
  REQUIRE_ROOT();
  for (const RefusedCase& c : cases) {
    const std::string said = answer_to(c);
    // A kernel may have been built without MPTCP, and may be too old for an option.
    if (said.starts_with("no socket: ") || said.contains("it came with Linux")) continue;
    EXPECT_EQ(said, c.answer) << c.setting;
  }
}

std::string listed(const std::string& sysctl) {
  std::string text = kern::sysctl_text(sysctl).value_or("");
  for (std::size_t at = 0; (at = text.find(' ', at)) != std::string::npos; at += 2) text.replace(at, 1, ", ");
  return text;
}

TEST(OptionRefusal, WhatThereIsIsListed) {
  EXPECT_EQ(
      answer_to({"TCP_CONGESTION=nosuch", ""}),
      "ENOENT: no such congestion control here: " + listed("net.ipv4.tcp_available_congestion_control") +
          " (net.ipv4.tcp_available_congestion_control)");
  EXPECT_EQ(answer_to({"TCP_ULP=nosuch", ""}),
            "ENOENT: no such protocol here: " + listed("net.ipv4.tcp_available_ulp") +
                " (net.ipv4.tcp_available_ulp)");
}

// What is there after all was refused for something else.
TEST(OptionRefusal, WhatIsListedIsNotMissing) {
  const auto socket = Socket::open(AF_INET, SOCK_STREAM);
  ASSERT_TRUE(socket);
  const auto sysctl = [](std::string_view) { return std::optional<std::string>("reno made-up"); };
  const auto said = [&](const std::string& text) {
    return explain_refusal(socket->fd(), *parse_option(text), errno_code(ENOENT), sysctl);
  };
  EXPECT_EQ(said("TCP_CONGESTION=made-up"), "");
  EXPECT_EQ(said("TCP_CONGESTION=made"),
            "no such congestion control here: reno, made-up (net.ipv4.tcp_available_congestion_control)");
  const SysctlLookup nothing = [](std::string_view) { return std::optional<std::string>(); };
  EXPECT_EQ(explain_refusal(socket->fd(), *parse_option("TCP_CONGESTION=made"), errno_code(ENOENT), nothing),
            "");
}

/// A number that no kernel has.
SocketOption unknown_row(std::string_view since) {
  SocketOption row = **find_option("SO_KEEPALIVE");
  row.name = "SO_MADE_UP";
  row.number = 9999;
  row.since = since;
  return row;
}

TEST(OptionRefusal, AKernelThatIsTooOldIsTold) {
  const auto socket = Socket::open(AF_INET, SOCK_STREAM);
  ASSERT_TRUE(socket);
  utsname running{};
  ASSERT_EQ(uname(&running), 0);
  const auto said = [&](std::string_view since) {
    const SocketOption row = unknown_row(since);
    const OptionSetting setting{.option = &row, .bytes = bytes_of_value(1), .written = "on"};
    const auto set = set_option_or_why(socket->fd(), setting, kern::sysctl_text);
    return set ? std::string("taken") : set.error().symbol() + ": " + set.error().hint;
  };
  EXPECT_EQ(said("99.10"),
            "ENOPROTOOPT: it came with Linux 99.10, and this is " + std::string(running.release));
  EXPECT_EQ(said("2.6.34"), "ENOPROTOOPT: this kernel or this kind of socket does not have it");
  EXPECT_EQ(said(""), "ENOPROTOOPT: this kernel or this kind of socket does not have it");
}

// The same of a level that the socket does not know at all.
TEST(OptionRefusal, ALevelThatIsNotThere) {
  const auto socket = Socket::open(AF_UNIX, SOCK_STREAM);
  ASSERT_TRUE(socket);
  const auto said = [&](std::string_view since) {
    SocketOption row = unknown_row(since);
    row.level = IPPROTO_TCP;
    const OptionSetting setting{.option = &row, .bytes = bytes_of_value(1), .written = "on"};
    const auto set = set_option_or_why(socket->fd(), setting, kern::sysctl_text);
    return set ? std::string("taken") : set.error().symbol() + ": " + set.error().hint;
  };
  EXPECT_TRUE(said("99.1").starts_with("EOPNOTSUPP: it came with Linux 99.1, and this is "));
  EXPECT_EQ(said(""), "EOPNOTSUPP: this kernel or this kind of socket does not have it");
}

// Only where the kernel has TLS, or another one that a connection takes.
TEST(OptionRefusal, ASecondProtocol) {
  const RefusedCase twice{"TCP_ULP=tls", "", tcp4, Came::connected};
  const std::string first = answer_to(twice);
  EXPECT_TRUE(first == "taken" || first.starts_with("ENOENT: no such protocol here: ")) << first;
  test::TcpServer server;
  test::Peer client = test::connect_tcp("127.0.0.1", server.port());
  const auto setting = *parse_option("TCP_ULP=tls");
  const bool has_one = set_option(client.fd(), setting).has_value();
  EXPECT_EQ(explain_refusal(client.fd(), setting, errno_code(EEXIST), kern::sysctl_text),
            has_one ? "the socket has one already: tls" : "");
}

// By the code alone, where this kernel cannot be brought to say it.
TEST(OptionRefusal, ConnectedIsToldOfWhatIs) {
  test::TcpServer server;
  test::Peer client = test::connect_tcp("127.0.0.1", server.port());
  const auto fresh = Socket::open(AF_INET, SOCK_STREAM);
  ASSERT_TRUE(fresh);
  const auto setting = *parse_option("TCP_NODELAY");
  const auto said = [&](int fd, int code) {
    return explain_refusal(fd, setting, errno_code(code), kern::sysctl_text);
  };
  EXPECT_EQ(said(client.fd(), EISCONN), "too late: the socket is connected");
  EXPECT_EQ(said(fresh->fd(), EISCONN), "");
  EXPECT_EQ(said(client.fd(), ENOTCONN), "");
  EXPECT_EQ(said(fresh->fd(), ENOTCONN), "the socket is not connected");
  // Nothing is said of what is not understood, nor of what is no socket.
  EXPECT_EQ(said(fresh->fd(), EINVAL), "");
  EXPECT_EQ(said(fresh->fd(), EBUSY), "");
  EXPECT_EQ(said(-1, EINVAL), "");
}

TEST(OptionRefusal, MicrosecondsOutOfRange) {
  const auto socket = Socket::open(AF_INET, SOCK_STREAM);
  ASSERT_TRUE(socket);
  for (const std::string name : {"SO_RCVTIMEO", "SO_SNDTIMEO"}) {
    OptionSetting setting = *parse_option(name + "=1s");
    setting.bytes = bytes_of_value(timeval{1, 1'000'000});
    const auto set = set_option_or_why(socket->fd(), setting, kern::sysctl_text);
    ASSERT_FALSE(set);
    EXPECT_EQ(set.error().symbol() + ": " + set.error().hint, "EDOM: microseconds are 0 to 999999");
  }
}

TEST(OptionRefusal, FastOpenThatIsOffForClients) {
  REQUIRE_NAMESPACES();
  const test::Namespace ns;
  const RefusedCase c{"TCP_FASTOPEN_CONNECT", ""};
  ns.sysctl("net.ipv4.tcp_fastopen", "1");
  EXPECT_EQ(ns.in([&] { return answer_to(c); }), "taken");
  ns.sysctl("net.ipv4.tcp_fastopen", "2");
  EXPECT_EQ(ns.in([&] { return answer_to(c); }),
            "EOPNOTSUPP: net.ipv4.tcp_fastopen = 2 has Fast Open off for clients (its bit 1)");
}

// Newer options count in ticks: one is too short, and what is above it is two.
TEST(OptionRefusal, TimesBelowTheTick) {
  const std::int64_t tick = 1'000'000 / ticks_per_second();
  for (const std::string name : {"TCP_RTO_MIN_US", "TCP_DELACK_MAX_US"}) {
    const std::string said = answer_to({name + "=" + std::to_string(tick), ""});
    if (said.starts_with("ENOPROTOOPT")) continue;  // kernels before 6.15
    EXPECT_EQ(said, "EINVAL: takes more than the kernel's tick of " +
                        option_text({.data = tick, .unit = Unit::microseconds}));
    EXPECT_EQ(answer_to({name + "=" + std::to_string(tick + 1), ""}), "taken");
    const std::string above = answer_to({name + "=10000000", ""});
    EXPECT_TRUE(above.starts_with("EINVAL: takes ") && above.ends_with(" 200 ms")) << above;
  }
}

// It depends on where this test runs: in the root control group, or in one that counts.
TEST(OptionRefusal, MemoryThatNoGroupCounts) {
  const std::string said = answer_to({"SO_RESERVE_MEM=64K", ""});
  const bool known = said == "taken" || said.starts_with("ENOPROTOOPT: ") || said.starts_with("ENOMEM: ") ||
                     said == "EOPNOTSUPP: the socket belongs to no memory cgroup that counts its memory";
  EXPECT_TRUE(known) << said;
}

TEST(OptionRefusal, CausesAreOfOptionsThatThereAre) {
  for (const auto& rows : {socket_refusals(), ip_refusals(), tcp_refusals()}) {
    for (const RefusalRow& row : rows) {
      const auto found = find_option(row.option);
      // A name of two levels is one of both.
      EXPECT_TRUE(found || found.error().starts_with("ambiguous")) << row.option;
    }
  }
}

}  // namespace
}  // namespace net
