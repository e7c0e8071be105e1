// Colour only on a terminal, unless asked for; --quiet drops hints and notes, never errors.

#include <gtest/gtest.h>

#include <csignal>
#include <sstream>

#include "tests/support/net.hh"
#include "tests/support/nettool.hh"

namespace test {
namespace {

using Words = std::vector<std::string>;

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

struct Case {
  bool terminal;
  const char* option;    ///< "" is none
  const char* no_color;  ///< the variable; null is unset
  bool coloured;
};

/// -v of an attempt that is refused, on a pty or a pipe.
std::string report(const Case& c) {
  Options options;
  options.in = Stdio::null();
  if (c.terminal) options.err = Stdio::pty();
  options.unset = {"NO_COLOR"};
  if (c.no_color != nullptr) {
    options.unset = {};
    options.env = {{"NO_COLOR", c.no_color}};
  }
  Words words = {"-v", "connect", "127.0.0.1", std::to_string(closed_port(SOCK_STREAM))};
  if (*c.option != '\0') words.emplace_back(c.option);
  return run(nettool_argv(words), options).err;
}

TEST(HostileColor, OnATerminalOrWhenAskedFor) {
  for (const Case& c :
       {Case{true, "", nullptr, true}, Case{false, "", nullptr, false},
        Case{true, "--color=auto", nullptr, true}, Case{false, "--color=auto", nullptr, false},
        Case{true, "--color=never", nullptr, false}, Case{false, "--color=never", nullptr, false},
        Case{true, "--color=always", nullptr, true}, Case{false, "--color=always", nullptr, true},
        Case{true, "", "1", false}, Case{true, "", "0", false}, Case{false, "", "1", false},
        // Empty is as good as unset (no-color.org), and what was asked for is done.
        Case{true, "", "", true}, Case{true, "--color=always", "1", true}}) {
    SCOPED_TRACE(std::string(c.terminal ? "pty " : "pipe ") + c.option +
                 (c.no_color == nullptr ? "" : " NO_COLOR"));
    std::string text = report(c);
    EXPECT_EQ(contains(text, "\x1b["), c.coloured) << text;
    // What it turns on it turns off again.
    if (c.coloured) EXPECT_TRUE(contains(text, "\x1b[0m")) << text;
    EXPECT_TRUE(contains(text, "connection refused")) << text;
  }
}

TEST(HostileColor, NeverInJson) {
  Options options;
  options.in = Stdio::null();
  options.err = Stdio::pty();
  Outcome outcome = run(nettool("--json", "--color=always", "connect", "127.0.0.1", "1"), options);
  EXPECT_FALSE(contains(outcome.err, "\x1b")) << outcome.err;
}

// Good, bad and plain have different colours.
TEST(HostileColor, TheConnectionIsGreenAndTheFailureRed) {
  EXPECT_TRUE(contains(report({false, "--color=always", nullptr, true}), "\x1b[31mtry"));
  TcpServer server;
  Outcome good =
      run(nettool("-v", "--color=always", "connect", "--shutdown", "rdwr", "127.0.0.1", server.port_text()));
  EXPECT_TRUE(contains(good.err, "\x1b[32mopen")) << good.err;
}

/// The lines that begin with these words.
int lines_with(const std::string& text, const std::string& begin) {
  int count = 0;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) count += line.starts_with(begin) ? 1 : 0;
  return count;
}

TEST(HostileQuiet, HintsGoAndErrorsStay) {
  std::string port = std::to_string(closed_port(SOCK_STREAM));
  const std::vector<Words> failures = {{"connect", "127.0.0.1", port},
                                       {"connect", "-U", "/no/such/socket"},
                                       {"listen", "203.0.113.7", "0"},
                                       {"connect", "-s", "203.0.113.7", "127.0.0.1", port},
                                       {"connect", "--no-such-option", "127.0.0.1", port},
                                       {"connect", "-w", "x", "127.0.0.1", port},
                                       {"connect"},
                                       {"no-such-command"}};
  for (const Words& failure : failures) {
    SCOPED_TRACE(testing::PrintToString(failure));
    Outcome loud = run(nettool_argv(failure));
    EXPECT_EQ(lines_with(loud.err, "nettool: "), 1) << loud.err;
    EXPECT_EQ(lines_with(loud.err, "hint: "), 1) << loud.err;
    for (bool before : {true, false}) {
      Words words = failure;
      words.insert(before ? words.begin() : words.end(), "--quiet");
      Outcome quiet = run(nettool_argv(words));
      EXPECT_EQ(quiet.status, loud.status);
      EXPECT_EQ(lines_with(quiet.err, "nettool: "), 1) << quiet.err;
      EXPECT_EQ(lines_with(quiet.err, "hint: "), 0) << quiet.err;
    }
  }
}

TEST(HostileQuiet, InJsonTheHintIsNull) {
  std::string port = std::to_string(closed_port(SOCK_STREAM));
  Outcome outcome = run(nettool("--quiet", "--json", "connect", "127.0.0.1", port));
  json::Value last = json::parse_lines(outcome.err).back();
  EXPECT_TRUE(last["error"]["hint"].is_null());
  EXPECT_EQ(last["error"]["code"].string(), "ECONNREFUSED");
}

// The peer ends, stdin stays open: said in a note, which --quiet drops.
TEST(HostileQuiet, Notes) {
  for (bool quiet : {false, true}) {
    TcpServer server;
    Words words = {"connect", "--drain", "50ms", "127.0.0.1", server.port_text()};
    if (quiet) words.insert(words.begin(), "--quiet");
    Program program(nettool_argv(words));
    server.accept().close();
    Outcome outcome = program.wait();
    EXPECT_EQ(outcome.status, 0);
    EXPECT_EQ(lines_with(outcome.err, "note: "), quiet ? 0 : 1) << outcome.err;
  }
}

TEST(HostileQuiet, RejectedStrangers) {
  for (bool quiet : {false, true}) {
    Words words = {"listen", "-u", "127.0.0.1", "0"};
    if (quiet) words.insert(words.begin(), "--quiet");
    Program program(nettool_argv(words));
    std::string line = program.read_line(Stream::err);
    auto port = static_cast<std::uint16_t>(std::stoi(line.substr(line.find(':') + 1)));
    UdpSocket client;
    UdpSocket stranger;
    client.send_to("a", "127.0.0.1", port);
    program.read_exact(Stream::out, 1);
    stranger.send_to("b", "127.0.0.1", port);
    client.send_to("c", "127.0.0.1", port);
    program.read_exact(Stream::out, 1);
    program.signal(SIGTERM);
    EXPECT_EQ(contains(program.wait().err, stranger.port_text()), !quiet);
  }
}

// A hint never names an option that does not exist.
TEST(HostileQuiet, HintsNameRealOptions) {
  std::string known =
      run_ok(nettool("--help")) + run_ok(nettool("connect", "--help")) + run_ok(nettool("listen", "--help"));
  TcpServer held;
  for (const Words& words : {Words{"connect", "127.0.0.1", std::to_string(closed_port(SOCK_STREAM))},
                             Words{"listen", "127.0.0.1", held.port_text()}, Words{"connect", "-w", "x"},
                             Words{"connect", "-U", "/no/such"}, Words{"listen", "-U", "/no/such/socket"}}) {
    std::istringstream in(run(nettool_argv(words)).err);
    for (std::string word; in >> word;) {
      if (!word.starts_with("--")) continue;
      word.erase(word.find_last_not_of(".,;:)`'") + 1);
      EXPECT_TRUE(contains(known, word)) << word;
    }
  }
}

}  // namespace
}  // namespace test
