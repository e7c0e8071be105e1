#include "cmd/options.hh"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <string>
#include <string_view>
#include <vector>

#include "cmd/relay_options.hh"
#include "tests/support/netns.hh"
#include "tests/support/require.hh"

namespace cmd {
namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::string>;

/// What `work` complains of, or "" when it does not.
template <class Work>
std::string usage_error(Work work) {
  try {
    work();
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(Options, DurationOrForever) {
  EXPECT_EQ(parse_duration_or_forever("forever").value_or(0s), net::forever);
  EXPECT_EQ(parse_duration_or_forever("250ms").value_or(0s), 250ms);
  EXPECT_FALSE(parse_duration_or_forever("Forever"));
  EXPECT_FALSE(parse_duration_or_forever(""));
}

TEST(Options, Count) {
  EXPECT_EQ(parse_count("1").value_or(0), 1U);
  EXPECT_EQ(parse_count("1000000000").value_or(0), 1'000'000'000U);
  for (const std::string_view bad : {"0", "-1", "", "1.5", "1000000001", "x", "01"}) {
    EXPECT_FALSE(parse_count(bad)) << bad;
  }
  EXPECT_EQ(parse_count("0").error(), "at least 1");
}

TEST(Options, HostAndPort) {
  struct Case {
    Words words;
    bool host_needed;
    std::string_view host;
    std::string_view port;
  };
  const Case cases[] = {
      {{"example.org", "80"}, true, "example.org", "80"},
      {{"example.org:80"}, true, "example.org", "80"},
      {{"192.0.2.1:https"}, true, "192.0.2.1", "https"},
      {{"[::1]:80"}, true, "::1", "80"},
      {{"::1", "80"}, true, "::1", "80"},
      {{"[::1]", "80"}, true, "::1", "80"},
      {{"80"}, false, "", "80"},
      {{"https"}, false, "", "https"},
      {{":80"}, false, "", "80"},
      {{"127.0.0.1:80"}, false, "127.0.0.1", "80"},
      {{"::1", "80"}, false, "::1", "80"},
      {{"", "80"}, false, "", "80"},
  };
  for (const Case& c : cases) {
    const HostAndPort found = host_and_port(c.words, c.host_needed);
    EXPECT_EQ(found.host, c.host) << testing::PrintToString(c.words);
    EXPECT_EQ(found.port, c.port) << testing::PrintToString(c.words);
  }
}

TEST(Options, HostAndPortRefused) {
  struct Case {
    Words words;
    bool host_needed;
    std::string_view complaint;
  };
  const Case cases[] = {
      {{}, true, "HOST and PORT are missing"},
      {{}, false, "PORT is missing"},
      {{"example.org"}, true, "PORT is missing after 'example.org'"},
      {{"::1"}, true, "PORT is missing"},
      {{"::1"}, false, "PORT is missing"},
      {{"a", "1", "extra"}, true, "'extra'"},
      {{"a:1", "2"}, true, "two ports: '1' and '2'"},
      {{"[::1]:1", "2"}, true, "two ports"},
      {{":80"}, true, "empty host"},
      {{"", "80"}, true, "empty host"},
      {{"[::1"}, true, "']'"},
      {{"a:"}, true, "nothing after"},
  };
  for (const Case& c : cases) {
    const std::string complaint =
        usage_error([&] { static_cast<void>(host_and_port(c.words, c.host_needed)); });
    EXPECT_TRUE(complaint.contains(c.complaint) && !complaint.empty())
        << testing::PrintToString(c.words) << ": " << complaint;
  }
}

TEST(Options, PortNumber) {
  EXPECT_EQ(port_number("080", "tcp", true), 80);
  for (const char* bad : {"", "65536", "80x", "-1", "no such service"}) {
    EXPECT_TRUE(usage_error([&] {
                  static_cast<void>(port_number(bad, "tcp", false));
                }).starts_with("port '" + std::string(bad) + "'"))
        << bad;
  }
}

TEST(Options, ServiceNamesByProtocol) {
  REQUIRE_NAMESPACES();
  test::Namespace ns;
  ns.services("alpha 4242/tcp\nalpha 4343/udp\n");
  ns.in([] {
    EXPECT_EQ(port_number("alpha", "tcp", false), 4242);
    EXPECT_EQ(port_number("alpha", "udp", false), 4343);
    EXPECT_NE(usage_error([] { static_cast<void>(port_number("alpha", "tcp", true)); }), "") << "numeric";
  });
}

TEST(Options, CheckHost) {
  struct Case {
    std::string host;
    bool numeric;
    int family;
    bool good;
  };
  const Case cases[] = {
      {"example.org", false, AF_UNSPEC, true},
      {"example.org.", false, AF_UNSPEC, true},
      {"localhost", false, AF_UNSPEC, true},
      {"192.0.2.1", false, AF_UNSPEC, true},
      {"192.0.2.1", true, AF_INET, true},
      {"::1", false, AF_INET6, true},
      {"fe80::1%lo", false, AF_UNSPEC, true},
      {"3com.example", false, AF_UNSPEC, true},
      {std::string(63, 'a') + ".test", false, AF_UNSPEC, true},
      {"example.org", true, AF_UNSPEC, false},
      {"192.0.2.1", false, AF_INET6, false},
      {"::1", false, AF_INET, false},
      {"127.1", false, AF_UNSPEC, false},
      {"010.0.0.1", false, AF_UNSPEC, false},
      {"0x7f000001", false, AF_UNSPEC, false},
      {"2130706433", false, AF_UNSPEC, false},
      {"1.2.3.4.", false, AF_UNSPEC, false},
      {"256.1.1.1", false, AF_UNSPEC, false},
      {"::g", false, AF_UNSPEC, false},
      {"", false, AF_UNSPEC, false},
      {".", false, AF_UNSPEC, false},
      {"a..b", false, AF_UNSPEC, false},
      {std::string(64, 'a') + ".test", false, AF_UNSPEC, false},
      {std::string(254, 'a'), false, AF_UNSPEC, false},
  };
  for (const Case& c : cases) {
    const std::string complaint = usage_error([&] { check_host(c.host, c.numeric, c.family); });
    EXPECT_EQ(complaint.empty(), c.good) << c.host << ": " << complaint;
  }
}

// This host lacks it, so it is no matter of usage.
TEST(Options, AZoneThatIsNotHere) {
  EXPECT_THROW(check_host("fe80::1%nonesuch", false, AF_UNSPEC), StartError);
}

TEST(RelayOptions, Transport) {
  RelayOptions options;
  EXPECT_EQ(options.transport().name(), "tcp");
  options.udp = true;
  EXPECT_EQ(options.transport().name(), "udp");
  options.unix_domain = true;
  EXPECT_EQ(options.transport().name(), "unix-dgram");
  options.udp = false;
  EXPECT_EQ(options.transport().name(), "unix");
  options.type = "seqpacket";
  EXPECT_EQ(options.transport().name(), "unix-seqpacket");
  options.type = "dgram";
  EXPECT_EQ(options.transport().name(), "unix-dgram");
}

TEST(RelayOptions, Family) {
  RelayOptions options;
  EXPECT_EQ(options.family(), AF_UNSPEC);
  options.ipv6 = true;
  EXPECT_EQ(options.family(), AF_INET6);
  options.ipv6 = false;
  options.ipv4 = true;
  EXPECT_EQ(options.family(), AF_INET);
}

}  // namespace
}  // namespace cmd
