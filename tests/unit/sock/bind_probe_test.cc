#include "net/sock/bind_probe.hh"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/fd.hh"
#include "tests/support/forked.hh"
#include "tests/support/net.hh"
#include "tests/support/netns.hh"
#include "tests/support/raw_socket.hh"
#include "tests/support/require.hh"

namespace net {
namespace {

constexpr Transport tcp{};
constexpr Transport udp{false, SOCK_DGRAM};

/// "plain/reuse" of 0.0.0.0, [::] and both, such as "EADDRINUSE/ok".
std::string text_of(const BindAnswer& answer) {
  const auto one = [](const std::error_code& code) { return code ? Error("", "", code).symbol() : "ok"; };
  return one(answer.plain) + "/" + one(answer.reuse) + (answer.untried ? " untried" : "");
}
std::vector<std::string> probed(Transport transport, std::uint16_t port, bool tied = false) {
  const auto probe = probe_bind(transport, port, tied);
  if (!probe) return {probe.error().symbol()};
  return {text_of(probe->ipv4), text_of(probe->ipv6), text_of(probe->both)};
}

using Answers = std::vector<std::string>;
constexpr const char* free_port = "ok/ok";
constexpr const char* taken = "EADDRINUSE/EADDRINUSE";
constexpr const char* reusable = "EADDRINUSE/ok";
constexpr const char* untried = "EADDRINUSE/EADDRINUSE untried";

/// Ports that nobody else takes meanwhile.
class BindProbes : public testing::Test {
 protected:
  void SetUp() override {
    REQUIRE_NAMESPACES();
    ns_.emplace();
  }
  [[nodiscard]] Answers probe(Transport transport, std::uint16_t port, bool tied = false) const {
    return ns_->in([=] { return probed(transport, port, tied); });
  }
  /// Binds `address`:4000, and listens where that is meant.
  [[nodiscard]] test::Fd bound(const char* address, int type, bool reuse = false,
                               bool listens = false) const {
    return ns_->in([=] {
      const test::Address where = test::ip_address(address, 4000);
      test::Fd fd(test::plain_socket(where.family(), type));
      test::set_int(fd.get(), SOL_SOCKET, SO_REUSEADDR, reuse ? 1 : 0);
      if (where.family() == AF_INET6) test::set_int(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, 1);
      if (bind(fd.get(), where.raw(), where.length) < 0) test::fail_errno("bind");
      if (listens && listen(fd.get(), 1) < 0) test::fail_errno("listen");
      return fd;
    });
  }
  /// A UDP socket on 0.0.0.0:4000 of one interface.
  [[nodiscard]] test::Fd tied_to(const std::string& interface, bool reuse) const {
    return ns_->in([&] {
      const test::Address where = test::ip_address("0.0.0.0", 4000);
      test::Fd fd(test::plain_socket(AF_INET, SOCK_DGRAM));
      test::set_int(fd.get(), SOL_SOCKET, SO_REUSEADDR, reuse ? 1 : 0);
      const auto size = static_cast<socklen_t>(interface.size());
      if (setsockopt(fd.get(), SOL_SOCKET, SO_BINDTODEVICE, interface.data(), size) < 0) {
        test::fail_errno("SO_BINDTODEVICE");
      }
      if (bind(fd.get(), where.raw(), where.length) < 0) test::fail_errno("bind");
      return fd;
    });
  }
  std::optional<test::Namespace> ns_;
};

TEST_F(BindProbes, AFreePort) {
  for (const Transport transport : {tcp, udp}) {
    EXPECT_EQ(probe(transport, 4000), Answers({free_port, free_port, free_port}));
    EXPECT_EQ(probe(transport, 0), Answers({free_port, free_port, free_port}));
    EXPECT_EQ(probe(transport, 80), Answers({free_port, free_port, free_port}));
  }
}

TEST_F(BindProbes, Holders) {
  struct Case {
    const char* address;
    int type;
    bool reuse;
    bool listens;
    Answers answers;
  };
  const Case cases[] = {
      {"0.0.0.0", SOCK_STREAM, true, true, {taken, free_port, taken}},
      {"127.0.0.1", SOCK_STREAM, true, true, {taken, free_port, taken}},
      {"::", SOCK_STREAM, true, true, {free_port, taken, taken}},
      {"::1", SOCK_STREAM, true, true, {free_port, taken, taken}},
      {"0.0.0.0", SOCK_STREAM, false, false, {taken, free_port, taken}},
      {"0.0.0.0", SOCK_STREAM, true, false, {reusable, free_port, reusable}},
      {"0.0.0.0", SOCK_DGRAM, false, false, {taken, free_port, taken}},
      {"127.0.0.1", SOCK_DGRAM, false, false, {taken, free_port, taken}},
      {"::", SOCK_DGRAM, true, false, {free_port, reusable, reusable}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(testing::Message() << c.address << " type " << c.type << " reuse " << c.reuse);
    const test::Fd holder = bound(c.address, c.type, c.reuse, c.listens);
    EXPECT_EQ(probe(c.type == SOCK_STREAM ? tcp : udp, 4000), c.answers);
    // The other protocol has ports of its own.
    EXPECT_EQ(probe(c.type == SOCK_STREAM ? udp : tcp, 4000), Answers({free_port, free_port, free_port}));
  }
}

// The lesson of every server that was started again too soon: both must have set SO_REUSEADDR.
TEST_F(BindProbes, TimeWait) {
  for (const bool had_it : {false, true}) {
    const std::uint16_t port = had_it ? 4000 : 4001;
    ns_->in([&] {
      const test::Address where = test::ip_address("127.0.0.1", port);
      test::Fd listener(test::plain_socket(AF_INET, SOCK_STREAM));
      test::set_int(listener.get(), SOL_SOCKET, SO_REUSEADDR, had_it ? 1 : 0);
      if (bind(listener.get(), where.raw(), where.length) < 0 || listen(listener.get(), 1) < 0) {
        test::fail_errno("listen");
      }
      test::Peer client = test::connect_tcp("127.0.0.1", port);
      test::Fd(test::accept_one(listener.get())).close();
      EXPECT_EQ(client.recv_until_eof(), "");
    });
    const char* const v4 = had_it ? reusable : taken;
    test::wait_until("the listener has gone", [&] { return probe(tcp, port)[0] == v4; });
    EXPECT_EQ(probe(tcp, port), Answers({v4, free_port, v4}));
  }
}

/// A counter of UDP in this thread's network, as /proc/net/snmp calls it.
long udp_counter(const std::string& name) {
  std::ifstream file("/proc/thread-self/net/snmp");
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("Udp:")) lines.push_back(line);
  }
  if (lines.size() != 2) test::fail("no counters of UDP");
  std::istringstream names(lines[0]);
  std::istringstream values(lines[1]);
  for (std::string key, value; names >> key && values >> value;) {
    if (key == name) return std::stol(value);
  }
  test::fail("no counter " + name);
}

// A probe that shared the port would take what comes meanwhile. Here so much comes that one would be hit, and
// all of it has gone to the holder or found its buffer full, also where a socket of another interface has the
// port too.
TEST_F(BindProbes, TakesNoDatagram) {
  ns_->blackhole("192.0.2.1");
  const test::Fd holder = bound("0.0.0.0", SOCK_DGRAM, true);
  const test::Fd other = tied_to("hole", true);
  ns_->in([&] {
    test::Forked flood([] {
      test::UdpSocket client;
      while (true) client.send_to("x", "127.0.0.1", 4000);
      return 0;
    });
    test::wait_until("the flood has begun", [] { return udp_counter("OutDatagrams") > 0; });
    for (int i = 0; i < 6000; ++i) ASSERT_TRUE(probe_bind(udp, 4000, i % 2 == 0));
    flood.kill();
    flood.wait();
    long received = 0;
    for (char byte = 0; recv(holder.get(), &byte, 1, MSG_DONTWAIT) == 1;) ++received;
    EXPECT_EQ(udp_counter("OutDatagrams"), received + udp_counter("RcvbufErrors"));
  });
}

TEST_F(BindProbes, SocketsThatAreTiedToAnInterface) {
  for (const bool reuse : {false, true}) {
    const test::Fd holder = tied_to("lo", reuse);
    EXPECT_EQ(probe(udp, 4000), Answers({free_port, free_port, free_port}));
    const char* const answer = reuse ? reusable : taken;
    EXPECT_EQ(probe(udp, 4000, true), Answers({answer, free_port, answer}));
  }
}

TEST_F(BindProbes, TiedAndUntiedOnes) {
  const test::Fd holder = tied_to("lo", true);
  test::Fd untied = bound("0.0.0.0", SOCK_DGRAM, true);
  EXPECT_EQ(probe(udp, 4000, true), Answers({untried, free_port, untried}));
  // One without SO_REUSEADDR decides it.
  untied.close();
  untied = bound("::", SOCK_DGRAM, false);
  EXPECT_EQ(probe(udp, 4000, true), Answers({reusable, taken, taken}));
}

TEST_F(BindProbes, LeavesNothingBehind) {
  for (const Transport transport : {tcp, udp}) {
    for (int i = 0; i < 3; ++i) EXPECT_EQ(probe(transport, 4000)[2], free_port);
  }
  EXPECT_TRUE(bound("0.0.0.0", SOCK_STREAM).valid());
  EXPECT_TRUE(bound("0.0.0.0", SOCK_DGRAM).valid());
}

TEST_F(BindProbes, WithoutThePrivilege) {
  const auto as_nobody = [&](std::uint16_t port, const Answers& expected) {
    return ns_->in([&] {
      test::Forked child(
          [&] { return probed(tcp, port) == expected && probed(udp, port) == expected ? 0 : 1; },
          test::Identity{});
      return child.wait();
    });
  };
  const char* const denied = "EACCES/EACCES";
  EXPECT_EQ(as_nobody(1023, {denied, denied, denied}), 0);
  EXPECT_EQ(as_nobody(1024, {free_port, free_port, free_port}), 0);
  ns_->sysctl("net.ipv4.ip_unprivileged_port_start", "80");
  EXPECT_EQ(as_nobody(79, {denied, denied, denied}), 0);
  EXPECT_EQ(as_nobody(80, {free_port, free_port, free_port}), 0);
}

// Without addresses of the family [::] can be bound all the same.
TEST_F(BindProbes, WhereIpv6IsSwitchedOff) {
  ns_->sysctl("net.ipv6.conf.all.disable_ipv6", "1");
  EXPECT_EQ(probe(tcp, 4000), Answers({free_port, free_port, free_port}));
  const test::Fd holder = bound("0.0.0.0", SOCK_STREAM);
  EXPECT_EQ(probe(tcp, 4000), Answers({taken, free_port, taken}));
}

TEST(BindProbe, OutOfDescriptorsIsNoAnswer) {
  test::Forked child([] {
    const rlimit none{0, 0};
    if (setrlimit(RLIMIT_NOFILE, &none) < 0) return 2;
    return probed(tcp, 4000) == Answers({"EMFILE"}) ? 0 : 1;
  });
  EXPECT_EQ(child.wait(), 0);
}

}  // namespace
}  // namespace net
