#include "cmd/hints.hh"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>

#include "net/dns/status.hh"
#include "tests/support/files.hh"
#include "tests/support/net.hh"
#include "tests/support/unix_socket.hh"

namespace cmd {
namespace {

using namespace std::chrono_literals;

net::Attempt attempt_on(std::string_view address, std::uint16_t port) {
  net::Attempt attempt;
  attempt.address = *net::Endpoint::parse_ip(address, port);
  attempt.time = 850us;
  return attempt;
}

net::Error connect_error(int code) {
  return {"connect", "192.0.2.1:81/tcp", net::errno_code(code)};
}

TEST(ConnectHint, RefusedSaysThatTheHostIsUp) {
  const net::Attempt attempt = attempt_on("192.0.2.1", 81);
  const std::string hint = connect_hint(connect_error(ECONNREFUSED), &attempt, {});
  for (const char* part : {"192.0.2.1", "850 us", "81", "host is up"})
    EXPECT_TRUE(hint.contains(part)) << hint;
}

TEST(ConnectHint, SilenceCountsTheSyns) {
  net::Attempt attempt = attempt_on("192.0.2.1", 81);
  attempt.syns_sent = 3;
  EXPECT_TRUE(connect_hint(connect_error(ETIMEDOUT), &attempt, {}).starts_with("3 SYNs sent"));
  attempt.syns_sent = 1;
  EXPECT_TRUE(connect_hint(connect_error(ETIMEDOUT), &attempt, {}).starts_with("1 SYN sent"));
  // Without figures of the kernel's there is nothing to say.
  attempt.syns_sent = 0;
  EXPECT_EQ(connect_hint(connect_error(ETIMEDOUT), &attempt, {}), "");
}

TEST(ConnectHint, OwnCauses) {
  struct Case {
    int code;
    std::string_view part;
  };
  constexpr Case cases[] = {
      {ENETUNREACH, "no route"},   {EHOSTUNREACH, "routing table"}, {EADDRNOTAVAIL, "source address"},
      {EADDRINUSE, "source port"}, {EACCES, "prohibits"},           {EPERM, "packet filter"},
      {EMFILE, "descriptors"},
  };
  for (const Case& c : cases) {
    EXPECT_TRUE(connect_hint(connect_error(c.code), nullptr, {}).contains(c.part)) << c.code;
  }
  EXPECT_EQ(connect_hint(connect_error(EIO), nullptr, {}), "");
}

// Said by a router, it is not this host's routing table.
TEST(ConnectHint, ARoutersNoIsNotOurRoutingTable) {
  const net::Error error("connect", "192.0.2.1:81/tcp", net::errno_code(EHOSTUNREACH), net::Blame::remote);
  const net::Attempt attempt = attempt_on("192.0.2.1", 81);
  EXPECT_EQ(connect_hint(error, &attempt, {}), "");
}

TEST(ConnectHint, OtherStepsSpeakForThemselves) {
  EXPECT_EQ(connect_hint({"resolve", "x", net::dns::Status::no_such_name}, nullptr, {}), "");
  EXPECT_EQ(connect_hint({"setsockopt", "SO_MARK=1", net::errno_code(EPERM)}, nullptr, {}), "");
}

TEST(ConnectHint, UnixSockets) {
  const net::Transport transport{true, SOCK_STREAM};
  net::Attempt attempt;
  attempt.address = *net::Endpoint::parse_unix("/tmp/sock");
  EXPECT_TRUE(connect_hint(connect_error(ECONNREFUSED), &attempt, transport).contains("nobody listens"));
  EXPECT_TRUE(connect_hint(connect_error(ENOENT), &attempt, transport).contains("server running"));
  EXPECT_TRUE(connect_hint(connect_error(EPROTOTYPE), &attempt, transport).contains("--type"));
  EXPECT_TRUE(connect_hint(connect_error(EACCES), &attempt, transport).contains("write permission"));
}

net::ListenOptions on_port(std::uint16_t port, int type = SOCK_STREAM) {
  net::ListenOptions options;
  options.transport.type = type;
  options.port = port;
  return options;
}

net::Error listen_error(int code) {
  return {"bind", "x", net::errno_code(code)};
}

std::string our_pid() {
  return "(pid " + std::to_string(getpid()) + ")";
}

TEST(ListenHint, InUseByUs) {
  const test::TcpServer server;
  const std::string hint = listen_hint(listen_error(EADDRINUSE), on_port(server.port()));
  for (const std::string& part :
       {"127.0.0.1:" + server.port_text() + "/tcp", our_pid(), std::string("listens")}) {
    EXPECT_TRUE(hint.contains(part)) << hint;
  }
}

TEST(ListenHint, UdpInUseByUs) {
  const test::UdpSocket socket;
  const std::string hint = listen_hint(listen_error(EADDRINUSE), on_port(socket.port(), SOCK_DGRAM));
  for (const std::string& part : {"127.0.0.1:" + socket.port_text() + "/udp", our_pid()}) {
    EXPECT_TRUE(hint.contains(part)) << hint;
  }
}

TEST(ListenHint, BoundAndNotListening) {
  const auto socket = net::Socket::open(AF_INET, SOCK_STREAM);
  ASSERT_TRUE(socket && socket->bind(*net::Endpoint::parse_ip("127.0.0.1", 0)));
  const std::string hint = listen_hint(listen_error(EADDRINUSE), on_port(socket->local().port()));
  // Kernels before 6.8 do not tell of such sockets.
  if (hint.empty()) GTEST_SKIP() << "this kernel does not list bound sockets";
  EXPECT_TRUE(hint.contains(our_pid())) << hint;
  EXPECT_TRUE(hint.contains("does not listen")) << hint;
}

TEST(ListenHint, TimeWait) {
  test::TcpServer server;
  const std::uint16_t port = server.port();
  test::Peer client = test::connect_tcp("127.0.0.1", port);
  test::Peer accepted = server.accept();
  accepted.close();
  EXPECT_EQ(client.recv_until_eof(), "");
  client.close();
  server.close();
  test::wait_until("TIME_WAIT", [&] {
    return listen_hint(listen_error(EADDRINUSE), on_port(port)).contains("1 old connection");
  });
  EXPECT_TRUE(listen_hint(listen_error(EADDRINUSE), on_port(port)).contains("SO_REUSEADDR"));
}

TEST(ListenHint, NobodyToBeSeen) {
  EXPECT_EQ(listen_hint(listen_error(EADDRINUSE), on_port(test::closed_port(SOCK_STREAM))), "");
}

TEST(ListenHint, UnixPathInUse) {
  const test::TempDir directory;
  const test::UnixServer server(directory / "sock");
  net::ListenOptions options;
  options.transport = {true, SOCK_STREAM};
  options.address = *net::Endpoint::parse_unix(directory / "sock");
  const std::string hint = listen_hint(listen_error(EADDRINUSE), options);
  EXPECT_TRUE(hint.contains(our_pid())) << hint;
  EXPECT_TRUE(hint.contains(directory / "sock")) << hint;
}

TEST(ListenHint, OtherCauses) {
  EXPECT_TRUE(listen_hint(listen_error(EACCES), on_port(80)).contains("ip_unprivileged_port_start") ||
              test::read_file("/proc/sys/net/ipv4/ip_unprivileged_port_start") == "0\n");
  EXPECT_EQ(listen_hint(listen_error(EACCES), on_port(65000)), "");
  EXPECT_TRUE(listen_hint(listen_error(EADDRNOTAVAIL), on_port(80)).contains("no interface"));
  net::ListenOptions options;
  options.transport = {true, SOCK_STREAM};
  options.address = *net::Endpoint::parse_unix("/none/sock");
  EXPECT_TRUE(listen_hint(listen_error(ENOENT), options).contains("directory"));
  EXPECT_TRUE(listen_hint(listen_error(EACCES), options).contains("directory"));
  EXPECT_EQ(listen_hint(listen_error(EIO), options), "");
}

}  // namespace
}  // namespace cmd
