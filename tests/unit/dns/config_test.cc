#include "net/dns/config.hh"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tests/support/files.hh"

namespace net::dns {
namespace {

TEST(DnsConfig, PatienceOfResolvConf) {
  struct Case {
    std::string_view text;
    int timeout_s;
    int tries;
  };
  constexpr Case cases[] = {
      {"", 5, 2},
      {"nameserver 127.0.0.1\n", 5, 2},
      {"options timeout:1 attempts:1\n", 1, 1},
      {"options ndots:2 attempts:3 rotate\n", 5, 3},
      {"options\ttimeout:7\n", 7, 2},
      {"options timeout:1\noptions attempts:4\n", 1, 4},
      {"options timeout:1\noptions timeout:2\n", 2, 2},
      // Its limits (resolv.conf(5)): 30 seconds and 5 attempts.
      {"options timeout:30 attempts:5\n", 30, 5},
      {"options attempts:9\n", 5, 5},
      // What makes no sense is passed over.
      {"options timeout:0 attempts:0\n", 5, 2},
      {"options timeout: attempts:x timeout:-1\n", 5, 2},
      {"# options timeout:1\n", 5, 2},
      {"options timeout:3", 3, 2},
  };
  const test::TempDir directory;
  for (const Case& c : cases) {
    test::write_file(directory / "resolv.conf", c.text);
    const Patience patience = read_patience(directory / "resolv.conf");
    EXPECT_EQ(patience.timeout_s, c.timeout_s) << c.text;
    EXPECT_EQ(patience.tries, c.tries) << c.text;
  }
}

TEST(DnsConfig, NoFileIsTheDefault) {
  const test::TempDir directory;
  EXPECT_EQ(read_patience(directory / "none").timeout_s, 5);
}

// As resolv.conf(5) has it: a value above the limit counts as the limit.
TEST(DnsConfig, TimeoutsAboveTheLimitAreTheLimit) {
  const test::TempDir directory;
  test::write_file(directory / "resolv.conf", "options timeout:60 attempts:50\n");
  const Patience patience = read_patience(directory / "resolv.conf");
  EXPECT_EQ(patience.timeout_s, 30);
  EXPECT_EQ(patience.tries, 5);
}

TEST(DnsConfig, Localhost) {
  for (const std::string name : {"localhost", "LOCALHOST", "localhost.", "a.localhost", "A.B.LocalHost."}) {
    EXPECT_TRUE(is_localhost(name)) << name;
  }
  for (const std::string name : {"", ".", "localhosts", "mylocalhost", "localhost.test", "localhost.."}) {
    EXPECT_FALSE(is_localhost(name)) << name;
  }
}

TEST(DnsConfig, LowerCaseIsAscii) {
  EXPECT_EQ(lower_case("AbC-09.\xc3\x84"), "abc-09.\xc3\x84");
}

}  // namespace
}  // namespace net::dns
