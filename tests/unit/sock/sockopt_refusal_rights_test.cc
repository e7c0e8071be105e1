#include <gtest/gtest.h>
#include <sched.h>

#include <cerrno>
#include <sstream>

#include "net/kern/sysctl.hh"
#include "net/sock/capability.hh"
#include "net/sock/socket.hh"
#include "net/sock/sockopt_change.hh"
#include "net/sock/sockopt_refusal.hh"
#include "tests/support/net.hh"
#include "tests/support/netns.hh"
#include "tests/support/require.hh"
#include "tests/unit/kern/forked.hh"
#include "tests/unit/sock/sockopt_refused.hh"

// EPERM and EACCES: a missing capability, and what else the kernel says so for.
namespace net {
namespace {

const std::string accept_all = "6 0 0 262144";

const std::vector<RefusedCase> for_nobody = {
    {"SO_MARK=1", "EPERM: needs CAP_NET_ADMIN or CAP_NET_RAW"},
    {"SO_RCVBUFFORCE=1M", "EPERM: needs CAP_NET_ADMIN"},
    {"SO_RCVBUF=1M", "taken"},
    {"SO_DEBUG", "EACCES: needs CAP_NET_ADMIN"},
    {"IP_TRANSPARENT", "EPERM: needs CAP_NET_ADMIN or CAP_NET_RAW"},
    {"IP_TRANSPARENT=off", "taken"},
    {"SO_PRIORITY=7", "EPERM: needs CAP_NET_ADMIN or CAP_NET_RAW outside 0 to 6"},
    {"SO_PRIORITY=6", "taken"},
    {"SO_TXTIME=tai", "EPERM: a clock other than CLOCK_MONOTONIC needs CAP_NET_ADMIN"},
    {"SO_TXTIME=monotonic", "taken"},
    // A filter: of TCP it takes a right, and where it is locked none helps.
    {"SO_ATTACH_FILTER=" + accept_all, "EPERM: needs CAP_NET_ADMIN"},
    {"SO_ATTACH_FILTER=" + accept_all, "taken", udp4},
    {"SO_ATTACH_FILTER=" + accept_all,
     "EPERM: the socket's filter is locked (SO_LOCK_FILTER)",
     udp4,
     Came::nowhere,
     {"SO_LOCK_FILTER"}},
    // The first interface is free to all.
    {"SO_BINDTODEVICE=lo", "taken"},
    {"SO_BINDTODEVICE=lo",
     "EPERM: the socket is bound to lo, and changing that needs CAP_NET_RAW",
     tcp4,
     Came::nowhere,
     {"SO_BINDTODEVICE=lo"}},
    {"SO_BINDTOIFINDEX=lo",
     "EPERM: the socket is bound to lo, and changing that needs CAP_NET_RAW",
     udp4,
     Came::nowhere,
     {"SO_BINDTODEVICE=lo"}},
    // Repair mode takes the right, and what is done in it takes the mode.
    {"TCP_REPAIR=on", "EPERM: needs CAP_NET_ADMIN"},
    {"TCP_REPAIR_QUEUE=1", "EPERM: only in repair mode (TCP_REPAIR)"},
};

const std::vector<RefusedCase> for_root = {
    {"SO_MARK=1", "taken"},
    {"SO_PRIORITY=7", "taken"},
    {"SO_ATTACH_FILTER=" + accept_all, "taken"},
    {"SO_ATTACH_FILTER=" + accept_all,
     "EPERM: the socket's filter is locked (SO_LOCK_FILTER)",
     tcp4,
     Came::nowhere,
     {"SO_LOCK_FILTER"}},
    {"SO_DETACH_FILTER=on",
     "EPERM: the socket's filter is locked (SO_LOCK_FILTER)",
     udp4,
     Came::nowhere,
     {"SO_ATTACH_FILTER=" + accept_all, "SO_LOCK_FILTER"}},
    {"SO_LOCK_FILTER=off",
     "EPERM: the socket's filter is locked (SO_LOCK_FILTER)",
     udp4,
     Came::nowhere,
     {"SO_LOCK_FILTER"}},
    {"SO_LOCK_FILTER=off", "taken", udp4},
    {"SO_ATTACH_BPF=1048575",
     "EPERM: the socket's filter is locked (SO_LOCK_FILTER)",
     udp4,
     Came::nowhere,
     {"SO_LOCK_FILTER"}},
    {"SO_ATTACH_REUSEPORT_CBPF=" + accept_all,
     "EPERM: the socket's filter is locked (SO_LOCK_FILTER)",
     udp4,
     Came::nowhere,
     {"SO_REUSEPORT", "SO_LOCK_FILTER"}},
    {"SO_ATTACH_REUSEPORT_EBPF=1048575",
     "EPERM: the socket's filter is locked (SO_LOCK_FILTER)",
     udp4,
     Came::nowhere,
     {"SO_REUSEPORT", "SO_LOCK_FILTER"}},
    {"SO_BINDTODEVICE=lo", "taken", tcp4, Came::nowhere, {"SO_BINDTODEVICE=lo"}},
    {"TCP_REPAIR=on", "taken"},
    {"TCP_REPAIR=on", "EPERM: a listener cannot be repaired", tcp4, Came::listening},
    {"TCP_REPAIR_QUEUE=1", "EPERM: only in repair mode (TCP_REPAIR)"},
    {"TCP_REPAIR_QUEUE=1", "taken", tcp4, Came::nowhere, {"TCP_REPAIR=on"}},
    {"TCP_TIMESTAMP=7", "EPERM: only in repair mode (TCP_REPAIR)"},
    {"TCP_TIMESTAMP=7", "taken", tcp4, Came::nowhere, {"TCP_REPAIR=on"}},
    {"TCP_REPAIR_WINDOW=snd_wl1=1,snd_wnd=2,max_window=3,rcv_wnd=4,rcv_wup=5",
     "EPERM: only in repair mode (TCP_REPAIR)"},
    {"TCP_AO_REPAIR=snt_isn=1,rcv_isn=2,snd_sne=3,rcv_sne=4", "EPERM: a listener cannot be repaired", tcp4,
     Came::listening},
    {"TCP_QUEUE_SEQ=1", "EPERM: too late: the socket is connected", tcp4, Came::connected},
};

TEST(OptionRights, OfNobody) {
  REQUIRE_ROOT();
  for (const RefusedCase& c : for_nobody) EXPECT_EQ(answer_to_nobody(c), c.answer) << c.setting;
}

TEST(OptionRights, OfRoot) {
  REQUIRE_ROOT();
  for (const RefusedCase& c : for_root) {
    const std::string said = answer_to(c);
    if (!said.contains("it came with Linux")) EXPECT_EQ(said, c.answer) << c.setting;
  }
}

// All capabilities, but over a user namespace that the socket's network does not belong to.
TEST(OptionRights, OfRootInAUserNamespaceOfItsOwn) {
  REQUIRE_ROOT();
  const std::string said = test::said_by_child([] {
    if (unshare(CLONE_NEWUSER) != 0)
      return std::string("EPERM: needs CAP_NET_ADMIN or CAP_NET_RAW outside of this user namespace");
    return answer_to({"SO_MARK=1", ""});
  });
  EXPECT_EQ(said, "EPERM: needs CAP_NET_ADMIN or CAP_NET_RAW outside of this user namespace");
}

// The errno alone says nothing: with the capability there is another reason, and none that is known.
TEST(OptionRights, ACapabilityThatIsThereIsNotMissing) {
  REQUIRE_ROOT();
  const auto socket = Socket::open(AF_INET, SOCK_STREAM);
  ASSERT_TRUE(socket);
  const auto said = [&](const std::string& text) {
    return explain_refusal(socket->fd(), *parse_option(text), errno_code(EPERM), kern::sysctl_text);
  };
  EXPECT_EQ(said("SO_MARK=1"), "");
  EXPECT_EQ(said("SO_PRIORITY=9"), "");
  EXPECT_EQ(said("SO_KEEPALIVE"), "") << "takes none";
  EXPECT_TRUE(has_capability("CAP_NET_RAW or CAP_NET_ADMIN"));
  EXPECT_TRUE(has_capability("CAP_OF_THE_FUTURE")) << "nothing can be said of it";
  EXPECT_FALSE(has_capability("none"));
}

/// A congestion control that this kernel has and only the privileged may choose; empty if there is none.
std::string restricted_algorithm() {
  const std::string allowed =
      " " + kern::sysctl_text("net.ipv4.tcp_allowed_congestion_control").value_or("") + " ";
  std::istringstream available(kern::sysctl_text("net.ipv4.tcp_available_congestion_control").value_or(""));
  for (std::string name; available >> name;) {
    if (!allowed.contains(" " + name + " ")) return name;
  }
  return "";
}

std::string allowed_algorithms() {
  std::istringstream allowed(kern::sysctl_text("net.ipv4.tcp_allowed_congestion_control").value_or(""));
  std::string list;
  for (std::string name; allowed >> name;) list += (list.empty() ? "" : ", ") + name;
  return list;
}

TEST(OptionRights, AnAlgorithmThatIsNotForAll) {
  REQUIRE_ROOT();
  const std::string name = restricted_algorithm();
  if (name.empty()) GTEST_SKIP() << "all algorithms of this kernel are allowed to all";
  const std::string not_allowed =
      "EPERM: not in net.ipv4.tcp_allowed_congestion_control (" + allowed_algorithms() + ")";
  const RefusedCase fresh{"TCP_CONGESTION=" + name, ""};
  EXPECT_EQ(answer_to_nobody(fresh), not_allowed + "; root may");
  EXPECT_EQ(answer_to(fresh), "taken");
  // The route may fix another one, and then root may not either.
  EXPECT_EQ(answer_to_nobody({"TCP_CONGESTION=" + name, "", tcp4, Came::connected}), not_allowed);
}

// The same error, for an algorithm that is allowed: the route has the last word.
TEST(OptionRights, AnAlgorithmThatTheRouteFixes) {
  REQUIRE_NAMESPACES();
  test::Namespace ns;
  ns.add_address("192.0.2.9");
  ns.run_ip(
      {"route", "replace", "local", "192.0.2.9", "dev", "lo", "table", "local", "congctl", "lock", "reno"});
  const std::string said = ns.in([] {
    test::TcpServer server("192.0.2.9");
    test::Peer client = test::connect_tcp("192.0.2.9", server.port());
    const auto set = set_option_or_why(client.fd(), *parse_option("TCP_CONGESTION=cubic"), kern::sysctl_text);
    return set ? std::string("taken") : set.error().symbol() + ": " + set.error().hint;
  });
  EXPECT_EQ(said, "EPERM: the route to the peer fixes it (congctl lock)");
}

}  // namespace
}  // namespace net
