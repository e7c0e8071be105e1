// 256 MiB arrive unchanged whatever stdin and stdout are, and memory does not grow with them.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/fd.hh"
#include "tests/support/files.hh"
#include "tests/support/net.hh"
#include "tests/support/nettool.hh"
#include "tests/support/proc.hh"
#include "tests/support/program.hh"
#include "tests/support/pty.hh"

namespace test {
namespace {

constexpr std::uint64_t size = std::uint64_t{256} << 20;
constexpr Duration long_enough = 90s;

struct Sample {
  std::string path;
  std::string hash;
};

/// The bytes to send: made once and kept beside the program under test, as each test is a process.
Sample sample() {
  Sample result{std::filesystem::path(NETTOOL_BINARY).parent_path() / "random-256MiB", {}};
  std::string hash_file = result.path + ".sha256";
  Fd lock(open((result.path + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (flock(lock.get(), LOCK_EX) < 0) fail_errno("lock " + result.path);
  if (!exists(hash_file)) {
    random_file(result.path, size, 256);
    write_file(hash_file, sha256_of_file(result.path));
  }
  result.hash = read_file(hash_file);
  return result;
}

/// Two descriptors, of which what is written to one is read from the other.
struct Channel {
  Fd read_end;
  Fd write_end;
};

Channel make_pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) fail_errno("pipe");
  return {Fd(ends[0]), Fd(ends[1])};
}

Channel make_socket_pair() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) fail_errno("socketpair");
  return {Fd(ends[0]), Fd(ends[1])};
}

enum class Kind { file, append, null, pipe, socket };

struct Case {
  const char* name;
  Kind in;
  Kind out;
};

class TransferStreams : public testing::TestWithParam<Case> {};

TEST_P(TransferStreams, SameSha256) {
  const auto& [name, in, out] = GetParam();
  Sample bytes = sample();
  TempDir dir;
  const std::string head = "what was there before\n";
  write_file(dir / "out", head);
  Fd appended(open((dir / "out").c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));

  Channel feed = in == Kind::socket ? make_socket_pair() : make_pipe();
  Channel take = out == Kind::socket ? make_socket_pair() : make_pipe();
  Options sends{.in = in == Kind::file ? Stdio::file(bytes.path) : Stdio::fd(feed.read_end.get())};
  Options receives{.in = Stdio::null(), .out = Stdio::fd(take.write_end.get())};
  if (out == Kind::file) receives.out = Stdio::file(dir / "out");
  if (out == Kind::append) receives.out = Stdio::fd(appended.get());
  if (out == Kind::null) receives.out = Stdio::null();

  Listener listener = start_listener({"127.0.0.1", "0"}, receives);
  Program sender(nettool("connect", "127.0.0.1", listener.port_text()), sends);
  Program cat({"cat", bytes.path}, {.out = Stdio::fd(feed.write_end.get())});
  Program sum({"sha256sum"}, {.in = Stdio::fd(take.read_end.get())});
  feed = {};
  take = {};
  Outcome sent = sender.wait(long_enough);
  Outcome received = listener.program.wait(long_enough);
  EXPECT_EQ(sent.status, 0) << sent.err;
  EXPECT_EQ(received.status, 0) << received.err;
  EXPECT_EQ(json::only_event(received.err, "closed")["received_bytes"].integer(),
            static_cast<long long>(size));
  if (out == Kind::pipe || out == Kind::socket) {
    EXPECT_EQ(sum.wait(long_enough).out.substr(0, 64), bytes.hash);
  } else if (out == Kind::file) {
    EXPECT_EQ(sha256_of_file(dir / "out"), bytes.hash);
  } else if (out == Kind::append) {
    std::string shown = run_ok({"sh", "-c", "head -c 22 \"$0\"; tail -c +23 \"$0\" | sha256sum", dir / "out"},
                               {}, long_enough);
    EXPECT_EQ(shown, head + bytes.hash + "  -\n");
  }
}

INSTANTIATE_TEST_SUITE_P(All, TransferStreams,
                         testing::Values(Case{"file_to_file", Kind::file, Kind::file},
                                         Case{"file_to_append", Kind::file, Kind::append},
                                         Case{"file_to_null", Kind::file, Kind::null},
                                         Case{"pipe_to_pipe", Kind::pipe, Kind::pipe},
                                         Case{"pipe_to_file", Kind::pipe, Kind::file},
                                         Case{"pipe_to_append", Kind::pipe, Kind::append},
                                         Case{"pipe_to_null", Kind::pipe, Kind::null},
                                         Case{"socket_to_socket", Kind::socket, Kind::socket}),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(TransferFiles, BeginWhereTheDescriptorsStand) {
  // As in (read line; nettool ...) <in >>out: what came before is another's, what follows too.
  TempDir dir;
  std::string bytes = random_bytes(8 << 20, 1);
  write_file(dir / "in", bytes);
  Fd in(open((dir / "in").c_str(), O_RDONLY | O_CLOEXEC));
  ASSERT_TRUE(in.valid());
  ASSERT_EQ(lseek(in.get(), 1'000'003, SEEK_SET), 1'000'003);
  Fd out(open((dir / "out").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  ASSERT_EQ(write(out.get(), "head\n", 5), 5);

  Listener listener = start_listener({"127.0.0.1", "0"}, {.in = Stdio::null(), .out = Stdio::fd(out.get())});
  Outcome sent = run(nettool("connect", "127.0.0.1", listener.port_text()), {.in = Stdio::fd(in.get())});
  Outcome received = listener.program.wait();
  EXPECT_EQ(sent.status, 0) << sent.err;
  EXPECT_EQ(received.status, 0) << received.err;
  EXPECT_EQ(lseek(in.get(), 0, SEEK_CUR), static_cast<off_t>(bytes.size()));
  ASSERT_EQ(write(out.get(), "tail\n", 5), 5);
  std::string expected = "head\n" + bytes.substr(1'000'003) + "tail\n";
  EXPECT_EQ(first_difference(read_file(dir / "out"), expected), std::nullopt);
}

TEST(TransferFiles, NothingAtAll) {
  Listener listener = start_listener({"127.0.0.1", "0"}, {.in = Stdio::null()});
  Outcome sent = run(nettool("connect", "127.0.0.1", listener.port_text()), {.in = Stdio::null()});
  Outcome received = listener.program.wait();
  EXPECT_EQ(sent.status, 0) << sent.err;
  EXPECT_EQ(received.status, 0) << received.err;
  EXPECT_EQ(received.out, "");
  EXPECT_EQ(json::only_event(received.err, "closed")["received_bytes"].integer(), 0);
}

// A terminal in raw mode. Not its session's own: a hang-up is then the end of input and no SIGHUP.
TEST(TransferTerminal, AsStdin) {
  std::string bytes = random_bytes(4 << 20, 2);
  Pty pty;
  pty.raw();
  TcpServer server;
  Program program(nettool("connect", "127.0.0.1", server.port_text()), {.in = Stdio::fd(pty.slave())});
  pty.close_slave();
  Peer peer = server.accept();
  std::jthread typist([&] { pty.write(bytes); });
  std::string received = peer.recv_exact(bytes.size(), long_enough);
  EXPECT_EQ(first_difference(received, bytes), std::nullopt);
  typist.join();
  pty.hang_up();  // not before: it throws away what was not read
  EXPECT_EQ(peer.recv_until_eof(), "");
  peer.close();
  Outcome end = program.wait();
  EXPECT_EQ(end.status, 0) << end.err;
}

TEST(TransferTerminal, AsStdout) {
  std::string bytes = random_bytes(4 << 20, 3);
  Pty pty;
  pty.raw();
  Listener listener = start_listener({"127.0.0.1", "0"}, {.out = Stdio::fd(pty.slave())});
  pty.close_slave();
  Peer peer = connect_tcp("127.0.0.1", listener.port);
  std::jthread sender([&] {
    peer.send_all(bytes);
    peer.close();
  });
  std::string seen;
  while (seen.size() < bytes.size()) seen += pty.read_some();
  EXPECT_EQ(first_difference(seen, bytes), std::nullopt);
  EXPECT_EQ(pty.read_some(), "");
  Outcome end = listener.program.wait();
  EXPECT_EQ(end.status, 0) << end.err;
}

struct FlatCase {
  const char* name;
  Channel (*make)();
};

class TransferMemory : public testing::TestWithParam<FlatCase> {};

TEST_P(TransferMemory, StaysFlatWithAReaderThatStalls) {
  Sample bytes = sample();
  // A sanitizer keeps what was freed, hundreds of MiB of it: that is not the program's own memory.
  Options receives{.in = Stdio::null()};
  receives.env = {{"ASAN_OPTIONS", "exitcode=99:quarantine_size_mb=1"}};
  Channel feed = GetParam().make();
  Channel take = GetParam().make();
  Options sends = receives;
  sends.in = Stdio::fd(feed.read_end.get());
  receives.out = Stdio::fd(take.write_end.get());

  Listener listener = start_listener({"127.0.0.1", "0"}, receives);
  Program sender(nettool("connect", "127.0.0.1", listener.port_text()), sends);
  feed.read_end.close();
  take.write_end.close();
  const pid_t pids[] = {sender.pid(), listener.program.pid()};
  long before[2];
  for (int i = 0; i < 2; ++i) {
    wait_idle(pids[i]);
    before[i] = rss_kib(pids[i]);
  }

  Program cat({"cat", bytes.path}, {.out = Stdio::fd(feed.write_end.get())});
  for (pid_t pid : pids) wait_idle(pid);  // all buffers on the way are full
  std::this_thread::sleep_for(3s);        // the reader stalls
  EXPECT_TRUE(cat.still_running()) << "everything was taken, though nobody reads";
  Program sum({"sha256sum"}, {.in = Stdio::fd(take.read_end.get())});
  take = {};
  EXPECT_EQ(cat.wait(long_enough).status, 0);
  // Our end of the pipe keeps both running until they have been looked at.
  for (int i = 0; i < 2; ++i) {
    wait_idle(pids[i], long_enough);
    EXPECT_LT(peak_rss_kib(pids[i]) - before[i], 8 << 10) << (i == 0 ? "sender" : "receiver");
  }
  feed = {};
  Outcome sent = sender.wait();
  Outcome received = listener.program.wait();
  EXPECT_EQ(sent.status, 0) << sent.err;
  EXPECT_EQ(received.status, 0) << received.err;
  EXPECT_EQ(sum.wait(long_enough).out.substr(0, 64), bytes.hash);
}

// By splice, and by copy: a socket as stdin or stdout is not spliced.
INSTANTIATE_TEST_SUITE_P(All, TransferMemory,
                         testing::Values(FlatCase{"splice", make_pipe}, FlatCase{"copy", make_socket_pair}),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace test
