// -o NAME=VALUE: set before connecting, on the very socket that is used; read back, or seen by the peer.

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>

#include "tests/support/files.hh"
#include "tests/support/net.hh"
#include "tests/support/netns.hh"
#include "tests/support/nettool.hh"
#include "tests/support/proc.hh"
#include "tests/support/raw_socket.hh"
#include "tests/support/require.hh"

namespace test {
namespace {

using Words = std::vector<std::string>;

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

struct Row {
  const char* setting;
  const char* told;  ///< by -v
};

// Integers, on/off, sizes, durations, words, strings, pairs; what the kernel makes of them is shown.
const std::vector<Row> tcp_rows = {
    {"TCP_NODELAY", "TCP_NODELAY requested on, effective on\n"},
    {"TCP_NODELAY=on", "requested on, effective on\n"},
    {"TCP_NODELAY=off", "requested off, effective off\n"},
    {"SO_KEEPALIVE=yes", "requested on, effective on\n"},
    {"SO_KEEPALIVE=true", "requested on, effective on\n"},
    {"SO_KEEPALIVE=no", "requested off, effective off\n"},
    {"keepalive=1", "SO_KEEPALIVE requested on, effective on\n"},
    {"so_keepalive=0", "SO_KEEPALIVE requested off, effective off\n"},
    {"NoDelay", "TCP_NODELAY requested on, effective on\n"},
    {"IP_TTL=17", "requested 17 hops, effective 17 hops\n"},
    {"IP_TTL=0x11", "requested 17 hops, effective 17 hops\n"},
    {"IP_TTL=0b10001", "requested 17 hops, effective 17 hops\n"},
    {"IP_TTL=0o21", "requested 17 hops, effective 17 hops\n"},
    {"IP_TOS=0x10", "requested 16, effective 16\n"},
    {"IP_TOS=0x13", "requested 19, effective 16 (TCP keeps the ECN bits)\n"},
    {"SO_RCVBUF=50000", "requested 50000 B, effective 100000 B (doubled by the kernel)\n"},
    {"SO_RCVBUF=64K", "requested 64 KiB, effective 128 KiB (doubled by the kernel)\n"},
    {"SO_SNDBUF=0x8000", "requested 32 KiB, effective 64 KiB (doubled by the kernel)\n"},
    {"TCP_KEEPIDLE=90", "requested 90 s, effective 90 s\n"},
    {"TCP_KEEPIDLE=2m", "requested 120 s, effective 120 s\n"},
    {"TCP_KEEPINTVL=7s", "requested 7 s, effective 7 s\n"},
    {"TCP_KEEPCNT=5", "requested 5, effective 5\n"},
    {"TCP_USER_TIMEOUT=1500", "requested 1500 ms, effective 1500 ms\n"},
    {"TCP_USER_TIMEOUT=1.5s", "requested 1500 ms, effective 1500 ms\n"},
    {"TCP_SYNCNT=3", "requested 3, effective 3\n"},
    {"TCP_LINGER2=500", "requested 500 s, effective 120 s (lowered to the kernel's maximum)\n"},
    {"SO_LINGER=5", "requested 5 s, effective 5 s\n"},
    {"SO_LINGER=off", "requested off, effective off\n"},
    {"SO_RCVTIMEO=2s", "requested 2 s, effective 2 s\n"},
    {"SO_PRIORITY=3", "requested 3, effective 3\n"},
    {"IP_MTU_DISCOVER=dont", "requested dont, effective dont\n"},
    {"IP_MTU_DISCOVER=do", "requested do, effective do\n"},
    {"TCP_CONGESTION=reno", "requested reno, effective reno\n"},
    {"SO_MAX_PACING_RATE=1M", "requested 1 MiB/s, effective 1 MiB/s\n"},
    {"SO_BINDTODEVICE=lo", "requested lo, effective lo\n"},
    // Set once connected, and in time then; set before, and in time too, though the connection has its say.
    {"TCP_QUICKACK=on", "requested on, effective on\n"},
    {"TCP_MAXSEG=1000", "(what the connection came to)\n"},
    {"SO_RCVBUFFORCE=64K", "requested 64 KiB, effective 128 KiB (doubled by the kernel)\n"},
};

const std::vector<Row> udp_rows = {
    {"SO_BROADCAST", "requested on, effective on\n"},
    {"IP_TOS=0xff", "requested 255, effective 255\n"},
    {"IP_MULTICAST_TTL=9", "requested 9 hops, effective 9 hops\n"},
    {"IP_MULTICAST_LOOP=off", "requested off, effective off\n"},
    {"UDP_CORK=off", "requested off, effective off\n"},
    {"IP_RECVERR=on", "requested on, effective on\n"},
    // What nettool sets by itself gives way.
    {"IP_RECVERR=off", "requested off, effective off\n"},
    {"IP_ADD_MEMBERSHIP=239.255.1.2,lo", "requested 239.255.1.2,lo, taken (it cannot be read back)\n"},
};

/// -v aligns its columns with blanks; compared are the words.
std::string one_blank(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (c != ' ' || !out.ends_with(' ')) out.push_back(c);
  }
  return out;
}

void expect_told(const Words& how, const Row& row, const std::string& port) {
  SCOPED_TRACE(row.setting);
  Words words = {"-v", "connect", "-o", row.setting, "127.0.0.1", port};
  words.insert(words.begin() + 2, how.begin(), how.end());
  Outcome outcome = run(nettool_argv(words));
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_TRUE(contains(one_blank(outcome.err), row.told)) << outcome.err;
}

TEST(OptionsSocket, ReadBackOfTcp) {
  TcpServer server;
  for (const Row& row : tcp_rows) expect_told({"--shutdown", "rdwr"}, row, server.port_text());
}

TEST(OptionsSocket, ReadBackOfUdp) {
  UdpSocket server;
  for (const Row& row : udp_rows) expect_told({"-u", "-q", "0"}, row, server.port_text());
}

/// "4 MiB", as the program writes a whole number of bytes.
std::string size_words(long long bytes) {
  const char* const units[] = {" B", " KiB", " MiB", " GiB"};
  std::size_t unit = 0;
  for (; unit < 3 && bytes % 1024 == 0; ++unit) bytes /= 1024;
  return std::to_string(bytes) + units[unit];
}

TEST(OptionsSocket, WhatBoundsItIsNamed) {
  TcpServer server;
  long long most = std::stoll(read_file("/proc/sys/net/core/rmem_max"));
  const std::string told = "requested 1 GiB, effective " + size_words(2 * most) +
                           " (doubled by the kernel, bounded by net.core.rmem_max = " + size_words(most) +
                           ")\n";
  expect_told({"--shutdown", "rdwr"}, {"SO_RCVBUF=1G", told.c_str()}, server.port_text());
}

// Several, and of the same the last.
TEST(OptionsSocket, Repeatable) {
  TcpServer server;
  Outcome outcome = run(nettool("-v", "connect", "-o", "IP_TTL=5", "-oTCP_NODELAY", "--option=IP_TTL=9",
                                "--shutdown", "rdwr", "127.0.0.1", server.port_text()));
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  std::string told = one_blank(outcome.err);
  EXPECT_TRUE(contains(told, "TCP_NODELAY requested on")) << told;
  EXPECT_FALSE(contains(told, "requested 5 hops")) << told;
  EXPECT_TRUE(contains(told, "requested 9 hops, effective 9 hops")) << told;
}

/// A duplicate of each socket that the program has.
std::vector<Fd> sockets_of(pid_t pid) {
  std::vector<Fd> found;
  Fd pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  for (const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd")) {
    std::error_code gone;
    if (!std::filesystem::read_symlink(entry, gone).string().starts_with("socket:")) continue;
    Fd copy(static_cast<int>(syscall(SYS_pidfd_getfd, pidfd.get(), std::stoi(entry.path().filename()), 0)));
    if (!copy.valid()) fail_errno("pidfd_getfd");
    found.push_back(std::move(copy));
  }
  return found;
}

// The word of the kernel itself, not of -v.
TEST(OptionsSocket, OnTheSocketThatIsUsed) {
  REQUIRE_ROOT();
  TcpServer server;
  Program program(nettool("connect", "-o", "TCP_NODELAY", "-o", "IP_TTL=33", "-o", "TCP_KEEPIDLE=77",
                          "127.0.0.1", server.port_text()));
  Peer peer = server.accept();
  wait_idle(program.pid());
  std::vector<Fd> sockets = sockets_of(program.pid());
  ASSERT_EQ(sockets.size(), 1U);
  EXPECT_EQ(get_int(sockets[0].get(), IPPROTO_TCP, TCP_NODELAY), 1);
  EXPECT_EQ(get_int(sockets[0].get(), IPPROTO_IP, IP_TTL), 33);
  EXPECT_EQ(get_int(sockets[0].get(), IPPROTO_TCP, TCP_KEEPIDLE), 77);
}

// On the listener, on what it hands down, and on the accepted socket what accept() does not inherit.
TEST(OptionsSocket, OnTheListenerAndOnTheAcceptedSocket) {
  REQUIRE_ROOT();
  Listener listener = start_listener({"-d", "-o", "SO_PRIORITY=4", "-o", "TCP_NODELAY", "-o", "SO_KEEPALIVE",
                                      "-o", "TCP_DEFER_ACCEPT=1", "127.0.0.1", "0"});
  std::vector<Fd> before = sockets_of(listener.program.pid());
  ASSERT_EQ(before.size(), 1U);
  EXPECT_EQ(get_int(before[0].get(), SOL_SOCKET, SO_PRIORITY), 4);
  EXPECT_EQ(get_int(before[0].get(), SOL_SOCKET, SO_KEEPALIVE), 1);
  EXPECT_GE(get_int(before[0].get(), IPPROTO_TCP, TCP_DEFER_ACCEPT), 1);
  Peer peer = connect_tcp("127.0.0.1", listener.port);
  peer.send_all("x");
  EXPECT_EQ(listener.program.read_exact(Stream::out, 1), "x");
  int accepted = 0;
  for (const Fd& fd : sockets_of(listener.program.pid())) {
    if (get_int(fd.get(), SOL_SOCKET, SO_ACCEPTCONN) == 1) continue;
    ++accepted;
    EXPECT_EQ(get_int(fd.get(), SOL_SOCKET, SO_PRIORITY), 4);
    EXPECT_EQ(get_int(fd.get(), IPPROTO_TCP, TCP_NODELAY), 1);
    EXPECT_EQ(get_int(fd.get(), SOL_SOCKET, SO_KEEPALIVE), 1);
  }
  EXPECT_EQ(accepted, 1);
}

/// One control message of the next datagram.
int control_of(UdpSocket& socket, int type) {
  char payload[16];
  alignas(cmsghdr) char control[256];
  iovec part = {payload, sizeof payload};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  if (!poll_one(socket.fd(), POLLIN, Deadline(patience))) fail("no datagram came");
  if (recvmsg(socket.fd(), &message, 0) < 0) fail_errno("recvmsg");
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
    // A TOS is one byte, a TTL an int; both are small and come first.
    if (header->cmsg_level == IPPROTO_IP && header->cmsg_type == type) return *CMSG_DATA(header);
  }
  return -1;
}

TEST(OptionsSocket, ThePeerSeesTtlAndTos) {
  UdpSocket server;
  int on = 1;
  setsockopt(server.fd(), IPPROTO_IP, IP_RECVTTL, &on, sizeof on);
  setsockopt(server.fd(), IPPROTO_IP, IP_RECVTOS, &on, sizeof on);
  auto send = [&](const char* setting) {
    EXPECT_EQ(
        run(nettool("connect", "-u", "-q", "0", "-o", setting, "127.0.0.1", server.port_text()), "x").status,
        0);
  };
  send("IP_TTL=33");
  EXPECT_EQ(control_of(server, IP_TTL), 33);
  send("IP_TOS=0x28");
  EXPECT_EQ(control_of(server, IP_TOS), 0x28);
}

TEST(OptionsSocket, ThePeerSeesTheSegmentSize) {
  TcpServer server;
  Program program(nettool("connect", "-o", "TCP_MAXSEG=1000", "127.0.0.1", server.port_text()));
  Peer peer = server.accept();
  // Announced with the SYN; timestamps take twelve bytes of it.
  int size = get_int(peer.fd(), IPPROTO_TCP, TCP_MAXSEG);
  EXPECT_GE(size, 900);
  EXPECT_LE(size, 1000);
}

// A close with SO_LINGER 0 is a reset to the peer.
TEST(OptionsSocket, LingerOfNothing) {
  TcpServer server;
  Program program(
      nettool("connect", "-o", "SO_LINGER=0", "-q", "0", "--no-shutdown", "127.0.0.1", server.port_text()));
  Peer peer = server.accept();
  program.close_stdin();
  EXPECT_EQ(program.wait().status, 0);
  EXPECT_TRUE(peer.ends_by_reset());
}

TEST(OptionsSocket, ARangeOfSourcePorts) {
  TcpServer server;
  Outcome outcome = run(nettool("connect", "--json", "-o", "IP_LOCAL_PORT_RANGE=41000-41063", "--shutdown",
                                "rdwr", "127.0.0.1", server.port_text()));
  if (contains(outcome.err, "ENOPROTOOPT")) return;  // kernels before 6.3
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  long long port = json::only_event(outcome.err, "connected")["local"]["port"].integer();
  EXPECT_GE(port, 41000);
  EXPECT_LE(port, 41063);
}

// Skipped where an attempt cannot take it, applied where it can.
TEST(OptionsSocket, IPv6OptionsOfANameWithBothFamilies) {
  REQUIRE_NAMESPACES();
  Namespace ns;
  ns.hosts("::1 both.test\n127.0.0.1 both.test\n127.0.0.1 four.test\n");
  TcpServer server4 = ns.in([] { return TcpServer("127.0.0.1", {.port = 7000}); });
  for (const char* name : {"both.test", "four.test"}) {
    Outcome outcome =
        ns.run(nettool("connect", "-o", "IPV6_TCLASS=0x20", "--shutdown", "rdwr", name, "7000"));
    EXPECT_EQ(outcome.status, 0) << outcome.err;
  }
  TcpServer server6 = ns.in([] { return TcpServer("::1", {.port = 7000}); });
  Outcome six =
      ns.run(nettool("-v", "connect", "-o", "IPV6_TCLASS=0x20", "--shutdown", "rdwr", "both.test", "7000"));
  EXPECT_TRUE(contains(one_blank(six.err), "requested cs1, effective cs1")) << six.err;
}

}  // namespace
}  // namespace test
