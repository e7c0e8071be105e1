#include "cmd/app.hh"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/fd.hh"
#include "tests/support/json.hh"
#include "tests/support/net.hh"

namespace cmd {
namespace {

using Words = std::vector<std::string>;

/// A descriptor's output while it lives.
class Capture {
 public:
  explicit Capture(int fd) : fd_(fd), before_(::dup(fd)), file_(memfd_create("capture", MFD_CLOEXEC)) {
    ::dup2(file_.get(), fd);
  }
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;
  ~Capture() { ::dup2(before_.get(), fd_); }
  [[nodiscard]] std::string text() const {
    std::string out(1U << 17U, '\0');
    const ssize_t got = pread(file_.get(), out.data(), out.size(), 0);
    out.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return out;
  }

 private:
  int fd_;
  test::Fd before_;
  test::Fd file_;
};

struct Outcome {
  int status = -1;
  std::string out;
  std::string err;
};

Outcome run_words(const Words& words) {
  const Capture out(STDOUT_FILENO);
  const Capture err(STDERR_FILENO);
  const int status = run(words);
  return {status, out.text(), err.text()};
}

TEST(App, UsageErrors) {
  struct Case {
    Words words;
    std::string_view complaint;
  };
  const Case cases[] = {
      {{}, "no command given"},
      {{"nope"}, "no such command: nope"},
      {{"--nope"}, "no such option: --nope"},
      {{"--", "connect"}, "no such command: connect"},
      {{"connect"}, "missing"},
      {{"connect", "localhost"}, "PORT is missing"},
      {{"connect", "--nope", "h", "1"}, "no such option: --nope"},
      {{"connect", "h", "1", "2"}, "'2'"},
      {{"connect", "127.0.0.1", "65536"}, "out of range"},
      {{"connect", "127.0.0.1", "no-such-service"}, "no such service"},
      {{"connect", "127.1", "80"}, "127.1"},
      {{"connect", "010.0.0.1", "80"}, "leading zero"},
      {{"connect", "-w", "soon", "h", "1"}, "'soon'"},
      {{"connect", "-w"}, "needs a value"},
      {{"connect", "--drain=", "h", "1"}, "empty value"},
      {{"connect", "--drain", "", "h", "1"}, "empty value"},
      {{"connect", "--udp=true", "h", "1"}, "--udp takes no value"},
      {{"connect", "-4=1", "h", "1"}, "-4 takes no value"},
      {{"connect", "-4", "-6", "h", "1"}, "exclude each other"},
      {{"connect", "-o", "NOTHING=1", "127.0.0.1", "1"}, "no such socket option"},
      {{"connect", "-o", "SO_RCVBUF", "127.0.0.1", "1"}, "needs a value"},
      {{"connect", "-o", "UDP_CORK", "127.0.0.1", "1"}, "UDP_CORK"},
      {{"connect", "-o", "IPV6_V6ONLY", "127.0.0.1", "1"}, "IPV6_V6ONLY"},
      {{"connect", "--type", "raw", "h", "1"}, "raw"},
      {{"connect", "--color", "sometimes", "h", "1"}, "sometimes"},
      {{"connect", "--by-line", "h", "1"}, "--by-line"},
      {{"connect", "-U", "-4", "/tmp/x"}, "-U"},
      {{"connect", "-U", std::string(108, 'x')}, "too long"},
      {{"listen"}, "PORT is missing"},
      {{"listen", "--backlog", "-1", "0"}, "--backlog"},
      {{"listen", "--mode", "0999", "-U", "/tmp/x"}, "--mode"},
      {{"connect", "-5", "h", "1"}, "no such option: -5"},
      {{"endian"}, "nothing to answer"},
      {{"endian", "--width", "-1", "5"}, "--width '-1': not a number"},
      {{"endian", "-x", "5"}, "no such option: -x"},
      {{"endian", "-", "-"}, "only once"},
      {{"-1", "endian", "5"}, "no such option: -1"},
  };
  for (const Case& c : cases) {
    const Outcome outcome = run_words(c.words);
    EXPECT_EQ(outcome.status, 2) << testing::PrintToString(c.words) << outcome.err;
    EXPECT_EQ(outcome.out, "") << testing::PrintToString(c.words);
    EXPECT_TRUE(outcome.err.starts_with("nettool: usage: ")) << outcome.err;
    const std::string first_line = outcome.err.substr(0, outcome.err.find('\n'));
    EXPECT_TRUE(first_line.contains(c.complaint)) << testing::PrintToString(c.words) << ": " << first_line;
    EXPECT_TRUE(outcome.err.contains("\nhint: ")) << outcome.err;
  }
}

TEST(App, UsageErrorsAsJson) {
  for (const Words& words : {Words{"--json", "nope"}, Words{"connect", "--json", "h"}}) {
    const Outcome outcome = run_words(words);
    EXPECT_EQ(outcome.status, 2);
    EXPECT_EQ(test::json::only_event(outcome.err, "error")["error"]["op"].string(), "usage");
  }
}

TEST(App, HostileWordsAreEscaped) {
  const Outcome outcome = run_words({"ev\x1b[2Jil\n\xff"});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_TRUE(outcome.err.contains("ev\\x1b[2Jil\\x0a\\xff")) << outcome.err;
  EXPECT_FALSE(outcome.err.contains('\x1b'));
}

TEST(App, Version) {
  for (const Words& words : {Words{"--version"}, Words{"connect", "--version"}}) {
    const Outcome outcome = run_words(words);
    EXPECT_EQ(outcome.status, 0);
    EXPECT_EQ(outcome.err, "");
    const std::string first_line = outcome.out.substr(0, outcome.out.find('\n'));
    EXPECT_TRUE(std::regex_match(first_line, std::regex(R"(nettool \d+\.\d+\.\d+)"))) << first_line;
    EXPECT_TRUE(outcome.out.contains("c-ares 1."));
  }
}

TEST(App, Help) {
  const Outcome whole = run_words({"--help"});
  EXPECT_EQ(whole.status, 0);
  for (const std::string_view name : command_names()) EXPECT_TRUE(whole.out.contains(name)) << name;
  for (const std::string_view name : command_names()) {
    const Outcome outcome = run_words({std::string(name), "-h"});
    EXPECT_EQ(outcome.status, 0);
    EXPECT_EQ(outcome.err, "");
    EXPECT_TRUE(outcome.out.contains("Usage: nettool " + std::string(name) + " [OPTIONS]")) << outcome.out;
  }
}

TEST(App, CommandsAndTheirOptions) {
  const auto names = command_names();
  EXPECT_EQ(names, (std::vector<std::string_view>{"connect", "listen", "resolve", "sockopt", "endian", "addr",
                                                  "port", "iface"}));
  const auto global = option_names("");
  for (const char* option :
       {"-h", "--help", "--version", "--json", "--color", "-v", "--verbose", "--quiet"}) {
    EXPECT_EQ(std::ranges::count(global, option), 1) << option;
  }
  const auto connect = option_names("connect");
  for (const char* option :
       {"-w", "--timeout", "-o", "--option", "-U", "--unix", "--no-race", "-x", "--hexdump"}) {
    EXPECT_EQ(std::ranges::count(connect, option), 1) << option;
  }
  const auto listen = option_names("listen");
  for (const char* option : {"-k", "--keep-open", "--backlog", "--mode", "--max-clients", "--clients"}) {
    EXPECT_EQ(std::ranges::count(listen, option), 1) << option;
  }
}

// Of commands that take them, words such as -1 are arguments in their place among the others.
TEST(App, NegativeNumbersAreArguments) {
  EXPECT_EQ(run_words({"endian", "--quiet", "1", "-2", "0x0304", "-0x5", "--", "-6", "7"}).out,
            "0x0100\n0xfeff\n0x0403\n0xfbff\n0xfaff\n0x0700\n");
  EXPECT_EQ(run_words({"endian", "--quiet", "--float", "-1.5", "--width", "32", "-.5", "-inf"}).out,
            "0x0000c0bf\n0x000000bf\n0x000080ff\n");
  EXPECT_EQ(run_words({"--quiet", "endian", "-1"}).status, 0);
}

TEST(App, StatusesOfRealRuns) {
  const std::string closed = std::to_string(test::closed_port(SOCK_STREAM));
  const test::TcpServer taken;
  const test::SilentPort silent;
  struct Case {
    Words words;
    int status;
    std::string_view symbol;
  };
  const Case cases[] = {
      {{"connect", "-d", "127.0.0.1", closed}, 1, "(ECONNREFUSED)"},
      {{"connect", "-d", "-w", "0.1", "127.0.0.1", silent.port_text()}, 3, "(ETIMEDOUT)"},
      {{"connect", "-d", "-s", "192.0.2.1", "127.0.0.1", closed}, 4, "(EADDRNOTAVAIL)"},
      {{"connect", "-d", "-U", "/none/sock"}, 4, "(ENOENT)"},
      {{"connect", "-d", "--interface", "nonesuch", "127.0.0.1", closed}, 4, "(ENODEV)"},
      {{"listen", "-d", "127.0.0.1", taken.port_text()}, 4, "(EADDRINUSE)"},
      {{"listen", "-d", "-U", "/none/sock"}, 4, "(ENOENT)"},
      {{"listen", "-d", "192.0.2.1", "0"}, 4, "(EADDRNOTAVAIL)"},
  };
  for (const Case& c : cases) {
    const Outcome outcome = run_words(c.words);
    EXPECT_EQ(outcome.status, c.status) << testing::PrintToString(c.words) << outcome.err;
    EXPECT_TRUE(outcome.err.contains(c.symbol)) << outcome.err;
    EXPECT_EQ(outcome.out, "");
  }
}

// Of a repeated option the last wins; global ones stand before or after the command.
TEST(App, RepeatedAndGlobalOptions) {
  const std::string closed = std::to_string(test::closed_port(SOCK_STREAM));
  const Outcome last =
      run_words({"connect", "-d", "--interface", "nonesuch", "--interface", "lo", "127.0.0.1", closed});
  EXPECT_EQ(last.status, 1) << last.err;
  for (const Words& words : {Words{"--json", "connect", "-d", "127.0.0.1", closed},
                             Words{"connect", "-d", "--json", "127.0.0.1", closed},
                             Words{"connect", "-d", "127.0.0.1", closed, "--json"}}) {
    const Outcome outcome = run_words(words);
    EXPECT_EQ(outcome.status, 1);
    EXPECT_EQ(test::json::only_event(outcome.err, "attempt")["error"]["code"].string(), "ECONNREFUSED");
  }
}

}  // namespace
}  // namespace cmd
