// Status 4: this host's own failures, each with its errno and what can be done about it.

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "tests/support/files.hh"
#include "tests/support/net.hh"
#include "tests/support/netns.hh"
#include "tests/support/nettool.hh"
#include "tests/support/require.hh"
#include "tests/support/unix_socket.hh"
#include "tests/support/user.hh"
#include "tests/support/words.hh"

namespace test {
namespace {

/// As nobody, in that network if there is one.
Outcome run_as_nobody(std::vector<std::string> argv, const Namespace* inside = nullptr) {
  Options options;
  options.in = Stdio::null();
  options.before_exec = [enter = inside == nullptr ? std::function<void()>([] {}) : inside->enter_hook()] {
    enter();
    become(nobody)();
  };
  return run(std::move(argv), std::move(options));
}

void expect_local_failure(const Outcome& outcome, const std::string& code, const std::string& subject,
                          const std::string& hint) {
  EXPECT_EQ(outcome.status, 4) << outcome.err;
  EXPECT_TRUE(outcome.err.starts_with("nettool: ")) << outcome.err;
  std::string first = outcome.err.substr(0, outcome.err.find('\n'));
  EXPECT_TRUE(contains(first, "(" + code + ")")) << outcome.err;
  EXPECT_TRUE(contains(first, subject)) << outcome.err;
  if (hint.empty()) return;
  EXPECT_TRUE(contains(outcome.err, "\nhint: ")) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, hint)) << outcome.err;
}

TEST(StatusLocal, APrivilegedPort) {
  REQUIRE_NAMESPACES();
  TempDir dir;
  std::string binary = copy_for_anybody(dir);
  Namespace ns;
  // Not the usual 1024: the number must come from this network's own setting.
  ns.sysctl("net.ipv4.ip_unprivileged_port_start", "1500");
  for (const std::vector<std::string>& where :
       {std::vector<std::string>{"1499"}, {"127.0.0.1", "1499"}, {"-u", "1499"}, {"-6", "::1", "1499"}}) {
    std::vector<std::string> argv = {binary, "listen"};
    argv.insert(argv.end(), where.begin(), where.end());
    Outcome outcome = run_as_nobody(argv, &ns);
    expect_local_failure(outcome, "EACCES", ":1499", "net.ipv4.ip_unprivileged_port_start");
    EXPECT_TRUE(contains(outcome.err, "1500")) << outcome.err;
  }
  // The same of a source port.
  expect_local_failure(run_as_nobody({binary, "connect", "-p", "1499", "127.0.0.1", "1"}, &ns), "EACCES",
                       "1499", "");
  Outcome allowed = run_as_nobody({binary, "listen", "--deadline", "100ms", "1500"}, &ns);
  EXPECT_EQ(allowed.status, 3) << allowed.err;
}

TEST(StatusLocal, NoDescriptorsForTheStart) {
  Options options;
  options.in = Stdio::null();
  options.before_exec = [] {
    rlimit limit{4, 4};
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0) fail_errno("setrlimit");
  };
  expect_local_failure(run(nettool("connect", "127.0.0.1", "1"), std::move(options)), "EMFILE", "start", "");
}

TEST(StatusLocal, AUnixDirectoryThatIsNotOurs) {
  REQUIRE_ROOT();
  TempDir dir;
  std::string binary = copy_for_anybody(dir);
  for (const char* type : {"stream", "dgram", "seqpacket"}) {
    std::string path = dir / "socket";
    Outcome outcome = run_as_nobody({binary, "listen", "-U", "--type", type, path});
    expect_local_failure(outcome, "EACCES", path, "permission");
    EXPECT_FALSE(exists(path));
  }
}

TEST(StatusLocal, AUnixSocketThatWeMayNotUse) {
  REQUIRE_ROOT();
  TempDir dir;
  std::string binary = copy_for_anybody(dir);
  UnixServer server(dir / "private");
  chmod(server.path().c_str(), 0600);
  expect_local_failure(run_as_nobody({binary, "connect", "-U", server.path()}), "EACCES", server.path(),
                       "permission");
}

TEST(StatusLocal, UnixPathsThatLeadNowhere) {
  TempDir dir;
  std::string missing = dir / "no/such/socket";
  expect_local_failure(run(nettool("connect", "-U", missing)), "ENOENT", missing, "no socket of that name");
  expect_local_failure(run(nettool("listen", "-U", missing)), "ENOENT", missing, "directory");
  // The kernel says "refused" of an abstract name that nobody bound: that there is a socket would be a lie.
  Outcome abstract = run(nettool("connect", "-U", "@nettool-no-such-name"));
  EXPECT_EQ(abstract.status, 1) << abstract.err;
  EXPECT_FALSE(contains(abstract.err, "socket is there")) << abstract.err;
  write_file(dir / "file", "words");
  Outcome file = run(nettool("connect", "-U", dir / "file"));
  EXPECT_EQ(read_file(dir / "file"), "words");
  // Linux calls a file that is no socket a refusal.
  EXPECT_TRUE(file.status == 1 || file.status == 4) << file.err;
  UnixServer server(dir / "dgram", SOCK_DGRAM);
  expect_local_failure(run(nettool("connect", "-U", server.path())), "EPROTOTYPE", server.path(), "--type");
}

TEST(StatusLocal, SourceAddressesThatAreNotOurs) {
  // Documentation addresses (RFC 5737, RFC 3849): no host has them.
  expect_local_failure(run(nettool("connect", "-s", "203.0.113.7", "127.0.0.1", "1")), "EADDRNOTAVAIL",
                       "203.0.113.7", "no interface of this host");
  expect_local_failure(run(nettool("connect", "-s", "2001:db8::7", "::1", "1")), "EADDRNOTAVAIL",
                       "2001:db8::7", "no interface of this host");
  expect_local_failure(run(nettool("listen", "203.0.113.7", "0")), "EADDRNOTAVAIL", "203.0.113.7",
                       "no interface of this host");
  expect_local_failure(run(nettool("listen", "-u", "203.0.113.7", "0")), "EADDRNOTAVAIL", "203.0.113.7",
                       "no interface of this host");
}

TEST(StatusLocal, EverySourcePortTaken) {
  REQUIRE_NAMESPACES();
  Namespace ns;
  TcpServer server = ns.in([] { return TcpServer("127.0.0.1", {.port = 7000}); });
  ns.sysctl("net.ipv4.ip_local_port_range", "40000 40000");
  Peer only = ns.in([] { return connect_tcp("127.0.0.1", 7000); });
  expect_local_failure(ns.run(nettool("connect", "127.0.0.1", "7000")), "EADDRNOTAVAIL", "127.0.0.1:7000",
                       "is taken");
}

// Beside "no such file" the contract names "no such interface" as a failure of this host.
TEST(StatusLocal, NoSuchInterface) {
  expect_local_failure(run(nettool("connect", "--interface", "nosuch0", "127.0.0.1", "1")), "ENODEV",
                       "nosuch0", "");
  expect_local_failure(run(nettool("listen", "--interface", "nosuch0", "0")), "ENODEV", "nosuch0", "");
  expect_local_failure(run(nettool("connect", "fe80::1%nosuch0", "1")), "ENODEV", "nosuch0", "");
  expect_local_failure(run(nettool("listen", "fe80::1%nosuch0", "0")), "ENODEV", "nosuch0", "");
}

TEST(StatusLocal, FilesThatCannotBeOpened) {
  TempDir dir;
  std::string dump = dir / "no/such/dump";
  expect_local_failure(run(nettool("connect", "-x", dump, "127.0.0.1", "1")), "ENOENT", dump, "");
  expect_local_failure(run(nettool("listen", "-x", dir.path(), "0")), "EISDIR", dir.path(), "");
}

// What the kernel does not take is its word, not a usage error: the option is well-formed.
TEST(StatusLocal, SocketOptionsThatTheKernelRefuses) {
  TempDir dir;
  TcpServer server;
  const std::vector<std::pair<const char*, const char*>> refused = {
      {"TCP_KEEPCNT=1000", "EINVAL"},       {"TCP_KEEPIDLE=40000", "EINVAL"}, {"IP_TTL=1000", "EINVAL"},
      {"TCP_CONGESTION=nosuch", "ENOENT"},  {"TCP_SYNCNT=200", "EINVAL"},     {"IP_MINTTL=256", "EINVAL"},
      {"SO_BINDTODEVICE=nosuch0", "ENODEV"}};
  for (const auto& [setting, code] : refused) {
    expect_local_failure(run(nettool("connect", "-o", setting, "127.0.0.1", server.port_text())), code,
                         setting, "");
    expect_local_failure(run(nettool("listen", "-4", "-o", setting, "0")), code, setting, "");
  }
  EXPECT_TRUE(server.nobody_for(0ms));
  REQUIRE_ROOT();
  std::string binary = copy_for_anybody(dir);
  expect_local_failure(run_as_nobody({binary, "connect", "-o", "SO_MARK=1", "127.0.0.1", server.port_text()}),
                       "EPERM", "SO_MARK=1", "");
}

}  // namespace
}  // namespace test
