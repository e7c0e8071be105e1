// Sockets that nettool makes: fresh ones of every kind, a connected one, a listening one.

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <set>

#include "tests/e2e/sockopt_run.hh"
#include "tests/support/files.hh"
#include "tests/support/net.hh"
#include "tests/support/netns.hh"
#include "tests/support/require.hh"
#include "tests/support/unix_socket.hh"
#include "tests/support/user.hh"

namespace test {
namespace {

struct Kind {
  Words words;
  const char* type;    ///< of SO_TYPE
  const char* domain;  ///< of SO_DOMAIN
  int protocol;
};

const std::vector<Kind> kinds = {
    {{}, "stream", "inet", IPPROTO_TCP},
    {{"--tcp"}, "stream", "inet", IPPROTO_TCP},
    {{"-4"}, "stream", "inet", IPPROTO_TCP},
    {{"-6"}, "stream", "inet6", IPPROTO_TCP},
    {{"--tcp", "-6"}, "stream", "inet6", IPPROTO_TCP},
    {{"--udp"}, "dgram", "inet", IPPROTO_UDP},
    {{"--udp", "-6"}, "dgram", "inet6", IPPROTO_UDP},
    {{"--unix"}, "stream", "unix", 0},
    {{"--unix", "--type", "dgram"}, "dgram", "unix", 0},
    {{"--unix", "--type", "seqpacket"}, "seqpacket", "unix", 0},
};

bool names_it(const json::Value& value, std::string word) {
  std::string text = value.kind() == json::Kind::string ? value.string() : value.text();
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text == word || text.ends_with("_" + word);
}

TEST(SockoptOwn, AFreshSocketOfTheKindThatWasAskedFor) {
  for (const Kind& kind : kinds) {
    SCOPED_TRACE(testing::PrintToString(kind.words));
    const Rows rows = sockopt_rows(kind.words);
    EXPECT_TRUE(names_it(row_of(rows, "SO_TYPE")["value"], kind.type)) << row_of(rows, "SO_TYPE").text();
    EXPECT_TRUE(names_it(row_of(rows, "SO_DOMAIN")["value"], kind.domain))
        << row_of(rows, "SO_DOMAIN").text();
    for (const json::Value& row : rows) {
      EXPECT_EQ(row.keys(), (Words{"level", "name", "number", "type", "kind", "value", "default", "changed",
                                   "settable", "unit", "error"}));
      EXPECT_TRUE(row["kind"].string() == "setting" || row["kind"].string() == "state") << row.text();
      // Nobody has set anything yet.
      EXPECT_FALSE(row["changed"].boolean()) << row.text();
    }
  }
}

// The levels of one kind do not show up at another.
TEST(SockoptOwn, OnlyTheOptionsOfThatKind) {
  const auto levels = [](const Words& words) {
    std::set<std::string> found;
    for (const json::Value& row : sockopt_rows(words)) found.insert(row["level"].string());
    return found;
  };
  EXPECT_EQ(levels({"--tcp"}), (std::set<std::string>{"SOL_SOCKET", "IPPROTO_IP", "IPPROTO_TCP"}));
  EXPECT_EQ(levels({"--udp"}), (std::set<std::string>{"SOL_SOCKET", "IPPROTO_IP", "IPPROTO_UDP"}));
  EXPECT_EQ(levels({"--unix"}), std::set<std::string>{"SOL_SOCKET"});
  EXPECT_TRUE(levels({"--tcp", "-6"}).contains("IPPROTO_IPV6"));
  EXPECT_FALSE(levels({"--tcp", "-6"}).contains("IPPROTO_UDP"));
}

// Columns; nothing before the rows, since there is no socket but the one that was made for this.
TEST(SockoptOwn, RowsInText) {
  Outcome outcome = sockopt({});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  const Words lines = lines_of(outcome.out);
  const Rows rows = sockopt_rows({});
  ASSERT_GE(lines.size(), rows.size());
  EXPECT_TRUE(lines[0].starts_with("SOL_SOCKET ")) << lines[0];
  std::set<size_t> columns;
  for (const json::Value& row : rows) {
    const std::string name = row["name"].string();
    const auto line = std::ranges::find_if(lines, [&](const std::string& text) {
      return folded_spaces(text).starts_with(row["level"].string() + " " + name + " ");
    });
    ASSERT_NE(line, lines.end()) << name << " is in JSON and not in text";
    columns.insert(line->find(name));
  }
  EXPECT_EQ(columns.size(), 1U) << "the names do not stand below each other";
}

TEST(SockoptOwn, NamesWithAndWithoutPrefixInAnyCase) {
  const Rows rows = sockopt_rows({"SO_RCVBUF", "so_sndbuf", "keepalive", "NoDelay"});
  EXPECT_EQ(names_of(rows), (Words{"SO_RCVBUF", "SO_SNDBUF", "SO_KEEPALIVE", "TCP_NODELAY"}));
}

// The family and kind follow from what was asked.
TEST(SockoptOwn, ANameChoosesTheKind) {
  EXPECT_EQ(sockopt_row({"IPV6_V6ONLY"})["level"].string(), "IPPROTO_IPV6");
  EXPECT_EQ(sockopt_row({"UDP_GRO"})["level"].string(), "IPPROTO_UDP");
  EXPECT_TRUE(sockopt_row({"UDP_CORK=on"})["effective"].boolean());
}

TEST(SockoptOwn, Connected) {
  TcpServer server;
  Program program(nettool("sockopt", "--json", "--connect", "127.0.0.1:" + server.port_text()));
  Peer peer = server.accept();
  Outcome outcome = program.wait();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  const Rows rows = json::parse_lines(outcome.out);
  const json::Value& info = row_of(rows, "TCP_INFO")["value"];
  EXPECT_EQ(info.kind(), json::Kind::object);
  EXPECT_GT(info["rtt"].number(), 0);
  const json::Value& socket = rows[0]["socket"];
  EXPECT_EQ(socket["peer"]["address"].string(), "127.0.0.1");
  EXPECT_EQ(socket["peer"]["port"].integer(), server.port());
  EXPECT_EQ(socket["local"]["port"].integer(), peer.peer_port());
  EXPECT_EQ(socket["state"].string(), "ESTABLISHED");
  // It ends as a connection should.
  EXPECT_FALSE(peer.ends_by_reset());

  Outcome text = sockopt({"--connect", "127.0.0.1:" + server.port_text(), "TCP_MAXSEG"});
  EXPECT_TRUE(contains(lines_of(text.out).at(0), " to 127.0.0.1:" + server.port_text() + "  ESTABLISHED"))
      << text.out;
  EXPECT_TRUE(lines_of(text.out).at(1).starts_with("  IPPROTO_TCP")) << text.out;
}

// Set when it counts: before connecting, so that the peer sees it.
TEST(SockoptOwn, ASettingOfAConnectedSocket) {
  TcpServer server;
  Program program(nettool("sockopt", "--json", "--connect", "127.0.0.1:" + server.port_text(),
                          "TCP_MAXSEG=1000", "SO_KEEPALIVE=on"));
  Peer peer = server.accept();
  EXPECT_LE(get_int(peer.fd(), IPPROTO_TCP, TCP_MAXSEG), 1000);
  Outcome outcome = program.wait();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  const Rows rows = json::parse_lines(outcome.out);
  EXPECT_TRUE(row_of(rows, "SO_KEEPALIVE")["effective"].boolean());
  EXPECT_EQ(row_of(rows, "TCP_MAXSEG")["requested"].integer(), 1000);
}

TEST(SockoptOwn, ConnectedByUdpAndUnix) {
  UdpSocket udp;
  const Rows datagram = sockopt_rows({"--udp", "--connect", "127.0.0.1:" + udp.port_text(), "SO_TYPE"});
  EXPECT_EQ(datagram.at(0)["socket"]["protocol"].string(), "udp");
  EXPECT_EQ(datagram.at(0)["socket"]["peer"]["port"].integer(), udp.port());
  TempDir dir;
  UnixServer server(dir / "socket");
  const Rows local = sockopt_rows({"--unix", "--connect", server.path(), "SO_PEERCRED"});
  const json::Value& credentials = local.at(0)["value"];
  EXPECT_EQ(credentials["pid"].integer(), getpid());
  EXPECT_EQ(credentials["uid"].integer(), getuid());
  EXPECT_EQ(local.at(0)["socket"]["peer"]["path"].string(), server.path());
}

TEST(SockoptOwn, ARefusedConnectionIsConnectsOwnError) {
  const std::string where = "127.0.0.1:" + std::to_string(closed_port(SOCK_STREAM));
  Outcome outcome = sockopt({"--connect", where});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.out, "");
  EXPECT_TRUE(
      outcome.err.starts_with("nettool: connect " + where + "/tcp: connection refused (ECONNREFUSED)"))
      << outcome.err;
  TempDir dir;
  EXPECT_EQ(sockopt({"--unix", "--connect", dir / "nothing"}).status, 4);
}

TEST(SockoptOwn, Listening) {
  for (const std::string& where : {"127.0.0.1:0", "[::1]:0", "0"}) {
    SCOPED_TRACE(where);
    const Rows rows = sockopt_rows({"--listen", where, "SO_ACCEPTCONN"});
    EXPECT_TRUE(rows.at(0)["value"].boolean());
    EXPECT_EQ(rows[0]["socket"]["state"].string(), "LISTEN");
    EXPECT_GT(rows[0]["socket"]["local"]["port"].integer(), 0);
  }
  Outcome text = sockopt({"--listen", "127.0.0.1:0", "SO_ACCEPTCONN"});
  EXPECT_TRUE(lines_of(text.out).at(0).ends_with("/tcp  LISTEN")) << text.out;
  const json::Value udp = sockopt_row({"--udp", "--listen", "127.0.0.1:0", "SO_TYPE"});
  EXPECT_EQ(udp["socket"]["protocol"].string(), "udp");
}

// Before bind, where it is not too late for it.
TEST(SockoptOwn, ASettingOfAListeningSocket) {
  const json::Value row = sockopt_row({"--listen", "[::]:0", "IPV6_V6ONLY=on"});
  EXPECT_TRUE(row["effective"].boolean());
  const json::Value rounded = sockopt_row({"--listen", "127.0.0.1:0", "TCP_DEFER_ACCEPT=4"});
  EXPECT_EQ(rounded["effective"].integer(), 7);
}

TEST(SockoptOwn, ListeningWhereSomebodyListens) {
  TcpServer server;
  Outcome outcome = sockopt({"--listen", "127.0.0.1:" + server.port_text()});
  EXPECT_EQ(outcome.status, 4);
  EXPECT_TRUE(contains(outcome.err, "(EADDRINUSE)")) << outcome.err;
  EXPECT_TRUE(contains(hint_of(outcome.err), std::to_string(getpid()))) << outcome.err;
}

TEST(SockoptOwn, AUnixListenerLeavesNoFile) {
  TempDir dir;
  const Rows rows = sockopt_rows({"--unix", "--listen", dir / "socket", "SO_ACCEPTCONN"});
  EXPECT_TRUE(rows.at(0)["value"].boolean());
  EXPECT_EQ(rows[0]["socket"]["local"]["path"].string(), dir / "socket");
  EXPECT_FALSE(exists(dir / "socket"));
}

// A row that this kernel or this socket does not have says so, and the others are there.
TEST(SockoptOwn, AnOptionThatThereIsNot) {
  const Rows rows = sockopt_rows({});
  EXPECT_EQ(row_of(rows, "SO_PEERNAME")["error"]["code"].string(), "ENOTCONN");
  EXPECT_TRUE(row_of(rows, "SO_PEERNAME")["value"].is_null());
  Outcome all = sockopt({});
  EXPECT_EQ(all.status, 0);
  EXPECT_TRUE(contains(folded_spaces(all.out), "SO_PEERNAME transport endpoint is not connected (ENOTCONN)"))
      << all.out;
  // What was asked for by name is another matter.
  Outcome named = sockopt({"SO_PEERNAME", "SO_KEEPALIVE"});
  EXPECT_EQ(named.status, 4);
  EXPECT_TRUE(contains(named.out, "(ENOTCONN)")) << named.out;
  EXPECT_TRUE(contains(named.out, "SO_KEEPALIVE")) << named.out;
}

// There is no owner but nettool, from whom nothing is taken.
TEST(SockoptOwn, ReadsThatTakeSomethingAwayHarmNobody) {
  const json::Value row = sockopt_row({"SO_ERROR"});
  EXPECT_FALSE(row["value"].is_null()) << row.text();
}

TEST(SockoptOwn, ARawSocketTakesRoot) {
  REQUIRE_ROOT();
  EXPECT_EQ(names_of(sockopt_rows({"--raw", "SO_TYPE"})), Words{"SO_TYPE"});
  TempDir dir;
  Options options;
  options.before_exec = become(nobody);
  Outcome outcome = run({copy_for_anybody(dir), "sockopt", "--raw"}, options);
  EXPECT_EQ(outcome.status, 4);
  EXPECT_TRUE(contains(outcome.err, "(EPERM)")) << outcome.err;
  EXPECT_TRUE(contains(hint_of(outcome.err), "CAP_NET_RAW")) << outcome.err;
}

// IPv6 may be off.
TEST(SockoptOwn, WithoutIPv6) {
  REQUIRE_NAMESPACES();
  Namespace ns;
  ns.sysctl("net.ipv6.conf.all.disable_ipv6", "1");
  EXPECT_EQ(ns.run(nettool("sockopt", "-6", "SO_TYPE")).status, 0);
  EXPECT_EQ(ns.run(nettool("sockopt", "--listen", "0", "SO_TYPE")).status, 0);
  EXPECT_EQ(ns.run(nettool("sockopt", "--listen", "[::1]:0", "SO_TYPE")).status, 4);
}

}  // namespace
}  // namespace test
