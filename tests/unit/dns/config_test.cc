#include "net/dns/config.hh"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/support/files.hh"

namespace net::dns {
namespace {

using std::chrono::seconds;

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
      // Its limits (resolv.conf(5)): 30 seconds and 5 attempts; a value above counts as the limit.
      {"options timeout:30 attempts:5\n", 30, 5},
      {"options attempts:9\n", 5, 5},
      {"options timeout:60 attempts:50\n", 30, 5},
      // What makes no sense is passed over.
      {"options timeout:0 attempts:0\n", 5, 2},
      {"options timeout: attempts:x timeout:-1\n", 5, 2},
      {"# options timeout:1\n", 5, 2},
      {"options timeout:3", 3, 2},
  };
  const test::TempDir directory;
  for (const Case& c : cases) {
    test::write_file(directory / "resolv.conf", c.text);
    const ResolverConfig config = read_resolver_config(directory / "resolv.conf");
    EXPECT_EQ(config.timeout, seconds(c.timeout_s)) << c.text;
    EXPECT_EQ(config.tries, c.tries) << c.text;
  }
}

TEST(DnsConfig, NoAaaa) {
  const test::TempDir directory;
  const auto no_aaaa = [&directory](std::string_view text) {
    test::write_file(directory / "resolv.conf", text);
    return read_resolver_config(directory / "resolv.conf").no_aaaa;
  };
  EXPECT_FALSE(no_aaaa("options rotate no-tld-query\n"));
  EXPECT_TRUE(no_aaaa("options ndots:2 no-aaaa\n"));
}

TEST(DnsConfig, NoFileIsTheDefault) {
  const test::TempDir directory;
  const ResolverConfig config = read_resolver_config(directory / "none");
  EXPECT_EQ(config.timeout, seconds(5));
  EXPECT_EQ(config.ndots, 1);
  ASSERT_EQ(config.servers.size(), 1U);
  EXPECT_EQ(config.servers[0].text(), "127.0.0.1:53");
}

TEST(DnsConfig, ServersSearchListAndNdots) {
  struct Case {
    std::string_view text;
    std::vector<std::string> servers;
    std::vector<std::string> search;
    int ndots = 1;
  };
  const std::vector<Case> cases = {
      {"nameserver 192.0.2.1\nnameserver 2001:db8::1\nsearch a.test\n",
       {"192.0.2.1:53", "[2001:db8::1]:53"},
       {"a.test"}},
      {"nameserver fe80::1%lo\nsearch a.test b.test\nsearch c.test d.test\n",
       {"[fe80::1%lo]:53"},
       {"c.test", "d.test"}},
      {"search a.test b.test\ndomain c.test\n", {"127.0.0.1:53"}, {"c.test"}},
      {"domain c.test\nsearch a.test b.test\n", {"127.0.0.1:53"}, {"a.test", "b.test"}},
      // No more than MAXNS, and no names.
      {"nameserver ns.test\nnameserver 192.0.2.1\nnameserver 192.0.2.2\nnameserver 192.0.2.3\nnameserver "
       "192.0.2.4\nsearch x\n",
       {"192.0.2.1:53", "192.0.2.2:53", "192.0.2.3:53"},
       {"x"}},
      {"search x\noptions ndots:3\n", {"127.0.0.1:53"}, {"x"}, 3},
      {"search x\noptions ndots:0\n", {"127.0.0.1:53"}, {"x"}, 0},
      {"search x\noptions ndots:99\n", {"127.0.0.1:53"}, {"x"}, 15},
  };
  const test::TempDir directory;
  for (const Case& c : cases) {
    test::write_file(directory / "resolv.conf", c.text);
    const ResolverConfig config = read_resolver_config(directory / "resolv.conf");
    std::vector<std::string> servers;
    for (const Endpoint& server : config.servers) servers.push_back(server.text());
    EXPECT_EQ(servers, c.servers) << c.text;
    EXPECT_EQ(config.search, c.search) << c.text;
    EXPECT_EQ(config.ndots, c.ndots) << c.text;
  }
}

// As glibc's res_init reads them.
TEST(DnsConfig, OddServers) {
  struct Case {
    std::string_view text;
    std::string_view server;
  };
  constexpr Case cases[] = {
      {"nameserver 010.1.1.1\n", "8.1.1.1"},
      {"nameserver 127.1\n", "127.0.0.1"},
      {"nameserver 192.0.2.1# old\n", "192.0.2.1"},
      {"nameserver\t192.0.2.1 ; new\n", "192.0.2.1"},
      // Passed over, so that it is this host.
      {" nameserver 192.0.2.1\n", "127.0.0.1"},
      {"nameserver 192.0.2.1\r\n", "127.0.0.1"},
      {"nameserver 08.1.1.1\n", "127.0.0.1"},
      {"nameserver dns.example.test\n", "127.0.0.1"},
      {"nameserver\n", "127.0.0.1"},
  };
  const test::TempDir directory;
  const std::string path = directory.path() + "/resolv.conf";
  for (const Case& c : cases) {
    test::write_file(path, std::string(c.text));
    const auto config = read_resolver_config(path);
    ASSERT_EQ(config.servers.size(), 1U) << c.text;
    EXPECT_EQ(config.servers.front().address_text(), c.server) << c.text;
  }
}

TEST(DnsConfig, NamesOfHosts) {
  for (const std::string& name :
       {std::string("a"), std::string("a.test"), std::string("a.test."), std::string("_sip._tcp.test"),
        std::string("bad-.test"), std::string("1a"), std::string("1.2.3.4."), std::string("a.-b.test"),
        std::string("."), std::string(63, 'a') + ".test"}) {
    EXPECT_TRUE(is_host_name(name)) << name;
  }
  const std::string label = std::string(63, 'a') + ".";
  for (const std::string& name :
       {std::string(), std::string("-bad.test"), std::string("a..b"), std::string(".a"), std::string(".."),
        std::string("a b.test"), std::string("a\\.b"), std::string("*.test"), std::string("a/b"),
        std::string("\xc3\xbc.test"), std::string("a\nb"), std::string("1.2.3.256"), std::string("08"),
        std::string(64, 'a') + ".test", label + label + label + label}) {
    EXPECT_FALSE(is_host_name(name)) << name;
  }
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
