#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "net/probe/scan.hh"
#include "tests/support/forked.hh"
#include "tests/support/net.hh"
#include "tests/unit/hand_clock.hh"
#include "tests/unit/probe/scan_support.hh"

// What a scan does when this host has no more descriptors: in processes of their own.
namespace net {
namespace {

using namespace std::chrono_literals;

/// Takes descriptors away until there are so many to be had.
void leave(int more) {
  int end = 0;
  for (;; ++end) {
    const bool is_free = fcntl(end, F_GETFD) < 0;
    if (is_free && more-- == 0) break;
  }
  const rlimit limit{static_cast<rlim_t>(end), static_cast<rlim_t>(end)};
  setrlimit(RLIMIT_NOFILE, &limit);
}

struct Outcome {
  ScanFigures figures{};
  std::string error{};
  Duration took{};
};

Outcome scan_silent(std::uint16_t port, std::size_t count, const std::function<void()>& before) {
  HandClock clock;
  Reactor reactor(clock);
  ScanOptions options;
  options.ports = {{port, port}};
  ListedHosts source(std::vector<std::string>(count, "127.0.0.1"));
  KeptResults results;
  const auto scan = make_tcp_scan(reactor, options, source, results);
  before();
  const TimePoint began = reactor.now();
  const auto ended = reactor.run(scan->run());
  return {scan->figures(), ended ? "" : ended.error().symbol(), reactor.now() - began};
}

TEST(ScanShortage, AsksAsManyAtATimeAsThereAreDescriptors) {
  const test::SilentPort silent;
  const int status = test::Forked([&] {
                       // The scan believes in more, and learns it from EMFILE.
                       const Outcome outcome = scan_silent(silent.port(), 40, [] { leave(10); });
                       if (!outcome.error.empty()) return 1;
                       if (outcome.figures.filtered != 40) return 2;
                       if (outcome.took < 4s) return 3;
                       return outcome.took < 5s ? 0 : 4;
                     }).wait();
  EXPECT_EQ(status, 0);
}

TEST(ScanShortage, KnowsTheHardLimit) {
  const test::SilentPort silent;
  const int status = test::Forked([&] {
                       leave(24);
                       const Outcome outcome = scan_silent(silent.port(), 100, [] {});
                       return outcome.error.empty() && outcome.figures.filtered == 100 ? 0 : 1;
                     }).wait();
  EXPECT_EQ(status, 0);
}

TEST(ScanShortage, WithoutAnyDescriptorItIsAnError) {
  const int status = test::Forked([&] {
                       const Outcome outcome = scan_silent(1, 10, [] { leave(0); });
                       return outcome.error == "EMFILE" && outcome.figures.decided() == 0 ? 0 : 1;
                     }).wait();
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace net
