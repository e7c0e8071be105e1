// Sockets of a running process: which ones are meant by --pid, --fd, --local, --peer and --state.

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <set>

#include "tests/e2e/sockopt_run.hh"
#include "tests/support/files.hh"
#include "tests/support/net.hh"
#include "tests/support/netns.hh"
#include "tests/support/option_reference.hh"
#include "tests/support/require.hh"

namespace test {
namespace {

class SockoptLive : public OwnNetwork {
 protected:
  /// The descriptors that a selection finds, by asking each for SO_TYPE alone.
  [[nodiscard]] std::set<long long> found_fds(const Words& words) const {
    std::set<long long> fds;
    for (const json::Value& row : sockopt_rows(words + Words{"SO_TYPE"})) {
      EXPECT_EQ(row["name"].string(), "SO_TYPE");
      EXPECT_TRUE(fds.insert(row["socket"]["fd"].integer()).second) << "twice: " << row.text();
    }
    return fds;
  }
};

TEST_F(SockoptLive, EachWayOfNamingASocket) {
  SocketOwner owner(ns().enter_hook());
  OwnedConnection c = owner.in([] { return make_connection(loopback()); });
  int udp = owner.in([] { return bound_socket(loopback(), SOCK_DGRAM); });
  const std::string server = at_port(c.server_address.port());
  const std::string client = at_port(c.client_address.port());
  const std::string pid = owner.pid_text();
  struct Case {
    Words words;
    std::set<long long> fds;
  };
  const std::vector<Case> cases = {
      {{"--pid", pid, "--fd", std::to_string(c.listener)}, {c.listener}},
      {{"--pid", pid, "--fd", std::to_string(udp)}, {udp}},
      // Descriptor 3 is the channel to this test, a Unix socket without a name.
      {{"--pid", pid}, {3, c.listener, c.client, c.accepted, udp}},
      {{"--local", server}, {c.listener, c.accepted}},
      {{"--local", server.substr(1)}, {c.listener, c.accepted}},
      {{"--local", "127.0.0.1" + server}, {c.listener, c.accepted}},
      {{"--local", client}, {c.client}},
      {{"--peer", server}, {c.client}},
      {{"--peer", "127.0.0.1" + client}, {c.accepted}},
      {{"--local", server, "--state", "LISTEN"}, {c.listener}},
      {{"--local", server, "--state", "listen"}, {c.listener}},
      {{"--local", server, "--state", "established"}, {c.accepted}},
      {{"--local", server, "--peer", client}, {c.accepted}},
      {{"--local", client, "--peer", server, "--state", "ESTABLISHED"}, {c.client}},
      {{"--pid", pid, "--state", "listen"}, {c.listener}},
      {{"--pid", pid, "--local", server}, {c.listener, c.accepted}},
      {{"--pid", pid, "--peer", server}, {c.client}},
      {{"--pid", pid, "--local", server, "--state", "established"}, {c.accepted}},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(testing::PrintToString(one.words));
    EXPECT_EQ(found_fds(one.words), one.fds);
  }
}

// The same port of TCP and of UDP, of IPv4 and of IPv6: told apart by the options that choose a fresh socket.
TEST_F(SockoptLive, ProtocolAndFamilyNarrowIt) {
  SocketOwner owner(ns().enter_hook());
  int tcp = owner.in([] { return listening_socket(loopback(), SOCK_STREAM); });
  std::uint16_t port = port_of(owner, tcp);
  int udp = owner.in(
      [](std::uint16_t same) { return bound_socket(ip_address("127.0.0.1", same), SOCK_DGRAM); }, port);
  int six = owner.in(
      [](std::uint16_t same) { return listening_socket(ip_address("::1", same), SOCK_STREAM); }, port);
  const Words where = {"--local", at_port(port)};
  EXPECT_EQ(found_fds(where), (std::set<long long>{tcp, udp, six}));
  EXPECT_EQ(found_fds(where + Words{"--udp"}), (std::set<long long>{udp}));
  EXPECT_EQ(found_fds(where + Words{"--tcp"}), (std::set<long long>{tcp, six}));
  EXPECT_EQ(found_fds(where + Words{"-4"}), (std::set<long long>{tcp, udp}));
  EXPECT_EQ(found_fds(where + Words{"-6"}), (std::set<long long>{six}));
  EXPECT_EQ(found_fds({"--local", "[::1]" + at_port(port)}), (std::set<long long>{six}));
}

TEST_F(SockoptLive, UnixSocketsByPathAndAbstractName) {
  TempDir dir;
  SocketOwner owner(ns().enter_hook());
  for (const std::string& path : {dir / "stream", "@nettool-sockopt-" + owner.pid_text()}) {
    SCOPED_TRACE(path);
    Address where = unix_address(path);
    int listener = owner.in([](Address a) { return listening_socket(a, SOCK_STREAM); }, where);
    int client = owner.in([](Address a) { return connected_socket(a, SOCK_STREAM); }, where);
    int accepted = owner.in(accept_one, listener);
    const Rows rows = sockopt_rows({"--local", path, "SO_ACCEPTCONN"});
    // The accepted socket has the listener's name; the client has none.
    ASSERT_EQ(rows.size(), 2U);
    for (const json::Value& row : rows) {
      const json::Value& socket = row["socket"];
      EXPECT_EQ(socket["pid"].integer(), owner.pid());
      EXPECT_EQ(socket["local"]["path"].string(), path);
      EXPECT_FALSE(socket["local"].has("port"));
      const bool listens = socket["fd"].integer() == listener;
      EXPECT_TRUE(listens || socket["fd"].integer() == accepted) << row.text();
      EXPECT_EQ(row["value"].boolean(), listens);
      EXPECT_EQ(socket["state"].string(), listens ? "LISTEN" : "ESTABLISHED");
    }
    EXPECT_EQ(found_fds({"--local", path, "--state", "listen"}), std::set<long long>{listener});
    EXPECT_EQ(sockopt_row(at_fd(owner, client) + Words{"SO_TYPE"})["value"].string(), "stream");
  }
  int datagrams =
      owner.in([](Address a) { return bound_socket(a, SOCK_DGRAM); }, unix_address(dir / "dgram"));
  EXPECT_EQ(found_fds({"--local", dir / "dgram"}), std::set<long long>{datagrams});
}

// A name is a file's or the path's as it was bound: what the shell completes must be found.
TEST_F(SockoptLive, AUnixPathThatIsNotBoundIsAnError) {
  TempDir dir;
  Outcome outcome = sockopt({"--local", dir / "nothing"});
  EXPECT_EQ(outcome.status, 4) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, dir / "nothing")) << outcome.err;
}

// As master and workers do: the socket is one, and is shown once.
TEST_F(SockoptLive, ASocketThatSeveralProcessesHold) {
  SocketOwner owner(ns().enter_hook());
  int fd = owner.in([] { return listening_socket(loopback(), SOCK_STREAM); });
  const int worker = owner.in([] {
    const pid_t pid = fork();
    if (pid == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      for (;;) pause();
    }
    return static_cast<int>(pid);
  });
  const json::Value row = sockopt_row({"--local", at_port(port_of(owner, fd)), "SO_TYPE"});
  const long long pid = row["socket"]["pid"].integer();
  EXPECT_TRUE(pid == owner.pid() || pid == worker) << row.text();
  for (const std::string& each : {owner.pid_text(), std::to_string(worker)}) {
    EXPECT_EQ(found_fds({"--pid", each, "--state", "listen"}), std::set<long long>{fd});
  }
}

// Served by an IPv6 socket, asked for by the address that the client knows.
TEST_F(SockoptLive, AnIPv4AddressOfAnIPv6Socket) {
  SocketOwner owner(ns().enter_hook());
  OwnedConnection c = owner.in([] {
    int listener = listening_socket(ip_address("::", 0), SOCK_STREAM);
    Address where = local_address(listener);
    int client = connected_socket(ip_address("127.0.0.1", where.port()), SOCK_STREAM);
    return OwnedConnection{listener, client, accept_one(listener), where, local_address(client)};
  });
  const std::string server = at_port(c.server_address.port());
  EXPECT_EQ(found_fds({"--local", "127.0.0.1" + server, "--state", "established"}),
            std::set<long long>{c.accepted});
  EXPECT_EQ(found_fds({"--peer", "127.0.0.1" + at_port(c.client_address.port())}),
            std::set<long long>{c.accepted});
  EXPECT_EQ(found_fds({"--local", server}), (std::set<long long>{c.listener, c.accepted}));
}

// All that listen, in a network where these are all.
TEST_F(SockoptLive, ByStateAlone) {
  SocketOwner owner(ns().enter_hook());
  OwnedConnection c = owner.in([] { return make_connection(loopback()); });
  EXPECT_EQ(found_fds({"--tcp", "--state", "LISTEN"}), std::set<long long>{c.listener});
  EXPECT_EQ(found_fds({"--tcp", "--state", "established"}), (std::set<long long>{c.client, c.accepted}));
}

// Of all sockets of a process some have an option and some do not: a row says so, and the others are read.
TEST_F(SockoptLive, AnOptionThatNotEverySocketHas) {
  SocketOwner owner(ns().enter_hook());
  int tcp = owner.in([] { return listening_socket(loopback(), SOCK_STREAM); });
  int udp = owner.in([] { return bound_socket(loopback(), SOCK_DGRAM); });
  const std::string pid = owner.pid_text();
  // In the kernel's own words, which differ from one to the next.
  const int refusal =
      owner.in([](int s) { return read_option(s, IPPROTO_TCP, TCP_NODELAY, sizeof(int)).error; }, udp);
  const Rows rows = json::parse_lines(sockopt({"--json", "--pid", pid, "TCP_NODELAY"}).out);
  ASSERT_EQ(rows.size(), 3U);
  for (const json::Value& row : rows) {
    const bool has_it = row["socket"]["fd"].integer() == tcp;
    EXPECT_EQ(row["error"].is_null(), has_it) << row.text();
    EXPECT_EQ(row["value"].is_null(), !has_it) << row.text();
    if (row["socket"]["fd"].integer() == udp)
      EXPECT_EQ(row["error"]["code"].string(), strerrorname_np(refusal));
  }
  Outcome text = sockopt({"--pid", pid, "TCP_NODELAY"});
  EXPECT_TRUE(contains(text.out, std::string("(") + strerrorname_np(refusal) + ")")) << text.out;
}

TEST_F(SockoptLive, NothingMatches) {
  SocketOwner owner(ns().enter_hook());
  OwnedConnection c = owner.in([] { return make_connection(loopback()); });
  const std::string free_port = std::to_string(closed_port(SOCK_STREAM));
  const std::vector<Words> cases = {
      {"--local", ":" + free_port},
      {"--peer", ":" + free_port},
      {"--local", "127.0.0.2" + at_port(c.server_address.port())},
      {"--local", "[::1]" + at_port(c.server_address.port())},
      {"--local", at_port(c.client_address.port()), "--state", "LISTEN"},
      {"--local", at_port(c.client_address.port()), "--udp"},
      {"--local", "@nettool-nobody-has-this"},
  };
  for (const Words& words : cases) {
    SCOPED_TRACE(testing::PrintToString(words));
    Outcome outcome = sockopt(words);
    EXPECT_EQ(outcome.status, 4) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    EXPECT_TRUE(outcome.err.starts_with("nettool: ")) << outcome.err;
    Outcome as_json = sockopt(Words{"--json"} + words);
    EXPECT_EQ(as_json.status, 4);
    EXPECT_EQ(json::parse_lines(as_json.err).back()["error"].kind(), json::Kind::object);
  }
}

}  // namespace
}  // namespace test
