// Programs that others wrote: what they set on their sockets is what is shown, and they go on as if nobody
// had looked.

#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <regex>
#include <set>

#include "tests/e2e/sockopt_run.hh"
#include "tests/support/dns_peers.hh"
#include "tests/support/net.hh"
#include "tests/support/option_reference.hh"
#include "tests/support/require.hh"

namespace test {
namespace {

using NameSet = std::set<std::string>;

NameSet name_set(const Rows& rows) {
  const Words names = names_of(rows);
  return {names.begin(), names.end()};
}

TEST(SockoptPeers, WhatSocatWasTold) {
  REQUIRE_ROOT();
  REQUIRE_PROGRAM("socat");
  Program socat(
      {"socat", "-d", "-d",
       "TCP4-LISTEN:0,bind=127.0.0.1,reuseaddr,keepalive,keepidle=33,keepintvl=4,nodelay,ip-ttl=9,linger=7",
       "PIPE"});
  socat.read_until(Stream::err, "listening on AF=2 127.0.0.1:");
  std::string port = socat.read_line(Stream::err);
  port.pop_back();
  const Rows listener = sockopt_rows({"--tcp", "--local", "127.0.0.1:" + port, "--changed"});
  EXPECT_EQ(name_set(listener),
            (NameSet{"SO_REUSEADDR", "SO_LINGER", "IP_TTL", "TCP_NODELAY", "TCP_KEEPIDLE", "TCP_KEEPINTVL"}));
  EXPECT_EQ(row_of(listener, "TCP_KEEPIDLE")["value"].integer(), 33);
  EXPECT_EQ(row_of(listener, "TCP_KEEPINTVL")["value"].integer(), 4);
  EXPECT_EQ(row_of(listener, "IP_TTL")["value"].integer(), 9);
  EXPECT_EQ(row_of(listener, "SO_LINGER")["value"]["seconds"].integer(), 7);
  EXPECT_EQ(listener[0]["socket"]["program"].string(), "socat");
  // keepalive is no option that socat gives its listener, but each of its connections.
  // It serves all the same, and the connection has what the listener handed on.
  Peer peer = connect_tcp("127.0.0.1", static_cast<std::uint16_t>(std::stoi(port)));
  peer.send_all("hello");
  EXPECT_EQ(peer.recv_exact(5), "hello");
  const Rows accepted =
      sockopt_rows({"--tcp", "--peer", "127.0.0.1" + at_port(peer.local_port()), "--changed"});
  EXPECT_EQ(row_of(accepted, "TCP_KEEPIDLE")["value"].integer(), 33);
  EXPECT_TRUE(row_of(accepted, "SO_KEEPALIVE")["value"].boolean());
  EXPECT_TRUE(row_of(accepted, "TCP_NODELAY")["value"].boolean());
  peer.shutdown_write();
  EXPECT_EQ(peer.recv_until_eof(), "");
}

/// The options that a traced program set with success.
NameSet set_by(const std::string& trace) {
  const std::regex call(R"(setsockopt\(\d+, \S+, ([A-Z0-9_]+), .*\) = 0)");
  NameSet names;
  for (const std::string& line : lines_of(trace)) {
    std::smatch match;
    if (std::regex_search(line, match, call)) names.insert(match[1]);
  }
  return names;
}

// By strace's word: everything that is shown was set.
TEST(SockoptPeers, WhatStraceSawNcatSet) {
  REQUIRE_ROOT();
  REQUIRE_PROGRAM("ncat");
  REQUIRE_PROGRAM("strace");
  TempDir dir;
  const std::string port = std::to_string(closed_port(SOCK_STREAM));
  Program program({"strace", "-f", "-qq", "-e", "trace=setsockopt", "-o", dir / "trace", "ncat", "-k", "-l",
                   "127.0.0.1", port});
  const Words where = {"--local", "127.0.0.1:" + port, "--state", "listen"};
  wait_until("ncat listens", [&] { return sockopt(where + Words{"SO_KEEPALIVE"}).status == 0; });
  const Rows rows = sockopt_rows(where + Words{"--changed"});
  const NameSet traced = set_by(read_file(dir / "trace"));
  EXPECT_TRUE(traced.contains("SO_REUSEADDR"));
  EXPECT_TRUE(name_set(rows).contains("SO_REUSEADDR"));
  for (const std::string& name : names_of(rows)) EXPECT_TRUE(traced.contains(name)) << name;
  EXPECT_EQ(rows[0]["socket"]["program"].string(), "ncat");
}

/// A copy of another process's descriptor, by the system calls themselves.
Fd copy_of(pid_t pid, int fd) {
  Fd process(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!process.valid()) fail_errno("pidfd_open");
  Fd copy(static_cast<int>(syscall(SYS_pidfd_getfd, process.get(), fd, 0)));
  if (!copy.valid()) fail_errno("pidfd_getfd");
  return copy;
}

const Zone zone = {
    "example.test",
    "@ 300 IN SOA ns host 1 2 3 4 5\n@ 300 IN NS ns\nns 300 IN A 192.0.2.1\nwww 300 IN A 192.0.2.7\n"};

TEST(SockoptPeers, NsdsSocketsAsTheyAre) {
  REQUIRE_NAMESPACES();
  REQUIRE_PROGRAM("nsd");
  Namespace ns;
  NameServer server = NameServer::nsd({ns}, {zone});
  const auto read = [&](const Words& words) {
    Outcome outcome = ns.run(nettool_argv(Words{"sockopt", "--json", "--local", "127.0.0.1:53"} + words));
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return json::parse_lines(outcome.out);
  };
  NameSet protocols;
  int compared = 0;
  for (const json::Value& row : read({})) {
    const json::Value& socket = row["socket"];
    EXPECT_EQ(socket["program"].string().substr(0, 3), "nsd");
    protocols.insert(socket["protocol"].string());
    const NameSet changing = {"SO_COOKIE", "SO_INCOMING_CPU", "TCP_TIMESTAMP"};
    if (row["value"].is_null() || changing.contains(row["name"].string())) continue;
    const Fd copy =
        copy_of(static_cast<pid_t>(socket["pid"].integer()), static_cast<int>(socket["fd"].integer()));
    const auto reader = [&](int level, int number, unsigned size) {
      return read_option(copy.get(), level, number, size);
    };
    EXPECT_EQ(ns.in([&] { return difference(row, reader); }), "");
    ++compared;
  }
  EXPECT_GT(compared, 80);
  EXPECT_EQ(protocols, (NameSet{"tcp", "udp"}));
  EXPECT_FALSE(read({"--changed"}).empty());
  EXPECT_TRUE(contains(ns.run(nettool("resolve", "--short", "-t", "A", "www.example.test", server.at())).out,
                       "192.0.2.7"));
}

}  // namespace
}  // namespace test
