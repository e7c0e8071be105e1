// Who ends first, and what becomes of the other: no program outlives its client, no client its program.

#include <fcntl.h>

#include <thread>

#include "tests/e2e/exec_run.hh"

namespace test {
namespace {

class ExecEnd : public ExecTest {};

TEST_P(ExecEnd, TheStatusIsTold) {
  struct Case {
    const char* name;
    const char* line;
    int status;
  };
  const Case cases[] = {
      {"success", "exit 0", 0},
      {"a status", "exit 3", 3},
      {"a signal", "kill -KILL $$", 128 + SIGKILL},
      {"a default action", "kill -USR1 $$", 128 + SIGUSR1},
  };
  for (const Case& c : cases) {
    Listener listener = shell(c.line, {"--clients", "1"});
    Peer peer = connect(listener);
    EXPECT_EQ(peer.recv_until_eof(), "") << c.name;
    const Told end = told(listener);
    EXPECT_EQ(end.status(), c.status) << c.name;
    ASSERT_FALSE(end.exited.empty());
    EXPECT_EQ(end.exited.back()["client"].integer(), 1);
    EXPECT_EQ(end.reason(), "eof") << c.name;
    // A program's failure is not the listener's.
    EXPECT_EQ(listener.program.wait().status, 0) << c.name;
  }
}

TEST_P(ExecEnd, AClientThatIsCutTakesItsProgramAlong) {
  Listener listener = shell("sleep 1000 & echo $$; echo $!; wait");
  Peer peer = connect(listener);
  const pid_t program = pid_line(peer);
  const pid_t helper = pid_line(peer);
  EXPECT_TRUE(is_alive(program) && is_alive(helper));
  peer.reset();
  const Told end = told(listener);
  EXPECT_EQ(end.reason(), "reset");
  EXPECT_EQ(end.status(), 128 + SIGTERM);
  EXPECT_FALSE(is_alive(program));
  wait_gone(helper);
}

TEST_P(ExecEnd, OneThatIgnoresSigtermIsKilled) {
  Listener listener = shell("trap '' TERM; echo $$; while :; do sleep 1000; done");
  Peer peer = connect(listener);
  const pid_t program = pid_line(peer);
  const Stopwatch watch;
  peer.reset();
  const Told end = told(listener);
  EXPECT_EQ(end.status(), 128 + SIGKILL);
  EXPECT_GE(watch.seconds(), 1.0);
  EXPECT_FALSE(is_alive(program));
}

// It writes to somebody who is not there; and does not read what he had sent.
TEST_P(ExecEnd, AClientThatTakesNoMore) {
  TempDir dir;
  Listener listener = exec_unix(dir / "socket", "stream", {"yes"});
  Peer peer = connect_unix(dir / "socket");
  peer.send_all(random_bytes(100'000, 1));
  static_cast<void>(peer.recv_exact(10));
  peer.close();
  EXPECT_EQ(told(listener).reason(), "reset");
}

// A program that has to read before it goes on writing would wait for the client, and he for nobody.
TEST_P(ExecEnd, AClientThatTakesNoMoreOfWhatItSent) {
  TempDir dir;
  Listener listener = exec_unix(dir / "socket", "stream", {"cat"});
  Peer peer = connect_unix(dir / "socket");
  const int flags = fcntl(peer.fd(), F_GETFL);
  fcntl(peer.fd(), F_SETFL, flags | O_NONBLOCK);
  const std::string bytes = random_bytes(1'000'000, 2);
  // Until nothing moves any more: every buffer on the way there and back is full.
  wait_until("full buffers", [&] {
    if (send(peer.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0) return false;
    wait_idle(listener.program.pid());
    return send(peer.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0;
  });
  peer.close();
  EXPECT_EQ(told(listener).reason(), "reset");
}

// Half-closed is not gone.
TEST_P(ExecEnd, AHalfClosedClientIsServedOn) {
  TempDir dir;
  run_ok({"mkfifo", dir / "go"});
  Listener listener = shell("cat; read line <'" + (dir / "go") + "'; echo late");
  Peer peer = connect(listener);
  peer.send_all("early\n");
  peer.shutdown_write();
  EXPECT_EQ(peer.recv_until("\n"), "early\n");
  run_ok({"sh", "-c", "echo go >'" + (dir / "go") + "'"});
  EXPECT_EQ(peer.recv_until_eof(), "late\n");
  EXPECT_EQ(told(listener).status(), 0);
}

// On a Unix socket a full close looks like the end of everything; what was sent is still worked on.
TEST_P(ExecEnd, AJobIsDoneForOneWhoHasLeft) {
  TempDir dir;
  Listener listener =
      exec_unix(dir / "socket", "stream", {"sh", "-c", "cat >'" + (dir / "job") + "'; exit 7"});
  const std::string bytes = random_bytes(200'000, 3);
  Peer peer = connect_unix(dir / "socket");
  peer.send_all(bytes);
  peer.close();
  const Told end = told(listener);
  EXPECT_EQ(end.status(), 7);
  EXPECT_EQ(first_difference(read_file(dir / "job"), bytes), std::nullopt);
}

// A grandchild with the same output holds neither client nor listener, and is left alone.
TEST_P(ExecEnd, AGrandchildThatKeepsTheOutputOpen) {
  Listener listener = shell("sleep 1000 & echo $!; head -c 300000 /dev/zero");
  Peer peer = connect(listener);
  const pid_t grandchild = pid_line(peer);
  EXPECT_EQ(peer.recv_until_eof(), std::string(300000, '\0'));
  EXPECT_EQ(told(listener).reason(), "eof");
  EXPECT_TRUE(is_alive(grandchild));
  kill(grandchild, SIGKILL);
}

// Nor does one whose output never runs dry, as the client is slow.
TEST_P(ExecEnd, AGrandchildThatNeverStopsWriting) {
  TempDir dir;
  Listener listener = shell("yes & echo $! >'" + (dir / "pid") + "'", {"-o", "SO_SNDBUF=4096"});
  Peer peer = connect(listener);
  const int small = 4096;
  setsockopt(peer.fd(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  EXPECT_FALSE(peer.ends_by_reset());
  EXPECT_EQ(told(listener).reason(), "eof");
  // Its pipe has gone.
  wait_gone(std::stoi(read_file(dir / "pid")));
}

TEST_P(ExecEnd, AnIdleClientIsLetGo) {
  Listener listener = shell("echo $$; exec sleep 1000", {"-i", "300ms"});
  Peer peer = connect(listener);
  const pid_t program = pid_line(peer);
  EXPECT_EQ(peer.recv_until_eof(), "");
  const Told end = told(listener);
  EXPECT_EQ(end.reason(), "idle_timeout");
  EXPECT_EQ(end.status(), 128 + SIGTERM);
  EXPECT_FALSE(is_alive(program));
}

TEST_P(ExecEnd, TheListenersEndIsTheProgramsEnd) {
  struct Case {
    const char* line;
    int status;
  };
  const Case cases[] = {{"echo $$; exec sleep 1000", 128 + SIGTERM},
                        {"trap '' TERM; echo $$; while :; do sleep 1000; done", 128 + SIGKILL}};
  for (const Case& c : cases) {
    Listener listener = shell(c.line);
    Peer peer = connect(listener);
    const pid_t program = pid_line(peer);
    listener.program.signal(SIGTERM);
    const Outcome outcome = listener.program.wait();
    EXPECT_EQ(outcome.status, 128 + SIGTERM) << outcome.err;
    EXPECT_FALSE(is_alive(program));
    EXPECT_EQ(json::only_event(outcome.err, "closed")["reason"].string(), "signal");
    EXPECT_EQ(json::events(outcome.err, "exited").back()["status"].integer(), c.status);
  }
}

TEST_P(ExecEnd, GraceLetsItFinish) {
  Listener listener = shell("echo $$; read line; echo $line", {"--grace", "1h"});
  Peer peer = connect(listener);
  static_cast<void>(pid_line(peer));
  wait_idle(listener.program.pid());
  const int descriptors = open_fds(listener.program.pid());
  listener.program.signal(SIGTERM);
  // That of the listening socket.
  wait_until("a closed port", [&] { return open_fds(listener.program.pid()) < descriptors; });
  peer.send_all("last words\n");
  EXPECT_EQ(peer.recv_until_eof(), "last words\n");
  const Outcome outcome = listener.program.wait();
  EXPECT_EQ(outcome.status, 128 + SIGTERM);
  EXPECT_EQ(json::only_event(outcome.err, "closed")["reason"].string(), "eof");
}

// What cannot be started is an error that names it; the client is closed, and the listener goes on.
TEST_P(ExecEnd, AProgramThatIsNotThere) {
  TempDir dir;
  write_file(dir / "text", "echo no first line\n");
  run_ok({"chmod", "755", dir / "text"});
  struct Case {
    std::string command;
    const char* code;
    const char* hint;
  };
  const Case cases[] = {{"/no/such/program", "ENOENT", "interpreter"},
                        {"no-such-program-anywhere", "ENOENT", "PATH"},
                        {"/", "EACCES", nullptr},
                        {dir / "text", "ENOEXEC", "#!/bin/sh"}};
  for (const Case& c : cases) {
    Listener listener = exec({c.command, "argument"}, {"--clients", "2"});
    for (int client = 0; client < 2; ++client) {
      Peer peer = connect(listener);
      EXPECT_EQ(peer.recv_until_eof(), "");
      const Told end = told(listener);
      ASSERT_EQ(end.errors.size(), 1U) << c.command;
      EXPECT_EQ(end.errors[0]["op"].string(), "exec");
      EXPECT_EQ(end.errors[0]["subject"].string(), c.command);
      EXPECT_EQ(end.errors[0]["code"].string(), c.code);
      if (c.hint == nullptr) {
        EXPECT_TRUE(end.errors[0]["hint"].is_null());
      } else {
        EXPECT_NE(end.errors[0]["hint"].string().find(c.hint), std::string::npos);
      }
      EXPECT_EQ(end.reason(), "local_error");
    }
    EXPECT_EQ(listener.program.wait().status, 0);
  }
}

// Neither a zombie nor a descriptor is left, however clients and programs end.
TEST_P(ExecEnd, LeavesNothingBehind) {
  Listener listener = shell("read line; exit $line");
  wait_idle(listener.program.pid());
  const int descriptors = open_fds(listener.program.pid());
  for (int round = 0; round < 12; ++round) {
    Peer peer = connect(listener);
    if (round % 4 == 0) peer.send_all(std::to_string(round) + "\n");
    if (round % 4 == 1) peer.shutdown_write();
    if (round % 4 == 2) peer.reset();
    if (round % 4 == 3) {
      peer.send_all("0\n" + random_bytes(100'000, 1));
      peer.reset();
    }
    static_cast<void>(told(listener));
    EXPECT_EQ(children(listener.program.pid()), 0);
  }
  wait_idle(listener.program.pid());
  EXPECT_EQ(open_fds(listener.program.pid()), descriptors);
}

IN_EACH_MODEL(ExecEnd);

// A client that stands still for longer than a second has not gone, and gets the rest.
class ExecIdle : public ExecTest {};

TEST_P(ExecIdle, ASlowClientGetsAll) {
  TempDir dir;
  const std::string output(400'000, 'x');
  Listener listener = shell("echo $$ >'" + (dir / "pid") + "'; head -c 400000 /dev/zero | tr '\\0' x");
  Peer peer = connect(listener);
  const int small = 4096;
  setsockopt(peer.fd(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  wait_until("the program's number", [&dir] { return exists(dir / "pid") && file_size(dir / "pid") > 0; });
  wait_gone(std::stoi(read_file(dir / "pid")));
  EXPECT_TRUE(is_alive(listener.program.pid()));
  std::this_thread::sleep_for(1500ms);
  // To a socket that was closed meanwhile this would bring a reset.
  peer.send_all("still here");
  EXPECT_EQ(first_difference(peer.recv_until_eof(), output), std::nullopt);
  EXPECT_EQ(told(listener).reason(), "eof");
}

TEST_P(ExecIdle, OneThatTakesNothingIsLetGo) {
  Listener listener = shell("head -c 400000 /dev/zero", {"-i", "700ms"});
  Peer peer = connect(listener);
  const int small = 4096;
  setsockopt(peer.fd(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  const Told end = told(listener);
  EXPECT_EQ(end.reason(), "idle_timeout");
  EXPECT_EQ(end.status(), 0);
}

// Nothing is done while nothing happens.
TEST_P(ExecIdle, NobodyWakesUp) {
  Listener listener = shell("echo ready; exec sleep 1000");
  Peer peer = connect(listener);
  EXPECT_EQ(peer.recv_until("\n"), "ready\n");
  wait_idle(listener.program.pid());
  const long before = voluntary_switches(listener.program.pid());
  std::this_thread::sleep_for(2s);
  EXPECT_EQ(voluntary_switches(listener.program.pid()), before);
}

IN_EACH_MODEL(ExecIdle);

}  // namespace
}  // namespace test
