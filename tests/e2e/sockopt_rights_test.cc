// Whose sockets may be read: one's own while one is dumpable, everybody's as root. A refusal says what is
// missing.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/e2e/sockopt_run.hh"
#include "tests/support/net.hh"
#include "tests/support/require.hh"
#include "tests/support/unix_socket.hh"
#include "tests/support/user.hh"

namespace test {
namespace {

constexpr uid_t somebody = 65533;

/// As one who never was anybody else: a change of user makes a process undumpable.
std::function<void()> dumpable_as(uid_t user) {
  return [user] {
    become(user)();
    if (prctl(PR_SET_DUMPABLE, 1) < 0) fail_errno("PR_SET_DUMPABLE");
  };
}

int listening() {
  int fd = listening_socket(loopback(), SOCK_STREAM);
  set_int(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  return fd;
}

/// nettool as nobody.
class SockoptRights : public OwnNetwork {
 protected:
  void SetUp() override {
    OwnNetwork::SetUp();
    if (!IsSkipped() && !HasFatalFailure()) binary_ = copy_for_anybody(dir_);
  }

  /// For an owner of sockets in this network: `then` gives up what it has.
  [[nodiscard]] std::function<void()> inside(const std::function<void()>& then = {}) const {
    return [enter = ns().enter_hook(), then] {
      enter();
      if (then) then();
    };
  }

  [[nodiscard]] Outcome as_nobody(const Words& words) const {
    Options options;
    options.before_exec = inside(become(nobody));
    return run(Words{binary_, "sockopt"} + words, options);
  }

  /// Refused by number and by address; the hint is returned.
  std::string refused(SocketOwner& owner, int fd) {
    Outcome by_fd = as_nobody(at_fd(owner, fd) + Words{"SO_KEEPALIVE"});
    EXPECT_EQ(by_fd.status, 4) << by_fd.err;
    EXPECT_EQ(by_fd.out, "");
    EXPECT_TRUE(contains(by_fd.err, "pid " + owner.pid_text())) << by_fd.err;
    EXPECT_TRUE(contains(by_fd.err, "(EPERM)")) << by_fd.err;
    EXPECT_NE(hint_of(by_fd.err), "") << by_fd.err;
    Outcome as_json = as_nobody(Words{"--json"} + at_fd(owner, fd));
    EXPECT_EQ(as_json.status, 4);
    const json::Value error = json::parse_lines(as_json.err + as_json.out).back()["error"];
    EXPECT_EQ(error["code"].string(), "EPERM");
    EXPECT_NE(error["hint"].string(), "");
    return hint_of(by_fd.err);
  }

 private:
  TempDir dir_;
  std::string binary_;
};

TEST_F(SockoptRights, OnesOwnProcess) {
  SocketOwner owner(inside(dumpable_as(nobody)));
  int fd = owner.in(listening);
  for (const Words& where : {at_fd(owner, fd), Words{"--local", at_port(port_of(owner, fd))},
                             Words{"--pid", owner.pid_text(), "--state", "listen"}}) {
    SCOPED_TRACE(testing::PrintToString(where));
    Outcome outcome = as_nobody(Words{"--json"} + where + Words{"SO_KEEPALIVE"});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    const json::Value row = json::parse(outcome.out);
    EXPECT_TRUE(row["value"].boolean());
    EXPECT_EQ(row["socket"]["fd"].integer(), fd);
  }
  Outcome all = as_nobody(Words{"--json", "--changed"} + at_fd(owner, fd));
  EXPECT_EQ(all.status, 0) << all.err;
  EXPECT_EQ(values_of(json::parse_lines(all.out)), Words{"SO_KEEPALIVE=true"});
}

TEST_F(SockoptRights, OnesOwnMayBeSet) {
  SocketOwner owner(inside(dumpable_as(nobody)));
  int fd = owner.in(listening);
  Outcome outcome = as_nobody(at_fd(owner, fd) + Words{"--set-live", "SO_KEEPALIVE=off"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(owner.in([](int s) { return get_int(s, SOL_SOCKET, SO_KEEPALIVE); }, fd), 0);
}

// Each cause in its own words.
TEST_F(SockoptRights, EachRefusalSaysWhatIsMissing) {
  SocketOwner root_s(inside());
  const std::string of_root = refused(root_s, root_s.in(listening));
  EXPECT_TRUE(contains(of_root, "user 0") && contains(of_root, "root")) << of_root;

  SocketOwner other(inside(dumpable_as(somebody)));
  const std::string of_other = refused(other, other.in(listening));
  EXPECT_TRUE(contains(of_other, std::to_string(somebody))) << of_other;

  // Ours, but it was root once and gave that up, as daemons do.
  SocketOwner daemon(inside(become(nobody)));
  const std::string of_daemon = refused(daemon, daemon.in(listening));
  EXPECT_TRUE(contains(of_daemon, "dumpable")) << of_daemon;

  SocketOwner secretive(inside([] {
    dumpable_as(nobody)();
    if (prctl(PR_SET_DUMPABLE, 0) < 0) fail_errno("PR_SET_DUMPABLE");
  }));
  const std::string of_secretive = refused(secretive, secretive.in(listening));
  EXPECT_TRUE(contains(of_secretive, "dumpable")) << of_secretive;

  EXPECT_NE(of_root, of_daemon);
  EXPECT_NE(of_root, of_other);
  // Root reads all of them.
  EXPECT_TRUE(
      sockopt_rows({"--pid", daemon.pid_text(), "--state", "listen", "SO_KEEPALIVE"})[0]["value"].boolean());
  EXPECT_TRUE(sockopt_rows({"--pid", secretive.pid_text(), "--state", "listen", "SO_KEEPALIVE"})[0]["value"]
                  .boolean());
}

// The kernel lists everybody's sockets to everybody; who holds them is another matter.
TEST_F(SockoptRights, ByAddressASocketThatIsSomebodyElses) {
  SocketOwner root_s(inside());
  SocketOwner daemon(inside(become(nobody)));
  for (SocketOwner* owner : {&root_s, &daemon}) {
    Outcome outcome = as_nobody({"--local", at_port(port_of(*owner, owner->in(listening)))});
    EXPECT_EQ(outcome.status, 4) << outcome.err;
    EXPECT_TRUE(outcome.err.starts_with("nettool: ")) << outcome.err;
    const std::string hint = hint_of(outcome.err);
    EXPECT_NE(hint, "") << outcome.err;
    if (owner == &root_s) EXPECT_TRUE(contains(hint, "root")) << hint;
  }
}

// One that may be read and one that may not: the first is shown, and the status is the other's.
TEST_F(SockoptRights, WhatMayBeReadIsShown) {
  SocketOwner own(inside(dumpable_as(nobody)));
  int fd = own.in([] { return bound_socket(loopback(), SOCK_DGRAM); });
  std::uint16_t port = port_of(own, fd);
  SocketOwner root_s(inside());
  root_s.in([](std::uint16_t same) { return listening_socket(ip_address("127.0.0.1", same), SOCK_STREAM); },
            port);
  Outcome outcome = as_nobody({"--json", "--local", at_port(port), "SO_TYPE"});
  EXPECT_EQ(outcome.status, 4) << outcome.err;
  EXPECT_TRUE(contains(outcome.out, "\"fd\":" + std::to_string(fd))) << outcome.out;
}

struct Wrong {
  Words words;
  const char* code;
};

TEST(SockoptRightsOf, ProcessesAndDescriptorsThatAreNotThere) {
  REQUIRE_ROOT();
  SocketOwner owner;
  int file = owner.in([] { return open("/dev/null", O_RDONLY | O_CLOEXEC); });
  // Above pid_max, which is at most 4194304.
  const std::string no_pid = "4194305";
  const std::vector<Wrong> cases = {
      {{"--pid", no_pid, "--fd", "3"}, "ESRCH"},
      {{"--pid", no_pid}, "ESRCH"},
      {{"--pid", owner.pid_text(), "--fd", "999"}, "EBADF"},
      {{"--pid", owner.pid_text(), "--fd", std::to_string(file)}, "ENOTSOCK"},
  };
  for (const Wrong& wrong : cases) {
    SCOPED_TRACE(testing::PrintToString(wrong.words));
    Outcome outcome = sockopt(wrong.words + Words{"SO_KEEPALIVE"});
    EXPECT_EQ(outcome.status, 4) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    EXPECT_TRUE(contains(outcome.err, std::string("(") + wrong.code + ")")) << outcome.err;
    EXPECT_TRUE(contains(outcome.err, wrong.words[1])) << outcome.err;
  }
}

// A process without sockets matches nothing, which is not the same as no process.
TEST(SockoptRightsOf, AProcessWithoutSockets) {
  REQUIRE_ROOT();
  Program cat({"cat"});
  Outcome outcome = sockopt({"--pid", std::to_string(cat.pid())});
  EXPECT_EQ(outcome.status, 4) << outcome.err;
  EXPECT_FALSE(contains(outcome.err, "ESRCH")) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, std::to_string(cat.pid()))) << outcome.err;
}

}  // namespace
}  // namespace test
