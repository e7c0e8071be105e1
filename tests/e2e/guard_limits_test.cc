// How many are served at the same time, from one address and in all, and for how long.

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>

#include <csignal>

#include "tests/e2e/guard_run.hh"
#include "tests/e2e/serve_run.hh"
#include "tests/support/files.hh"
#include "tests/support/proc.hh"

namespace test {
namespace {

using Words = std::vector<std::string>;

Words echo(const std::string& model, const Words& options) {
  Words words = {"--serve", "echo", "--model", model};
  words.insert(words.end(), options.begin(), options.end());
  words.insert(words.end(), {"127.0.0.1", "0"});
  return words;
}

/// True once its word has come back: it is being served.
void expect_echo(Peer& peer, const std::string& words = "hello") {
  peer.send_all(words);
  EXPECT_EQ(peer.recv_exact(words.size()), words);
}

// --- --max-clients --------------------------------------------------------------------------------------

TEST(GuardLimits, OneTooManyWaitsUntilAnotherLeaves) {
  for (const std::string& model : concurrent_models) {
    SCOPED_TRACE(model);
    Listener server = start_listener(echo(model, {"--max-clients", "3"}));
    std::vector<Peer> inside;
    for (int i = 0; i < 3; ++i) {
      inside.push_back(connect_tcp("127.0.0.1", server.port));
      expect_echo(inside.back());
    }
    Peer fourth = connect_tcp("127.0.0.1", server.port);
    Peer fifth = connect_tcp("127.0.0.1", server.port);
    fourth.send_all("fourth");
    fifth.send_all("fifth");
    EXPECT_TRUE(fourth.silent_for(100ms)) << "connected, and not served";
    for (Peer& peer : inside) expect_echo(peer, "still here");
    inside[1].close();
    EXPECT_EQ(fourth.recv_exact(6), "fourth");
    EXPECT_TRUE(fifth.silent_for(50ms));
    fourth.reset();
    EXPECT_EQ(fifth.recv_exact(5), "fifth");
    const Outcome outcome = stop_server(server.program);
    EXPECT_TRUE(json::events(outcome.err, "rejected").empty()) << "they wait, and are not sent away";
    EXPECT_EQ(json::events(outcome.err, "accepted").size(), 5U);
  }
}

TEST(GuardLimits, IterativeIsOneAtATime) {
  Listener server = start_listener(echo("iterative", {"--max-clients", "5"}));
  Peer first = connect_tcp("127.0.0.1", server.port);
  expect_echo(first);
  Peer second = connect_tcp("127.0.0.1", server.port);
  second.send_all("second");
  EXPECT_TRUE(second.silent_for(100ms));
  first.close();
  EXPECT_EQ(second.recv_exact(6), "second");
}

// --- --max-per-address ----------------------------------------------------------------------------------

TEST(GuardLimits, SoManyOfOneAddress) {
  for (const std::string& model : concurrent_models) {
    SCOPED_TRACE(model);
    Listener server = start_listener(echo(model, {"--max-per-address", "2"}));
    const auto connect = [&](const char* from) { return connect_from(from, "127.0.0.1", server.port); };
    Peer first = connect("127.0.0.1");
    Peer second = connect("127.0.0.1");
    expect_echo(first);
    expect_echo(second);
    Peer third = connect("127.0.0.1");
    EXPECT_EQ(third.recv_until_eof(), "");
    const json::Value rejected = read_event(server.program, "rejected");
    EXPECT_EQ(rejected["reason"].string(), "max_per_address");
    EXPECT_EQ(rejected["peer"]["port"].integer(), third.local_port());
    Peer other = connect("127.0.0.2");
    expect_echo(other);
    expect_echo(first, "undisturbed");
    // A place is free as soon as one is reported as closed, however it ended.
    second.reset();
    read_event(server.program, "closed");
    Peer fourth = connect("127.0.0.1");
    expect_echo(fourth);
    EXPECT_EQ(connect("127.0.0.1").recv_until_eof(), "");
  }
}

TEST(GuardLimits, OneSocketForBothFamilies) {
  Listener server = start_listener({"--serve", "echo", "--max-per-address", "1", "0"});
  Peer four = connect_tcp("127.0.0.1", server.port);
  Peer six = connect_tcp("::1", server.port);
  expect_echo(four);
  expect_echo(six);
  EXPECT_EQ(connect_tcp("127.0.0.1", server.port).recv_until_eof(), "");
  EXPECT_EQ(connect_tcp("::1", server.port).recv_until_eof(), "");
}

// With stdin and stdout there is one client at a time: all of one address have their turn.
TEST(GuardLimits, SoManyOfOneAddressOneAfterAnother) {
  Listener listener =
      start_listener({"-k", "-d", "--max-per-address", "1", "--max-clients", "1", "127.0.0.1", "0"});
  Peer first = connect_tcp("127.0.0.1", listener.port);
  Peer second = connect_tcp("127.0.0.1", listener.port);
  second.send_all("second");
  first.send_all("first ");
  first.close();
  EXPECT_EQ(listener.program.read_exact(Stream::out, 12), "first second");
  const Outcome outcome = stop_server(listener.program);
  EXPECT_TRUE(json::events(outcome.err, "rejected").empty());
}

TEST(GuardLimits, SoManyDatagramPeersOfOneAddress) {
  Listener listener = start_listener({"-u", "-k", "-i", "700ms", "--max-per-address", "2", "127.0.0.1", "0"});
  UdpSocket first;
  UdpSocket second;
  UdpSocket third;
  UdpSocket other("127.0.0.2");
  const auto say = [&](UdpSocket& from, const char* word) { from.send_to(word, "127.0.0.1", listener.port); };
  say(first, "1");
  say(second, "2");
  say(third, "x");
  say(other, "4");
  EXPECT_EQ(listener.program.read_exact(Stream::out, 3), "124");
  const json::Value rejected = read_event(listener.program, "rejected");
  EXPECT_EQ(rejected["reason"].string(), "max_per_address");
  EXPECT_EQ(rejected["peer"]["port"].integer(), third.port());
  // Once those are forgotten it may come in.
  for (int i = 0; i < 3; ++i) read_event(listener.program, "closed");
  say(third, "5");
  EXPECT_EQ(listener.program.read_exact(Stream::out, 1), "5");
}

// --- -i, --clients, --backlog ---------------------------------------------------------------------------

TEST(GuardLimits, AnIdleClientIsClosedAndNobodyElse) {
  for (const std::string& model : every_model) {
    SCOPED_TRACE(model);
    Listener server = start_listener(echo(model, {"-i", "600ms"}));
    Peer idle = connect_tcp("127.0.0.1", server.port);
    expect_echo(idle, "last words");
    Peer busy;
    if (model != "iterative") {
      busy = connect_tcp("127.0.0.1", server.port);
      Deadline deadline(patience);
      do {
        expect_echo(busy, "x");
        ASSERT_FALSE(deadline.passed());
      } while (!poll_one(idle.fd(), POLLIN, Deadline(50ms)));
    }
    EXPECT_EQ(idle.recv_until_eof(), "");
    const json::Value closed = read_event(server.program, "closed");
    EXPECT_EQ(closed["client"].integer(), 1);
    EXPECT_EQ(closed["reason"].string(), "idle_timeout");
    EXPECT_EQ(closed["received_bytes"].integer(), 10);
    EXPECT_GE(closed["duration_ms"].number(), 600);
    EXPECT_TRUE(server.program.still_running());
    if (model != "iterative") expect_echo(busy);
  }
}

TEST(GuardLimits, EndsAfterSoManyClients) {
  for (const std::string& model : every_model) {
    SCOPED_TRACE(model);
    Listener server = start_listener(echo(model, {"--clients", "4"}));
    for (int i = 0; i < 3; ++i) {
      Peer peer = connect_tcp("127.0.0.1", server.port);
      expect_echo(peer);
      if (i == 1) {
        peer.reset();
      } else {
        peer.close();
      }
    }
    Peer last = connect_tcp("127.0.0.1", server.port);
    expect_echo(last);
    EXPECT_TRUE(server.program.still_running());
    // Nobody else is taken once the last one is there.
    EXPECT_NE(message_of([&] { (void)connect_tcp("127.0.0.1", server.port).recv_exact(1); }),
              "(nothing was thrown)");
    expect_echo(last, "still served");
    last.close();
    const Outcome outcome = server.program.wait();
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(json::events(outcome.err, "closed").size(), 4U);
  }
}

// The kernel lets one more in than it is told.
TEST(GuardLimits, Backlog) {
  Listener server = start_listener(echo("iterative", {"--backlog", "2"}));
  Peer served = connect_tcp("127.0.0.1", server.port);
  expect_echo(served);
  std::vector<Peer> waiting;
  for (int i = 0; i < 3; ++i) waiting.push_back(connect_tcp("127.0.0.1", server.port));
  EXPECT_NE(message_of([&] { (void)connect_tcp("127.0.0.1", server.port, 300ms); }), "(nothing was thrown)");
  served.close();
  for (Peer& peer : waiting) {
    expect_echo(peer);
    peer.close();
  }
}

// --- descriptors ----------------------------------------------------------------------------------------

Options few_descriptors(rlim_t most) {
  Options options;
  options.before_exec = [most] {
    const rlimit limit{most, most};
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0) fail_errno("setrlimit");
  };
  return options;
}

// It knows beforehand how many it has descriptors for; the others wait, and cost nothing meanwhile.
TEST(GuardLimits, FewerDescriptorsThanClients) {
  for (const std::string& model : concurrent_models) {
    SCOPED_TRACE(model);
    Words words = echo(model, {});
    words.insert(words.begin(), "listen");
    Program program(nettool_argv(words), few_descriptors(32));
    const std::string first = program.read_until(Stream::err, "/tcp\n");
    const auto port = static_cast<std::uint16_t>(std::stoi(first.substr(first.rfind(':') + 1)));
    const std::string note = program.read_line(Stream::err);
    EXPECT_NE(note.find("32 descriptors (ulimit -n)"), std::string::npos) << note;
    EXPECT_NE(note.find("wait in the backlog"), std::string::npos) << note;
    constexpr int count = 40;
    std::vector<Peer> peers;
    for (int i = 0; i < count; ++i) {
      peers.push_back(connect_tcp("127.0.0.1", port));
      peers.back().send_all("hello");
    }
    EXPECT_EQ(peers.front().recv_exact(5), "hello");
    EXPECT_TRUE(peers.back().silent_for(100ms));
    wait_idle(program.pid());
    const long ticks = cpu_ticks(program.pid());
    EXPECT_TRUE(peers.back().silent_for(1s));
    EXPECT_LE(cpu_ticks(program.pid()) - ticks, 5) << "nothing spins";
    for (Peer& peer : peers) {
      if (&peer != &peers.front()) EXPECT_EQ(peer.recv_exact(5), "hello");
      peer.close();
    }
    const Outcome outcome = stop_server(program);
    EXPECT_EQ(outcome.err.find("EMFILE"), std::string::npos) << outcome.err;
  }
}

/// Allows a running program the descriptors it has and `more`; what it was allowed before.
rlimit limit_descriptors(const Program& program, rlim_t more) {
  rlimit before{};
  if (prlimit(program.pid(), RLIMIT_NOFILE, nullptr, &before) < 0) fail_errno("prlimit");
  rlimit now = before;
  const std::string folder = "/proc/" + std::to_string(program.pid()) + "/fd/";
  now.rlim_cur = 0;
  while (exists(folder + std::to_string(now.rlim_cur))) ++now.rlim_cur;
  now.rlim_cur += more;
  if (prlimit(program.pid(), RLIMIT_NOFILE, &now, nullptr) < 0) fail_errno("prlimit");
  return before;
}

// Taken away while it serves: accepting pauses, those who are served go on, and the others have their turn
// when there are descriptors again.
TEST(GuardLimits, DescriptorsThatAreTakenAway) {
  Listener server = start_listener(echo("epoll", {}));
  // A sanitizer's first look at some types takes descriptors: a client that came and went before.
  Peer early = connect_tcp("127.0.0.1", server.port);
  expect_echo(early);
  early.reset();
  read_event(server.program, "closed");
  Peer inside = connect_tcp("127.0.0.1", server.port);
  expect_echo(inside);
  const rlimit before = limit_descriptors(server.program, 0);
  std::vector<Peer> waiting;
  for (int i = 0; i < 5; ++i) {
    waiting.push_back(connect_tcp("127.0.0.1", server.port));
    waiting.back().send_all("me too");
  }
  const json::Value error = read_event(server.program, "error");
  EXPECT_NE(error.text().find("EMFILE"), std::string::npos) << error.text();
  const long ticks = cpu_ticks(server.program.pid());
  EXPECT_TRUE(waiting.front().silent_for(1s));
  EXPECT_LE(cpu_ticks(server.program.pid()) - ticks, 5) << "nothing spins";
  expect_echo(inside, "undisturbed");
  if (prlimit(server.program.pid(), RLIMIT_NOFILE, &before, nullptr) < 0) fail_errno("prlimit");
  for (Peer& peer : waiting) EXPECT_EQ(peer.recv_exact(6), "me too");
  const Outcome outcome = stop_server(server.program);
  EXPECT_EQ(json::events(outcome.err, "error").size(), 1U) << "told once";
}

// A descriptor that another client gives back is one for who waits.
TEST(GuardLimits, ADescriptorThatIsGivenBack) {
  Listener server = start_listener(echo("epoll", {}));
  Peer early = connect_tcp("127.0.0.1", server.port);
  expect_echo(early);
  early.reset();
  read_event(server.program, "closed");
  Peer first = connect_tcp("127.0.0.1", server.port);
  expect_echo(first);
  limit_descriptors(server.program, 0);
  Peer second = connect_tcp("127.0.0.1", server.port);
  second.send_all("second");
  read_event(server.program, "error");
  first.close();
  EXPECT_EQ(second.recv_exact(6), "second");
}

}  // namespace
}  // namespace test
