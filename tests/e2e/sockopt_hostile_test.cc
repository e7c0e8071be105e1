// Names that other programs chose: of processes, paths and interfaces. None of their bytes reaches a terminal
// as it is, and none breaks JSON.

#include <gtest/gtest.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>

#include "tests/e2e/sockopt_run.hh"
#include "tests/support/files.hh"
#include "tests/support/netns.hh"
#include "tests/support/pty.hh"
#include "tests/support/require.hh"

namespace test {
namespace {

struct Hostile {
  const char* bytes;
  const char* shown;
};

// At most 15 bytes: that is what a process's name has.
constexpr Hostile names[] = {
    {"\x1b[31mred", "\\x1b[31mred"},
    {"a\nforged: x", "a\\x0aforged: x"},
    {"a\r\x1b[Kx", "a\\x0d\\x1b[Kx"},
    {"\xff\xfe!", "\\xff\\xfe!"},
    {"\xe2\x80\xae"
     "cod",
     "\\xe2\\x80\\xaecod"},
    {"q\"\\b", "q\"\\b"},
    {"\x7f\x01\x08", "\\x7f\\x01\\x08"},
    {"caf\xc3\xa9", "caf\xc3\xa9"},
};

void expect_printable(const std::string& text) {
  for (char byte : text) {
    const auto c = static_cast<unsigned char>(byte);
    EXPECT_TRUE(c == '\n' || (c >= 0x20 && c != 0x7f)) << "byte " << int{c} << " in " << text;
  }
}

TEST(SockoptHostile, ProcessNames) {
  REQUIRE_ROOT();
  SocketOwner owner;
  int fd = owner.in([] { return listening_socket(loopback(), SOCK_STREAM); });
  const Words where = {"--tcp", "--local", "127.0.0.1" + at_port(port_of(owner, fd)), "SO_KEEPALIVE"};
  struct Name {
    char bytes[16];
  };
  for (const Hostile& name : names) {
    SCOPED_TRACE(name.shown);
    Name comm = {};
    std::strncpy(comm.bytes, name.bytes, sizeof comm.bytes - 1);
    owner.in([](Name n) { prctl(PR_SET_NAME, n.bytes); }, comm);
    Outcome text = sockopt(where);
    EXPECT_EQ(text.status, 0) << text.err;
    expect_printable(text.out);
    EXPECT_EQ(lines_of(text.out).size(), 2U) << text.out;
    EXPECT_TRUE(text.out.starts_with(std::string(name.shown) + " (pid ")) << text.out;
    Outcome as_json = sockopt(Words{"--json"} + where);
    const std::string program = json::parse_lines(as_json.out).at(0)["socket"]["program"].string();
    // What is UTF-8 is there as it is, and what is not has not broken the rest.
    if (std::string(name.bytes).find('\xff') == std::string::npos) EXPECT_EQ(program, name.bytes);
  }
}

TEST(SockoptHostile, UnixPaths) {
  REQUIRE_ROOT();
  TempDir dir;
  SocketOwner owner;
  for (const Hostile& name : names) {
    SCOPED_TRACE(name.shown);
    const std::string path = dir / name.bytes;
    owner.in([](Address a) { return listening_socket(a, SOCK_STREAM); }, unix_address(path));
    Outcome text = sockopt({"--local", path, "SO_ACCEPTCONN"});
    EXPECT_EQ(text.status, 0) << text.err;
    expect_printable(text.out);
    EXPECT_TRUE(contains(text.out, dir / name.shown)) << text.out;
    EXPECT_EQ(lines_of(text.out).size(), 2U) << text.out;
    Outcome as_json = sockopt({"--json", "--local", path, "SO_ACCEPTCONN"});
    EXPECT_TRUE(json::parse_lines(as_json.out).at(0)["value"].boolean());
    // And in an error.
    Outcome missing = sockopt({"--local", path + "-"});
    EXPECT_EQ(missing.status, 4);
    expect_printable(missing.err);
    EXPECT_TRUE(contains(missing.err, dir / name.shown)) << missing.err;
    EXPECT_TRUE(json::valid(sockopt({"--json", "--local", path + "-"}).err));
  }
}

// Abstract names are any bytes, NUL too.
TEST(SockoptHostile, AbstractNames) {
  REQUIRE_ROOT();
  SocketOwner owner;
  int fd = owner.in([] {
    Address where;
    auto* raw = reinterpret_cast<sockaddr_un*>(&where.storage);
    raw->sun_family = AF_UNIX;
    const std::string name = std::string("\0nettool\0\x1b[2J\n\xff", 15) + std::to_string(getpid());
    std::memcpy(raw->sun_path, name.data(), name.size());
    where.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    return listening_socket(where, SOCK_STREAM);
  });
  Outcome text = sockopt(at_fd(owner, fd) + Words{"SO_ACCEPTCONN"});
  EXPECT_EQ(text.status, 0) << text.err;
  expect_printable(text.out);
  EXPECT_TRUE(contains(text.out, "@nettool\\x00\\x1b[2J\\x0a\\xff")) << text.out;
  EXPECT_TRUE(json::valid(sockopt(at_fd(owner, fd) + Words{"--json", "SO_ACCEPTCONN"}).out));
}

// The kernel takes nearly any byte in the name of an interface.
TEST(SockoptHostile, InterfaceNames) {
  REQUIRE_NAMESPACES();
  Namespace ns;
  const std::string name = "\x1b[31m\"";
  ns.run_ip({"link", "add", name, "type", "veth", "peer", "name", "other"});
  SocketOwner owner(ns.enter_hook());
  int fd = owner.in([] {
    int made = plain_socket(AF_INET, SOCK_DGRAM);
    const char bound[] = "\x1b[31m\"";
    if (setsockopt(made, SOL_SOCKET, SO_BINDTODEVICE, bound, sizeof bound) < 0) fail_errno("SO_BINDTODEVICE");
    return made;
  });
  Outcome text = sockopt(at_fd(owner, fd) + Words{"--changed"});
  EXPECT_EQ(text.status, 0) << text.err;
  expect_printable(text.out);
  EXPECT_TRUE(contains(text.out, "\\x1b[31m\"")) << text.out;
  const json::Value row = sockopt_row(at_fd(owner, fd) + Words{"SO_BINDTODEVICE"});
  EXPECT_EQ(row["value"].string(), name);
}

// On a terminal, where it would do harm.
TEST(SockoptHostile, OnATerminal) {
  REQUIRE_ROOT();
  SocketOwner owner([] { prctl(PR_SET_NAME, "\x1b]0;title\x07"); });
  int fd = owner.in([] { return listening_socket(loopback(), SOCK_STREAM); });
  Options options;
  options.out = Stdio::pty();
  options.err = Stdio::pty();
  options.env = {{"NO_COLOR", "1"}};
  Outcome outcome = run(nettool_argv(Words{"sockopt"} + at_fd(owner, fd) + Words{"SO_KEEPALIVE"}), options);
  EXPECT_EQ(outcome.status, 0);
  EXPECT_FALSE(contains(outcome.out, "\x1b")) << outcome.out;
  EXPECT_TRUE(contains(outcome.out, "\\x1b]0;title\\x07")) << outcome.out;
}

// A process that changes all the time: sockets come and go while they are looked for.
TEST(SockoptHostile, SocketsThatComeAndGo) {
  REQUIRE_ROOT();
  SocketOwner owner;
  owner.in([] {
    // A child of the child, which dies with it.
    const pid_t pid = fork();
    if (pid != 0) return static_cast<int>(pid);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) {
      int fds[8];
      for (int& fd : fds) fd = socket(AF_INET, SOCK_DGRAM, 0);
      for (int fd : fds) close(fd);
    }
    return 0;
  });
  const std::string churning = std::to_string(owner.in([] {
    std::string children = read_file("/proc/self/task/" + std::to_string(getpid()) + "/children");
    return std::stoi(children);
  }));
  for (int round = 0; round < 20; ++round) {
    Outcome outcome = sockopt({"--json", "--pid", churning, "SO_TYPE"});
    // It may have had none at that moment, or one that went before it was read: said so, in words.
    EXPECT_TRUE(outcome.status == 0 || outcome.status == 4) << outcome.status << outcome.err;
    EXPECT_NO_THROW((void)json::parse_lines(outcome.out)) << outcome.out;
  }
}

}  // namespace
}  // namespace test
