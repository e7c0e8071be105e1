// An address in use is status 4, and the hint names the program that holds it, where that can be seen.

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/address.hh"
#include "tests/support/files.hh"
#include "tests/support/net.hh"
#include "tests/support/netns.hh"
#include "tests/support/nettool.hh"
#include "tests/support/require.hh"
#include "tests/support/user.hh"
#include "tests/support/words.hh"

namespace test {
namespace {

std::string hint_of(const std::string& err) {
  size_t at = err.find("\nhint: ");
  return at == std::string::npos ? "" : err.substr(at + 1);
}

struct Case {
  std::vector<std::string> holder;  ///< of `nettool listen`; "PORT" is what it got
  std::vector<std::string> second;
};

std::vector<std::string> filled_in(std::vector<std::string> words, const Listener& holder) {
  for (std::string& word : words) {
    if (word == "PORT") word = holder.port_text();
  }
  words.insert(words.begin(), "listen");
  return words;
}

void expect_held(const Case& c) {
  SCOPED_TRACE(testing::PrintToString(c.second));
  Listener holder = start_listener(c.holder, {.in = Stdio::null()});
  Outcome outcome = run(nettool_argv(filled_in(c.second, holder)));
  EXPECT_EQ(outcome.status, 4) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "address already in use (EADDRINUSE)")) << outcome.err;
  std::string hint = hint_of(outcome.err);
  EXPECT_TRUE(contains(hint, "held by nettool (pid " + std::to_string(holder.program.pid()) + ")"))
      << outcome.err;
  // The holder is none the worse for it.
  ASSERT_TRUE(holder.program.still_running());

  std::vector<std::string> quiet = filled_in(c.second, holder);
  quiet.emplace_back("--json");
  Outcome as_json = run(nettool_argv(quiet));
  EXPECT_EQ(as_json.status, 4);
  const json::Value error = json::parse_lines(as_json.err).back()["error"];
  EXPECT_EQ(error["code"].string(), "EADDRINUSE");
  EXPECT_TRUE(contains(error["hint"].string(), std::to_string(holder.program.pid()))) << as_json.err;
}

TEST(StatusInUse, Ports) {
  const std::vector<Case> cases = {
      {{"127.0.0.1", "0"}, {"127.0.0.1", "PORT"}},
      {{"0"}, {"PORT"}},
      {{"0"}, {"127.0.0.1", "PORT"}},
      {{"0"}, {"-6", "PORT"}},
      {{"127.0.0.1", "0"}, {"PORT"}},
      {{"::1", "0"}, {"::1", "PORT"}},
      {{"-4", "0"}, {"-4", "--no-reuse-address", "PORT"}},
      {{"-u", "127.0.0.1", "0"}, {"-u", "127.0.0.1", "PORT"}},
      {{"-u", "0"}, {"-u", "127.0.0.1", "PORT"}},
      {{"-u", "::1", "0"}, {"-u", "::1", "PORT"}},
  };
  for (const Case& c : cases) expect_held(c);
}

TEST(StatusInUse, UnixSockets) {
  TempDir dir;
  for (const std::string& path : {dir / "socket", "@nettool-in-use-" + std::to_string(getpid())}) {
    for (const char* type : {"stream", "seqpacket", "dgram"}) {
      expect_held({{"-U", "--type", type, path}, {"-U", "--type", type, path}});
    }
    // Another type is no reason to take the file away either; an abstract name is another one for each type.
    if (path.starts_with('@')) continue;
    expect_held({{"-U", path}, {"-U", "-u", path}});
    expect_held({{"-U", "-u", path}, {"-U", path}});
  }
}

// By the file, not by the spelling of its path.
TEST(StatusInUse, AUnixSocketUnderAnotherName) {
  TempDir dir;
  expect_held({{"-U", dir / "socket"}, {"-U", dir.path() + "/./socket"}});
}

TEST(StatusInUse, AnyProgramIsNamed) {
  REQUIRE_PROGRAM("nc");
  REQUIRE_PROGRAM("ss");
  std::string port = std::to_string(closed_port(SOCK_STREAM));
  Program nc({"nc", "-l", "127.0.0.1", port});
  // nc serves one client: knocking at its door would end it.
  wait_until("nc listens", [&] { return !run_ok({"ss", "-Hltn", "sport", "=", ":" + port}).empty(); });
  Outcome outcome = run(nettool("listen", "127.0.0.1", port));
  EXPECT_EQ(outcome.status, 4) << outcome.err;
  EXPECT_TRUE(contains(hint_of(outcome.err), "(pid " + std::to_string(nc.pid()) + ")")) << outcome.err;
}

// This test is the holder: bound, and not listening.
TEST(StatusInUse, APortThatIsBoundAndNothingElse) {
  Fd bound(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  Address where = ip_address("127.0.0.1", 0);
  ASSERT_EQ(bind(bound.get(), where.raw(), where.length), 0);
  Outcome outcome = run(nettool("listen", "127.0.0.1", std::to_string(local_address(bound.get()).port())));
  EXPECT_EQ(outcome.status, 4) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "EADDRINUSE")) << outcome.err;
  // Kernels before 6.8 show nobody such a socket.
  std::string hint = hint_of(outcome.err);
  if (!hint.empty()) EXPECT_TRUE(contains(hint, "(pid " + std::to_string(getpid()) + ")")) << hint;
}

TEST(StatusInUse, AnotherUsersHolderIsNotSeenAndTheHintSaysSo) {
  REQUIRE_ROOT();
  TempDir dir;
  std::string binary = copy_for_anybody(dir);
  Options options;
  options.before_exec = become(nobody);
  for (const char* protocol : {"-v", "-u"}) {
    Listener holder = start_listener({protocol, "127.0.0.1", "0"}, {.in = Stdio::null()});
    Outcome outcome = run({binary, "listen", protocol, "127.0.0.1", holder.port_text()}, options);
    EXPECT_EQ(outcome.status, 4) << outcome.err;
    std::string hint = hint_of(outcome.err);
    EXPECT_TRUE(contains(hint, "may not see")) << outcome.err;
    EXPECT_TRUE(contains(hint, "uid 0") && contains(hint, "root")) << outcome.err;
    EXPECT_FALSE(contains(hint, std::to_string(holder.program.pid()))) << outcome.err;
  }
}

TEST(StatusInUse, AnotherUsersUnixSocket) {
  REQUIRE_ROOT();
  TempDir dir;
  std::string binary = copy_for_anybody(dir);
  chmod(dir.path().c_str(), 0777);
  std::string path = dir / "socket";
  Options holders;
  holders.in = Stdio::null();
  holders.before_exec = become(nobody);
  Program holder({binary, "listen", "-U", "--mode", "0777", path}, holders);
  holder.read_until(Stream::err, "listening on ");
  Options options;
  options.before_exec = become(nobody - 1);
  Outcome outcome = run({binary, "listen", "-U", path}, options);
  EXPECT_EQ(outcome.status, 4) << outcome.err;
  EXPECT_TRUE(contains(hint_of(outcome.err), "uid " + std::to_string(nobody))) << outcome.err;
  EXPECT_TRUE(holder.still_running());
}

// The source port of a connection, taken by a listener.
TEST(StatusInUse, ASourcePort) {
  Listener holder = start_listener({"127.0.0.1", "0"}, {.in = Stdio::null()});
  TcpServer server;
  Outcome outcome =
      run(nettool("connect", "-s", "127.0.0.1", "-p", holder.port_text(), "127.0.0.1", server.port_text()));
  EXPECT_EQ(outcome.status, 4) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "EADDRINUSE")) << outcome.err;
}

// Two listeners of one port, one after the other: the address is free again at once.
TEST(StatusInUse, FreeAgainAtOnce) {
  std::uint16_t port = start_listener({"127.0.0.1", "0"}, {.in = Stdio::null()}).port;
  Listener next = start_listener({"127.0.0.1", std::to_string(port)}, {.in = Stdio::null()});
  EXPECT_EQ(next.port, port);
}

}  // namespace
}  // namespace test
