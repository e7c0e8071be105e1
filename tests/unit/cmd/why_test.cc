#include "cmd/why.hh"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <cerrno>
#include <string_view>

#include "net/dns/status.hh"
#include "net/sock/icmp_meaning.hh"

namespace cmd {
namespace {

const net::DialOptions tcp{};

net::Attempt attempt_on(std::string_view address, std::uint16_t port) {
  net::Attempt attempt;
  attempt.address = *net::Endpoint::parse_ip(address, port);
  attempt.time = std::chrono::microseconds(850);
  return attempt;
}

net::Error connect_error(int code) {
  return {"connect", "192.0.2.1:81/tcp", net::errno_code(code)};
}

TEST(ConnectHint, RefusedSaysThatTheHostIsUp) {
  const net::Attempt attempt = attempt_on("192.0.2.1", 81);
  const std::string hint = connect_hint(connect_error(ECONNREFUSED), &attempt, tcp);
  for (const char* part : {"192.0.2.1", "850 us", "81", "host is up"})
    EXPECT_TRUE(hint.contains(part)) << hint;
}

TEST(ConnectHint, SilenceCountsTheSyns) {
  net::Attempt attempt = attempt_on("192.0.2.1", 81);
  attempt.syns_sent = 3;
  EXPECT_TRUE(connect_hint(connect_error(ETIMEDOUT), &attempt, tcp).starts_with("3 SYNs sent in 850 us, "));
  attempt.syns_sent = 1;
  EXPECT_TRUE(connect_hint(connect_error(ETIMEDOUT), &attempt, tcp).starts_with("1 SYN sent in "));
  // Without figures of the kernel's there is nothing to say.
  attempt.syns_sent = 0;
  EXPECT_EQ(connect_hint(connect_error(ETIMEDOUT), &attempt, tcp), "");
}

TEST(ConnectHint, OwnCauses) {
  struct Case {
    int code;
    std::string_view part;
  };
  constexpr Case cases[] = {
      {ENETUNREACH, "no route"},   {EHOSTUNREACH, "routing table"}, {EADDRNOTAVAIL, "ip_local_port_range"},
      {EADDRINUSE, "source port"}, {EACCES, "prohibits"},           {EPERM, "packet filter"},
      {EMFILE, "descriptors"},
  };
  const net::Attempt attempt = attempt_on("192.0.2.1", 81);
  for (const Case& c : cases) {
    EXPECT_TRUE(connect_hint(connect_error(c.code), &attempt, tcp).contains(c.part)) << c.code;
  }
  EXPECT_EQ(connect_hint(connect_error(EIO), &attempt, tcp), "");
  EXPECT_TRUE(connect_hint({"socket", "", net::errno_code(EMFILE)}, nullptr, tcp).contains("ulimit"));
}

// Said by a router, it is not this host's routing table.
TEST(ConnectHint, ARoutersNoIsNotOurRoutingTable) {
  const net::Error error("connect", "192.0.2.1:81/tcp", net::errno_code(EHOSTUNREACH), net::Blame::remote);
  const net::Attempt attempt = attempt_on("192.0.2.1", 81);
  EXPECT_EQ(connect_hint(error, &attempt, tcp), "");
}

TEST(ConnectHint, OtherStepsSpeakForThemselves) {
  EXPECT_TRUE(connect_hint({"resolve", "x.test", net::dns::Status::no_such_name}, nullptr, tcp)
                  .contains("nettool resolve --compare x.test"));
  EXPECT_EQ(connect_hint({"setsockopt", "SO_MARK=1", net::errno_code(EPERM)}, nullptr, tcp), "");
}

TEST(ConnectHint, UnixSockets) {
  net::DialOptions options;
  options.transport.unix_domain = true;
  net::Attempt attempt;
  attempt.address = *net::Endpoint::parse_unix("/tmp/sock");
  EXPECT_TRUE(connect_hint(connect_error(ECONNREFUSED), &attempt, options).contains("nobody listens"));
  EXPECT_TRUE(connect_hint(connect_error(ENOENT), &attempt, options).contains("server running"));
  EXPECT_TRUE(connect_hint(connect_error(EPROTOTYPE), &attempt, options).contains("--type"));
  EXPECT_TRUE(connect_hint(connect_error(EACCES), &attempt, options).contains("write permission"));
}

net::Attempt told_by(std::string_view router, std::uint8_t type, std::uint8_t code) {
  net::Attempt attempt = attempt_on("192.0.2.1", 81);
  attempt.icmp =
      net::IcmpReport{net::errno_code(EHOSTUNREACH), *net::Endpoint::parse_ip(router, 0), type, code};
  return attempt;
}

// The message decides, whatever errno the kernel made of it.
TEST(ConnectHint, IcmpSaysMoreThanTheErrno) {
  struct Case {
    std::uint8_t type, code;
    std::string_view part;
  };
  constexpr Case cases[] = {
      {3, 13, "has a rule"},          {3, 10, "has a rule"},  {3, 1, "last router before 192.0.2.1"},
      {3, 0, "knows no way"},         {3, 6, "knows no way"}, {11, 0, "ran out of hops"},
      {3, 3, "in place of 192.0.2.1"}};
  for (const Case& c : cases) {
    const net::Attempt attempt = told_by("198.51.100.9", c.type, c.code);
    net::Error error = connect_error(EHOSTUNREACH);
    net::blame_icmp(error, *attempt.icmp, *net::Endpoint::parse_ip("203.0.113.7", 0));
    EXPECT_EQ(error.blame, net::Blame::remote);
    EXPECT_TRUE(connect_hint(error, &attempt, tcp).contains(c.part)) << int{c.type} << "/" << int{c.code};
    EXPECT_TRUE(connect_hint(error, &attempt, tcp).contains("198.51.100.9")) << int{c.type};
  }
}

TEST(ConnectHint, OwnIcmpIsNobodysNo) {
  const net::Endpoint own = *net::Endpoint::parse_ip("203.0.113.7", 0);
  const net::Attempt neighbour = told_by("203.0.113.7", 3, 1);
  net::Error error = connect_error(EHOSTUNREACH);
  net::blame_icmp(error, *neighbour.icmp, own);
  EXPECT_EQ(error.blame, net::Blame::silence);
  EXPECT_TRUE(connect_hint(error, &neighbour, tcp).contains("ARP"));
  // A filter of this host that rejects.
  const net::Attempt filter = told_by("203.0.113.7", 3, 13);
  error = connect_error(EHOSTUNREACH);
  net::blame_icmp(error, *filter.icmp, own);
  EXPECT_EQ(error.blame, net::Blame::local);
  EXPECT_TRUE(connect_hint(error, &filter, tcp).contains("packet filter of this host"));
}

TEST(CutHint, AnMtuThatNobodyKnows) {
  const net::Endpoint peer = *net::Endpoint::parse_ip("192.0.2.1", 81);
  net::Transport udp;
  udp.type = SOCK_DGRAM;
  EXPECT_TRUE(cut_hint(connect_error(EMSGSIZE), peer, udp, -1, std::nullopt).contains("65507"));
  EXPECT_EQ(cut_hint(connect_error(EMSGSIZE), {}, udp, -1, std::nullopt), "");
}

}  // namespace
}  // namespace cmd
