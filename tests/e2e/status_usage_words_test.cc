// Status 2 for commands, arguments and combinations that make no sense, as text and as JSON.

#include <gtest/gtest.h>

#include <sstream>

#include "tests/support/files.hh"
#include "tests/support/netns.hh"
#include "tests/support/nettool.hh"
#include "tests/support/require.hh"

namespace test {
namespace {

using Words = std::vector<std::string>;

struct Case {
  Words words;
  std::string named;  ///< what the message must hold
};

std::string joined(const Words& words) {
  std::string out = "nettool";
  for (const std::string& word : words) out += " '" + word + "'";
  return out;
}

/// Where a resolver could be asked by mistake, `inside` is a network without one.
Outcome run_line(const Words& words, const Namespace* inside) {
  if (inside != nullptr) return inside->run(nettool_argv(words), {}, 10s);
  return run(nettool_argv(words), {}, 10s);
}

void expect_refused_as_text(const Case& c, const Namespace* inside) {
  Outcome outcome = run_line(c.words, inside);
  EXPECT_EQ(outcome.status, 2) << outcome.err;
  EXPECT_EQ(outcome.out, "");
  std::istringstream lines(outcome.err);
  std::string first;
  std::getline(lines, first);
  EXPECT_TRUE(first.starts_with("nettool: ")) << outcome.err;
  EXPECT_NE(first.find(c.named), std::string::npos) << first << "\ndoes not name " << c.named;
  for (std::string more; std::getline(lines, more);) EXPECT_TRUE(more.starts_with("hint: ")) << more;
}

/// --json makes the same refusal one object on the stream where the text would be.
void expect_refused_as_json(const Case& c, const Namespace* inside) {
  Words words = c.words;
  words.insert(words.begin(), "--json");
  Outcome outcome = run_line(words, inside);
  EXPECT_EQ(outcome.status, 2) << outcome.err;
  EXPECT_EQ(outcome.out, "");
  std::vector<json::Value> objects = json::parse_lines(outcome.err);
  ASSERT_EQ(objects.size(), 1U) << outcome.err;
  const json::Value& error = objects[0]["error"];
  EXPECT_NE(error["message"].string().find(c.named), std::string::npos) << outcome.err;
  EXPECT_EQ(error.keys(), (Words{"op", "subject", "code", "message", "hint"}));
}

void expect_refused(const Case& c, const Namespace* inside = nullptr) {
  SCOPED_TRACE(joined(c.words));
  expect_refused_as_text(c, inside);
  expect_refused_as_json(c, inside);
}

void expect_all_refused(const std::vector<Case>& cases, const Namespace* inside = nullptr) {
  for (const Case& c : cases) expect_refused(c, inside);
}

TEST(StatusUsage, NoSuchCommandOrOption) {
  expect_all_refused({
      {{}, "no command"},
      {{"con"}, "con"},
      {{"Connect", "127.0.0.1", "1"}, "Connect"},
      {{""}, "command"},
      {{"127.0.0.1", "1"}, "127.0.0.1"},
      {{"--", "connect", "127.0.0.1", "1"}, "connect"},
      {{"--no-such-option"}, "--no-such-option"},
      {{"--no-such-option", "connect", "127.0.0.1", "1"}, "--no-such-option"},
      {{"connect", "--no-such-option", "127.0.0.1", "1"}, "--no-such-option"},
      {{"connect", "127.0.0.1", "1", "--no-such-option=3"}, "--no-such-option"},
      {{"connect", "-Z", "127.0.0.1", "1"}, "-Z"},
      {{"connect", "-4Z", "127.0.0.1", "1"}, "Z"},
      {{"connect", "-5", "127.0.0.1", "1"}, "-5"},
      {{"connect", "-45", "127.0.0.1", "1"}, "5"},
      // No abbreviations: a later option could make them mean something else.
      {{"connect", "--time", "1", "127.0.0.1", "1"}, "--time"},
      {{"connect", "--verb", "127.0.0.1", "1"}, "--verb"},
      // An option of the other command.
      {{"connect", "-k", "127.0.0.1", "1"}, "-k"},
      {{"connect", "--backlog", "5", "127.0.0.1", "1"}, "--backlog"},
      {{"listen", "--no-race", "0"}, "--no-race"},
      {{"listen", "-w", "1", "0"}, "--timeout"},
      {{"listen", "--source", "127.0.0.1", "0"}, "--source"},
  });
}

TEST(StatusUsage, ArgumentsThatAreMissingOrTooMany) {
  expect_all_refused({
      {{"connect"}, "HOST"},
      {{"connect", "127.0.0.1"}, "PORT"},
      {{"connect", "::1"}, "PORT"},
      {{"connect", "[::1]"}, "PORT"},
      {{"connect", "127.0.0.1", "1", "2"}, "'2'"},
      {{"connect", "127.0.0.1:1", "2"}, "two ports"},
      {{"connect", "[::1]:1", "2"}, "two ports"},
      {{"connect", "127.0.0.1", "1", "--", "rest"}, "rest"},
      {{"connect", "-U"}, "PATH"},
      {{"connect", "-U", "a", "b"}, "PATH"},
      {{"listen"}, "PORT"},
      {{"listen", "127.0.0.1", "0", "1"}, "'1'"},
      {{"listen", "127.0.0.1:1", "2"}, "two ports"},
      {{"listen", "-U"}, "PATH"},
      {{"listen", "-U", "a", "b"}, "PATH"},
  });
}

TEST(StatusUsage, Ports) {
  for (const std::string port : {"+80", "65536", "99999999999999999999", "1.5", "80x", "0x50", " 80", "80 ",
                                 "80\n", "1-2", "80,443", "no-such-service", "-", "٨٠", "8 0"}) {
    expect_refused({{"connect", "127.0.0.1", port}, "port"});
    expect_refused({{"listen", "127.0.0.1", port}, "port"});
    expect_refused({{"connect", "127.0.0.1:" + port}, "port"});
  }
  expect_refused({{"connect", "127.0.0.1", "-1"}, "-1"});
  expect_refused({{"connect", "127.0.0.1:-1"}, "-1"});
  expect_refused({{"connect", "127.0.0.1", ""}, "port"});
  expect_refused({{"connect", "127.0.0.1:"}, "127.0.0.1:"});
  expect_refused({{"connect", "-n", "127.0.0.1", "http"}, "http"});
  expect_refused({{"listen", "-n", "http"}, "http"});
  expect_refused({{"listen", ""}, "port"});
  expect_refused({{"listen", "--", "-1"}, "-1"});
}

// Refused before a resolver is asked: numbers in old or broken forms, and what is no name at all.
TEST(StatusUsage, Hosts) {
  REQUIRE_NAMESPACES();
  Namespace alone;
  alone.resolv_conf("nameserver 127.0.0.1\n");
  const Words bad = {
      "127.1",     "0x7f.0.0.1", "0177.0.0.1",         "127.0.0.01",        "2130706433", "1.2.3",
      "1.2.3.4.5", "1.2.3.4.",   "256.0.0.1",          "127.0.0.1%lo",      "1.2.3.4/24", "::g",
      "1::2::3",   ":::",        "1:2:3:4:5:6:7",      "1:2:3:4:5:6:7:8:9", "::1.2.3",    "12345::",
      "fe80::1%",  ".",          std::string(254, 'a')};
  for (const std::string& host : bad) {
    expect_refused({{"connect", host, "1"}, host}, &alone);
    expect_refused({{"listen", host, "0"}, host}, &alone);
  }
  const std::vector<Case> more = {
      {{"connect", "", "1"}, "host"},
      {{"connect", ":1"}, ":1"},
      {{"connect", "[::1", "1"}, "[::1"},
      {{"connect", "[127.0.0.1]:1"}, "127.0.0.1"},
      {{"connect", "[]:1"}, "[]"},
      {{"connect", "[::1]x", "1"}, "[::1]x"},
      {{"connect", "[::1]:"}, "[::1]:"},
      {{"connect", "-n", "name.test", "1"}, "name.test"},
      {{"listen", "-n", "name.test", "0"}, "name.test"},
      // Labels have 1 to 63 bytes (RFC 1035, 2.3.4): these are no names, and nobody is asked.
      {{"connect", "a..b", "1"}, "a..b"},
      {{"connect", ".test", "1"}, ".test"},
      {{"connect", std::string(64, 'a') + ".test", "1"}, "aaaa"},
  };
  expect_all_refused(more, &alone);
}

TEST(StatusUsage, UnixPaths) {
  expect_all_refused({
      {{"connect", "-U", ""}, "path"},
      {{"listen", "-U", ""}, "path"},
      {{"connect", "-U", std::string(108, 'p')}, "107"},
      {{"listen", "-U", "@" + std::string(108, 'p')}, "too long"},
      {{"connect", "-uU", "-s", std::string(108, 'p'), "/tmp/x"}, "107"},
  });
}

TEST(StatusUsage, ImpossibleCombinations) {
  expect_all_refused({
      {{"connect", "-4", "-6", "127.0.0.1", "1"}, "-4"},
      {{"connect", "-46", "127.0.0.1", "1"}, "-4"},
      {{"connect", "-6", "127.0.0.1", "1"}, "127.0.0.1"},
      {{"connect", "-4", "::1", "1"}, "::1"},
      {{"connect", "-s", "::1", "127.0.0.1", "1"}, ""},
      {{"connect", "-s", "127.0.0.1", "::1", "1"}, ""},
      {{"listen", "-6", "127.0.0.1", "0"}, "127.0.0.1"},
      {{"listen", "-4", "::1", "0"}, "::1"},
      {{"connect", "-6", "-s", "127.0.0.1", "::1", "1"}, "127.0.0.1"},
      {{"connect", "-4", "-s", "::1", "127.0.0.1", "1"}, "::1"},
      {{"connect", "-U", "-4", "/x"}, "-4"},
      {{"connect", "-U", "-6", "/x"}, "-6"},
      {{"connect", "-U", "-n", "/x"}, "-n"},
      {{"connect", "-U", "--interface", "lo", "/x"}, "--interface"},
      {{"connect", "-U", "-p", "1", "/x"}, "-p"},
      {{"connect", "-U", "-s", "/y", "/x"}, "-s"},
      {{"connect", "-U", "-o", "TCP_NODELAY", "/x"}, "TCP_NODELAY"},
      {{"connect", "-u", "--type", "stream", "127.0.0.1", "1"}, "--type"},
      {{"connect", "-u", "--type", "seqpacket", "127.0.0.1", "1"}, "--type"},
      {{"connect", "--type", "seqpacket", "127.0.0.1", "1"}, "seqpacket"},
      {{"connect", "--send-only", "--recv-only", "127.0.0.1", "1"}, "--recv-only"},
      {{"connect", "--send-only", "-d", "127.0.0.1", "1"}, "-d"},
      {{"connect", "-t", "-u", "127.0.0.1", "1"}, "-t"},
      {{"connect", "--by-line", "127.0.0.1", "1"}, "--by-line"},
      {{"connect", "--unconnected", "127.0.0.1", "1"}, "--unconnected"},
      {{"connect", "--unconnected", "-U", "-u", "/x"}, "--unconnected"},
      {{"listen", "--mode", "0600", "0"}, "--mode"},
      {{"listen", "-U", "--mode", "0600", "@x"}, "--mode"},
      {{"listen", "-u", "--no-reuse-address", "0"}, "--no-reuse-address"},
      {{"listen", "-U", "--no-reuse-address", "/x"}, "--no-reuse-address"},
      {{"listen", "--by-line", "0"}, "--by-line"},
      {{"listen", "--send-only", "--recv-only", "0"}, "--recv-only"},
  });
  SCOPED_TRACE("-x - with --json");
  Outcome both = run(nettool("connect", "--json", "-x", "-", "127.0.0.1", "1"));
  EXPECT_EQ(both.status, 2);
  EXPECT_NE(json::parse_lines(both.err).at(0)["error"]["message"].string().find("-x"), std::string::npos);
}

// argv is checked whole before anything is done: no file made, no client connected, no name looked up.
TEST(StatusUsage, NothingIsDoneBefore) {
  TempDir dir;
  const Words before = {"listen", "-U", dir / "socket", "-x", dir / "dump", "-w"};
  EXPECT_EQ(run(nettool_argv(before)).status, 2);
  EXPECT_EQ(run(nettool("connect", "-x", dir / "dump", "127.0.0.1", "99999")).status, 2);
  EXPECT_EQ(run(nettool("connect", "-x", dir / "dump", "-4", "-6", "127.0.0.1", "1")).status, 2);
  EXPECT_FALSE(exists(dir / "socket"));
  EXPECT_FALSE(exists(dir / "dump"));
}

// Global options stand before or after the command, and the last of several wins.
TEST(StatusUsage, JsonFromAnywhere) {
  for (const Words& words :
       {Words{"--json", "connect"}, Words{"connect", "--json"}, Words{"connect", "127.0.0.1", "--json"},
        Words{"--json", "no-such"}, Words{"--no-such", "--json"}, Words{"--json", "--json"}}) {
    SCOPED_TRACE(joined(words));
    Outcome outcome = run(nettool_argv(words));
    EXPECT_EQ(outcome.status, 2);
    EXPECT_EQ(json::parse_lines(outcome.err).size(), 1U);
  }
  // Behind the dashes it is a word like any other.
  EXPECT_TRUE(run(nettool("connect", "--", "--json", "1", "2")).err.starts_with("nettool: "));
}

}  // namespace
}  // namespace test
