// SO_REUSEADDR and TIME_WAIT: a server that closed first can start again at once, but only if it always set
// it.

#include <gtest/gtest.h>

#include "tests/support/net.hh"
#include "tests/support/netns.hh"
#include "tests/support/nettool.hh"
#include "tests/support/require.hh"

namespace test {
namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// One client served by `nettool listen`, and the server ends first: TIME_WAIT stays on its port.
std::uint16_t leave_time_wait(const Namespace& ns, const std::vector<std::string>& options) {
  std::vector<std::string> words = options;
  words.insert(words.end(), {"127.0.0.1", "0"});
  Options in_there;
  in_there.before_exec = ns.enter_hook();
  Listener listener = start_listener(words, in_there);
  Peer peer = ns.in([&] { return connect_tcp("127.0.0.1", listener.port); });
  listener.program.write_stdin("bye");
  listener.program.close_stdin();
  EXPECT_EQ(peer.recv_until_eof(), "bye");
  peer.close();
  EXPECT_EQ(listener.program.wait().status, 0);
  return listener.port;
}

TEST(ListenReuse, BothSetIt) {
  REQUIRE_NAMESPACES();
  Namespace ns;
  std::string port = std::to_string(leave_time_wait(ns, {}));
  Outcome again = ns.run(nettool("listen", "--deadline", "300ms", "127.0.0.1", port));
  EXPECT_EQ(again.status, 3) << again.err;
  EXPECT_TRUE(contains(again.err, "listening on 127.0.0.1:" + port)) << again.err;
  Outcome dual = ns.run(nettool("listen", "--deadline", "300ms", port));
  EXPECT_EQ(dual.status, 3) << dual.err;
}

/// Status 4, and the hint knows why.
void expect_time_wait(const Namespace& ns, std::vector<std::string> words) {
  words.insert(words.begin(), "listen");
  SCOPED_TRACE(testing::PrintToString(words));
  Outcome outcome = ns.run(nettool_argv(words));
  EXPECT_EQ(outcome.status, 4) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "EADDRINUSE")) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "\nhint: ")) << outcome.err;
  // The kernel's own timer, which runs for a minute.
  const size_t at = outcome.err.find("TIME_WAIT (for another ");
  ASSERT_NE(at, std::string::npos) << outcome.err;
  const double left = std::stod(outcome.err.substr(at + std::string("TIME_WAIT (for another ").size()));
  EXPECT_TRUE(left > 30 && left <= 62 && contains(outcome.err, " s): a server")) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "SO_REUSEADDR")) << outcome.err;
}

// Neither the old nor the new server alone is enough.
TEST(ListenReuse, OneOfTheTwoIsNotEnough) {
  REQUIRE_NAMESPACES();
  Namespace ns;
  std::string never = std::to_string(leave_time_wait(ns, {"--no-reuse-address"}));
  expect_time_wait(ns, {"--no-reuse-address", "127.0.0.1", never});
  expect_time_wait(ns, {"127.0.0.1", never});
  expect_time_wait(ns, {never});
  std::string before = std::to_string(leave_time_wait(ns, {}));
  expect_time_wait(ns, {"--no-reuse-address", "127.0.0.1", before});
}

// When the client ends first, its own port waits, and ours is free.
TEST(ListenReuse, TheClientClosesFirst) {
  REQUIRE_NAMESPACES();
  Namespace ns;
  Options in_there;
  in_there.in = Stdio::null();
  in_there.before_exec = ns.enter_hook();
  Listener listener = start_listener({"--no-reuse-address", "127.0.0.1", "0"}, in_there);
  ns.in([&] { connect_tcp("127.0.0.1", listener.port).close(); });
  EXPECT_EQ(listener.program.wait().status, 0);
  Outcome again = ns.run(
      nettool("listen", "--no-reuse-address", "--deadline", "300ms", "127.0.0.1", listener.port_text()));
  EXPECT_EQ(again.status, 3) << again.err;
}

// The option as -o, which comes after the default.
TEST(ListenReuse, AsASocketOption) {
  REQUIRE_NAMESPACES();
  Namespace ns;
  std::string port = std::to_string(leave_time_wait(ns, {}));
  expect_time_wait(ns, {"-o", "SO_REUSEADDR=off", "127.0.0.1", port});
  Outcome shared = ns.run(nettool("listen", "--no-reuse-address", "-o", "SO_REUSEADDR", "--deadline", "300ms",
                                  "127.0.0.1", port));
  EXPECT_EQ(shared.status, 3) << shared.err;
}

// For UDP it would let a second socket take the traffic, so it is only set by hand.
TEST(ListenReuse, UdpSharesOnlyByHand) {
  REQUIRE_NAMESPACES();
  Namespace ns;
  Options in_there;
  in_there.before_exec = ns.enter_hook();
  Listener first = start_listener({"-u", "-o", "SO_REUSEADDR", "127.0.0.1", "0"}, in_there);
  EXPECT_EQ(ns.run(nettool("listen", "-u", "127.0.0.1", first.port_text())).status, 4);
  Listener second = start_listener({"-u", "-o", "SO_REUSEADDR", "127.0.0.1", first.port_text()}, in_there);
  EXPECT_EQ(second.port, first.port);
}

TEST(ListenReuse, ReusePortSharesTheClients) {
  REQUIRE_NAMESPACES();
  Namespace ns;
  Options in_there;
  in_there.in = Stdio::null();
  in_there.before_exec = ns.enter_hook();
  Listener first = start_listener({"-k", "-o", "SO_REUSEPORT", "127.0.0.1", "0"}, in_there);
  Listener second = start_listener({"-k", "-o", "REUSEPORT", "127.0.0.1", first.port_text()}, in_there);
  EXPECT_EQ(second.port, first.port);
}

}  // namespace
}  // namespace test
