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
      {"passwd: files\n  hosts:\tfiles\tdns \n", "files\tdns", "files/rccc dns/rccc"},
      {"hosts:files dns\n", "files dns", "files/rccc dns/rccc"},
      {"hosts dns\n", "dns", "dns/rccc"},
      {"hosts : : dns\n", "dns", "dns/rccc"},
      // To glibc these are services, which are not installed.
      {"hosts: files # dns\n", "files # dns", "files/rccc #/rccc dns/rccc"},
      {"hosts: files ]\n", "files ]", "files/rccc ]/rccc"},
      // Without its newline the last line is not read.
      {"hosts: dns\nhosts: files", "dns", "dns/rccc"},
      {"hosts: files mdns4_minimal [NOTFOUND=return] dns\n", "files mdns4_minimal [NOTFOUND=return] dns",
       "files/rccc mdns4_minimal/rrcc dns/rccc"},
      {"hosts: files[notfound=return]dns\n", "files[notfound=return]dns", "files/rrcc dns/rccc"},
      {"hosts: files [ NOTFOUND = return ] dns\n", "files [ NOTFOUND = return ] dns", "files/rrcc dns/rccc"},
      {"hosts: resolve [!UNAVAIL=return] files\n", "resolve [!UNAVAIL=return] files",
       "resolve/rrcr files/rccc"},
      {"hosts: dns [SUCCESS=merge TRYAGAIN=return] files\n", "dns [SUCCESS=merge TRYAGAIN=return] files",
       "dns/mccr files/rccc"},
      {"hosts: dns [!success=merge] files\n", "dns [!success=merge] files", "dns/rmmm files/rccc"},
      // A bracket in the place of a service ends the list.
      {"hosts: [NOTFOUND=return] dns\n", "[NOTFOUND=return] dns", ""},
      {"hosts: dns [NOTFOUND=return] [SUCCESS=continue] files\n",
       "dns [NOTFOUND=return] [SUCCESS=continue] files", "dns/rrcc"},
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

// glibc gives up all of the file.
TEST(Nsswitch, MalformedLines) {
  constexpr std::string_view lines[] = {
      "hosts: files [bogus=return] dns",  "hosts: files [NOTFOUND=never]",
      "hosts: files [NOTFOUND] dns",      "hosts: files [] dns",
      "hosts: files [NOTFOUND=return",    "hosts: files [",
      "hosts: files [! NOTFOUND=return]", "hosts: files [NOTFOUND=]",
      "hosts: files [=return]",           "hosts: dns # was: files [bogus=1]",
      "passwd: files [NOTFOUND:return]"};
  for (const std::string_view line : lines) {
    const HostsOrder order = read("hosts: files dns\n" + std::string(line) + "\nhosts: dns\n");
    EXPECT_EQ(shape(order), "") << line;
    EXPECT_EQ(order.malformed_line, 2U) << line;
    EXPECT_EQ(order.malformed_text, line);
    EXPECT_EQ(order.why_nobody(),
              "nsswitch.conf is malformed in line 2 (" + std::string(line) + "): libc asks nobody");
  }
  // Of databases that are not glibc's anything goes, and in lines that begin with a #.
  const HostsOrder order = read("sudoers: files [bogus=return]\n#hosts: [\n[\n:\n\nhosts: dns\n");
  EXPECT_EQ(shape(order), "dns/rccc");
  EXPECT_EQ(order.malformed_line, 0U);
  EXPECT_EQ(order.why_nobody(), "");
  EXPECT_EQ(read("hosts:\n").why_nobody(),
            "nsswitch.conf has a line hosts without services: libc asks nobody");
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
