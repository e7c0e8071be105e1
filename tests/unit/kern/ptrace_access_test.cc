#include "net/kern/ptrace_access.hh"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "net/kern/pidfd.hh"
#include "tests/support/require.hh"
#include "tests/unit/kern/forked.hh"

namespace net::kern {
namespace {

constexpr std::uint64_t sys_ptrace = 1ULL << 19U;

/// Two processes of user 1000 that nothing keeps apart.
AccessFacts friends() {
  AccessFacts facts;
  facts.pid = 812;
  facts.ours.users = facts.theirs.users = {1000, 1000, 1000};
  facts.ours.groups = facts.theirs.groups = {1000, 1000, 1000};
  return facts;
}

struct Case {
  std::string name;
  std::function<void(AccessFacts&)> change;
  std::string sentence;
};

std::ostream& operator<<(std::ostream& out, const Case& row) {
  return out << row.name;
}

class ExplainRefusal : public testing::TestWithParam<Case> {};

TEST_P(ExplainRefusal, SaysWhatIsMissing) {
  AccessFacts facts = friends();
  GetParam().change(facts);
  EXPECT_EQ(explain_refusal(facts), GetParam().sentence);
}

const std::vector<Case> cases{
    {"nothing", [](AccessFacts&) {},
     "nothing that /proc shows of pid 812 forbids it: a security module or a seccomp filter does"},
    {"other_user",
     [](AccessFacts& f) {
       f.theirs.users = {33, 33, 33};
       f.user = "www-data";
     },
     "pid 812 runs as user 33 (www-data): reading its sockets takes the same user, or root"},
    {"other_user_without_a_name", [](AccessFacts& f) { f.theirs.users = {33, 33, 33}; },
     "pid 812 runs as user 33: reading its sockets takes the same user, or root"},
    {"other_user_that_dropped_rights",
     [](AccessFacts& f) {
       f.theirs.users = {33, 33, 33};
       f.dumpable = false;
     },
     "pid 812 runs as user 33 and is not dumpable: reading its sockets takes root"},
    {"root",
     [](AccessFacts& f) {
       f.theirs.users = {0, 0, 0};
       f.user = "root";
     },
     "pid 812 runs as user 0 (root): reading its sockets takes root"},
    {"set_user_id", [](AccessFacts& f) { f.theirs.users = {1000, 0, 0}; },
     "pid 812 has user 0 among its real, effective and saved users: reading its sockets takes root"},
    {"saved_user", [](AccessFacts& f) { f.theirs.users = {1000, 1000, 0}; },
     "pid 812 has user 0 among its real, effective and saved users: reading its sockets takes root"},
    {"groups", [](AccessFacts& f) { f.theirs.groups[2] = 42; },
     "pid 812 is yours but has other groups than this process: reading its sockets takes root"},
    {"not_dumpable", [](AccessFacts& f) { f.dumpable = false; },
     "pid 812 is yours but not dumpable (it changed its user, gained capabilities or asked for it): reading "
     "its sockets takes root"},
    {"capabilities", [](AccessFacts& f) { f.theirs.permitted = 1; },
     "pid 812 is yours but has capabilities that this process lacks: reading its sockets takes root"},
    {"fewer_capabilities_than_ours", [](AccessFacts& f) { f.ours.permitted = 1; },
     "nothing that /proc shows of pid 812 forbids it: a security module or a seccomp filter does"},
    {"yama_0",
     [](AccessFacts& f) {
       f.yama = 0;
       f.descends_from_us = false;
     },
     "nothing that /proc shows of pid 812 forbids it: a security module or a seccomp filter does"},
    {"yama_1",
     [](AccessFacts& f) {
       f.yama = 1;
       f.descends_from_us = false;
     },
     "pid 812 is yours, but kernel.yama.ptrace_scope is 1, which lets a process read its own descendants "
     "alone: reading its sockets takes root"},
    {"yama_1_and_our_child", [](AccessFacts& f) { f.yama = 1; },
     "nothing that /proc shows of pid 812 forbids it: a security module or a seccomp filter does"},
    {"yama_2_and_our_child", [](AccessFacts& f) { f.yama = 2; },
     "pid 812 is yours, but kernel.yama.ptrace_scope is 2: reading its sockets takes root"},
    {"yama_3_and_root",
     [](AccessFacts& f) {
       f.yama = 3;
       f.ours.effective = sys_ptrace;
     },
     "kernel.yama.ptrace_scope is 3: until the next boot nobody may read another process's sockets, root "
     "included"},
    {"capability_that_did_not_help", [](AccessFacts& f) { f.ours.effective = sys_ptrace; },
     "this process has CAP_SYS_PTRACE, so pid 812 is of an outer user namespace, or a security module or a "
     "seccomp filter forbids it"},
    {"root_of_a_container",
     [](AccessFacts& f) {
       f.ours.users = {0, 0, 0};
       f.theirs.users = {33, 33, 33};
     },
     "pid 812 runs as user 33: reading its sockets takes the same user, or CAP_SYS_PTRACE"},
};

INSTANTIATE_TEST_SUITE_P(Facts, ExplainRefusal, testing::ValuesIn(cases),
                         [](const auto& row) { return row.param.name; });

/// What user 65534 is told who borrows from a process that did this as root.
std::string told_to_nobody(const std::function<void()>& prepare) {
  const test::Waiting target(prepare);
  return test::said_by_child([&] {
    test::become(test::nobody);
    if (borrow_descriptor(target.pid(), STDIN_FILENO)) return std::string("borrowed");
    std::string why = why_not_permitted(target.pid());
    const std::string who = "pid " + std::to_string(target.pid());
    if (const std::size_t at = why.find(who); at != std::string::npos) why.replace(at, who.size(), "it");
    return why;
  });
}

void be_dumpable() {
  if (prctl(PR_SET_DUMPABLE, 1) != 0) test::fail_errno("PR_SET_DUMPABLE");
}

TEST(WhyNotPermitted, TheSameUserIsPermitted) {
  REQUIRE_ROOT();
  EXPECT_EQ(told_to_nobody([] {
              test::become(test::nobody);
              be_dumpable();
            }),
            "borrowed");
}

TEST(WhyNotPermitted, AnotherUser) {
  REQUIRE_ROOT();
  EXPECT_EQ(told_to_nobody([] {}), "it runs as user 0 (root): reading its sockets takes root");
  EXPECT_EQ(told_to_nobody([] {
              test::become(64999);
              be_dumpable();
            }),
            "it runs as user 64999: reading its sockets takes the same user, or root");
}

TEST(WhyNotPermitted, TheSameUserAfterSetuid) {
  REQUIRE_ROOT();
  const std::string why =
      "it is yours but not dumpable (it changed its user, gained capabilities or asked for it): reading its "
      "sockets takes root";
  EXPECT_EQ(told_to_nobody([] { test::become(test::nobody); }), why);
  EXPECT_EQ(told_to_nobody([] {
              test::become(test::nobody);
              be_dumpable();
              prctl(PR_SET_DUMPABLE, 0);
            }),
            why);
}

TEST(WhyNotPermitted, GroupsCapabilitiesAndSavedUsers) {
  REQUIRE_ROOT();
  EXPECT_EQ(told_to_nobody([] {
              if (setgid(64998) != 0 || setuid(test::nobody) != 0) test::fail_errno("setuid");
              be_dumpable();
            }),
            "it is yours but has other groups than this process: reading its sockets takes root");
  EXPECT_EQ(told_to_nobody([] {
              prctl(PR_SET_KEEPCAPS, 1);
              test::become(test::nobody);
              be_dumpable();
            }),
            "it is yours but has capabilities that this process lacks: reading its sockets takes root");
  EXPECT_EQ(told_to_nobody([] {
              if (setgid(test::nobody) != 0 || setresuid(test::nobody, test::nobody, 0) != 0) {
                test::fail_errno("setresuid");
              }
              be_dumpable();
            }),
            "it has user 0 among its real, effective and saved users: reading its sockets takes root");
}

TEST(WhyNotPermitted, NoSuchProcess) {
  test::Waiting target;
  const pid_t gone = target.pid();
  target.end();
  EXPECT_EQ(why_not_permitted(gone), "there is no process " + std::to_string(gone));
}

TEST(Credentials, AreThoseOfTheProcess) {
  const auto ours = credentials_of(getpid());
  ASSERT_TRUE(ours);
  EXPECT_EQ(ours->users, (std::array<uid_t, 3>{getuid(), geteuid(), geteuid()}));
  EXPECT_EQ(ours->parent, getppid());
  EXPECT_EQ(ours->leader, getpid());
  EXPECT_FALSE(credentials_of(-1));
}

}  // namespace
}  // namespace net::kern
