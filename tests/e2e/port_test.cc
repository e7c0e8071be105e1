// What `nettool port` says of a port is what this host does with it: every state is made for real.

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "tests/e2e/port_run.hh"
#include "tests/support/net.hh"

namespace test {
namespace {

using Port = PortNetwork;

/// A server as people write it: it closes every connection first.
Words server(bool reuse) {
  return {"python3", "-c",
          "import socket\n"
          "s = socket.socket()\n"
          "s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, " +
              std::string(reuse ? "1" : "0") +
              ")\n"
              "s.bind(('127.0.0.1', 4000))\n"
              "s.listen()\n"
              "print('ready', flush=True)\n"
              "s.accept()[0].close()\n"};
}

TEST_F(Port, NobodyHasIt) {
  Outcome outcome = port({"9190"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out,
            "9190/tcp  user port, no registered name; free\n"
            "9190/udp  user port, no registered name; free\n"
            "\n"
            "9190/tcp: free now\n"
            "9190/udp: free now\n");
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(word("9190"), "free\nfree\n");
  EXPECT_EQ(word("0/tcp"), "free\n");
}

TEST_F(Port, AListener) {
  SocketOwner owner(ns().enter_hook());
  hold(owner, "0.0.0.0", SOCK_STREAM, true, true);
  json::Value tcp = object("4000/tcp");
  ASSERT_EQ(tcp["listeners"].size(), 1U);
  EXPECT_EQ(tcp["listeners"][0]["address"].string(), "0.0.0.0");
  EXPECT_EQ(tcp["listeners"][0]["pid"].integer(), owner.pid());
  EXPECT_EQ(tcp["listeners"][0]["user"].string(), "root");
  const std::string program = tcp["listeners"][0]["program"].string();
  EXPECT_EQ(tcp["states"].text(), R"({"LISTEN":1})");
  EXPECT_FALSE(tcp["bindable"].boolean());
  EXPECT_FALSE(tcp["bindable_with_reuseaddr"].boolean());
  EXPECT_EQ(tcp["binds"][0]["error"]["code"].string(), "EADDRINUSE");
  EXPECT_TRUE(tcp["binds"][1]["plain"].boolean()) << "[::] alone is free";
  Outcome text = port({"4000"});
  const std::string who = program + " (pid " + owner.pid_text();
  EXPECT_TRUE(contains(text.out, "held by    " + who + ", user root), listening on 0.0.0.0\n")) << text.out;
  EXPECT_TRUE(contains(text.out, "fails now, with SO_REUSEADDR too (it is listening)\n")) << text.out;
  EXPECT_EQ(sentence(text, "4000/tcp"), "held by " + who + ") on 0.0.0.0 alone; [::] is free");
  EXPECT_EQ(sentence(text, "4000/udp"), "free now") << "the same port_number is another port there";
  EXPECT_EQ(word("4000"), "held\nfree\n");
}

TEST_F(Port, ItIsWhatListenMeets) {
  const Words listen = {"listen", "-d", "--clients", "1", "4000"};
  EXPECT_TRUE(object("4000/tcp")["bindable_with_reuseaddr"].boolean());
  Program server(nettool_argv(listen), {.before_exec = ns().enter_hook()});
  server.read_until(Stream::err, "listening");
  json::Value tcp = object("4000/tcp");
  EXPECT_EQ(tcp["listeners"][0]["address"].string(), "::");
  EXPECT_EQ(tcp["listeners"][0]["pid"].integer(), server.pid());
  EXPECT_EQ(tcp["listeners"][0]["program"].string(), "nettool");
  EXPECT_FALSE(tcp["bindable_with_reuseaddr"].boolean());
  EXPECT_EQ(ns().run(nettool_argv(listen)).status, 4);
}

TEST_F(Port, HoldersOfEveryKind) {
  struct Case {
    const char* address;
    int type;
    bool reuse, listens;
    const char* label;
    const char* sentence;  ///< behind who it is
    bool plain, with_reuse;
  };
  constexpr Case cases[] = {
      {"127.0.0.1", SOCK_STREAM, true, true, "4000/tcp", " on 127.0.0.1 alone; [::] is free", false, false},
      {"::", SOCK_STREAM, true, true, "4000/tcp", " on [::] alone; 0.0.0.0 is free", false, false},
      {"0.0.0.0", SOCK_STREAM, false, false, "4000/tcp",
       ", which bound 0.0.0.0 and does not listen; [::] is free", false, false},
      {"0.0.0.0", SOCK_STREAM, true, false, "4000/tcp",
       ", which bound 0.0.0.0 and does not listen; [::] is free", false, true},
      {"0.0.0.0", SOCK_DGRAM, false, false, "4000/udp", " on 0.0.0.0 alone; [::] is free", false, false},
      {"0.0.0.0", SOCK_DGRAM, true, false, "4000/udp", " on 0.0.0.0 alone; [::] is free", false, true},
      {"::1", SOCK_DGRAM, false, false, "4000/udp", " on [::1] alone; 0.0.0.0 is free", false, false},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(testing::Message() << c.label << " " << c.address << (c.reuse ? " with" : " without"));
    SocketOwner owner(ns().enter_hook());
    hold(owner, c.address, c.type, c.reuse, c.listens);
    const std::string said = sentence(c.label);
    EXPECT_TRUE(said.starts_with("held by ") && said.ends_with("(pid " + owner.pid_text() + ")" + c.sentence))
        << said;
    json::Value found = object(c.label);
    EXPECT_EQ(found["bindable"].boolean(), c.plain);
    EXPECT_EQ(found["bindable_with_reuseaddr"].boolean(), c.with_reuse);
    EXPECT_EQ(found["bound_only"].size(), c.type == SOCK_STREAM && !c.listens ? 1U : 0U);
    EXPECT_EQ(found["listeners"].size(), c.type == SOCK_STREAM && !c.listens ? 0U : 1U);
    EXPECT_EQ(word(c.label), "held\n");
  }
}

// The classic lesson: a server that closes first is refused its port when it comes back, unless it set
// SO_REUSEADDR, this time and before.
TEST_F(Port, TimeWait) {
  REQUIRE_PROGRAM("python3");
  for (const bool reuse : {true, false}) {
    SCOPED_TRACE(reuse ? "with SO_REUSEADDR" : "without");
    if (!reuse) {
      // What the first one left is still there.
      SetUp();
    }
    Program first(server(reuse), {.before_exec = ns().enter_hook()});
    first.read_until(Stream::out, "ready");
    ns().in([] {
      Peer client = connect_tcp("127.0.0.1", port_number);
      EXPECT_EQ(client.recv_until_eof(), "");
    });
    EXPECT_EQ(first.wait().status, 0);
    wait_until("it is in TIME_WAIT", [&] { return word("4000/tcp") == "time-wait\n"; });
    json::Value tcp = object("4000/tcp");
    EXPECT_EQ(tcp["states"].text(), R"({"TIME_WAIT":1})");
    EXPECT_EQ(tcp["time_wait"]["count"].integer(), 1);
    const double expiry = tcp["time_wait"]["last_expiry_ms"].number();
    EXPECT_TRUE(expiry > 30e3 && expiry <= 60e3) << expiry;
    EXPECT_FALSE(tcp["bindable"].boolean());
    EXPECT_EQ(tcp["bindable_with_reuseaddr"].boolean(), reuse);
    const std::string said = sentence("4000/tcp");
    EXPECT_TRUE(said.starts_with("1 connection in TIME_WAIT for up to ")) << said;
    EXPECT_TRUE(said.ends_with(
        reuse ? " s; until then a server can bind 0.0.0.0 only if it sets SO_REUSEADDR; [::] is free"
              : " s; until then no server can bind 0.0.0.0, not even with SO_REUSEADDR, which the connection "
                "does not have; [::] is free"))
        << said;
    EXPECT_EQ(word("4000/udp"), "free\n");
    // And so it is.
    EXPECT_NE(ns().run(server(false)).status, 0);
    Program again(server(true), {.before_exec = ns().enter_hook()});
    if (reuse) {
      again.read_until(Stream::out, "ready");
    } else {
      EXPECT_TRUE(contains(again.wait().err, "Address already in use"));
    }
  }
}

TEST_F(Port, ConnectionsWhoseListenerHasGone) {
  for (const bool reuse : {true, false}) {
    SetUp();
    SocketOwner owner(ns().enter_hook());
    const int listener = hold(owner, "127.0.0.1", SOCK_STREAM, reuse, true);
    const Peer client = ns().in([] { return connect_tcp("127.0.0.1", port_number); });
    owner.in(
        [](int fd) {
          static_cast<void>(accept_one(fd));
          close(fd);
        },
        listener);
    json::Value tcp = object("4000/tcp");
    EXPECT_EQ(tcp["states"].text(), R"({"ESTABLISHED":1})");
    EXPECT_EQ(tcp["bindable_with_reuseaddr"].boolean(), reuse);
    const std::string said = sentence("4000/tcp");
    EXPECT_TRUE(contains(said, "held by 1 connection of ")) << said;
    EXPECT_TRUE(contains(said, "(pid " + owner.pid_text() + "), and nobody listens; ")) << said;
    EXPECT_EQ(contains(said, "not even with SO_REUSEADDR"), !reuse) << said;
    EXPECT_EQ(word("4000/tcp"), "held\n");
  }
}

TEST_F(Port, Privileged) {
  ns().sysctl("net.ipv4.ip_unprivileged_port_start", "80");
  EXPECT_EQ(word("79/tcp"), "free\n") << "root may";
  EXPECT_TRUE(object("79/tcp")["privileged"].boolean());
  EXPECT_FALSE(object("80/tcp")["privileged"].boolean());
  Outcome outcome = port_as_nobody({"79,80/tcp"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(sentence(outcome, "79/tcp"),
            "nobody has it, but binding ports below 80 (net.ipv4.ip_unprivileged_port_start) takes root or "
            "CAP_NET_BIND_SERVICE");
  EXPECT_EQ(sentence(outcome, "80/tcp"), "free now");
  EXPECT_EQ(port_as_nobody({"--quiet", "79,80"}).out, "privileged\nprivileged\nfree\nfree\n");
  EXPECT_EQ(port_as_nobody({"--quiet", "--no-probe", "79,80/tcp"}).out, "privileged\nfree\n");
}

// Without rights the socket is seen and its process is not; a note says who sees it, once.
TEST_F(Port, AProcessOfSomebodyElse) {
  SocketOwner owner(ns().enter_hook());
  hold(owner, "0.0.0.0", SOCK_STREAM, false, true);
  Outcome outcome = port_as_nobody({"4000/tcp", "4000/tcp"});
  EXPECT_EQ(sentence(outcome, "4000/tcp"), "held by a process of user root on 0.0.0.0 alone; [::] is free");
  EXPECT_EQ(outcome.err, "note: not every process can be seen by this user: run as root to see who it is\n");
  EXPECT_EQ(port_as_nobody({"--quiet", "4000/tcp"}).err, "");
  Outcome rows = port_as_nobody({"--json", "4000/tcp"});
  json::Value listener = json::parse(rows.out)["listeners"][0];
  EXPECT_EQ(listener.text(), R"({"address":"0.0.0.0","pid":null,"program":null,"user":"root"})");
}

// Root sees no process either where /proc has none: of another PID namespace.
TEST_F(Port, AProcessOfAnotherPidNamespace) {
  REQUIRE_PROGRAM("unshare");
  SocketOwner owner(ns().enter_hook());
  hold(owner, "0.0.0.0", SOCK_STREAM, false, true);
  Outcome outcome =
      ns().run(Words{"unshare", "--pid", "--fork", "--mount-proc"} + nettool("port", "4000/tcp"));
  EXPECT_EQ(sentence(outcome, "4000/tcp"), "held by a process of user root on 0.0.0.0 alone; [::] is free");
  EXPECT_TRUE(outcome.err.starts_with("note: no process that /proc shows has such a socket: "))
      << outcome.err;
}

// One Multipath TCP socket is one listener.
TEST_F(Port, Mptcp) {
  SocketOwner owner(ns().enter_hook());
  const bool there = owner.in([] {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 262);
    const Address where = ip_address("0.0.0.0", port_number);
    return fd >= 0 && bind(fd, where.raw(), where.length) == 0 && listen(fd, 1) == 0;
  });
  if (!there) GTEST_SKIP() << "this kernel has no MPTCP";
  json::Value tcp = object("4000/tcp");
  ASSERT_EQ(tcp["listeners"].size(), 1U);
  EXPECT_EQ(tcp["listeners"][0]["pid"].integer(), owner.pid());
  EXPECT_EQ(word("4000/tcp"), "held\n");
}

// Port 0 is the kernel's choice, as long as it has one.
TEST_F(Port, NoPortToChoose) {
  EXPECT_EQ(sentence("0/tcp"), "the kernel has free ports to choose from");
  ns().sysctl("net.ipv4.ip_local_port_range", "4000 4001");
  ns().sysctl("net.ipv4.ip_local_reserved_ports", "4001");
  SocketOwner owner(ns().enter_hook());
  hold(owner, "0.0.0.0", SOCK_STREAM, false, true);
  EXPECT_EQ(sentence("0/tcp"), "the kernel has no free port to choose");
  EXPECT_EQ(word("0"), "held\nfree\n");
  // That this kernel lists them is known all the same.
  EXPECT_EQ(object("4000/tcp")["bound_only"].text(), "[]");
}

TEST_F(Port, WhereIpv6IsSwitchedOff) {
  ns().sysctl("net.ipv6.conf.all.disable_ipv6", "1");
  EXPECT_EQ(word("4000"), "free\nfree\n");
  SocketOwner owner(ns().enter_hook());
  hold(owner, "0.0.0.0", SOCK_STREAM, false, true);
  EXPECT_EQ(word("4000"), "held\nfree\n");
}

}  // namespace
}  // namespace test
