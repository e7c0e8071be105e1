// What connect -z finds, and how it says so.

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <regex>
#include <thread>

#include "tests/e2e/scan_run.hh"
#include "tests/support/files.hh"
#include "tests/support/net.hh"
#include "tests/support/netns.hh"
#include "tests/support/require.hh"

namespace test {
namespace {

using Words = std::vector<std::string>;

/// The text with every span of time as T.
std::string timeless(const std::string& text) {
  const std::string with_columns = std::regex_replace(text, std::regex("[0-9.]+ (ms|us|s)  +"), "T  ");
  return std::regex_replace(with_columns, std::regex("[0-9.]+ (ms|us|s)\\b"), "T");
}

/// A port in its column.
std::string column(std::uint16_t port) {
  std::string text = std::to_string(port) + "/tcp";
  text.resize(std::max<std::size_t>(text.size() + 2, 10), ' ');
  return text;
}

/// Says something to each client that comes.
class Greeter {
 public:
  explicit Greeter(std::string greeting)
      : thread_([this, greeting = std::move(greeting)] {
          Peer peer = server_.accept();
          peer.send_all(greeting);
          static_cast<void>(peer.ends_by_reset());
        }) {}
  [[nodiscard]] std::uint16_t port() const { return server_.port(); }
  [[nodiscard]] std::string port_text() const { return server_.port_text(); }

 private:
  TcpServer server_;
  std::jthread thread_;
};

TEST(Scan, ListsTheOpenPortsAndCountsTheOthers) {
  const TcpServer one;
  const TcpServer two;
  const std::string closed = std::to_string(closed_port(SOCK_STREAM));
  const Outcome outcome =
      scan({"127.0.0.1", one.port_text() + "," + closed + "," + two.port_text(), "--numeric"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(timeless(outcome.out), "127.0.0.1  " + column(one.port()) + "open      T\n" + "           " +
                                       column(two.port()) + "open      T\n" +
                                       "2 open, 1 closed of 3 ports in T\n");
  EXPECT_EQ(outcome.err, "");
}

TEST(Scan, AllListsEveryPortAndWhy) {
  const TcpServer open;
  const std::uint16_t closed = closed_port(SOCK_STREAM);
  const Outcome outcome =
      scan({"-n", "--all", "127.0.0.1:" + std::to_string(closed) + "," + open.port_text()});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(timeless(outcome.out), "127.0.0.1  " + column(closed) + "closed    T  connection refused\n" +
                                       "           " + column(open.port()) + "open      T\n" +
                                       "1 open, 1 closed of 2 ports in T\n");
}

TEST(Scan, QuietLeavesOnlyTheOpenPorts) {
  const TcpServer open;
  const std::string ports = std::to_string(closed_port(SOCK_STREAM)) + "," + open.port_text();
  EXPECT_EQ(timeless(scan({"-n", "--quiet", "--all", "127.0.0.1", ports}).out),
            "127.0.0.1  " + column(open.port()) + "open      T\n");
}

TEST(Scan, EachHostStandsOnItsFirstLine) {
  const OpenPort both;
  const Outcome outcome = scan({"-n", "127.0.0.1", "[::1]", "127.0.0.22", both.port_text()});
  EXPECT_EQ(timeless(outcome.out), "127.0.0.1  " + column(both.port()) + "open      T\n" + "::1        " +
                                       column(both.port()) + "open      T\n" + "127.0.0.22  " +
                                       column(both.port()) + "open      T\n" +
                                       "3 open of 3 ports on 3 hosts in T\n");
}

TEST(Scan, TheBannerIsEscapedAndItsFirstLineShown) {
  const Greeter greeter("SSH\x1b[31m-2.0 \xe2\x80\xaeX\xff\r\nmore");
  const Outcome outcome = scan({"-n", "--banner", "127.0.0.1", greeter.port_text()});
  EXPECT_EQ(timeless(outcome.out), "127.0.0.1  " + column(greeter.port()) +
                                       "open      T  SSH\\x1b[31m-2.0 \\xe2\\x80\\xaeX\\xff\n"
                                       "1 open of 1 port in T\n");
}

TEST(Scan, Json) {
  const Greeter greeter("220 ready\r\nrest");
  const std::string closed = std::to_string(closed_port(SOCK_STREAM));
  const Outcome outcome =
      scan({"--json", "--all", "--banner", "127.0.0.1", greeter.port_text() + "," + closed});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.err, "");
  const auto lines = json::parse_lines(outcome.out);
  ASSERT_EQ(lines.size(), 3U) << outcome.out;
  EXPECT_EQ(lines[0].keys(), (Words{"event", "time", "host", "address", "port", "protocol", "state",
                                    "service", "banner", "time_ms", "error"}));
  EXPECT_EQ(lines[0]["event"].string(), "port");
  EXPECT_EQ(lines[0]["host"].string(), "127.0.0.1");
  EXPECT_EQ(lines[0]["address"].string(), "127.0.0.1");
  EXPECT_EQ(lines[0]["port"].integer(), greeter.port());
  EXPECT_EQ(lines[0]["protocol"].string(), "tcp");
  EXPECT_EQ(lines[0]["state"].string(), "open");
  EXPECT_EQ(lines[0]["banner"].string().substr(0, 11), "220 ready\r\n");
  EXPECT_TRUE(lines[0]["error"].is_null());
  EXPECT_GT(lines[0]["time_ms"].number(), 0);
  EXPECT_EQ(lines[1]["state"].string(), "closed");
  EXPECT_TRUE(lines[1]["banner"].is_null());
  EXPECT_EQ(lines[1]["error"]["code"].string(), "ECONNREFUSED");
  EXPECT_EQ(lines[1]["error"]["subject"].string(), "127.0.0.1:" + closed + "/tcp");
  EXPECT_EQ(lines[2].keys(), (Words{"event", "time", "of", "open", "closed", "filtered", "open_filtered",
                                    "icmp_rate_limited", "duration_ms"}));
  EXPECT_EQ(lines[2]["of"].string(), "scan");
  EXPECT_EQ(lines[2]["open"].integer(), 1);
  EXPECT_EQ(lines[2]["closed"].integer(), 1);
  EXPECT_FALSE(lines[2]["icmp_rate_limited"].boolean());
}

TEST(Scan, NamesServices) {
  REQUIRE_NAMESPACES();
  Namespace ns;
  ns.services("echo 7/tcp\nssh-of-ours 22/tcp secure\nother 22/udp\n");
  const TcpServer server = ns.in([] { return TcpServer("127.0.0.1", {.port = 22}); });
  const auto ports = [&](const Words& more) {
    Words arguments{"127.0.0.1", "echo,secure", "--all", "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return json::events(scan(arguments, "", {.before_exec = ns.enter_hook()}).out, "port");
  };
  const auto named = ports({});
  ASSERT_EQ(named.size(), 2U);
  EXPECT_EQ(named[0]["port"].integer(), 7);
  EXPECT_EQ(named[0]["service"].string(), "echo");
  EXPECT_EQ(named[1]["service"].string(), "ssh-of-ours");
  EXPECT_EQ(scan({"-n", "127.0.0.1", "secure"}, "", {.before_exec = ns.enter_hook()}).status, 2);
}

TEST(Scan, LooksNamesUpAndGoesOnWithoutThoseThatAreNone) {
  REQUIRE_NAMESPACES();
  Namespace ns;
  ns.hosts("127.0.0.5 five.test\n127.0.0.6 six.test six\n");
  ns.resolv_conf("");
  ns.nsswitch("hosts: files\n");
  const TcpServer server = ns.in([] { return TcpServer("0.0.0.0"); });
  const Outcome outcome = scan({"five.test", "none.test", "six", server.port_text(), "--json"}, "",
                               {.before_exec = ns.enter_hook()});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(scanned_ports(outcome.out),
            (Words{"five.test " + server.port_text() + " open", "six " + server.port_text() + " open"}));
  EXPECT_EQ(json::events(outcome.out, "port")[1]["address"].string(), "127.0.0.6");
  EXPECT_EQ(json::only_event(outcome.err, "error")["error"]["subject"].string(), "none.test");
  EXPECT_FALSE(json::events(outcome.out, "resolved").empty());
  const Outcome text = scan({"-v", "five.test", server.port_text()}, "", {.before_exec = ns.enter_hook()});
  EXPECT_NE(text.out.find("resolve  five.test"), std::string::npos) << text.out;
  EXPECT_NE(text.out.find("five.test (127.0.0.5)  "), std::string::npos) << text.out;
}

TEST(Scan, WalksTheHostsOfANetwork) {
  const TcpServer server("0.0.0.0");
  const auto hosts = [&](const std::string& network) {
    Words hosts;
    for (const json::Value& port : json::events(scan({"--json", network, server.port_text()}).out, "port")) {
      hosts.push_back(port["host"].string());
    }
    return hosts;
  };
  EXPECT_EQ(hosts("127.0.0.8/30"), (Words{"127.0.0.9", "127.0.0.10"})) << "no network, no broadcast";
  EXPECT_EQ(hosts("127.0.0.9/30"), (Words{"127.0.0.9", "127.0.0.10"})) << "an address means its network";
  EXPECT_EQ(hosts("127.0.0.8/31"), (Words{"127.0.0.8", "127.0.0.9"}));
  EXPECT_EQ(hosts("127.0.0.8/32"), Words{"127.0.0.8"});
  EXPECT_EQ(hosts("127.0.0.8/255.255.255.254"), (Words{"127.0.0.8", "127.0.0.9"}));
  const TcpServer six("::1");
  EXPECT_EQ(scanned_ports(scan({"--json", "--all", "::/126", six.port_text()}).out).size(), 4U);
}

TEST(Scan, TakesHostsFromAFile) {
  const OpenPort server;
  const std::string port = server.port_text();
  const std::string lines =
      "# a list\n\n127.0.0.1\t# this one\n  ::1  \n127.0.0.300\nlocal host\n127.0.0.8/31\n127.0.0.9/33\n"
      "fe80::1%nowhere\n127.0.0.1:80";
  const TempDir dir;
  write_file(dir / "hosts", lines);
  for (const bool piped : {false, true}) {
    const Outcome outcome =
        scan({"-f", piped ? "-" : dir / "hosts", "127.0.0.7", port, "--json"}, piped ? lines : "");
    EXPECT_EQ(outcome.status, 0) << "some are open";
    EXPECT_EQ(scanned_ports(outcome.out),
              (Words{"127.0.0.7 " + port + " open", "127.0.0.1 " + port + " open", "::1 " + port + " open",
                     "127.0.0.8 " + port + " open", "127.0.0.9 " + port + " open"}));
    Words bad;
    for (const json::Value& event : json::events(outcome.err, "error")) {
      bad.push_back(event["error"]["subject"].string());
    }
    EXPECT_EQ(bad, (Words{"line 5", "line 6", "line 8", "line 9", "line 10"})) << outcome.err;
  }
  const Outcome alone = scan({"-f", dir / "hosts", std::to_string(closed_port(SOCK_STREAM))});
  EXPECT_EQ(alone.status, 2) << "none is open, and lines were bad";
  EXPECT_NE(alone.err.find("nettool: scan line 6: one host a line, not 'host' too\n"), std::string::npos)
      << alone.err;
}

TEST(Scan, FamiliesAndSources) {
  const OpenPort server;
  const std::string port = server.port_text();
  EXPECT_EQ(scanned_ports(scan({"--json", "-4", "-f", "-", port}, "127.0.0.1\n::1\n::/127\n").out),
            Words{"127.0.0.1 " + port + " open"});
  EXPECT_EQ(scan({"-s", "127.0.0.9", "127.0.0.1", port}).status, 0);
}

TEST(Scan, UsesTheSourceThatWasAskedFor) {
  TcpServer server;
  const std::uint16_t own = closed_port(SOCK_STREAM);
  EXPECT_EQ(scan({"-s", "127.0.0.9", "-p", std::to_string(own), "127.0.0.1", server.port_text()}).status, 0);
  const Peer peer = server.accept();
  EXPECT_EQ(peer.peer_address(), "127.0.0.9");
  EXPECT_EQ(peer.peer_port(), own);
}

struct Status {
  const char* name;
  Words arguments;
  int status;
};

TEST(Scan, Statuses) {
  const TcpServer open;
  const SilentPort silent;
  const std::string closed = std::to_string(closed_port(SOCK_STREAM));
  const Status cases[] = {
      {"open", {"127.0.0.1", open.port_text() + "," + closed}, 0},
      {"closed", {"127.0.0.1", closed}, 1},
      {"silent", {"-w", "50ms", "127.0.0.1", silent.port_text()}, 3},
      {"silent and closed", {"-w", "50ms", "127.0.0.1", silent.port_text() + "," + closed}, 1},
      {"nobody could be asked", {"fe80::1", closed}, 4},
      {"not ours to ask", {"-s", "192.0.2.1", "127.0.0.1", closed}, 4},
      {"asked in part", {"fe80::1", "127.0.0.1", closed}, 1},
      {"open in part", {"fe80::1", "127.0.0.1", open.port_text()}, 0},
      {"a file that is not there", {"-f", "/nowhere/at/all", closed}, 4},
  };
  for (const Status& each : cases) {
    const Outcome outcome = scan(each.arguments);
    EXPECT_EQ(outcome.status, each.status) << each.name << ": " << outcome.out << outcome.err;
  }
  EXPECT_EQ(scan({"-f", "-", closed}, "").status, 1) << "nothing was asked";
  EXPECT_EQ(scan({"-f", "-", closed}, "nonsense%\n").status, 2);
}

TEST(Scan, AHostThatCannotBeAskedIsOneError) {
  const Outcome outcome = scan({"fe80::1", "1-1000"});
  EXPECT_EQ(outcome.status, 4);
  EXPECT_NE(outcome.err.find("nettool: connect [fe80::1]:1/tcp: invalid argument (EINVAL)\n"),
            std::string::npos)
      << outcome.err;
  EXPECT_EQ(outcome.err.find("fe80::1]:2/tcp"), std::string::npos);
  EXPECT_EQ(timeless(outcome.out), "0 open of 0 ports in T, 1000 ports could not be asked\n");
}

TEST(Scan, ManyHostsThatCannotBeAskedAreCounted) {
  const Outcome outcome = scan({"fe80::/120", "1"});
  EXPECT_EQ(outcome.status, 4);
  EXPECT_EQ(std::ranges::count(outcome.err, '\n') < 25, true) << outcome.err;
  EXPECT_NE(outcome.err.find("note: 54 more hosts could not be asked\n"), std::string::npos) << outcome.err;
}

}  // namespace
}  // namespace test
