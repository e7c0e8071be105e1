#include "net/kern/process.hh"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <climits>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "net/kern/pidfd.hh"
#include "tests/support/fd.hh"
#include "tests/support/net.hh"
#include "tests/support/require.hh"
#include "tests/unit/kern/forked.hh"
#include "tests/unit/kern/sockets.hh"

namespace net::kern {
namespace {

using Inodes = std::vector<std::uint64_t>;

std::string answer_for(pid_t pid) {
  const auto sockets = sockets_of_process(pid);
  return sockets ? std::to_string(sockets->size()) + " sockets" : sockets.error().symbol();
}

TEST(Holders, SeveralProcessesShareOneSocket) {
  test::UdpSocket socket;
  const Inodes inodes{inode_of(socket.fd())};
  const int fd = socket.fd();
  const test::Waiting one;
  const test::Waiting other;
  const std::set<pid_t> all{getpid(), one.pid(), other.pid()};
  auto holders = holders_of_sockets(inodes);
  ASSERT_EQ(holders.size(), 1U);
  EXPECT_TRUE(all.contains(holders.at(inodes[0]).process.pid));
  EXPECT_EQ(holders.at(inodes[0]).fd, fd);
  EXPECT_EQ(holders.at(inodes[0]).inode, inodes[0]);
  socket.close();
  holders = holders_of_sockets(inodes);
  ASSERT_EQ(holders.size(), 1U);
  EXPECT_NE(holders.at(inodes[0]).process.pid, getpid());
}

TEST(Holders, TheSmallestProcessIsAskedFirst) {
  if (!kernel_is_at_least(6, 2)) GTEST_SKIP() << "kernels before 6.2 do not count descriptors";
  const auto open_more = [](int count) {
    for (int i = 0; i < count; ++i) static_cast<void>(dup(STDIN_FILENO));
  };
  test::UdpSocket socket;
  const Inodes inodes{inode_of(socket.fd())};
  const test::Waiting large([&open_more] { open_more(100); });
  const test::Waiting small;
  const test::Waiting middle([&open_more] { open_more(50); });
  socket.close();
  EXPECT_EQ(holders_of_sockets(inodes).at(inodes[0]).process.pid, small.pid());
}

TEST(Holders, SeveralSocketsOfSeveralProcesses) {
  std::uint64_t inode = 0;
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  const test::Fd reader(pipe_ends[0]);
  const test::Fd writer(pipe_ends[1]);
  const test::Waiting owner([&writer] {
    const std::uint64_t mine = inode_of(socket(AF_INET, SOCK_DGRAM, 0));
    if (write(writer.get(), &mine, sizeof mine) != sizeof mine) test::fail_errno("write");
    prctl(PR_SET_NAME, "a\nb \x1b[31m");
  });
  ASSERT_EQ(read(reader.get(), &inode, sizeof inode), static_cast<ssize_t>(sizeof inode));
  const test::UdpSocket ours;
  const auto holders = holders_of_sockets(Inodes{inode, 0, inode_of(ours.fd()), UINT64_MAX, inode});
  ASSERT_EQ(holders.size(), 2U);
  EXPECT_EQ(holders.at(inode).process.pid, owner.pid());
  EXPECT_EQ(holders.at(inode).process.program, "a\nb \x1b[31m") << "as it is";
}

TEST(Holders, Thousands) {
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  const rlimit before = limit;
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 4096);
  if (limit.rlim_cur < 2100) GTEST_SKIP() << "no 2,100 descriptors";
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  {
    std::vector<test::Fd> sockets;
    Inodes inodes;
    for (int i = 0; i < 2000; ++i) {
      sockets.emplace_back(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
      ASSERT_TRUE(sockets.back().valid());
      inodes.push_back(inode_of(sockets.back().get()));
    }
    const auto holders = holders_of_sockets(inodes);
    ASSERT_EQ(holders.size(), inodes.size());
    for (std::size_t i = 0; i < inodes.size(); ++i) {
      EXPECT_EQ(holders.at(inodes[i]).fd, sockets[i].get());
      EXPECT_EQ(holders.at(inodes[i]).process.pid, getpid());
    }
  }
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
}

TEST(Holders, NobodyHoldsThese) {
  EXPECT_TRUE(holders_of_sockets({}).empty());
  EXPECT_TRUE(holders_of_sockets(Inodes{0, UINT64_MAX}).empty());
}

TEST(Holders, WhatWeMayNotSeeIsNotThere) {
  REQUIRE_ROOT();
  const test::UdpSocket socket;
  const Inodes inodes{inode_of(socket.fd())};
  const int fd = socket.fd();
  EXPECT_EQ(test::said_by_child([&] {
              test::become(test::nobody);
              close(fd);
              return std::to_string(holders_of_sockets(inodes).size());
            }),
            "0");
}

TEST(SocketsOfProcess, AreSortedAndAllThereAre) {
  std::vector<test::Fd> sockets;
  // Numbers of one, two and more digits, which are no order as text.
  for (int i = 0; i < 120; ++i) sockets.emplace_back(socket(AF_UNIX, SOCK_DGRAM, 0));
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const test::Fd reader(ends[0]);
  const test::Fd writer(ends[1]);
  const auto found = sockets_of_process(getpid());
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_TRUE(std::ranges::is_sorted(*found, {}, &HeldSocket::fd));
  const auto has = [&found](int fd) { return std::ranges::count(*found, fd, &HeldSocket::fd) == 1; };
  for (const test::Fd& fd : sockets) EXPECT_TRUE(has(fd.get()));
  EXPECT_FALSE(has(reader.get()));
  EXPECT_FALSE(has(writer.get()));
  EXPECT_EQ(found->front().process.pid, getpid());
  EXPECT_EQ(found->front().inode, inode_of(found->front().fd));
}

TEST(SocketsOfProcess, NoSuchProcess) {
  test::Waiting process;
  EXPECT_NE(answer_for(process.pid()), "ESRCH");
  const pid_t gone = process.pid();
  process.end();
  for (const pid_t pid : {gone, 0, -1, INT_MAX}) {
    EXPECT_EQ(answer_for(pid), "ESRCH") << pid;
    EXPECT_FALSE(process_by_id(pid)) << pid;
  }
}

TEST(SocketsOfProcess, OfAnotherUser) {
  REQUIRE_ROOT();
  const test::Waiting roots;
  const test::Waiting nobodys([] { test::become(test::nobody); });
  EXPECT_NE(answer_for(nobodys.pid()), "EACCES") << "root sees all";
  EXPECT_EQ(test::said_by_child([&] {
              test::become(test::nobody);
              return answer_for(roots.pid()) + " " + answer_for(nobodys.pid()) + " " + answer_for(INT_MAX);
            }),
            "EACCES EACCES ESRCH");
}

TEST(SocketsOfProcess, OfAProcessThatIsHidden) {
  REQUIRE_ROOT();
  const test::Waiting roots;
  const std::string said = test::said_by_child([&] {
    if (unshare(CLONE_NEWNS) != 0 || mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount("proc", "/proc", "proc", 0, "hidepid=2") != 0) {
      return std::string("no hidepid here");
    }
    test::become(test::nobody);
    return answer_for(roots.pid()) + " " + answer_for(INT_MAX) + " " + why_not_permitted(roots.pid());
  });
  if (said == "no hidepid here") GTEST_SKIP() << "no /proc with hidepid can be mounted";
  EXPECT_EQ(said, "EACCES ESRCH pid " + std::to_string(roots.pid()) +
                      " is another user's, and /proc hides it (hidepid): reading its sockets takes root");
}

TEST(ProcessById, IsOurs) {
  const auto process = process_by_id(getpid());
  ASSERT_TRUE(process);
  EXPECT_EQ(process->pid, getpid());
  char name[16] = {};
  ASSERT_EQ(prctl(PR_GET_NAME, name), 0);
  EXPECT_EQ(process->program, name);
}

}  // namespace
}  // namespace net::kern
