#include "cmd/port_facts.hh"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "cmd/port_text.hh"
#include "tests/unit/cmd/port_sample.hh"

namespace cmd {
namespace {

using std::chrono_literals::operator""s;

TEST(PortClasses, Boundaries) {
  EXPECT_EQ(class_word(port_class(0)), "system");
  EXPECT_EQ(class_word(port_class(1023)), "system");
  EXPECT_EQ(class_word(port_class(1024)), "user");
  EXPECT_EQ(class_word(port_class(49151)), "user");
  EXPECT_EQ(class_word(port_class(49152)), "dynamic");
  EXPECT_EQ(class_word(port_class(65535)), "dynamic");
}

// The probe decides whether it is free; of what else is known the first that is true is said.
TEST(PortStates, Precedence) {
  struct Case {
    const char* what;
    PortSample sample;
    std::string word;
  };
  const Case cases[] = {
      {"nothing", PortSample(), "free"},
      {"bind works over a socket", PortSample().listening("127.0.0.1"), "free"},
      {"a listener", PortSample().probed(taken).listening("0.0.0.0"), "held"},
      {"a listener, and no right", PortSample().probed(denied).listening("0.0.0.0"), "held"},
      {"a listener and TIME_WAIT", PortSample().probed(taken).listening("::").waiting(3, 50s), "held"},
      {"bound only", PortSample().probed(reusable).bound("0.0.0.0"), "held"},
      {"a connection", PortSample().probed(reusable).connected(1), "held"},
      {"a connection and TIME_WAIT", PortSample().probed(taken).connected(1).waiting(1, 9s), "held"},
      {"TIME_WAIT", PortSample().probed(taken).waiting(1, 9s), "time-wait"},
      {"TIME_WAIT, reusable", PortSample().probed(reusable).waiting(1, 9s), "time-wait"},
      {"TIME_WAIT, and no right", PortSample().probed(denied).waiting(1, 9s), "time-wait"},
      {"no right", PortSample().probed(denied), "privileged"},
      {"forbidden", PortSample().probed({EPERM, EPERM}), "privileged"},
      {"in use by what is not seen", PortSample().probed(taken), "held"},
      {"one family alone", PortSample().probed(free_answer, taken, taken), "held"},
  };
  for (const Case& c : cases) EXPECT_EQ(state_word(state_of(c.sample.facts)), c.word) << c.what;
}

TEST(PortStates, WithoutAProbe) {
  PortSample sample(tcp, 80);
  sample.facts.probe.reset();
  EXPECT_EQ(state_of(sample.facts), PortState::free);
  sample.facts.may_bind_privileged = false;
  EXPECT_EQ(state_of(sample.facts), PortState::privileged);
  sample.facts.policy.unprivileged_start = 80;
  EXPECT_EQ(state_of(sample.facts), PortState::free);
  EXPECT_EQ(state_of(sample.waiting(1, 1s).facts), PortState::time_wait);
  EXPECT_EQ(state_of(sample.bound("::").facts), PortState::held);
}

TEST(PortFactsCounts, ConnectionsAreWhatNeitherHoldsNorWaits) {
  PortSample sample;
  sample.listening("::").bound("::1").waiting(5, 1s).connected(3);
  sample.facts.states[net::kern::SocketState::fin_wait2] = 2;
  EXPECT_EQ(sample.facts.connections(), 5U);
  EXPECT_EQ(sample.facts.in_state(net::kern::SocketState::time_wait), 5U);
  EXPECT_EQ(sample.facts.in_state(net::kern::SocketState::closing), 0U);
}

}  // namespace
}  // namespace cmd
