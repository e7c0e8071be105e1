// connect --ping: when probes begin, and what becomes of a name that moves.

#include <gtest/gtest.h>

#include <cmath>
#include <csignal>

#include "tests/e2e/ping_run.hh"
#include "tests/support/netns.hh"
#include "tests/support/require.hh"

namespace test {
namespace {

/// The mean distance of the probes from their schedule, as a share of the time that it spans. A busy machine
/// may be late once; a clock that drifts is late each time.
double pacing_error(const std::string& out, double interval) {
  const auto probes = json::events(out, "probe");
  const double start = second_of(probes.front());
  double distance = 0;
  for (const json::Value& probe : probes) {
    const double due = static_cast<double>(probe["seq"].integer() - 1) * interval;
    distance += std::abs(std::remainder(second_of(probe) - start, 86400) - due);
  }
  const auto count = static_cast<double>(probes.size());
  return distance / count / ((count - 1) * interval);
}

TEST(PingRace, ThePaceDoesNotDrift) {
  double error = 1;
  for (int round = 0; round < 5 && error >= 0.01; ++round) {
    TcpServer server;
    const Outcome outcome =
        run(ping({"--json", "--count", "200", "--interval", "10ms", "127.0.0.1", server.port_text()}));
    ASSERT_EQ(json::events(outcome.out, "probe").size(), 200U);
    EXPECT_GE(outcome.seconds, 1.98) << "too early is wrong at once";
    error = pacing_error(outcome.out, 0.01);
  }
  EXPECT_LT(error, 0.01);
}

// Ten probes that take 300 ms each, one every 30 ms: they overlap, and all end 300 ms after the last began.
TEST(PingRace, SlowProbesOverlap) {
  const SilentPort silent;
  double seconds = 10;
  for (int round = 0; round < 5 && seconds >= 1.5; ++round) {
    const Outcome outcome = run(ping(
        {"--json", "-w", "300ms", "--count", "10", "--interval", "30ms", "127.0.0.1", silent.port_text()}));
    EXPECT_EQ(outcome.status, 3);
    EXPECT_EQ(json::events(outcome.out, "probe").size(), 10U);
    EXPECT_GE(outcome.seconds, 0.57);
    seconds = outcome.seconds;
  }
  EXPECT_LT(seconds, 1.5) << "one after the other would be 3 s";
}

TEST(PingRace, OneAfterTheOther) {
  const SilentPort silent;
  const Outcome outcome = run(
      ping({"--json", "-w", "100ms", "--count", "5", "--interval", "0", "127.0.0.1", silent.port_text()}));
  const auto probes = json::events(outcome.out, "probe");
  ASSERT_EQ(probes.size(), 5U);
  for (std::size_t i = 1; i < probes.size(); ++i) {
    EXPECT_GE(std::remainder(second_of(probes[i]) - second_of(probes[i - 1]), 86400), 0.099);
  }
}

class PingNameRace : public testing::Test {
 protected:
  void SetUp() override {
    REQUIRE_NAMESPACES();
    ns_ = std::make_unique<Namespace>();
    ns_->nsswitch("hosts: files\n");
  }
  Program start(Words words) { return Program(ping(std::move(words)), {.before_exec = ns_->enter_hook()}); }
  std::unique_ptr<Namespace> ns_;
};

TEST_F(PingNameRace, LooksTheNameUpAgainWhenToldTo) {
  ns_->hosts("127.0.0.2 moving.test\n");
  Program program = start({"--json", "--interval", "20ms", "--resolve-every", "4", "moving.test", "1"});
  program.read_until(Stream::out, "\"seq\":2,\"address\":\"127.0.0.2\"");
  ns_->hosts("127.0.0.3 moving.test\n");
  program.read_until(Stream::out, "\"address\":\"127.0.0.3\"");
  program.signal(SIGINT);
  const Outcome outcome = program.wait();
  std::string before = "127.0.0.2";
  for (const json::Value& probe : json::events(outcome.out, "probe")) {
    const std::string address = probe["address"].string();
    // 5, 9, 13 ...: after each four.
    if (address != before) {
      EXPECT_EQ(probe["seq"].integer() % 4, 1) << outcome.out;
    }
    before = address;
  }
}

TEST_F(PingNameRace, OtherwiseItStaysWithTheFirst) {
  ns_->hosts("127.0.0.2 moving.test\n");
  Program program = start({"--json", "--interval", "10ms", "moving.test", "1"});
  program.read_until(Stream::out, "\"seq\":1,\"address\":\"127.0.0.2\"");
  ns_->hosts("127.0.0.3 moving.test\n");
  program.read_until(Stream::out, "\"seq\":20,\"address\":\"127.0.0.2\"");
}

TEST_F(PingNameRace, AFailingLookUpKeepsTheAddress) {
  ns_->hosts("127.0.0.2 moving.test\n");
  Program program = start({"--interval", "20ms", "--resolve-every", "3", "moving.test", "1"});
  program.read_until(Stream::out, "127.0.0.2:1/tcp");
  ns_->hosts("");
  const std::string note = program.read_line(Stream::err);
  EXPECT_TRUE(note.starts_with("note: moving.test: ")) << note;
  EXPECT_TRUE(note.ends_with("; still asking 127.0.0.2\n")) << note;
  program.read_until(Stream::out, "127.0.0.2:1/tcp");
}

TEST_F(PingNameRace, ANameThatComesLater) {
  ns_->hosts("");
  Program program = start({"--interval", "20ms", "late.test", "1"});
  EXPECT_TRUE(contains(program.read_line(Stream::out), "resolve: "));
  EXPECT_TRUE(contains(program.read_line(Stream::out), "resolve: "));
  ns_->hosts("127.0.0.2 late.test\n");
  program.read_until(Stream::out, "127.0.0.2:1/tcp");
  program.signal(SIGINT);
  EXPECT_EQ(program.wait().status, 130);
}

}  // namespace
}  // namespace test
