#include "net/dns/hosts.hh"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/files.hh"

namespace net::dns {
namespace {

using Names = std::vector<std::string>;

class HostsTest : public testing::Test {
 protected:
  void write(std::string_view text) { test::write_file(path_, text); }
  [[nodiscard]] std::vector<HostsLine> find(const std::string& name) const { return find_hosts(name, path_); }

  test::TempDir directory_;
  std::string path_ = directory_ / "hosts";
};

TEST_F(HostsTest, LinesNamesAndComments) {
  write(
      "# 192.0.2.9 www.test\n"
      "\n"
      "192.0.2.1\twww.test  alias.test second # not.test\n"
      "  2001:db8::1 WWW.Test\r\n"
      "192.0.2.2 other.test");
  const auto lines = find("www.TEST");
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].number, 3U);
  EXPECT_EQ(lines[0].address.text(), "192.0.2.1:0");
  EXPECT_EQ(lines[0].official_name, "www.test");
  EXPECT_EQ(lines[0].aliases, (Names{"alias.test", "second"}));
  EXPECT_EQ(lines[1].number, 4U);
  EXPECT_EQ(lines[1].address.address_text(), "2001:db8::1");
  EXPECT_TRUE(lines[1].aliases.empty());
  EXPECT_EQ(find("second").size(), 1U);
  EXPECT_EQ(find("other.test").size(), 1U);
  EXPECT_TRUE(find("not.test").empty());
  // A name with a final dot is another word.
  EXPECT_TRUE(find("www.test.").empty());
}

TEST_F(HostsTest, WhatIsNoLine) {
  write(
      "www.test 192.0.2.1\n"
      "192.0.2 www.test\n"
      "192.0.2.256 www.test\n"
      "fe80::1%lo www.test\n"
      "192.0.2.1\n"
      "192.0.2.1#www.test\n");
  EXPECT_TRUE(find("www.test").empty());
  EXPECT_TRUE(find("192.0.2.1").empty());
  EXPECT_TRUE(find_hosts("www.test", directory_ / "none").empty());
}

TEST_F(HostsTest, ByAddress) {
  write("192.0.2.1 first.test alias.test\n192.0.2.1 later.test\n2001:DB8:0::1 six.test\n");
  auto line = find_host_of(*Endpoint::parse_ip("192.0.2.1", 80), path_);
  ASSERT_TRUE(line);
  EXPECT_EQ(line->number, 1U);
  EXPECT_EQ(line->official_name, "first.test");
  EXPECT_EQ(line->aliases, Names{"alias.test"});
  line = find_host_of(*Endpoint::parse_ip("2001:db8::1", 0), path_);
  ASSERT_TRUE(line);
  EXPECT_EQ(line->official_name, "six.test");
  EXPECT_FALSE(find_host_of(*Endpoint::parse_ip("192.0.2.2", 0), path_));
}

// As glibc's gethostbyname has it with "multi on".
TEST_F(HostsTest, SeveralLinesAreOneEntry) {
  write(
      "192.0.2.6 bar.test multi.test al1\n"
      "2001:db8::6 six.test multi.test\n"
      "192.0.2.7 baz.test multi.test al2\n"
      "192.0.2.8 bar.test multi.test\n");
  const HostsEntry four = merge_hosts(find("multi.test"), AF_INET);
  EXPECT_EQ(four.official_name, "bar.test");
  EXPECT_EQ(four.aliases, (Names{"multi.test", "al1", "multi.test", "al2", "baz.test", "multi.test"}));
  ASSERT_EQ(four.addresses.size(), 3U);
  EXPECT_EQ(four.addresses[1].address_text(), "192.0.2.7");
  const HostsEntry six = merge_hosts(find("multi.test"), AF_INET6);
  EXPECT_EQ(six.official_name, "six.test");
  EXPECT_EQ(six.addresses.size(), 1U);
  EXPECT_TRUE(merge_hosts({}, AF_INET).addresses.empty());
}

}  // namespace
}  // namespace net::dns
