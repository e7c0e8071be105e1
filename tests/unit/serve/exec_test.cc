#include "net/serve/exec.hh"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "net/loop/group.hh"
#include "net/stream/fd_stream.hh"
#include "net/stream/filter.hh"

namespace net {
namespace {

using namespace std::chrono_literals;

/// A program and its client at the other end of a socketpair.
class ExecHandler : public testing::Test {
 protected:
  ExecHandler() {
    std::signal(SIGPIPE, SIG_IGN);
    std::array<int, 2> fds{};
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()), 0);
    peer_ = std::make_unique<FdStream>(reactor_, std::move(*Socket::adopt(Fd(fds[0]), AF_UNIX, SOCK_STREAM)));
    client_ = Fd(fds[1]);
  }
  void TearDown() override {
    // Whoever served has reaped all that it started.
    EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
    EXPECT_EQ(errno, ECHILD);
  }

  Task<Served> serving(const std::string& line) {
    handler_ = make_exec({{"/bin/sh", "-c", line}, {"PATH=/usr/bin:/bin"}}, options_);
    return handler_->serve(Session{reactor_, who_, *peer_, -1, stop_});
  }
  Served serve(const std::string& line) { return reactor_.run(serving(line)); }
  void say(std::string_view words) {
    EXPECT_EQ(::write(client_.get(), words.data(), words.size()), static_cast<ssize_t>(words.size()));
  }
  std::string heard() {
    peer_.reset();
    std::string out;
    std::array<char, 4096> buffer{};
    for (;;) {
      const ssize_t got = ::read(client_.get(), buffer.data(), buffer.size());
      if (got <= 0) return out;
      out.append(buffer.data(), static_cast<std::size_t>(got));
    }
  }

  Reactor reactor_;
  Client who_{};
  ServeOptions options_{};
  Stop stop_{reactor_};
  std::unique_ptr<Handler> handler_;
  std::unique_ptr<FdStream> peer_;
  Fd client_;
};

Task<> stop_after(Reactor& reactor, Stop& stop, Duration span) {
  co_await reactor.sleep(span);
  stop.now(EndReason::deadline);
}

Task<Served> stopped(Reactor& reactor, Stop& stop, Task<Served> serving) {
  Group<> stopping(reactor);
  stopping.add(stop_after(reactor, stop, 20ms));
  co_return co_await serving;
}

TEST_F(ExecHandler, ThereAndBack) {
  say("one\ntwo\n");
  shutdown(client_.get(), SHUT_WR);
  const Served served = serve("cat; exit 4");
  EXPECT_EQ(served.closed.sent, 8U);
  EXPECT_EQ(served.closed.received, 8U);
  EXPECT_EQ(served.closed.reason, EndReason::peer_closed);
  ASSERT_TRUE(served.program);
  EXPECT_EQ(served.program->status, 4);
  EXPECT_GT(served.program->pid, 0);
  EXPECT_FALSE(served.error);
  EXPECT_EQ(heard(), "one\ntwo\n");
}

TEST_F(ExecHandler, TheProgramsEndIsEnough) {
  const Served served = serve("echo all; exit 0");
  EXPECT_EQ(served.closed.reason, EndReason::eof);
  EXPECT_EQ(heard(), "all\n");
}

TEST_F(ExecHandler, InputThatIsNotReadIsDropped) {
  say(std::string(100'000, 'x'));
  shutdown(client_.get(), SHUT_WR);
  const Served served = serve("exec <&-; sleep 0.1; echo done");
  EXPECT_EQ(served.closed.received, 100'000U);
  EXPECT_EQ(served.closed.reason, EndReason::peer_closed);
  EXPECT_FALSE(served.error);
  EXPECT_EQ(heard(), "done\n");
}

TEST_F(ExecHandler, StoppedWhileItRuns) {
  const Served served = reactor_.run(stopped(reactor_, stop_, serving("exec sleep 1000")));
  EXPECT_EQ(served.closed.reason, EndReason::deadline);
  EXPECT_EQ(served.program->status, 128 + SIGTERM);
}

TEST_F(ExecHandler, StoppedWhenAllIsSaid) {
  shutdown(client_.get(), SHUT_WR);
  const Served served = reactor_.run(stopped(reactor_, stop_, serving("exec <&- >&-; exec sleep 1000")));
  EXPECT_EQ(served.program->status, 128 + SIGTERM);
}

TEST_F(ExecHandler, IdleClients) {
  options_.idle = 30ms;
  const Served served = serve("exec sleep 1000");
  EXPECT_EQ(served.closed.reason, EndReason::idle_timeout);
  EXPECT_EQ(served.program->status, 128 + SIGTERM);
}

// Idle after all was said, too: the connection is there as long as the program.
TEST_F(ExecHandler, IdleWhenAllIsSaid) {
  options_.idle = 30ms;
  shutdown(client_.get(), SHUT_WR);
  const Served served = serve("exec <&- >&-; exec sleep 1000");
  EXPECT_EQ(served.closed.reason, EndReason::idle_timeout);
  EXPECT_EQ(served.program->status, 128 + SIGTERM);
}

TEST_F(ExecHandler, CancelledItKillsTheProgram) {
  Group<Served> running(reactor_);
  running.add(serving("trap '' TERM; while :; do sleep 1000; done"));
  // Left here: TearDown finds no child.
}

TEST_F(ExecHandler, FiltersSeeBothWays) {
  std::string dump;
  options_.attach = [&dump](Stream&, Pump* up, Pump& down) {
    up->add_filter(hexdump_filter('>', [&dump](std::string_view lines) { dump += lines; }));
    down.add_filter(hexdump_filter('<', [&dump](std::string_view lines) { dump += lines; }));
  };
  say("ab");
  shutdown(client_.get(), SHUT_WR);
  serve("tr a-z A-Z");
  EXPECT_NE(dump.find("< 00000000  61 62"), std::string::npos) << dump;
  EXPECT_NE(dump.find("> 00000000  41 42"), std::string::npos) << dump;
}

TEST_F(ExecHandler, WhatCannotBeStarted) {
  handler_ = make_exec({{"/no/such/program"}, {}}, options_);
  const Served served = reactor_.run(handler_->serve(Session{reactor_, who_, *peer_, -1, stop_}));
  ASSERT_TRUE(served.error);
  EXPECT_EQ(served.error->op, "exec");
  EXPECT_EQ(served.closed.reason, EndReason::local_error);
  EXPECT_FALSE(served.program);
}

}  // namespace
}  // namespace net
