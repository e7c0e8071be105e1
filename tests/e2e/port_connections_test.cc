// Connections that have a port though nobody listens there: whose they are, for people and for scripts.

#include <memory>

#include "tests/e2e/port_run.hh"

namespace test {
namespace {

/// A socket on 127.0.0.1:4000 that is connected to that address.
int connected_from_port(SocketOwner& owner, Address peer, int type) {
  return owner.in(
      [](Address where, int kind) {
        int fd = plain_socket(AF_INET, kind);
        set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1);
        const Address own = ip_address("127.0.0.1", port_number);
        if (bind(fd, own.raw(), own.length) < 0) fail_errno("bind");
        if (connect(fd, where.raw(), where.length) < 0) fail_errno("connect");
        return fd;
      },
      peer, type);
}

class PortConnections : public PortNetwork {
 protected:
  /// A server on another port, to which two clients are connected from 4000.
  void connect_two(int type) {
    server_.emplace(ns().enter_hook());
    for (const char* host : {"127.0.0.2", "127.0.0.3"}) {
      const int fd = server_->in(
          [](Address where, int kind) {
            return kind == SOCK_STREAM ? listening_socket(where, kind) : bound_socket(where, kind);
          },
          ip_address(host, 0), type);
      const Address where = server_->in(local_address, fd);
      auto& client = clients_.emplace_back(std::make_unique<SocketOwner>(ns().enter_hook()));
      connected_from_port(*client, where, type);
      peers_.push_back(where.port());
    }
  }
  std::optional<SocketOwner> server_{};
  std::vector<std::unique_ptr<SocketOwner>> clients_{};
  std::vector<std::uint16_t> peers_{};
};

// To end one of them does not free the port.
TEST_F(PortConnections, OfTwoProcesses) {
  for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {
    SetUp();
    const bool tcp = type == SOCK_STREAM;
    const std::string label = tcp ? "4000/tcp" : "4000/udp";
    clients_.clear();
    peers_.clear();
    connect_two(type);
    const json::Value told = object(label);
    EXPECT_EQ(told["listeners"].size() + told["bound_only"].size(), 0U);
    ASSERT_EQ(told["connections"].size(), 2U);
    for (std::size_t i = 0; i < 2; ++i) {
      const json::Value each = told["connections"][i];
      const std::size_t which = each["pid"].integer() == clients_[0]->pid() ? 0 : 1;
      EXPECT_EQ(each["pid"].integer(), clients_[which]->pid());
      EXPECT_EQ(each["local"].text(), R"({"address":"127.0.0.1","port":4000})");
      EXPECT_EQ(each["peer"]["port"].integer(), peers_[which]);
      EXPECT_EQ(each["state"].string(), "ESTABLISHED");
      EXPECT_EQ(each["program"].string(), "e2e_tests");
      EXPECT_EQ(each["user"].string(), "root");
    }
    const std::string said = sentence(label);
    EXPECT_TRUE(said.starts_with(tcp ? "held by 2 connections of " : "held by 2 connected sockets of "))
        << said;
    for (const auto& client : clients_)
      EXPECT_TRUE(contains(said, "(pid " + client->pid_text() + ")")) << said;
    const std::string text = shown({label});
    EXPECT_TRUE(contains(text, "connected  2 ESTABLISHED, held by e2e_tests (pid ")) << text;
  }
}

// Of many connections not all are told, but every process that has one.
TEST_F(PortConnections, OfAServer) {
  SocketOwner server(ns().enter_hook());
  const int listener = hold(server, "127.0.0.1", SOCK_STREAM, true, true);
  std::vector<Fd> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(
        ns().in([] { return Fd(connected_socket(ip_address("127.0.0.1", port_number), SOCK_STREAM)); }));
    server.in([](int fd) { return accept_one(fd); }, listener);
  }
  SocketOwner client(ns().enter_hook());
  const int other = server.in([] { return listening_socket(ip_address("127.0.0.2", 0), SOCK_STREAM); });
  server.in([](int fd) { close(fd); }, listener);
  connected_from_port(client, server.in(local_address, other), SOCK_STREAM);
  const json::Value told = object("4000/tcp");
  EXPECT_EQ(told["states"].text(), R"({"ESTABLISHED":21})");
  ASSERT_EQ(told["connections"].size(), 16U);
  std::size_t of_client = 0;
  for (const json::Value& each : told["connections"].elements()) {
    of_client += each["pid"].integer() == client.pid() ? 1 : 0;
  }
  EXPECT_EQ(of_client, 1U);
  EXPECT_TRUE(contains(sentence("4000/tcp"), "; until they end, and maybe for 60 s of TIME_WAIT after that"));
}

TEST_F(PortConnections, SeenByOneWhoIsNotRoot) {
  connect_two(SOCK_STREAM);
  const Outcome outcome = port_as_nobody({"--json", "4000/tcp"});
  const json::Value each = json::parse(outcome.out)["connections"][0];
  EXPECT_TRUE(each["pid"].is_null());
  EXPECT_TRUE(each["program"].is_null());
  EXPECT_EQ(each["user"].string(), "root");
  EXPECT_TRUE(contains(sentence(port_as_nobody({"4000/tcp"}), "4000/tcp"),
                       "held by 2 connections of a process of user root, and nobody listens"));
}

// A listener elsewhere is not where the bound one is, and TIME_WAIT is not why.
TEST_F(PortConnections, SeveralSocketsOfSeveralKinds) {
  SocketOwner owner(ns().enter_hook());
  hold(owner, "127.0.0.3", SOCK_STREAM, true, true);
  hold(owner, "127.0.0.2", SOCK_STREAM);
  EXPECT_EQ(sentence("4000/tcp"),
            "held by e2e_tests (pid " + owner.pid_text() + ") on 127.0.0.3; [::] is free");
}

// IPv6 sockets that IPv4 clients come to, and those that they do not.
TEST_F(PortConnections, HalfOfAnAddress) {
  SocketOwner owner(ns().enter_hook());
  hold(owner, "::", SOCK_STREAM, true, true);
  EXPECT_TRUE(contains(shown({"4000/tcp"}), ", listening on [::] (IPv6 only)\n"));
  SocketOwner dual(ns().enter_hook());
  const std::uint16_t number = dual.in([] {
    int fd = plain_socket(AF_INET6, SOCK_STREAM);
    const Address where = ip_address("::", 0);
    if (bind(fd, where.raw(), where.length) < 0 || listen(fd, 1) < 0) fail_errno("listen");
    return local_address(fd).port();
  });
  EXPECT_TRUE(contains(shown({on_tcp(number)}), ", listening on [::]\n"));
}

// A privilege does not help where the port is taken.
TEST_F(PortConnections, PrivilegedAndTaken) {
  ns().sysctl("net.ipv4.ip_unprivileged_port_start", "5000");
  SocketOwner owner(ns().enter_hook());
  hold(owner, "0.0.0.0", SOCK_STREAM, true, true);
  EXPECT_TRUE(contains(port_as_nobody({"4000/tcp"}).out,
                       "fails now: it takes root or CAP_NET_BIND_SERVICE, and sockets have the port\n"));
}

// The probe is not made with SO_REUSEADDR where it would be in the way of others.
TEST_F(PortConnections, TiedAndUntiedDatagramSockets) {
  SocketOwner owner(ns().enter_hook());
  hold(owner, "0.0.0.0", SOCK_DGRAM, true);
  EXPECT_TRUE(object("4000/udp")["bindable_with_reuseaddr"].boolean());
  owner.in([] {
    int fd = plain_socket(AF_INET, SOCK_DGRAM);
    set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 2) < 0) fail_errno("SO_BINDTODEVICE");
    const Address where = ip_address("0.0.0.0", port_number);
    if (bind(fd, where.raw(), where.length) < 0) fail_errno("bind");
  });
  EXPECT_FALSE(object("4000/udp")["bindable_with_reuseaddr"].boolean());
  EXPECT_TRUE(contains(shown({"4000/udp"}),
                       "fails now; with SO_REUSEADDR not tried, as that might take datagrams\n"));
}

// A service whose name begins with a digit is one for all commands.
TEST_F(PortConnections, AServiceThatBeginsWithADigit) {
  ns().services("9pfs 4000/tcp\n");
  const Outcome refused = ns().run(nettool("connect", "127.0.0.1", "9pfs"));
  EXPECT_EQ(refused.status, 1);
  EXPECT_TRUE(contains(refused.err, "127.0.0.1:4000/tcp")) << refused.err;
  const Outcome bad = ns().run(nettool("connect", "127.0.0.1", "80x"));
  EXPECT_EQ(bad.status, 2);
  EXPECT_TRUE(contains(bad.err, "port '80x': not a port number")) << bad.err;
}

}  // namespace
}  // namespace test
