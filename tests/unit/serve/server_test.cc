#include "net/serve/server.hh"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "net/loop/group.hh"

namespace net {
namespace {

/// A backlog that is never empty, up to a point.
class FullBacklog final : public Source {
 public:
  Task<std::optional<Connection>> next() override {
    std::optional<Connection> connection;
    if (!closed_ && given_ < most) {
      connection.emplace();
      connection->client.id = ++given_;
    }
    co_return connection;
  }
  void close() override { closed_ = true; }
  [[nodiscard]] std::uint64_t given() const { return given_; }
  static constexpr std::uint64_t most = 1000;

 private:
  std::uint64_t given_ = 0;
  bool closed_ = false;
};

/// Serves until it is told to stop, or not at all.
class PatientModel final : public Model {
 public:
  explicit PatientModel(bool waits) : waits_(waits) {}
  Task<Served> serve(Connection /*connection*/, Stop& stop) override {
    ++at_work_;
    most_at_work_ = std::max(most_at_work_, at_work_);
    if (waits_) co_await stop.event().wait();
    --at_work_;
    Served served;
    served.closed.reason = stop.reason();
    co_return served;
  }
  [[nodiscard]] std::size_t descriptors() const override { return 0; }
  [[nodiscard]] std::error_code lacks() const override { return lacking; }
  std::error_code lacking{};
  [[nodiscard]] int most_at_work() const { return most_at_work_; }

 private:
  bool waits_;
  int at_work_ = 0;
  int most_at_work_ = 0;
};

class Log final : public ServerObserver {
 public:
  void accepted(const Client& /*client*/, const Worker& /*worker*/) override {}
  void exited(const Client& /*client*/, const Exited& /*process*/) override {}
  void short_of(const Error& error) override { shortages.push_back(error.symbol()); }
  std::vector<std::string> shortages;
  void closed(const Client& /*client*/, const Served& served) override {
    reasons.push_back(served.closed.reason);
  }
  std::vector<EndReason> reasons;
};

Task<> stop_soon(Reactor& reactor, Server& server) {
  co_await reactor.yield();
  server.stop(EndReason::deadline);
}

struct Rig {
  explicit Rig(bool waits, std::size_t at_once, std::optional<std::uint64_t> in_all)
      : model(waits), server(reactor, source, model, gate, log, at_once, in_all) {}
  Reactor reactor{};
  FullBacklog source{};
  PatientModel model;
  Gate gate{};
  Log log{};
  Server server;
};

Task<> run_and_stop(Rig& rig) {
  Group<> both(rig.reactor);
  both.add(stop_soon(rig.reactor, rig.server));
  both.add(rig.server.run());
  co_await both.next();
  co_await both.next();
}

// However fast clients come, everything else has its turn.
TEST(Server, AFullBacklogHoldsNothingElseUp) {
  for (const bool waits : {false, true}) {
    Rig rig(waits, 100'000, std::nullopt);
    rig.reactor.run(run_and_stop(rig));
    EXPECT_LE(rig.source.given(), 3U);
    EXPECT_EQ(rig.log.reasons.size(), rig.source.given());
  }
}

TEST(Server, StopsThoseWhoAreServed) {
  Rig rig(true, 2, std::nullopt);
  rig.reactor.run(run_and_stop(rig));
  ASSERT_FALSE(rig.log.reasons.empty());
  for (const EndReason reason : rig.log.reasons) EXPECT_EQ(reason, EndReason::deadline);
}

TEST(Server, ServesSoManyInAll) {
  Rig rig(false, 3, 7);
  rig.reactor.run(rig.server.run());
  EXPECT_EQ(rig.source.given(), 7U);
  EXPECT_EQ(rig.log.reasons.size(), 7U);
}

Task<> run_for_turns(Rig& rig, int turns) {
  Group<> running(rig.reactor);
  running.add(rig.server.run());
  for (int i = 0; i < turns; ++i) co_await rig.reactor.yield();
}

TEST(Server, ServesSoManyAtOnce) {
  Rig rig(true, 3, std::nullopt);
  rig.reactor.run(run_for_turns(rig, 20));
  EXPECT_EQ(rig.model.most_at_work(), 3);
  EXPECT_EQ(rig.source.given(), 3U) << "further ones wait where they are";
}

Task<> lack_for_a_while(Rig& rig) {
  Group<> running(rig.reactor);
  rig.model.lacking = errno_code(EMFILE);
  running.add(rig.server.run());
  co_await rig.reactor.sleep(std::chrono::milliseconds(300));
  EXPECT_EQ(rig.source.given(), 0U) << "each would hold what all wait for";
  rig.model.lacking.clear();
  co_await running.next();
}

TEST(Server, TakesNobodyWhileSomethingIsLacking) {
  Rig rig(false, 3, 5);
  rig.reactor.run(lack_for_a_while(rig));
  EXPECT_EQ(rig.source.given(), 5U);
  EXPECT_EQ(rig.log.shortages, std::vector<std::string>{"EMFILE"}) << "once";
}

}  // namespace
}  // namespace net
