#include "cmd/hints.hh"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>

#include "tests/support/files.hh"
#include "tests/support/net.hh"
#include "tests/support/unix_socket.hh"

namespace cmd {
namespace {

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
