#include "net/serve/program.hh"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <string>
#include <string_view>

#include "tests/support/files.hh"

namespace net {
namespace {

using Texts = std::vector<std::string>;

std::string read_all(const Fd& fd) {
  std::string out;
  std::array<char, 4096> buffer{};
  for (;;) {
    pollfd entry{fd.get(), POLLIN, 0};
    poll(&entry, 1, 20'000);
    const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
    if (got <= 0) return out;
    out.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

int status_of(pid_t pid) {
  int status = 0;
  EXPECT_EQ(waitpid(pid, &status, 0), pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

Client client_of(const Endpoint& peer, const Endpoint& local) {
  Client client;
  client.peer = peer;
  client.local = local;
  return client;
}

TEST(Program, TalksThroughTwoPipes) {
  Command command{{"cat"}, {}};
  auto program = start_program(command);
  ASSERT_TRUE(program);
  EXPECT_EQ(::write(program->input.get(), "words", 5), 5);
  program->input = Fd();
  EXPECT_EQ(read_all(program->output), "words");
  EXPECT_EQ(status_of(program->pid), 0);
}

// Ours alone: the program's ends are other open file descriptions.
TEST(Program, OurEndsDoNotBlock) {
  auto program = start_program({{"sh", "-c", "cat /proc/self/fdinfo/0 /proc/self/fdinfo/1; exit 3"}, {}});
  ASSERT_TRUE(program);
  for (const Fd* const fd : {&program->input, &program->output}) {
    EXPECT_NE(fcntl(fd->get(), F_GETFL) & O_NONBLOCK, 0);
    EXPECT_NE(fcntl(fd->get(), F_GETFD) & FD_CLOEXEC, 0);
  }
  const std::string info = read_all(program->output);
  EXPECT_EQ(info.find("flags:\t04"), std::string::npos) << info;
  EXPECT_EQ(info.find("flags:\t024"), std::string::npos) << info;
  EXPECT_EQ(status_of(program->pid), 3);
}

TEST(Program, ItsEnvironmentIsTheOneGiven) {
  auto program = start_program({{"/usr/bin/env"}, {"ONE=1", "TWO=two words"}});
  ASSERT_TRUE(program);
  EXPECT_EQ(read_all(program->output), "ONE=1\nTWO=two words\n");
  EXPECT_EQ(status_of(program->pid), 0);
}

TEST(Program, LeadsItsGroup) {
  auto program = start_program({{"cat"}, {}});
  ASSERT_TRUE(program);
  EXPECT_EQ(getpgid(program->pid), program->pid);
  EXPECT_EQ(kill(-program->pid, SIGKILL), 0);
  EXPECT_EQ(status_of(program->pid), 128 + SIGKILL);
}

TEST(Program, WhatCannotBeStarted) {
  test::TempDir dir;
  test::write_file(dir / "text", "no program");
  const int before = open("/dev/null", O_RDONLY | O_CLOEXEC);
  close(before);
  struct Case {
    std::string name;
    int code;
  };
  const Case cases[] = {
      {"no-such-program-anywhere", ENOENT}, {dir / "nothing", ENOENT}, {dir / "text", EACCES}};
  for (const Case& c : cases) {
    const auto program = start_program({{c.name, "argument"}, {}});
    ASSERT_FALSE(program) << c.name;
    EXPECT_EQ(program.error().op, "exec");
    EXPECT_EQ(program.error().subject, c.name);
    EXPECT_EQ(program.error().code, errno_code(c.code)) << c.name;
    EXPECT_EQ(program.error().blame, Blame::local);
  }
  // Nothing is left of the pipes.
  const int after = open("/dev/null", O_RDONLY | O_CLOEXEC);
  close(after);
  EXPECT_EQ(before, after);
}

TEST(ClientEnvironment, ReplacesWhatWasThere) {
  const Client client =
      client_of(*Endpoint::parse_ip("192.0.2.1", 1234), *Endpoint::parse_ip("2001:db8::1", 80));
  EXPECT_EQ(client_environment({"NETTOOL_PEER_PORT=old", "A=b", "NETTOOL_PEER_PORTS=kept"}, client),
            (Texts{"A=b", "NETTOOL_PEER_PORTS=kept", "NETTOOL_PEER_ADDRESS=192.0.2.1",
                   "NETTOOL_PEER_PORT=1234", "NETTOOL_LOCAL_ADDRESS=2001:db8::1", "NETTOOL_LOCAL_PORT=80"}));
}

TEST(ClientEnvironment, UnixSocketsHaveNoPorts) {
  const sa_family_t unnamed = AF_UNIX;
  const Client client =
      client_of(Endpoint::from_bytes(reinterpret_cast<const sockaddr*>(&unnamed), sizeof unnamed),
                *Endpoint::parse_unix("/run/socket"));
  EXPECT_EQ(client_environment({}, client),
            (Texts{"NETTOOL_PEER_ADDRESS=", "NETTOOL_PEER_PORT=", "NETTOOL_LOCAL_ADDRESS=/run/socket",
                   "NETTOOL_LOCAL_PORT="}));
}

// A variable ends at a NUL, an abstract name does not: cut, it would be another socket's.
TEST(ClientEnvironment, AbstractNamesWithNuls) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  constexpr std::string_view name("\0xy\0z", 5);
  std::ranges::copy(name, address.sun_path);
  const Client client =
      client_of(Endpoint::from_bytes(reinterpret_cast<const sockaddr*>(&address),
                                     static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size())),
                *Endpoint::parse_unix("@plain"));
  EXPECT_EQ(client_environment({}, client), (Texts{"NETTOOL_PEER_ADDRESS=@xy\\x00z", "NETTOOL_PEER_PORT=",
                                                   "NETTOOL_LOCAL_ADDRESS=@plain", "NETTOOL_LOCAL_PORT="}));
}

}  // namespace
}  // namespace net
