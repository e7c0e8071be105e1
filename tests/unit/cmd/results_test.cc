#include "cmd/results.hh"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <string>

#include "net/loop/group.hh"
#include "tests/support/pty.hh"
#include "tests/unit/cmd/capture.hh"
#include "tests/unit/cmd/written.hh"

// Results on stdout: gathered, escaped, and written without blocking the loop.
namespace cmd {
namespace {

using namespace std::string_literals;

TEST(Results, LinesAreEscapedAndObjectsAreJson) {
  const auto both = [](Results& results) {
    results.line("a \x1b[31m\xff b", Tone::bad);
    results.object({{"text", "a\x1b"}});
    results.line("c");
  };
  EXPECT_EQ(written({}, both).out, "a \\x1b[31m\\xff b\nc\n");
  EXPECT_EQ(written({.json = true}, both).out, "{\"text\":\"a\\u001b\"}\n");
  EXPECT_EQ(written({}, both).err, "");
}

TEST(Results, ColourIsStdoutsOwn) {
  const auto line = [](Results& results) { results.line("bad", Tone::bad); };
  EXPECT_EQ(written({.colour = true}, line).out, "bad\n");
  const std::string coloured = written({.colour_results = true}, line).out;
  EXPECT_TRUE(coloured.starts_with("\x1b[")) << coloured;
  EXPECT_TRUE(coloured.ends_with("\x1b[0m\n")) << coloured;
}

TEST(Results, NothingIsWrittenBeforeTheFlush) {
  const Capture out(STDOUT_FILENO);
  net::Reactor reactor;
  Output output({});
  Results results(reactor, output);
  EXPECT_TRUE(reactor.run(results.flush())) << "nothing to write";
  results.line("a");
  EXPECT_FALSE(results.full());
  EXPECT_EQ(out.text(), "");
  EXPECT_TRUE(reactor.run(results.flush()));
  EXPECT_EQ(out.text(), "a\n");
  EXPECT_TRUE(reactor.run(results.flush()));
  EXPECT_EQ(out.text(), "a\n") << "once";
  results.line(std::string(65535, 'x'));
  EXPECT_TRUE(results.full());
}

TEST(Results, AFullDeviceIsSaidOnce) {
  const test::Fd full(open("/dev/full", O_WRONLY | O_CLOEXEC));
  const Capture err(STDERR_FILENO);
  const Redirect redirect(STDOUT_FILENO, full.get());
  net::Reactor reactor;
  Output output({});
  Results results(reactor, output);
  for (int i = 0; i < 2; ++i) {
    results.line("a");
    EXPECT_FALSE(reactor.run(results.flush()));
  }
  EXPECT_EQ(err.text(), "nettool: write stdout: no space left on device (ENOSPC)\n");
}

// A status line on the same terminal makes room, and comes back.
TEST(Results, TheStatusLineMakesRoom) {
  test::Pty pty;
  pty.raw();
  const Redirect stdout_there(STDOUT_FILENO, pty.slave());
  const Redirect stderr_there(STDERR_FILENO, pty.slave());
  net::Reactor reactor;
  Output output({});
  Results results(reactor, output);
  output.terminal().status("50 %");
  results.line("a");
  results.line("b");
  EXPECT_TRUE(reactor.run(results.flush()));
  output.terminal().status("");
  output.terminal().line("end");
  EXPECT_EQ(pty.read_until("end\n"), "\r\x1b[K50 %\r\x1b[Ka\nb\n50 %\r\x1b[Kend\n");
}

TEST(Results, AReaderThatIsGoneIsNoNews) {
  std::array<int, 2> pipe{};
  ASSERT_EQ(pipe2(pipe.data(), O_CLOEXEC), 0);
  const test::Fd writer(pipe[1]);
  close(pipe[0]);
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  const Capture err(STDERR_FILENO);
  {
    const Redirect redirect(STDOUT_FILENO, writer.get());
    net::Reactor reactor;
    Output output({});
    Results results(reactor, output);
    results.line("a");
    EXPECT_FALSE(reactor.run(results.flush()));
  }
  EXPECT_EQ(err.text(), "");
  static_cast<void>(std::signal(SIGPIPE, before));
}

/// Adds to what is being written, then reads the pipe empty.
net::Task<bool> add_and_read(Results& results, int pipe, std::string& got) {
  results.line("second");
  results.note("between");
  results.line("third");
  std::array<char, 65536> buffer{};
  for (ssize_t n = 0; (n = read(pipe, buffer.data(), buffer.size())) > 0;) {
    got.append(buffer.data(), static_cast<std::size_t>(n));
  }
  co_return true;
}

net::Task<bool> flush_meanwhile(net::Reactor& reactor, Results& results, int pipe, std::string& got) {
  net::Group<bool> both(reactor);
  both.add(results.flush());
  both.add(add_and_read(results, pipe, got));
  const bool first = co_await both.next();
  const bool second = co_await both.next();
  co_return first&& second;
}

TEST(Results, WhatIsAddedWhileAReaderStallsIsWrittenToo) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK), 0);
  const test::Fd reader(ends[0]);
  const test::Fd writer(ends[1]);
  const std::string full(std::size_t{1} << 16U, 'x');
  ASSERT_EQ(write(writer.get(), full.data(), full.size()), static_cast<ssize_t>(full.size()));
  const Capture err(STDERR_FILENO);
  const Redirect out(STDOUT_FILENO, writer.get());
  net::Reactor reactor;
  Output output({});
  Results results(reactor, output);
  results.line("first");
  results.note("before");
  std::string got;
  EXPECT_TRUE(reactor.run(flush_meanwhile(reactor, results, reader.get(), got)));
  std::array<char, 64> rest{};
  const ssize_t size = read(reader.get(), rest.data(), rest.size());
  EXPECT_EQ(std::string(rest.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))),
            "first\nsecond\nthird\n");
  EXPECT_EQ(err.text(), "note: before\nnote: between\n");
}

}  // namespace
}  // namespace cmd
