// Each side ends by itself: what the other still has to say arrives whole, however late.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/fd.hh"
#include "tests/support/files.hh"
#include "tests/support/link.hh"
#include "tests/support/net.hh"
#include "tests/support/nettool.hh"
#include "tests/support/program.hh"

namespace test {
namespace {

json::Value closed_event(const Outcome& outcome) {
  return json::only_event(outcome.err, "closed");
}

/// Both ends of a pipe, the writing one fed by cat(1).
struct Feeder {
  Fd read_end;
  Program cat;
};

Feeder feed_pipe(const std::string& path) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) fail_errno("pipe");
  Fd read_end(ends[0]), write_end(ends[1]);
  return {std::move(read_end), Program({"cat", path}, {.out = Stdio::fd(write_end.get())})};
}

class EndsHalfClose : public testing::TestWithParam<Role> {};

INSTANTIATE_TEST_SUITE_P(Roles, EndsHalfClose, testing::Values(Role::connect, Role::listen),
                         [](const auto& info) { return info.param == Role::connect ? "connect" : "listen"; });

TEST_P(EndsHalfClose, ReplyTwoSecondsAfterTheEndOfStdinIsWhole) {
  const std::string reply = random_bytes(256 << 10, 1);
  Link link = start(GetParam(), {});
  link.program.write_stdin("request");
  link.program.close_stdin();
  EXPECT_EQ(link.peer.recv_until_eof(), "request");
  std::this_thread::sleep_for(2s);  // the peer thinks
  link.peer.send_all(reply);
  link.peer.close();
  Outcome outcome = link.program.wait();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(first_difference(outcome.out, reply), std::nullopt);
  EXPECT_EQ(closed_event(outcome)["reason"].string(), "eof");
  EXPECT_EQ(closed_event(outcome)["sent_bytes"].integer(), 7);
  EXPECT_EQ(closed_event(outcome)["received_bytes"].integer(), 256 << 10);
}

TEST(EndsHalfCloseBetweenNettools, ReplyTwoSecondsAfterTheEndOfStdinIsWhole) {
  // A listener whose client has ended its side ends with its own silent stdin, unless told to wait.
  const std::string reply = random_bytes(60 << 10, 2);
  Listener listener = start_listener({"--drain", "forever", "127.0.0.1", "0"});
  Program client(nettool("connect", "--json", "127.0.0.1", listener.port_text()));
  client.write_stdin("request");
  client.close_stdin();
  EXPECT_EQ(listener.program.read_exact(Stream::out, 7), "request");
  std::this_thread::sleep_for(2s);
  EXPECT_TRUE(client.still_running());
  listener.program.write_stdin(reply);
  listener.program.close_stdin();
  Outcome ours = client.wait();
  Outcome theirs = listener.program.wait();
  EXPECT_EQ(ours.status, 0) << ours.err;
  EXPECT_EQ(theirs.status, 0) << theirs.err;
  EXPECT_EQ(first_difference(ours.out, reply), std::nullopt);
  EXPECT_EQ(closed_event(ours)["reason"].string(), "eof");
  EXPECT_EQ(closed_event(theirs)["reason"].string(), "peer_closed");
}

/// The peer ends its side at once, 16 MiB before we do, and reads them now or a good while later: longer than
/// the drain time, which must not run while the socket is full.
struct EarlyEnd {
  const char* name;
  Role role;
  bool from_pipe;
  Duration pause;
};

class EndsEarly : public testing::TestWithParam<EarlyEnd> {};

TEST_P(EndsEarly, PeerStillGetsAllThatStdinHas) {
  const EarlyEnd& c = GetParam();
  const std::string bytes = random_bytes(16 << 20, 3);
  TempDir dir;
  write_file(dir / "in", bytes);
  Feeder feeder = feed_pipe(dir / "in");
  Link link =
      start(c.role, {}, {.in = c.from_pipe ? Stdio::fd(feeder.read_end.get()) : Stdio::file(dir / "in")});
  feeder.read_end.close();
  link.peer.send_all("enough");
  link.peer.shutdown_write();
  auto received = std::async(std::launch::async, [&] {
    std::this_thread::sleep_for(c.pause);
    return link.peer.recv_until_eof();
  });
  Outcome outcome = link.program.wait();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "enough");
  EXPECT_EQ(first_difference(received.get(), bytes), std::nullopt);
  EXPECT_EQ(closed_event(outcome)["reason"].string(), "peer_closed");
  EXPECT_EQ(closed_event(outcome)["sent_bytes"].integer(), 16 << 20);
  EXPECT_EQ(closed_event(outcome)["unsent_bytes"].integer(), 0);
}

INSTANTIATE_TEST_SUITE_P(All, EndsEarly,
                         testing::Values(EarlyEnd{"connect_file", Role::connect, false, 0ms},
                                         EarlyEnd{"connect_pipe", Role::connect, true, 0ms},
                                         EarlyEnd{"connect_file_slow", Role::connect, false, 1s},
                                         EarlyEnd{"connect_pipe_slow", Role::connect, true, 1s},
                                         EarlyEnd{"listen_file", Role::listen, false, 0ms},
                                         EarlyEnd{"listen_pipe_slow", Role::listen, true, 1s}),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_P(EndsHalfClose, PeerGoesOnForSecondsAfterTheEndOfStdin) {
  Link link = start(GetParam(), {});
  link.program.write_stdin("x");
  link.program.close_stdin();
  EXPECT_EQ(link.peer.recv_until_eof(), "x");
  std::string expected;
  for (int i = 0; i < 10; ++i) {
    std::string piece = random_bytes(50'000, static_cast<unsigned>(i));
    link.peer.send_all(piece);
    EXPECT_EQ(link.program.read_exact(Stream::out, piece.size()), piece);
    expected += piece;
    std::this_thread::sleep_for(200ms);
  }
  link.peer.close();
  Outcome outcome = link.program.wait();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(first_difference(outcome.out, expected), std::nullopt);
}

TEST_P(EndsHalfClose, StdinGoesOnForSecondsAfterThePeersEnd) {
  // Each byte of stdin begins the silence anew: two seconds of them outlast a drain time of one.
  Link link = start(GetParam(), {"--drain", "1s"});
  link.peer.shutdown_write();
  std::string expected;
  for (int i = 0; i < 20; ++i) {
    std::string piece = random_bytes(5'000, static_cast<unsigned>(i));
    link.program.write_stdin(piece);
    EXPECT_EQ(link.peer.recv_exact(piece.size()), piece);
    expected += piece;
    std::this_thread::sleep_for(100ms);
  }
  link.program.close_stdin();
  EXPECT_EQ(link.peer.recv_until_eof(), "");
  Outcome outcome = link.program.wait();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(closed_event(outcome)["reason"].string(), "peer_closed");
  EXPECT_EQ(closed_event(outcome)["sent_bytes"].integer(), static_cast<long long>(expected.size()));
}

struct BothWays {
  const char* name;
  bool over_unix;
  bool through_pipes;
};

class EndsBothWays : public testing::TestWithParam<BothWays> {};

TEST_P(EndsBothWays, SixtyFourMebibytesEachWayAtOnce) {
  const auto& [name, over_unix, through_pipes] = GetParam();
  TempDir dir;
  random_file(dir / "a", 64 << 20, 4);
  random_file(dir / "b", 64 << 20, 5);
  Feeder feed_a = feed_pipe(dir / "a");
  Feeder feed_b = feed_pipe(dir / "b");
  Options server{.in = Stdio::file(dir / "a"), .out = Stdio::file(dir / "b.got")};
  Options client{.in = Stdio::file(dir / "b"), .out = Stdio::file(dir / "a.got")};
  if (through_pipes) {
    server.in = Stdio::fd(feed_a.read_end.get());
    client.in = Stdio::fd(feed_b.read_end.get());
  }
  Arguments place = {"127.0.0.1", "0"};
  if (over_unix) place = {"-U", dir / "socket"};
  Listener listener = start_listener(place, server);
  if (!over_unix) place.back() = listener.port_text();
  place.insert(place.begin(), {"connect", "--json"});
  Program program(nettool_argv(place), client);
  Outcome ours = program.wait(60s);
  Outcome theirs = listener.program.wait(60s);
  EXPECT_EQ(ours.status, 0) << ours.err;
  EXPECT_EQ(theirs.status, 0) << theirs.err;
  for (const char* file : {"a", "b"}) {
    EXPECT_EQ(sha256_of_file(dir / (std::string(file) + ".got")), sha256_of_file(dir / file)) << file;
  }
  for (const char* key : {"sent_bytes", "received_bytes"}) {
    EXPECT_EQ(closed_event(ours)[key].integer(), 64 << 20);
    EXPECT_EQ(closed_event(theirs)[key].integer(), 64 << 20);
  }
}

INSTANTIATE_TEST_SUITE_P(All, EndsBothWays,
                         testing::Values(BothWays{"tcp_files", false, false},
                                         BothWays{"tcp_pipes", false, true},
                                         BothWays{"unix_files", true, false},
                                         BothWays{"unix_pipes", true, true}),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace test
