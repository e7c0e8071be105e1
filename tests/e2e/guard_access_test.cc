// Who may come in: --allow, --deny and their files, over TCP and UDP, IPv4, IPv6 and one socket for both.

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <csignal>

#include "tests/e2e/guard_run.hh"
#include "tests/e2e/serve_run.hh"
#include "tests/support/files.hh"
#include "tests/support/require.hh"
#include "tests/support/user.hh"

namespace test {
namespace {

using Words = std::vector<std::string>;

Words join(Words a, const Words& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// Sends a word to an echo over TCP: true if it comes back, false if the connection is closed instead.
bool is_served(const std::string& to, std::uint16_t port, const std::string& from) {
  Peer peer = connect_from(from, to, port);
  try {
    peer.send_all("hello");
    return peer.recv_exact(5) == "hello";
  } catch (const std::exception&) {
    return false;
  }
}

struct Door {
  Words rules;
  const char* listen;  ///< "" for both families
  const char* to;
  const char* from;
  bool open;
};

const Door doors[] = {
    {{"--allow", "127.0.0.1"}, "127.0.0.1", "127.0.0.1", "127.0.0.1", true},
    {{"--allow", "127.0.0.1"}, "127.0.0.1", "127.0.0.1", "127.0.0.2", false},
    {{"--deny", "127.0.0.2"}, "127.0.0.1", "127.0.0.1", "127.0.0.1", true},
    {{"--deny", "127.0.0.2"}, "127.0.0.1", "127.0.0.1", "127.0.0.2", false},
    {{"--deny", "127.0.0.2", "--allow", "127.0.0.0/8"}, "127.0.0.1", "127.0.0.1", "127.0.0.2", false},
    {{"--deny", "127.0.0.2", "--allow", "127.0.0.0/8"}, "127.0.0.1", "127.0.0.1", "127.0.0.3", true},
    {{"--allow", "127.0.0.0/8", "--deny", "127.0.0.2"}, "127.0.0.1", "127.0.0.1", "127.0.0.2", true},
    {{"--allow", "::1"}, "::1", "::1", "::1", true},
    {{"--deny", "::/64"}, "::1", "::1", "::1", false},
    {{"--deny", "0.0.0.0/0"}, "::1", "::1", "::1", true},
    // One socket for both: an IPv4 client is ::ffff:127.0.0.1 there.
    {{"--allow", "127.0.0.1"}, "", "127.0.0.1", "127.0.0.1", true},
    {{"--allow", "127.0.0.1"}, "", "127.0.0.1", "127.0.0.2", false},
    {{"--allow", "127.0.0.1"}, "", "::1", "::1", false},
    {{"--deny", "127.0.0.0/8"}, "", "127.0.0.1", "127.0.0.1", false},
    {{"--deny", "127.0.0.0/8"}, "", "::1", "::1", true},
    {{"--deny", "::ffff:127.0.0.2"}, "", "127.0.0.1", "127.0.0.2", false},
    {{"--deny", "::ffff:127.0.0.2"}, "", "127.0.0.1", "127.0.0.1", true},
    {{"--allow", "::ffff:127.0.0.0/104"}, "127.0.0.1", "127.0.0.1", "127.0.0.9", true},
    {{"--deny", "::/0"}, "", "127.0.0.1", "127.0.0.1", true},
    {{"--deny", "::/0"}, "", "::1", "::1", false},
};

Words listen_words(const Door& door, Words options) {
  options = join(options, door.rules);
  if (*door.listen != '\0') options.emplace_back(door.listen);
  options.emplace_back("0");
  return options;
}

TEST(GuardAccess, OfServers) {
  for (const Door& door : doors) {
    SCOPED_TRACE(testing::PrintToString(door.rules) + " " + door.from);
    Listener server = start_listener(listen_words(door, {"--serve", "echo"}));
    EXPECT_EQ(is_served(door.to, server.port, door.from), door.open);
    if (door.open) continue;
    const json::Value rejected = read_event(server.program, "rejected");
    EXPECT_EQ(rejected["reason"].string(), "denied");
    EXPECT_EQ(rejected["peer"]["address"].string(), door.from);
    EXPECT_GT(rejected["peer"]["port"].integer(), 0);
  }
}

TEST(GuardAccess, OfDatagrams) {
  for (const Door& door : doors) {
    for (const bool many : {false, true}) {
      SCOPED_TRACE(testing::PrintToString(door.rules) + " " + door.from);
      Listener listener = start_listener(listen_words(door, many ? Words{"-u", "-k"} : Words{"-u"}));
      UdpSocket client(door.from);
      client.send_to("hello", door.to, listener.port);
      if (door.open) {
        EXPECT_EQ(listener.program.read_exact(Stream::out, 5), "hello");
        continue;
      }
      const json::Value rejected = read_event(listener.program, "rejected");
      EXPECT_EQ(rejected["reason"].string(), "denied");
      EXPECT_EQ(rejected["peer"]["address"].string(), door.from);
      EXPECT_EQ(rejected["peer"]["port"].integer(), client.port());
    }
  }
}

TEST(GuardAccess, OfDatagramServers) {
  for (const Door& door : doors) {
    SCOPED_TRACE(testing::PrintToString(door.rules) + " " + door.from);
    Listener server = start_listener(listen_words(door, {"-u", "--serve", "echo"}));
    UdpSocket client(door.from);
    for (int i = 0; i < 3; ++i) client.send_to("hello", door.to, server.port);
    if (door.open) {
      EXPECT_EQ(client.recv().bytes, "hello");
      continue;
    }
    const json::Value rejected = read_event(server.program, "rejected");
    EXPECT_EQ(rejected["reason"].string(), "denied");
    EXPECT_EQ(rejected["peer"]["address"].string(), door.from);
    EXPECT_TRUE(client.silent_for(0ms));
    const Outcome outcome = stop_server(server.program);
    EXPECT_EQ(json::events(outcome.err, "rejected").size(), 1U) << "told once";
  }
}

TEST(GuardAccess, InEveryModel) {
  for (const std::string& model : every_model) {
    SCOPED_TRACE(model);
    Listener server = start_listener(
        {"--serve", "echo", "--model", model, "--deny", "127.0.0.2", "--clients", "2", "127.0.0.1", "0"});
    EXPECT_TRUE(is_served("127.0.0.1", server.port, "127.0.0.1"));
    EXPECT_FALSE(is_served("127.0.0.1", server.port, "127.0.0.2"));
    EXPECT_TRUE(server.program.still_running()) << "who is refused is not counted";
    EXPECT_TRUE(is_served("127.0.0.1", server.port, "127.0.0.3"));
    const Outcome outcome = server.program.wait();
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(json::events(outcome.err, "rejected").size(), 1U);
    EXPECT_EQ(json::events(outcome.err, "accepted").size(), 2U);
    EXPECT_EQ(json::events(outcome.err, "closed").size(), 2U);
  }
}

// Without -k a client that is refused is not the client: the next one is waited for.
TEST(GuardAccess, WhoIsRefusedIsNotTheClient) {
  Listener listener = start_listener({"--deny", "127.0.0.2", "127.0.0.1", "0"}, {.in = Stdio::null()});
  for (int i = 0; i < 3; ++i) {
    Peer refused = connect_from("127.0.0.2", "127.0.0.1", listener.port);
    EXPECT_EQ(refused.recv_until_eof(), "");
    EXPECT_EQ(read_event(listener.program, "rejected")["peer"]["port"].integer(), refused.local_port());
  }
  Peer client = connect_tcp("127.0.0.1", listener.port);
  client.send_all("served");
  client.close();
  const Outcome outcome = listener.program.wait();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "served");
  EXPECT_EQ(json::only_event(outcome.err, "accepted")["client"].integer(), 1);
}

// What was typed is for a client, and nothing of it goes to one that is refused.
TEST(GuardAccess, WhoIsRefusedHearsNothing) {
  Listener listener = start_listener({"-k", "--deny", "127.0.0.2", "--clients", "1", "127.0.0.1", "0"});
  listener.program.write_stdin("secret");
  Peer refused = connect_from("127.0.0.2", "127.0.0.1", listener.port);
  EXPECT_EQ(refused.recv_until_eof(), "");
  Peer client = connect_tcp("127.0.0.1", listener.port);
  EXPECT_EQ(client.recv_exact(6), "secret");
  client.close();
  listener.program.close_stdin();
  EXPECT_EQ(listener.program.wait().status, 0);
}

TEST(GuardAccess, TheOneDatagramClientIsOneThatMayComeIn) {
  Listener listener = start_listener({"-u", "--deny", "127.0.0.2", "127.0.0.1", "0"});
  UdpSocket denied("127.0.0.2");
  UdpSocket client;
  UdpSocket late;
  for (int i = 0; i < 3; ++i) denied.send_to("let me in", "127.0.0.1", listener.port);
  EXPECT_EQ(read_event(listener.program, "rejected")["reason"].string(), "denied");
  client.send_to("hello", "127.0.0.1", listener.port);
  EXPECT_EQ(listener.program.read_exact(Stream::out, 5), "hello");
  late.send_to("me too", "127.0.0.1", listener.port);
  EXPECT_EQ(read_event(listener.program, "rejected")["reason"].string(), "not_the_client");
  denied.send_to("and me", "127.0.0.1", listener.port);
  client.send_to("again", "127.0.0.1", listener.port);
  EXPECT_EQ(listener.program.read_exact(Stream::out, 5), "again");
  listener.program.write_stdin("answer");
  EXPECT_EQ(client.recv().bytes, "answer");
  const Outcome outcome = stop_server(listener.program);
  EXPECT_EQ(json::events(outcome.err, "rejected").size(), 2U) << outcome.err;
}

// Many who knock do not keep those from being served who may come in.
TEST(GuardAccess, AFloodOfThoseWhoAreRefused) {
  Listener server = start_listener({"--serve", "echo", "--deny", "127.0.0.2", "127.0.0.1", "0"});
  Peer client = connect_tcp("127.0.0.1", server.port);
  for (int i = 0; i < 300; ++i) connect_from("127.0.0.2", "127.0.0.1", server.port).close();
  client.send_all("still there");
  EXPECT_EQ(client.recv_exact(11), "still there");
  for (int i = 0; i < 300; ++i) read_event(server.program, "rejected");
}

TEST(GuardAccess, AsText) {
  QuietServer server = start_quiet_server({"--serve", "echo", "--deny", "127.0.0.0/30"});
  Peer refused = server.connect();
  EXPECT_EQ(refused.recv_until_eof(), "");
  const std::string line = server.program.read_line(Stream::err);
  EXPECT_TRUE(line.starts_with("reject ")) << line;
  EXPECT_NE(line.find("127.0.0.1:" + std::to_string(refused.local_port()) + "/tcp"), std::string::npos);
  EXPECT_NE(line.find("denied"), std::string::npos) << line;
}

// --- files ----------------------------------------------------------------------------------------------

TEST(GuardFiles, RulesStandWhereTheirOptionStands) {
  TempDir dir;
  write_file(dir / "friends", "# who may\n\n  127.0.0.0/29   # all of these\r\n\t::1\n127.0.0.9");
  write_file(dir / "foes", "127.0.0.2\n");
  struct Case {
    Words rules;
    Words in;
    Words out;
  };
  const Case cases[] = {
      {{"--allow-file", dir / "friends"}, {"127.0.0.1", "127.0.0.2", "127.0.0.9"}, {"127.0.0.8"}},
      {{"--deny-file", dir / "foes", "--allow-file", dir / "friends"}, {"127.0.0.1"}, {"127.0.0.2"}},
      {{"--allow-file", dir / "friends", "--deny-file", dir / "foes"}, {"127.0.0.2"}, {"127.0.0.8"}},
      {{"--deny", "127.0.0.9", "--allow-file", dir / "friends"}, {"127.0.0.1"}, {"127.0.0.9"}},
      {{"--allow-file", dir / "friends", "--deny", "127.0.0.9"}, {"127.0.0.9"}, {"127.0.0.8"}},
      {{"--deny-file", dir / "foes"}, {"127.0.0.1", "127.0.0.8"}, {"127.0.0.2"}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(testing::PrintToString(c.rules));
    Listener server = start_listener(join({"--serve", "echo"}, join(c.rules, {"127.0.0.1", "0"})));
    for (const std::string& from : c.in) EXPECT_TRUE(is_served("127.0.0.1", server.port, from)) << from;
    for (const std::string& from : c.out) EXPECT_FALSE(is_served("127.0.0.1", server.port, from)) << from;
  }
}

TEST(GuardFiles, AnEmptyListOfThoseWhoMay) {
  TempDir dir;
  write_file(dir / "empty", "# nobody yet\n");
  Listener nobody = start_listener({"--serve", "echo", "--allow-file", dir / "empty", "127.0.0.1", "0"});
  EXPECT_FALSE(is_served("127.0.0.1", nobody.port, "127.0.0.1"));
  Listener everybody = start_listener({"--serve", "echo", "--deny-file", dir / "empty", "127.0.0.1", "0"});
  EXPECT_TRUE(is_served("127.0.0.1", everybody.port, "127.0.0.1"));
}

// A rule that nobody understands must not be a door that stands open: nothing listens.
TEST(GuardFiles, WhatIsNoRule) {
  TempDir dir;
  struct Case {
    const char* text;
    const char* line;
    const char* why;
  };
  const Case cases[] = {
      {"127.0.0.1\nexample.org\n", ":2: ", "names are not looked up"},
      {"# comment\n\n10.0.0.0/33", ":3: ", "out of range"},
      {"127.0.0.1 127.0.0.2\n", ":1: ", "names are not looked up"},
      {"fe80::1%lo\n", ":1: ", "zone"},
      {"\n\n\n010.0.0.1\n", ":4: ", "leading zero"},
  };
  for (const char* option : {"--allow-file", "--deny-file"}) {
    for (const Case& c : cases) {
      write_file(dir / "rules", c.text);
      for (const Words& way : {Words{}, Words{"--serve", "echo"}}) {
        const Outcome outcome =
            run(nettool_argv(join({"listen", option, dir / "rules"}, join(way, {"127.0.0.1", "0"}))));
        EXPECT_EQ(outcome.status, 2) << outcome.err;
        EXPECT_NE(outcome.err.find((dir / "rules") + c.line), std::string::npos) << outcome.err;
        EXPECT_NE(outcome.err.find(c.why), std::string::npos) << outcome.err;
        EXPECT_EQ(outcome.err.find("listening"), std::string::npos) << outcome.err;
      }
    }
  }
}

// Bytes of any kind, and any number of them: the message is whole, short, and fit for a terminal.
TEST(GuardFiles, WhatIsNoText) {
  TempDir dir;
  for (const std::string& line : {std::string("127.0.0.1\0\n", 11), std::string(200'000, '1')}) {
    write_file(dir / "rules", line);
    const Outcome outcome = run(nettool("listen", "--allow-file", dir / "rules", "127.0.0.1", "0"));
    EXPECT_EQ(outcome.status, 2);
    EXPECT_TRUE(outcome.err.contains("': not an ")) << outcome.err;
    EXPECT_LT(outcome.err.size(), 1000U);
    EXPECT_FALSE(outcome.err.contains('\0'));
  }
}

TEST(GuardFiles, WhatCannotBeRead) {
  TempDir dir;
  const auto start = [](const std::string& file) {
    return run(nettool("listen", "--deny-file", file, "127.0.0.1", "0"));
  };
  const Outcome missing = start(dir / "missing");
  EXPECT_EQ(missing.status, 4) << missing.err;
  EXPECT_NE(missing.err.find(dir / "missing"), std::string::npos) << missing.err;
  EXPECT_NE(missing.err.find("ENOENT"), std::string::npos) << missing.err;
  EXPECT_EQ(missing.err.find("listening"), std::string::npos) << missing.err;
  const Outcome folder = start(dir.path());
  EXPECT_EQ(folder.status, 4) << folder.err;
  EXPECT_NE(folder.err.find("EISDIR"), std::string::npos) << folder.err;
}

TEST(GuardFiles, WhatMayNotBeRead) {
  REQUIRE_ROOT();
  TempDir dir;
  const std::string binary = copy_for_anybody(dir);
  write_file(dir / "rules", "127.0.0.1\n");
  ASSERT_EQ(chmod((dir / "rules").c_str(), 0600), 0);
  Options options;
  options.before_exec = become(nobody);
  const Outcome outcome =
      run({binary, "listen", "--allow-file", dir / "rules", "127.0.0.1", "0"}, std::move(options));
  EXPECT_EQ(outcome.status, 4) << outcome.err;
  EXPECT_NE(outcome.err.find("EACCES"), std::string::npos) << outcome.err;
}

}  // namespace
}  // namespace test
