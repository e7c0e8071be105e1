// Where listen listens, and how it says so before anything else.

#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <sstream>

#include "tests/support/net.hh"
#include "tests/support/netns.hh"
#include "tests/support/nettool.hh"
#include "tests/support/require.hh"

namespace test {
namespace {

using Words = std::vector<std::string>;

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

bool accepts(const std::string& address, std::uint16_t port) {
  try {
    (void)connect_tcp(address, port);
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

TEST(ListenAddress, ThePortIsTheFirstLine) {
  Program program(nettool("listen", "127.0.0.1", "0"));
  std::string line = program.read_line(Stream::err);
  ASSERT_TRUE(line.starts_with("listening on 127.0.0.1:")) << line;
  EXPECT_TRUE(line.ends_with("/tcp\n")) << line;
  // Who has read it need not wait any more.
  auto port = static_cast<std::uint16_t>(std::stoi(line.substr(line.find(':') + 1)));
  EXPECT_GT(port, 0);
  Peer peer = connect_tcp("127.0.0.1", port);
  peer.send_all("hello");
  EXPECT_EQ(program.read_exact(Stream::out, 5), "hello");
}

TEST(ListenAddress, AsJson) {
  Program program(nettool("listen", "--json", "127.0.0.1", "0"));
  json::Value listening = json::parse(program.read_line(Stream::err));
  EXPECT_EQ(listening.keys(), (Words{"event", "time", "address", "port", "protocol"}));
  EXPECT_EQ(listening["event"].string(), "listening");
  EXPECT_EQ(listening["address"].string(), "127.0.0.1");
  EXPECT_EQ(listening["protocol"].string(), "tcp");
  // RFC 3339, UTC, microseconds.
  std::string time = listening["time"].string();
  EXPECT_EQ(time.size(), 27U) << time;
  EXPECT_TRUE(time[10] == 'T' && time[19] == '.' && time.back() == 'Z') << time;
  EXPECT_TRUE(accepts("127.0.0.1", static_cast<std::uint16_t>(listening["port"].integer())));
}

// --quiet drops hints and notes; the port is a result.
TEST(ListenAddress, EvenWhenQuiet) {
  Program program(nettool("--quiet", "listen", "127.0.0.1", "0"));
  EXPECT_TRUE(program.read_line(Stream::err).starts_with("listening on "));
}

TEST(ListenAddress, EventsOfAClient) {
  Listener listener = start_listener({"::1", "0"}, {.in = Stdio::null()});
  Peer peer = connect_tcp("::1", listener.port);
  std::uint16_t port = peer.local_port();
  peer.send_all("four");
  peer.close();
  Outcome outcome = listener.program.wait();
  EXPECT_EQ(outcome.status, 0);
  json::Value accepted = json::only_event(outcome.err, "accepted");
  EXPECT_EQ(accepted.keys(), (Words{"event", "time", "client", "peer", "local"}));
  EXPECT_EQ(accepted["client"].integer(), 1);
  EXPECT_EQ(accepted["peer"].keys(), (Words{"address", "port"}));
  EXPECT_EQ(accepted["peer"]["port"].integer(), port);
  EXPECT_EQ(accepted["local"]["port"].integer(), listener.port);
  json::Value closed = json::only_event(outcome.err, "closed");
  EXPECT_EQ(closed.keys(), (Words{"event", "time", "client", "sent_bytes", "received_bytes", "unsent_bytes",
                                  "duration_ms", "reason", "tcp_info"}));
  EXPECT_EQ(closed["received_bytes"].integer(), 4);
  EXPECT_EQ(closed["reason"].string(), "peer_closed");
  EXPECT_EQ(closed["tcp_info"].kind(), json::Kind::object);
}

struct Where {
  Words words;
  std::string address;
  bool on_ipv4, on_ipv6;
};

TEST(ListenAddress, Families) {
  for (const Where& where : {
           Where{{"0"}, "::", true, true},
           Where{{"-4", "0"}, "0.0.0.0", true, false},
           Where{{"-6", "0"}, "::", false, true},
           Where{{"::", "0"}, "::", false, true},
           Where{{"0.0.0.0", "0"}, "0.0.0.0", true, false},
           Where{{"127.0.0.1", "0"}, "127.0.0.1", true, false},
           Where{{"127.0.0.1:0"}, "127.0.0.1", true, false},
           Where{{"::1", "0"}, "::1", false, true},
           Where{{"[::1]", "0"}, "::1", false, true},
           Where{{"[::1]:0"}, "::1", false, true},
           Where{{"*", "0"}, "::", true, true},
           Where{{"-4", "*", "0"}, "0.0.0.0", true, false},
           Where{{"-n", "[::1]:0"}, "::1", false, true},
           Where{{"-4", "-n", "127.0.0.1:0"}, "127.0.0.1", true, false},
           Where{{"--type", "stream", "127.0.0.1", "0"}, "127.0.0.1", true, false},
       }) {
    SCOPED_TRACE(testing::PrintToString(where.words));
    Words words = where.words;
    words.emplace_back("-k");
    Listener listener = start_listener(words, {.in = Stdio::null()});
    EXPECT_EQ(listener.listening["address"].string(), where.address);
    EXPECT_EQ(accepts("127.0.0.1", listener.port), where.on_ipv4);
    EXPECT_EQ(accepts("::1", listener.port), where.on_ipv6);
  }
}

// A client of the other family is shown as it is, not as ::ffff:127.0.0.1.
TEST(ListenAddress, AnIPv4ClientOfADualStack) {
  Listener listener = start_listener({"0"}, {.in = Stdio::null()});
  connect_tcp("127.0.0.1", listener.port).close();
  Outcome outcome = listener.program.wait();
  json::Value accepted = json::only_event(outcome.err, "accepted");
  EXPECT_EQ(accepted["peer"]["address"].string(), "127.0.0.1");
  EXPECT_EQ(accepted["local"]["address"].string(), "127.0.0.1");
}

TEST(ListenAddress, APortOfItsOwn) {
  std::string port = std::to_string(closed_port(SOCK_STREAM));
  // Leading zeros are decimal in a port.
  for (const std::string& text : {port, "0" + port, "000" + port}) {
    Listener listener = start_listener({"127.0.0.1", text}, {.in = Stdio::null()});
    EXPECT_EQ(listener.port_text(), port);
  }
}

TEST(ListenAddress, AServiceName) {
  REQUIRE_NAMESPACES();
  Namespace ns;
  ns.services("nettool-test 7010/tcp alias-of-it\nnettool-test 7011/udp\n");
  Options options;
  options.in = Stdio::null();
  options.before_exec = ns.enter_hook();
  EXPECT_EQ(start_listener({"nettool-test"}, options).port, 7010);
  EXPECT_EQ(start_listener({"127.0.0.1:alias-of-it"}, options).port, 7010);
  EXPECT_EQ(start_listener({"-u", "nettool-test"}, options).port, 7011);
}

// Bound to one cable, and deaf on the other.
TEST(ListenAddress, AnInterface) {
  REQUIRE_NAMESPACES();
  Namespace here;
  Namespace there;
  Namespace elsewhere;
  here.veth(there, "c0", "c1");
  here.veth(elsewhere, "d0", "d1");
  here.run_ip({"addr", "add", "10.8.0.1/24", "dev", "c0"});
  here.run_ip({"addr", "add", "10.8.1.1/24", "dev", "d0"});
  there.run_ip({"addr", "add", "10.8.0.2/24", "dev", "c1"});
  elsewhere.run_ip({"addr", "add", "10.8.1.2/24", "dev", "d1"});
  Options options;
  options.in = Stdio::null();
  options.before_exec = here.enter_hook();
  Listener listener = start_listener({"-k", "--interface", "c0", "0"}, options);
  EXPECT_TRUE(there.in([&] { return accepts("10.8.0.1", listener.port); }));
  EXPECT_FALSE(elsewhere.in([&] { return accepts("10.8.1.1", listener.port); }));
}

/// The accept queue's limit, as ss shows it for a listener.
int backlog_of(std::uint16_t port) {
  std::istringstream fields(run_ok({"ss", "-Hltn", "sport", "=", ":" + std::to_string(port)}));
  std::string state;
  int waiting = 0;
  int limit = -1;
  fields >> state >> waiting >> limit;
  return limit;
}

TEST(ListenAddress, Backlog) {
  REQUIRE_PROGRAM("ss");
  std::istringstream somaxconn(run_ok({"cat", "/proc/sys/net/core/somaxconn"}));
  int most = 0;
  somaxconn >> most;
  EXPECT_EQ(backlog_of(start_listener({"127.0.0.1", "0"}).port), std::min(most, 4096));
  for (int backlog : {0, 1, 5, 100}) {
    Listener listener = start_listener({"--backlog", std::to_string(backlog), "127.0.0.1", "0"});
    EXPECT_EQ(backlog_of(listener.port), backlog);
  }
}

/// socket(AF_INET6, ...) fails as on a kernel without IPv6.
void forbid_ipv6() {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAFNOSUPPORT),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  sock_fprog filter = {static_cast<unsigned short>(std::size(program)), program};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) fail_errno("no new privileges");
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) < 0) fail_errno("seccomp");
}

TEST(ListenAddress, AHostWithoutIPv6) {
  Options options;
  options.before_exec = forbid_ipv6;
  Program program(nettool("listen", "0"), options);
  // Either order will do, but both lines come.
  std::string lines = program.read_line(Stream::err) + program.read_line(Stream::err);
  EXPECT_TRUE(contains(lines, "listening on 0.0.0.0:")) << lines;
  EXPECT_TRUE(contains(lines, "note: ")) << lines;
  EXPECT_TRUE(contains(lines, "IPv6")) << lines;

  Listener listener = start_listener({"0"}, options);
  EXPECT_EQ(listener.listening["address"].string(), "0.0.0.0");
  EXPECT_TRUE(accepts("127.0.0.1", listener.port));
  // Asked for, it is a failure; --quiet has no note.
  Outcome asked = run(nettool("listen", "-6", "0"), options);
  EXPECT_EQ(asked.status, 4) << asked.err;
  EXPECT_TRUE(contains(asked.err, "EAFNOSUPPORT")) << asked.err;
  Program quiet(nettool("--quiet", "listen", "0"), options);
  EXPECT_TRUE(quiet.read_line(Stream::err).starts_with("listening on "));
}

}  // namespace
}  // namespace test
