#include "cmd/terminal.hh"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/fd.hh"
#include "tests/support/pty.hh"
#include "tests/support/wait.hh"

namespace cmd {
namespace {

TEST(Sparkline, Digits) {
  struct Case {
    std::vector<double> values;
    std::string expect;
  };
  const Case cases[] = {
      {{}, ""},
      {{0}, "0"},
      {{0, 0, 0}, "000"},
      {{5}, "7"},
      {{1, 2, 3, 4, 5, 6, 7, 8}, "12345677"},
      {{0, 100}, "07"},
      {{100, 50, 25, 12.4}, "7420"},
      {{1e18, 1}, "70"},
  };
  for (const Case& c : cases) EXPECT_EQ(sparkline(c.values, false), c.expect);
}

TEST(Sparkline, Blocks) {
  const std::vector<double> values{0, 4, 8};
  EXPECT_EQ(sparkline(values, true), "\u2581\u2585\u2588");
}

/// Variables of the environment, put back at the end.
class Environment {
 public:
  explicit Environment(std::initializer_list<std::pair<const char*, const char*>> set) {
    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
      const char* const value = std::getenv(name);
      before_.emplace_back(name, value == nullptr ? std::nullopt : std::optional<std::string>(value));
      unsetenv(name);
    }
    for (const auto& [name, value] : set) setenv(name, value, 1);
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
  ~Environment() {
    for (const auto& [name, value] : before_) {
      if (value) {
        setenv(name, value->c_str(), 1);
      } else {
        unsetenv(name);
      }
    }
  }

 private:
  std::vector<std::pair<const char*, std::optional<std::string>>> before_;
};

bool utf8_with(std::initializer_list<std::pair<const char*, const char*>> set) {
  const Environment environment(set);
  return locale_is_utf8();
}

TEST(Locale, ByItsVariables) {
  EXPECT_FALSE(utf8_with({}));
  EXPECT_TRUE(utf8_with({{"LANG", "C.UTF-8"}}));
  EXPECT_TRUE(utf8_with({{"LANG", "de_AT.utf8"}}));
  EXPECT_TRUE(utf8_with({{"LANG", "de_AT.UTF-8@euro"}}));
  EXPECT_FALSE(utf8_with({{"LANG", "C"}}));
  EXPECT_FALSE(utf8_with({{"LANG", "de_AT.ISO-8859-1"}}));
  // LC_ALL before LC_CTYPE before LANG; an empty one does not count.
  EXPECT_FALSE(utf8_with({{"LC_ALL", "C"}, {"LANG", "C.UTF-8"}}));
  EXPECT_TRUE(utf8_with({{"LC_CTYPE", "C.UTF-8"}, {"LANG", "C"}}));
  EXPECT_TRUE(utf8_with({{"LC_ALL", ""}, {"LC_CTYPE", "C.UTF-8"}}));
}

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    read = test::Fd(ends[0]);
    write = test::Fd(ends[1]);
  }
  /// What is in it now.
  [[nodiscard]] std::string take() const {
    std::string out(1U << 17U, '\0');
    fcntl(read.get(), F_SETFL, O_NONBLOCK);
    const ssize_t got = ::read(read.get(), out.data(), out.size());
    out.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return out;
  }
  test::Fd read;
  test::Fd write;
};

TEST(Terminal, OnAPipeThereIsNoStatusLine) {
  const Pipe pipe;
  Terminal terminal(pipe.write.get());
  EXPECT_FALSE(terminal.interactive());
  EXPECT_FALSE(is_terminal(pipe.write.get()));
  terminal.line("one");
  terminal.status("never seen");
  terminal.line("two");
  terminal.raw("raw\x1b");
  terminal.status("");
  EXPECT_EQ(pipe.take(), "one\ntwo\nraw\x1b");
}

TEST(Terminal, LinesGoAboveTheStatus) {
  test::Pty pty;
  pty.raw();
  Terminal terminal(pty.slave());
  EXPECT_TRUE(terminal.interactive());
  terminal.status("50 %");
  terminal.line("a line");
  terminal.status("60 %");
  terminal.status("60 %");
  terminal.raw("dump\n");
  terminal.status("");
  terminal.line("end");
  EXPECT_EQ(pty.read_until("end\n"),
            "\r\x1b[K50 %"
            "\r\x1b[Ka line\n50 %"
            "\r\x1b[K60 %"
            "\r\x1b[Kdump\n60 %"
            "\r\x1b[K"
            "end\n");
}

// A stderr that takes nothing costs a second in all, not a second a line.
TEST(Terminal, AStalledOneIsGivenUp) {
  const Pipe pipe;
  Terminal terminal(pipe.write.get());
  const std::string line(4000, 'x');
  const test::Stopwatch watch;
  for (int i = 0; i < 200; ++i) terminal.line(line);
  EXPECT_GE(watch.seconds(), 0.5);
  EXPECT_LT(watch.seconds(), 5);
  EXPECT_GE(pipe.take().size(), 60'000U);
  // Once it takes bytes again it gets them.
  terminal.line("back");
  EXPECT_TRUE(pipe.take().ends_with("back\n"));
}

}  // namespace
}  // namespace cmd
