// NAME=VALUE on a fresh socket: what was asked for, what the kernel made of it, and why.

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <iterator>
#include <sstream>

#include "tests/e2e/sockopt_run.hh"
#include "tests/support/files.hh"
#include "tests/support/netns.hh"
#include "tests/support/require.hh"
#include "tests/support/user.hh"

namespace test {
namespace {

/// The number of a sysctl here, by the file.
long long sysctl(const std::string& path) {
  return std::stoll(read_file("/proc/sys/net/" + path));
}

/// The one line of text, its columns folded.
std::string told(const Words& words) {
  Outcome outcome = sockopt(words);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(lines_of(outcome.out).size(), 1U) << outcome.out;
  return folded_spaces(outcome.out.substr(0, outcome.out.find('\n')));
}

TEST(SockoptSet, KeysOfASet) {
  const json::Value row = sockopt_row({"SO_KEEPALIVE=on"});
  EXPECT_EQ(row.keys(),
            (Words{"level", "name", "number", "type", "kind", "value", "default", "changed", "settable",
                   "unit", "error", "requested", "effective", "previous", "bounded_by", "note"}));
  EXPECT_TRUE(row["requested"].boolean());
  EXPECT_TRUE(row["effective"].boolean());
  EXPECT_TRUE(row["value"].boolean());
  EXPECT_FALSE(row["default"].boolean());
  EXPECT_FALSE(row["previous"].boolean());
  EXPECT_TRUE(row["changed"].boolean());
  EXPECT_TRUE(row["bounded_by"].is_null());
  EXPECT_TRUE(row["note"].is_null());
  EXPECT_TRUE(row["error"].is_null());
}

TEST(SockoptSet, ABufferIsDoubled) {
  const json::Value row = sockopt_row({"SO_RCVBUF=50000"});
  EXPECT_EQ(row["requested"].integer(), 50000);
  EXPECT_EQ(row["effective"].integer(), 100000);
  EXPECT_EQ(row["unit"].string(), "bytes");
  EXPECT_TRUE(row["bounded_by"].is_null());
  EXPECT_TRUE(contains(row["note"].string(), "doubled")) << row.text();
  const std::string text = told({"SO_RCVBUF=64K"});
  EXPECT_EQ(text, "SOL_SOCKET SO_RCVBUF requested 64 KiB, effective 128 KiB (doubled by the kernel)");
}

struct Clamp {
  const char* name;
  const char* sysctl;
  const char* path;
};

TEST(SockoptSet, ABufferIsBoundedByItsSysctl) {
  for (const Clamp& c : {Clamp{"SO_RCVBUF", "net.core.rmem_max", "core/rmem_max"},
                         Clamp{"SO_SNDBUF", "net.core.wmem_max", "core/wmem_max"}}) {
    const long long most = sysctl(c.path);
    if (most >= 1 << 30) continue;
    for (const char* kind : {"--tcp", "--udp", "--unix"}) {
      SCOPED_TRACE(std::string(c.name) + " " + kind);
      const json::Value row = sockopt_row({kind, std::string(c.name) + "=1G"});
      EXPECT_EQ(row["requested"].integer(), 1LL << 30);
      EXPECT_EQ(row["effective"].integer(), 2 * most);
      EXPECT_EQ(row["bounded_by"].string(), c.sysctl);
    }
    const std::string text = told({std::string(c.name) + "=1G"});
    EXPECT_TRUE(text.starts_with(std::string("SOL_SOCKET ") + c.name + " requested 1 GiB, effective "))
        << text;
    EXPECT_TRUE(contains(text, std::string("bounded by ") + c.sysctl + " = ")) << text;
  }
}

// The limit is that of the machine, told as it is now.
TEST(SockoptSet, TheSysctlsNameAndValueAreTold) {
  const long long most = sysctl("core/rmem_max");
  if (most % (1 << 20) != 0 || most >= 1 << 30) GTEST_SKIP() << "rmem_max is no whole number of MiB here";
  const std::string mib = std::to_string(most >> 20) + " MiB";
  EXPECT_EQ(told({"SO_RCVBUF=1G", "--tcp"}),
            "SOL_SOCKET SO_RCVBUF requested 1 GiB, effective " + std::to_string(most >> 19) +
                " MiB (doubled by the kernel, bounded by net.core.rmem_max = " + mib + ")");
}

TEST(SockoptSet, TooSmallABufferHasAFloor) {
  const json::Value row = sockopt_row({"SO_RCVBUF=1"});
  const int floor = [] {
    int fd = plain_socket(AF_INET, SOCK_STREAM);
    set_int(fd, SOL_SOCKET, SO_RCVBUF, 1);
    int value = get_int(fd, SOL_SOCKET, SO_RCVBUF);
    close(fd);
    return value;
  }();
  EXPECT_EQ(row["requested"].integer(), 1);
  EXPECT_EQ(row["effective"].integer(), floor);
  EXPECT_FALSE(row["note"].is_null()) << row.text();
  EXPECT_FALSE(contains(row["note"].string(), "doubled")) << row.text();
}

struct Made {
  Words words;
  long long requested;
  long long effective;
  const char* note;  ///< a word of it; null where nothing is to be explained
};

// What the kernel rounds, masks and cuts; the figures are facts of Linux, not of one machine.
TEST(SockoptSet, WhatTheKernelMakesOfIt) {
  const std::vector<Made> cases = {
      {{"TCP_DEFER_ACCEPT=4"}, 4, 7, "round"},
      {{"TCP_DEFER_ACCEPT=8"}, 8, 15, "round"},
      {{"TCP_DEFER_ACCEPT=7"}, 7, 7, nullptr},
      {{"TCP_MAXSEG=1000"}, 1000, 1000, nullptr},
      {{"IP_TTL=9"}, 9, 9, nullptr},
      {{"--udp", "IP_TOS=0xff"}, 255, 255, nullptr},
      // TCP keeps the bits of ECN to itself.
      {{"IP_TOS=0xff"}, 255, 252, "ECN"},
      {{"SO_RCVLOWAT=0"}, 0, 1, ""},
      {{"TCP_KEEPIDLE=5m"}, 300, 300, nullptr},
      {{"TCP_USER_TIMEOUT=1.5s"}, 1500, 1500, nullptr},
      {{"TCP_LINGER2=1000"}, 1000, 120, ""},
  };
  for (const Made& c : cases) {
    SCOPED_TRACE(testing::PrintToString(c.words));
    const json::Value row = sockopt_row(c.words);
    EXPECT_EQ(row["requested"].integer(), c.requested);
    EXPECT_EQ(row["effective"].integer(), c.effective);
    EXPECT_EQ(row["value"].integer(), c.effective);
    if (c.note == nullptr) {
      EXPECT_TRUE(row["note"].is_null()) << row.text();
    } else {
      ASSERT_FALSE(row["note"].is_null()) << row.text();
      EXPECT_TRUE(contains(row["note"].string(), c.note)) << row.text();
    }
  }
}

struct Refused {
  Words words;
  const char* code;
  const char* hint;  ///< a part of it
};

void expect_refused(const Outcome& outcome, const Refused& c) {
  EXPECT_EQ(outcome.status, 4) << outcome.out << outcome.err;
  EXPECT_TRUE(outcome.err.starts_with("nettool: ")) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, std::string("(") + c.code + ")")) << outcome.err;
  const std::string setting = c.words.back();
  EXPECT_TRUE(contains(outcome.err, setting.substr(0, setting.find('=')))) << outcome.err;
  EXPECT_TRUE(contains(hint_of(outcome.err), c.hint)) << outcome.err;
}

TEST(SockoptSet, RefusedByTheKernelAndWhy) {
  const std::vector<Refused> cases = {
      {{"TCP_KEEPIDLE=40000"}, "EINVAL", "32767"},
      {{"TCP_KEEPCNT=200"}, "EINVAL", "127"},
      {{"TCP_MAXSEG=10"}, "EINVAL", "88"},
      {{"IP_TTL=256"}, "EINVAL", "255"},
      {{"TCP_CONGESTION=nosuch"}, "ENOENT", "net.ipv4.tcp_available_congestion_control"},
      {{"TCP_CONGESTION=CUBIC"}, "ENOENT", "net.ipv4.tcp_available_congestion_control"},
      {{"SO_BINDTODEVICE=nosuch0"}, "ENODEV", ""},
  };
  for (const Refused& c : cases) {
    SCOPED_TRACE(c.words.back());
    expect_refused(sockopt(c.words), c);
    Outcome as_json = sockopt(Words{"--json"} + c.words);
    EXPECT_EQ(as_json.status, 4);
    const json::Value row = json::parse(as_json.out);
    EXPECT_EQ(row["error"]["code"].string(), c.code);
    EXPECT_TRUE(contains(row["error"]["hint"].string(), c.hint)) << row.text();
    EXPECT_EQ(row["name"].string(), c.words.back().substr(0, c.words.back().find('=')));
  }
}

/// Those that the kernel has and does not let everybody use.
Words congestion_controls_for_root() {
  const auto listed = [](const char* file) {
    std::istringstream text(read_file(std::string("/proc/sys/net/ipv4/tcp_") + file + "_congestion_control"));
    return Words(std::istream_iterator<std::string>(text), {});
  };
  Words names = listed("available");
  const Words allowed = listed("allowed");
  std::erase_if(names,
                [&](const std::string& name) { return std::ranges::find(allowed, name) != allowed.end(); });
  return names;
}

TEST(SockoptSet, WhatOnlyRootMay) {
  REQUIRE_NAMESPACES();
  TempDir dir;
  const std::string binary = copy_for_anybody(dir);
  Namespace ns;
  Options options;
  options.before_exec = [&] {
    ns.enter_hook()();
    become(nobody)();
  };
  std::vector<Refused> cases = {
      {{"SO_MARK=1"}, "EPERM", "CAP_NET_ADMIN"},
      {{"SO_RCVBUFFORCE=1M"}, "EPERM", "CAP_NET_ADMIN"},
      {{"SO_PRIORITY=7"}, "EPERM", "CAP_NET_ADMIN"},
      {{"IP_TRANSPARENT=on"}, "EPERM", "CAP_NET_ADMIN"},
  };
  for (const std::string& name : congestion_controls_for_root()) {
    cases.push_back({{"TCP_CONGESTION=" + name}, "EPERM", "net.ipv4.tcp_allowed_congestion_control"});
  }
  for (const Refused& c : cases) {
    SCOPED_TRACE(c.words.back());
    expect_refused(run(Words{binary, "sockopt"} + c.words, options), c);
  }
  // What needs no right works, and what is refused does not stop the rest.
  Outcome both = run(Words{binary, "sockopt", "SO_MARK=1", "SO_KEEPALIVE=on"}, options);
  EXPECT_EQ(both.status, 4);
  EXPECT_TRUE(contains(folded_spaces(both.out), "SO_KEEPALIVE requested on, effective on")) << both.out;
  EXPECT_FALSE(contains(both.out, "SO_MARK")) << both.out;
}

// In the order of the command line; what is asked without a value is read at the end.
TEST(SockoptSet, SeveralAndARead) {
  const Rows rows = sockopt_rows({"SO_REUSEADDR=on", "tcp_nodelay=yes", "SO_KEEPALIVE"});
  EXPECT_EQ(names_of(rows), (Words{"SO_REUSEADDR", "TCP_NODELAY", "SO_KEEPALIVE"}));
  EXPECT_TRUE(rows[1]["effective"].boolean());
  EXPECT_FALSE(rows[2].has("requested"));
  EXPECT_FALSE(rows[2]["value"].boolean());
}

// What was set is told, though it differs from nothing.
TEST(SockoptSet, WithChanged) {
  const Rows rows = sockopt_rows({"--changed", "TCP_NODELAY=off", "SO_KEEPALIVE=on"});
  EXPECT_TRUE(row_of(rows, "TCP_NODELAY").has("requested"));
  EXPECT_TRUE(row_of(rows, "SO_KEEPALIVE")["effective"].boolean());
}

TEST(SockoptSet, OfTheSameOptionTheLastWins) {
  const Rows rows = sockopt_rows({"IP_TTL=5", "IP_TTL=9"});
  ASSERT_FALSE(rows.empty());
  EXPECT_EQ(rows.back()["effective"].integer(), 9);
}

}  // namespace
}  // namespace test
