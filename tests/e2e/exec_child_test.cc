// What a program finds when it begins: its arguments, environment, descriptors and signals.

#include <fcntl.h>
#include <sys/stat.h>

#include <cstdint>

#include "tests/e2e/exec_run.hh"

namespace test {
namespace {

class ExecChild : public ExecTest {
 protected:
  /// All that one client gets.
  static std::string visit(Listener& listener) {
    Peer peer = connect(listener);
    return peer.recv_until_eof();
  }
};

TEST_P(ExecChild, ArgumentsAreUntouched) {
  Listener listener = exec({"printf", "%s\n", "two words", "it's", "\"quoted\"", "$HOME", "*", "", "--", "-x",
                            "--json", "line\nbreak", "\\n", "--clients=1"});
  EXPECT_EQ(visit(listener),
            "two words\nit's\n\"quoted\"\n$HOME\n*\n\n--\n-x\n--json\nline\nbreak\n\\n\n--clients=1\n");
}

TEST_P(ExecChild, TheShellGetsOneLine) {
  Listener listener = shell("x='two words'; printf '%s|' \"$x\" $x \"$0\" \"$#\"");
  EXPECT_EQ(visit(listener), "two words|two|words|/bin/sh|0|");
}

TEST_P(ExecChild, IsLookedUpInPath) {
  TempDir dir;
  write_file(dir / "greeter", "#!/bin/sh\necho found in $0\n");
  ASSERT_EQ(chmod((dir / "greeter").c_str(), 0755), 0);
  Options options;
  options.env = {{"PATH", dir.path() + ":/usr/bin:/bin"}};
  Listener listener = exec({"greeter"}, {}, options);
  EXPECT_EQ(visit(listener), "found in " + (dir / "greeter") + "\n");
}

// Ours beside what was there, and nobody else's under our names.
TEST_P(ExecChild, Environment) {
  Options options;
  options.env = {
      {"NETTOOL_PEER_PORT", "inherited"}, {"NETTOOL_PEER_ADDRESS", "inherited"}, {"KEPT", "a b=c"}};
  Listener listener = shell("env | grep -E '^(NETTOOL_(PEER|LOCAL)_|KEPT)' | sort", {}, options);
  Peer peer = connect(listener);
  EXPECT_EQ(peer.recv_until_eof(),
            "KEPT=a b=c\nNETTOOL_LOCAL_ADDRESS=127.0.0.1\nNETTOOL_LOCAL_PORT=" + listener.port_text() +
                "\nNETTOOL_PEER_ADDRESS=127.0.0.1\nNETTOOL_PEER_PORT=" + std::to_string(peer.local_port()) +
                "\n");
}

TEST_P(ExecChild, EnvironmentOverIpv6) {
  Listener listener = start({}, {"--shell", "echo $NETTOOL_PEER_ADDRESS $NETTOOL_LOCAL_ADDRESS"}, {"0"});
  Peer v6 = connect_tcp("::1", listener.port);
  EXPECT_EQ(v6.recv_until_eof(), "::1 ::1\n");
  // As IPv4, not mapped.
  Peer v4 = connect_tcp("127.0.0.1", listener.port);
  EXPECT_EQ(v4.recv_until_eof(), "127.0.0.1 127.0.0.1\n");
}

TEST_P(ExecChild, EnvironmentOverUnixSockets) {
  TempDir dir;
  Listener listener =
      exec_unix(dir / "socket", "stream", {"sh", "-c", "env | grep -E '^NETTOOL_(PEER|LOCAL)_' | sort"});
  Peer peer = connect_unix(dir / "socket");
  EXPECT_EQ(peer.recv_until_eof(), "NETTOOL_LOCAL_ADDRESS=" + (dir / "socket") +
                                       "\nNETTOOL_LOCAL_PORT=\nNETTOOL_PEER_ADDRESS=\nNETTOOL_PEER_PORT=\n");
}

// Blocked and ignored signals survive exec; those of whoever started us, and our own SIGPIPE, must not.
TEST_P(ExecChild, SignalsAreAsInAFreshProcess) {
  Options options;
  options.before_exec = [] {
    sigset_t blocked;
    sigemptyset(&blocked);
    for (const int number : {SIGUSR1, SIGCHLD, SIGRTMIN}) sigaddset(&blocked, number);
    sigprocmask(SIG_BLOCK, &blocked, nullptr);
    for (const int number : {SIGHUP, SIGINT, SIGPIPE, SIGUSR2, SIGCHLD}) std::signal(number, SIG_IGN);
  };
  Listener listener = exec({"cat", "/proc/self/status"}, {}, options);
  const std::string status = visit(listener);
  EXPECT_NE(status.find("\nSigBlk:\t0000000000000000\n"), std::string::npos) << status;
  EXPECT_NE(status.find("\nSigIgn:\t0000000000000000\n"), std::string::npos) << status;
  // And its end was still seen.
  EXPECT_EQ(told(listener).status(), 0);
}

// Neither ours nor what the shell had left open, and none that is non-blocking.
TEST_P(ExecChild, DescriptorsAreThreeAndBlocking) {
  Options options;
  options.before_exec = [] {
    if (dup2(open("/dev/null", O_RDONLY), 57) != 57) fail_errno("dup2");
  };
  TempDir dir;
  Listener listener =
      shell("ls /proc/$$/fd; grep ^flags /proc/$$/fdinfo/[01]; true", {"-x", dir / "dump"}, options);
  Peer first = connect(listener);
  const std::string seen = first.recv_until_eof();
  EXPECT_TRUE(seen.starts_with("0\n1\n2\n/proc/")) << seen;
  for (const std::string& line : {"/fdinfo/0:flags:", "/fdinfo/1:flags:"}) {
    const std::size_t at = seen.find(line);
    ASSERT_NE(at, std::string::npos) << seen;
    EXPECT_EQ(std::stoul(seen.substr(at + line.size()), nullptr, 8) & O_NONBLOCK, 0U) << seen;
  }
}

// Another client's connection and pipes are not there either: its end would never come.
TEST_P(ExecChild, HoldsNothingOfAnotherClient) {
  // That one serves one client at a time.
  if (std::string(GetParam()) == "iterative") return;
  Listener listener = shell("read line; exec <&-; echo $line; exec >&-; exec sleep 1000");
  Peer first = connect(listener);
  Peer second = connect(listener);
  first.send_all("first\n");
  EXPECT_EQ(first.recv_until_eof(), "first\n");
  second.send_all("second\n");
  EXPECT_EQ(second.recv_until_eof(), "second\n");
}

// Its errors are for whoever started the listener, not for the client.
TEST_P(ExecChild, StandardErrorIsOurs) {
  Listener listener = shell("echo to the log >&2; echo to the client");
  Peer peer = connect(listener);
  EXPECT_EQ(peer.recv_until_eof(), "to the client\n");
  listener.program.read_until(Stream::err, "to the log\n");
}

// A group of its own, so that a Control-C in the terminal is the listener's to pass on.
TEST_P(ExecChild, LeadsAProcessGroup) {
  Listener listener = shell("cut -d ' ' -f 5 /proc/$$/stat; echo $$");
  Peer peer = connect(listener);
  const pid_t group = pid_line(peer);
  EXPECT_EQ(group, pid_line(peer));
}

IN_EACH_MODEL(ExecChild);

}  // namespace
}  // namespace test
