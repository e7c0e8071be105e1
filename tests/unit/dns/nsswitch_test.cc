#include "net/dns/nsswitch.hh"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/files.hh"

namespace net::dns {
namespace {

HostsOrder read(std::string_view text) {
  const test::TempDir directory;
  test::write_file(directory / "nsswitch.conf", text);
  return read_hosts_order(directory / "nsswitch.conf");
}

/// "files dns" with what differs from the usual actions behind each: success, not found, unavailable, try
/// again as r (return), c (continue) or m (merge).
std::string shape(const HostsOrder& order) {
  std::string out;
  for (const NssService& service : order.services) {
    if (!out.empty()) out += ' ';
    out += service.name + '/';
    for (const NssAction action : service.actions) out += "rcm"[static_cast<int>(action)];
  }
  return out;
}

TEST(Nsswitch, Services) {
  struct Case {
    std::string_view text;
    std::string_view line;
    std::string_view shape;
  };
  constexpr Case cases[] = {
      {"hosts: files dns\n", "files dns", "files/rccc dns/rccc"},
      {"passwd: files\nhosts:\tfiles\tdns # and no more\n", "files\tdns", "files/rccc dns/rccc"},
      {"hosts:files dns", "files dns", "files/rccc dns/rccc"},
      {"hosts: files mdns4_minimal [NOTFOUND=return] dns\n", "files mdns4_minimal [NOTFOUND=return] dns",
       "files/rccc mdns4_minimal/rrcc dns/rccc"},
      {"hosts: files[notfound=return]dns\n", "files[notfound=return]dns", "files/rrcc dns/rccc"},
      {"hosts: files [ NOTFOUND = return ] dns\n", "files [ NOTFOUND = return ] dns", "files/rrcc dns/rccc"},
      {"hosts: resolve [!UNAVAIL=return] files\n", "resolve [!UNAVAIL=return] files",
       "resolve/rrcr files/rccc"},
      {"hosts: dns [SUCCESS=merge TRYAGAIN=return] files\n", "dns [SUCCESS=merge TRYAGAIN=return] files",
       "dns/mccr files/rccc"},
      // What makes no sense changes nothing.
      {"hosts: [NOTFOUND=return] dns [bad=return NOTFOUND=never NOTFOUND]\n",
       "[NOTFOUND=return] dns [bad=return NOTFOUND=never NOTFOUND]", "dns/rccc"},
      {"hosts:\n", "", ""},
      // The last line counts.
      {"hosts: dns files\nhosts: files\n", "files", "files/rccc"},
      {"#hosts: dns\nhostsx: dns\n", "files dns", "files/rccc dns/rccc"},
  };
  for (const Case& c : cases) {
    const HostsOrder order = read(c.text);
    EXPECT_EQ(order.line, c.line) << c.text;
    EXPECT_EQ(shape(order), c.shape) << c.text;
  }
}

TEST(Nsswitch, WithoutALineTheDefault) {
  const test::TempDir directory;
  EXPECT_FALSE(read("passwd: files\n").from_file);
  EXPECT_FALSE(read_hosts_order(directory / "none").from_file);
  EXPECT_EQ(read_hosts_order(directory / "none").line, "files dns");
  EXPECT_TRUE(read("hosts: files\n").from_file);
  EXPECT_TRUE(read("hosts: files\n").has("files"));
  EXPECT_FALSE(read("hosts: files\n").has("dns"));
}

}  // namespace
}  // namespace net::dns
