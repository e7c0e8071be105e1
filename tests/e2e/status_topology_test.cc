// Whatever goes wrong on the way to a server, connect says which errno it was and who said so: the kinds of
// failure that a network has, each over IPv4 and IPv6, TCP and UDP, as a user without any privilege.

#include <gtest/gtest.h>

#include <optional>

#include "tests/support/net.hh"
#include "tests/support/nettool.hh"
#include "tests/support/require.hh"
#include "tests/support/topology.hh"
#include "tests/support/user.hh"

namespace test {
namespace {

struct Failure {
  const char* name;
  std::size_t node;  ///< that makes it
  const char* kind;
  int status;
  bool by_port;  ///< by a rule for the port, else by a route to the address
  const char* code4;
  const char* code6;
};

// No router has more than two of them: it would say no over IPv4 five times at once and no more.
const std::vector<Failure> failures = {
    {"port prohibited by the first router", 1, "prohibit", 1, true, "EHOSTUNREACH", "EACCES"},
    {"port prohibited by the last router", 3, "prohibit", 1, true, "EHOSTUNREACH", "EACCES"},
    {"port unreachable by a router's rule", 2, "unreachable", 1, true, "ENETUNREACH", "ENETUNREACH"},
    {"host prohibited by a router", 2, "prohibit", 1, false, "EHOSTUNREACH", "EACCES"},
    {"host unreachable by a router", 1, "unreachable", 1, false, "EHOSTUNREACH", "ENETUNREACH"},
    {"no route at a router", 3, "throw", 1, false, "ENETUNREACH", "ENETUNREACH"},
    {"prohibited by our own table", 0, "prohibit", 4, false, "EACCES", "EACCES"},
    {"unreachable by our own table", 0, "unreachable", 4, false, "EHOSTUNREACH", "EHOSTUNREACH"},
    {"blackhole in our own table", 0, "blackhole", 4, false, "EINVAL", "EINVAL"},
    {"no route in our own table", 0, "throw", 4, false, "ENETUNREACH", "ENETUNREACH"},
    {"port prohibited by our own rule", 0, "prohibit", 4, true, "EACCES", "EACCES"},
};

struct Case {
  IpFamily family;
  const char* protocol;
};
constexpr Case cases[] = {
    {IpFamily::v4, "tcp"}, {IpFamily::v4, "udp"}, {IpFamily::v6, "tcp"}, {IpFamily::v6, "udp"}};

class StatusTopology : public testing::Test {
 protected:
  void SetUp() override {
    REQUIRE_NAMESPACES();
    net_.emplace(Topology::Settings{.routers = 3});
  }

  /// `connect --json` by nobody; the error that it ended with.
  json::Value failure_of(const std::string& address, const char* protocol, const char* port, int status) {
    std::vector<std::string> argv = {copy_,   "connect", "--json", "-w", status == 3 ? "500ms" : "4",
                                     address, port};
    if (std::string(protocol) == "udp") argv.insert(argv.end(), {"-u", "-q", "4"});
    Options options{.before_exec = [enter = net_->client().enter_hook(), change = become(nobody)] {
      enter();
      change();
    }};
    const Outcome outcome = run(argv, std::move(options), "question");
    EXPECT_EQ(outcome.status, status) << outcome.err;
    json::Value error;
    for (const json::Value& line : json::parse_lines(outcome.err)) {
      if (line.has("error") && !line["error"].is_null()) error = line["error"];
    }
    return error;
  }

  std::optional<Topology> net_{};
  TempDir dir_{};
  std::string copy_ = copy_for_anybody(dir_);
};

TEST_F(StatusTopology, EachKindOfNo) {
  for (const Failure& failure : failures) {
    for (const Case& one : cases) {
      SCOPED_TRACE(std::string(failure.name) + " " + one.protocol);
      const std::string target = net_->server_address(one.family);
      if (failure.by_port) net_->refuse_port(failure.node, failure.kind, one.protocol, 81);
      if (!failure.by_port) net_->refuse(failure.node, failure.kind, target);
      const json::Value error = failure_of(target, one.protocol, "81", failure.status);
      EXPECT_EQ(error["code"].string(), one.family == IpFamily::v4 ? failure.code4 : failure.code6);
      const std::string router =
          failure.status == 1 ? "said by " + Topology::address(failure.node, one.family) : "";
      EXPECT_NE(error["message"].string().find(router), std::string::npos) << error.text();
      if (failure.by_port) net_->allow_port(failure.node, failure.kind, one.protocol, 81);
      if (!failure.by_port) net_->allow(failure.node, failure.kind, target);
    }
  }
}

TEST_F(StatusTopology, TheWayBackIsThere) {
  for (const IpFamily family : {IpFamily::v4, IpFamily::v6}) {
    const std::string address = net_->server_address(family);
    TcpServer server = net_->server().in([&] { return TcpServer(address); });
    Program client(nettool("connect", address, server.port_text()),
                   {.in = Stdio::null(), .before_exec = net_->client().enter_hook()});
    EXPECT_EQ(server.accept().peer_address(), Topology::client_address(family));
    EXPECT_EQ(client.wait().status, 0);
  }
}

// What a blackhole and a neighbour that does not answer cost is the wait.
TEST_F(StatusTopology, SilenceAndWhatBreaksIt) {
  for (const IpFamily family : {IpFamily::v4, IpFamily::v6}) {
    net_->refuse_port(1, "blackhole", "tcp", 82);
    const json::Value silent = failure_of(net_->server_address(family), "tcp", "82", 3);
    EXPECT_EQ(silent["code"].string(), "ETIMEDOUT");
    net_->allow_port(1, "blackhole", "tcp", 82);

    const json::Value nowhere = failure_of(Topology::nowhere(family), "tcp", "80", 1);
    EXPECT_EQ(nowhere["code"].string(), "ENETUNREACH");

    const json::Value dead = failure_of(net_->dead_neighbour(family), "tcp", "80", 1);
    EXPECT_EQ(dead["code"].string(), "EHOSTUNREACH");
    for (const json::Value& error : {nowhere, dead}) {
      EXPECT_NE(error["message"].string().find("said by " + Topology::address(3, family)), std::string::npos)
          << error.text();
    }
  }
}

}  // namespace
}  // namespace test
