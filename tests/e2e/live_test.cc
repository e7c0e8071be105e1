// What is drawn on a terminal: the histogram of --ping, its status line, and that of --progress.

#include <gtest/gtest.h>

#include <csignal>

#include "tests/e2e/ping_run.hh"
#include "tests/support/proc.hh"
#include "tests/support/pty.hh"

namespace test {
namespace {

const std::string block = "\u2588";

Options on_terminal(const std::string& locale) {
  Options options;
  options.in = Stdio::null();
  options.out = Stdio::pty();
  options.err = Stdio::pty();
  options.env = {{"LC_ALL", locale}};
  return options;
}

/// What stays to be seen: of each line what follows the last time that it was erased.
Words seen(const std::string& screen) {
  Words lines;
  for (std::string line : lines_of(screen)) {
    while (line.ends_with('\r')) line.pop_back();
    const std::string erase = "\r\x1b[K";
    if (const std::size_t at = line.rfind(erase); at != std::string::npos) line.erase(0, at + erase.size());
    lines.push_back(line);
  }
  return lines;
}

TEST(LiveView, TheHistogram) {
  for (const std::string locale : {"C.UTF-8", "C"}) {
    TcpServer server;
    const Outcome outcome =
        run(ping({"--color=never", "--count", "20", "--interval", "0", "127.0.0.1", server.port_text()}),
            on_terminal(locale));
    EXPECT_EQ(outcome.status, 0);
    const Words lines = seen(outcome.out + outcome.err);
    ASSERT_GT(lines.size(), 21U);
    EXPECT_TRUE(lines[20].starts_with("20 probes, 20 answered")) << lines[20];
    long long all = 0;
    for (std::size_t i = 21; i < lines.size(); ++i) {
      EXPECT_TRUE(contains(lines[i], locale == "C" ? " #" : " " + block)) << lines[i];
      EXPECT_EQ(contains(lines[i], block), locale != "C") << lines[i];
      all += std::stoll(lines[i].substr(lines[i].rfind(' ') + 1));
    }
    EXPECT_EQ(all, 20);
    EXPECT_LE(lines.size(), 31U);
  }
}

TEST(LiveView, NoHistogramElsewhere) {
  TcpServer server;
  const Words words = ping({"--count", "20", "--interval", "0", "127.0.0.1", server.port_text()});
  EXPECT_EQ(lines_of(run(words).out).size(), 21U);
  const Outcome quiet = run(words + Words{"--quiet"}, on_terminal("C"));
  EXPECT_EQ(seen(quiet.out + quiet.err).size(), 1U);
  const Outcome objects = run(words + Words{"--json"}, on_terminal("C"));
  for (const std::string& line : seen(objects.out + objects.err)) EXPECT_TRUE(json::valid(line)) << line;
}

// Results and the status line share a terminal, and neither is found in the other.
TEST(LiveView, ResultsStayWhole) {
  const std::string port = std::to_string(closed_port(SOCK_STREAM));
  const Outcome outcome =
      run(ping({"--color=never", "--count", "50", "--interval", "2ms", "127.0.0.1", port}), on_terminal("C"));
  const std::string screen = outcome.out + outcome.err;
  EXPECT_TRUE(contains(screen, "xxx  3 of 3 lost (100 %)")) << screen;
  EXPECT_TRUE(contains(screen, std::string(30, 'x') + "  50 of 50 lost")) << screen;
  const Words lines = seen(screen);
  ASSERT_GE(lines.size(), 52U) << screen;
  for (std::size_t i = 0; i < 50; ++i) {
    EXPECT_TRUE(folded_spaces(lines[i]).starts_with(std::to_string(i + 1) + " 127.0.0.1:" + port))
        << lines[i];
  }
  EXPECT_EQ(lines[50], "50 probes, 0 answered, 100 % lost");
}

/// The longest line that was drawn as a status, in bytes (of ASCII).
std::size_t widest_status(const std::string& screen) {
  std::size_t widest = 0;
  const std::string erase = "\r\x1b[K";
  for (std::size_t at = screen.find(erase); at != std::string::npos; at = screen.find(erase, at + 1)) {
    const std::size_t begin = at + erase.size();
    const std::size_t end = screen.find_first_of("\r\n", begin);
    if (end == std::string::npos || screen[end] == '\n') continue;  // what is left there is a result
    if (end + 1 < screen.size() && screen[end + 1] == '\n') continue;
    widest = std::max(widest, end - begin);
  }
  return widest;
}

TEST(LiveView, NeverWiderThanTheWindow) {
  TcpServer server;
  Program program(ping({"--color=never", "--interval", "5ms", "127.0.0.1", server.port_text()}),
                  on_terminal("C"));
  program.read_until(Stream::out, "\x1b[K40 ");
  program.pty().window(24, 24);
  program.read_until(Stream::out, "\x1b[K60 ");
  const std::string narrow = program.read_until(Stream::out, "\x1b[K90 ");
  program.signal(SIGINT);
  EXPECT_EQ(program.wait().status, 130);
  EXPECT_LE(widest_status(narrow), 23U) << narrow;
  EXPECT_TRUE(contains(narrow, " lost (0 %)")) << narrow;
  EXPECT_FALSE(contains(narrow, "avg")) << narrow;
}

// A transfer's line has the path's figures where it is TCP, and what is worth least goes first.
TEST(LiveView, TheProgressOfATransfer) {
  TcpServer server("127.0.0.1", {.receive_buffer = 4096});
  for (const unsigned short columns : std::initializer_list<unsigned short>{120, 40}) {
    Options options;
    options.in = Stdio::file("/dev/zero");
    options.out = Stdio::null();
    options.err = Stdio::pty();
    options.env = {{"LC_ALL", "C"}};
    Program program(nettool("connect", "--progress", "127.0.0.1", server.port_text()), options);
    program.pty().window(columns, 24);
    Peer peer = server.accept();
    const std::string line = program.read_until(Stream::err, "0:00:0");
    if (columns == 120) {
      EXPECT_TRUE(contains(program.read_until(Stream::err, " retransmits"), "rtt ")) << line;
    } else {
      program.read_until(Stream::err, "0:00:0");
      EXPECT_FALSE(contains(program.read_until(Stream::err, "0:00:0"), "rtt "));
    }
    program.signal(SIGTERM);
    EXPECT_EQ(program.wait().status, 143);
  }
}

}  // namespace
}  // namespace test
