// How far a scan is: a line that makes room for results, and events for programs.

#include <gtest/gtest.h>

#include <csignal>

#include "tests/e2e/scan_run.hh"
#include "tests/support/net.hh"
#include "tests/support/pty.hh"

namespace test {
namespace {

const std::string erase = "\r\x1b[K";

TEST(ScanProgress, ResultsMakeItsLineGiveWay) {
  const TcpServer open;
  Options options;
  options.out = Stdio::pty();
  options.err = Stdio::pty();
  Program program(scan_argv({"-n", "--color=never", "-f", "-", open.port_text()}), std::move(options));
  std::string screen = program.read_until(Stream::out, "0 ports  0 open  0/s  0:00:00");
  program.write_stdin("127.0.0.1\n");
  screen += program.read_until(Stream::out, "127.0.0.1  " + open.port_text() + "/tcp");
  // It comes back, and goes for good before the summary.
  screen += program.read_until(Stream::out, "1 port  1 open");
  program.close_stdin();
  screen += program.read_until(Stream::out, "1 open of 1 port in ");
  EXPECT_EQ(program.wait().status, 0);
  EXPECT_NE(screen.find(erase + "127.0.0.1  " + open.port_text()), std::string::npos)
      << testing::PrintToString(screen);
  EXPECT_NE(screen.find(erase + "1 open of 1 port"), std::string::npos) << testing::PrintToString(screen);
}

TEST(ScanProgress, TellsOfHowMuchAndHowLong) {
  const SilentPort silent;
  Options options;
  options.in = Stdio::null();
  options.err = Stdio::pty();
  Program program(scan_argv({"-n", "-w", "60", "127.0.0.1", silent.port_text() + ",1-3"}),
                  std::move(options));
  EXPECT_NE(program.read_until(Stream::err, " left").find("3 of 4 ports  75 %  0 open"), std::string::npos);
  program.signal(SIGINT);
  EXPECT_EQ(program.wait().status, 130);
}

TEST(ScanProgress, IsNotShownUnasked) {
  const SilentPort silent;
  for (const char* flag : {"--quiet", "--json"}) {
    Options options;
    options.in = Stdio::null();
    options.err = Stdio::pty();
    const Outcome outcome = run(scan_argv({flag, "-w", "1200ms", "127.0.0.1", silent.port_text()}), options);
    EXPECT_EQ(outcome.err, "") << flag;
  }
  EXPECT_EQ(scan({"-w", "1200ms", "127.0.0.1", silent.port_text()}).err, "") << "no terminal";
}

TEST(ScanProgress, AsEvents) {
  const SilentPort silent;
  const Outcome outcome =
      scan({"--json", "--progress", "-w", "1500ms", "127.0.0.1", silent.port_text() + ",1-3"});
  const auto events = json::events(outcome.err, "progress");
  ASSERT_FALSE(events.empty()) << outcome.err;
  EXPECT_EQ(events[0].keys(),
            (std::vector<std::string>{"event", "time", "done", "total", "open", "per_s", "duration_ms"}));
  EXPECT_EQ(events[0]["done"].integer(), 3);
  EXPECT_EQ(events[0]["total"].integer(), 4);
  EXPECT_TRUE(json::events(outcome.out, "progress").empty());
}

}  // namespace
}  // namespace test
