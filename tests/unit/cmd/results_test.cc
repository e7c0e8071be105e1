#include "cmd/results.hh"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <string>

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

}  // namespace
}  // namespace cmd
