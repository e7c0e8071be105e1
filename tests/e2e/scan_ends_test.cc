// How a scan ends before its time, and what it leaves said.

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include "tests/e2e/scan_run.hh"
#include "tests/support/files.hh"
#include "tests/support/net.hh"
#include "tests/support/proc.hh"
#include "tests/support/pty.hh"

namespace test {
namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(ScanEnds, ASignalLeavesTheSummary) {
  const TcpServer open;
  const SilentPort silent;
  Program program(scan_argv({"--json", "-w", "60", "127.0.0.1", open.port_text() + "," + silent.port_text()}),
                  {.in = Stdio::null()});
  // The silent one comes last, so the open one is told at once.
  EXPECT_TRUE(contains(program.read_line(Stream::out), "\"open\""));
  program.signal(SIGINT);
  const Outcome outcome = program.wait();
  EXPECT_EQ(outcome.status, 130);
  const json::Value summary = json::only_event(outcome.out, "summary");
  EXPECT_EQ(summary["open"].integer(), 1);
  EXPECT_EQ(summary["filtered"].integer(), 0) << "what is not known is not counted";
}

TEST(ScanEnds, WhatWaitedForItsTurnIsTold) {
  const TcpServer open;
  const SilentPort silent;
  const Outcome outcome = scan(
      {"-n", "--deadline", "300ms", "-w", "60", "127.0.0.1", silent.port_text() + "," + open.port_text()});
  EXPECT_EQ(outcome.status, 0) << "one is open";
  EXPECT_TRUE(contains(outcome.out, open.port_text() + "/tcp")) << outcome.out;
  EXPECT_TRUE(contains(outcome.out, "1 open of 1 port in ")) << outcome.out;
  EXPECT_TRUE(contains(outcome.out, ", 1 not answered yet\n")) << outcome.out;
  EXPECT_TRUE(contains(outcome.err, "note: the deadline of 300 ms passed\n")) << outcome.err;
}

TEST(ScanEnds, APortWhoseBannerIsAwaitedIsOpen) {
  const TcpServer open;
  const Outcome outcome =
      scan({"-n", "--banner", "--deadline", "300ms", "-w", "60", "127.0.0.1", open.port_text()});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_TRUE(contains(outcome.out, open.port_text() + "/tcp")) << outcome.out;
  EXPECT_TRUE(contains(outcome.out, "1 open of 1 port in ")) << outcome.out;
}

TEST(ScanEnds, TheSummaryAddsUp) {
  const SilentPort silent;
  const Outcome outcome = scan(
      {"--concurrency", "1", "--deadline", "300ms", "-w", "60", "127.0.0.1", silent.port_text() + ",1,2"});
  EXPECT_EQ(outcome.status, 3);
  EXPECT_TRUE(contains(outcome.out, ", 1 not answered yet, 2 not tried\n")) << outcome.out;
}

TEST(ScanEnds, TheDeadlineIsStatus3WhereNothingWasOpen) {
  const SilentPort silent;
  const Outcome outcome = scan({"--deadline", "200ms", "-w", "60", "127.0.0.1", silent.port_text()});
  EXPECT_EQ(outcome.status, 3);
  EXPECT_TRUE(contains(outcome.err, "nettool: scan: the deadline of 200 ms passed (ETIMEDOUT)\n"))
      << outcome.err;
}

TEST(ScanEnds, AStalledReaderStopsTheScanAndHoldsUpNoSignal) {
  Options options;
  options.in = Stdio::null();
  options.env = {{"ASAN_OPTIONS", "exitcode=99:quarantine_size_mb=1"}};
  Program program(scan_argv({"--json", "--all", "127.0.0.0/8", "1"}), std::move(options));
  static_cast<void>(program.read_line(Stream::out));
  // It sleeps once stdout and what it may keep are full.
  wait_idle(program.pid());
  EXPECT_LT(cpu_ticks(program.pid()), 1500);
  program.signal(SIGTERM);
  wait_until("its end, unread as it is", [&] { return state(program.pid()) == 'Z'; });
  EXPECT_EQ(program.wait().status, 143);
}

TEST(ScanEnds, WithoutAReaderItEnds) {
  const TcpServer open("0.0.0.0");
  Program program(scan_argv({"127.0.0.0/9", open.port_text()}), {.in = Stdio::null()});
  static_cast<void>(program.read_line(Stream::out));
  program.close_reader(Stream::out);
  const Outcome outcome = program.wait();
  EXPECT_EQ(outcome.status, 4);
  EXPECT_EQ(outcome.err, "");
}

TEST(ScanEnds, ASilentTargetDoesNotKeepFromEndingWithoutAReader) {
  const SilentPort silent;
  Program program(scan_argv({"-w", "60", "127.0.0.1", silent.port_text()}), {.in = Stdio::null()});
  program.close_reader(Stream::out);
  EXPECT_EQ(program.wait().status, 4);
}

TEST(ScanEnds, FewDescriptorsAreEnough) {
  const SilentPort silent;
  const TcpServer open;
  std::string hosts;
  for (int i = 0; i < 100; ++i) hosts += "127.0.0.1\n";
  Options options;
  options.before_exec = [] {
    const rlimit limit{30, 30};
    setrlimit(RLIMIT_NOFILE, &limit);
  };
  const Outcome outcome =
      scan({"--json", "-f", "-", "-w", "100ms", silent.port_text() + "," + open.port_text()}, hosts,
           std::move(options));
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(scanned_ports(outcome.out).size(), 100U);
  EXPECT_EQ(json::only_event(outcome.out, "summary")["filtered"].integer(), 100);
}

TEST(ScanEnds, ALargeNetworkTakesNoMemory) {
  Options options;
  options.in = Stdio::null();
  // What the sanitizer keeps of freed memory is not the program's.
  options.env = {{"ASAN_OPTIONS", "exitcode=99:quarantine_size_mb=1"}};
  Program program(scan_argv({"-n", "127.0.0.0/8", "1"}), std::move(options));
  const auto scanned_for = [&](long ticks) {
    wait_until("a while of scanning", [&] { return cpu_ticks(program.pid()) > ticks; });
    return rss_kib(program.pid());
  };
  const long memory = scanned_for(60);
  EXPECT_LT(scanned_for(200), memory + 8192);
  program.signal(SIGINT);
  const Outcome outcome = program.wait();
  EXPECT_EQ(outcome.status, 130);
  EXPECT_TRUE(contains(outcome.out, " closed of ")) << outcome.out;
  EXPECT_TRUE(contains(outcome.out, " not tried\n")) << outcome.out;
}

}  // namespace
}  // namespace test
