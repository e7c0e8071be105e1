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

TEST(Terminal, PartsOfLowerRankGoFirst) {
  const StatusParts parts{{"bytes"}, {"rate", 1}, {"chart", 3}, {"clock", 2}, {"path", 3}};
  struct Case {
    std::size_t width;
    std::string expect;
  };
  const Case cases[] = {
      {80, "bytes  rate  chart  clock  path"},
      {31, "bytes  rate  chart  clock  path"},
      {30, "bytes  rate  chart  clock"},
      {24, "bytes  rate  clock"},
      {17, "bytes  rate"},
      {10, "bytes"},
      {4, "byte"},
      {0, ""},
  };
  for (const Case& c : cases) EXPECT_EQ(fitted(parts, c.width), c.expect) << c.width;
  EXPECT_EQ(fitted({{"\u2581\u2582\u2583"}}, 2), "\u2581\u2582") << "columns, not bytes";
  EXPECT_EQ(fitted({{""}, {"a"}, {"", 1}, {"b"}}, 80), "a  b");
}

// A line that wraps cannot be taken away, so there is none.
TEST(Terminal, TheStatusIsNarrowerThanTheWindow) {
  test::Pty pty;
  pty.raw();
  Terminal terminal(pty.slave());
  EXPECT_EQ(terminal_width(pty.slave()), 80U) << "where it does not say";
  pty.window(10, 24);
  EXPECT_EQ(terminal_width(pty.slave()), 10U);
  terminal.status("0123456789abc");
  EXPECT_EQ(pty.read_until("8"), "\r\x1b[K012345678");
  // Asked each time: the window is another one now.
  pty.window(6, 24);
  terminal.line("x");
  EXPECT_EQ(pty.read_until("4"), "\r\x1b[Kx\n01234");
  terminal.status("0123456789abd");
  terminal.line("y");
  EXPECT_EQ(pty.read_until("4"), "\r\x1b[Ky\n01234") << "the same as is to be seen is not drawn again";
}

TEST(Terminal, MakesRoomForAnotherDescriptor) {
  test::Pty pty;
  pty.raw();
  test::Pty other;
  const Pipe pipe;
  Terminal terminal(pty.slave());
  EXPECT_TRUE(terminal.is_also(pty.slave()));
  EXPECT_FALSE(terminal.is_also(other.slave()));
  EXPECT_FALSE(terminal.is_also(pipe.write.get()));
  terminal.status("50 %");
  terminal.hide_status();
  terminal.hide_status();
  terminal.status("60 %");
  terminal.line("a line");
  terminal.show_status();
  terminal.show_status();
  terminal.line("end");
  EXPECT_EQ(pty.read_until("end\n60 %"), "\r\x1b[K50 %\r\x1b[Ka line\n60 %\r\x1b[Kend\n60 %");
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
