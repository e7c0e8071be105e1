// What nsswitch.conf and resolv.conf keep from programs: the default view of resolve has what
// gethostbyname2(3) gives (getent hosts asks it), and resolve --compare says why.

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <string_view>
#include <utility>

#include "tests/e2e/resolve_compared.hh"

namespace test {
namespace {

/// The addresses of one family: the first words of getent's lines; nothing when there are none.
std::string first_words(const std::string& text) {
  std::string out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) out += " " + line.substr(0, line.find(' '));
  return out;
}

class ResolveNsswitch : public Compared {
 protected:
  void SetUp() override {
    Compared::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    ns_->hosts("10.0.0.5 both.test alias.test\n10.0.0.9 file.test\n2001:db8::9 six.test\n");
    dns_->add_addresses("both.test", {"192.0.2.20", "2001:db8::20"});
    dns_->add_addresses("dns.test", {"192.0.2.30"});
  }

  [[nodiscard]] Outcome resolve(Names words) const {
    words.insert(words.begin(), "resolve");
    return ns_->run(nettool_argv(words));
  }
  /// " ADDRESS..." of each family, of which there may be one block.
  [[nodiscard]] std::pair<std::string, std::string> seen(const std::string& name) const {
    std::pair<std::string, std::string> out;
    const Outcome outcome = resolve({name, "--json"});
    if (outcome.status != 0) return out;
    for (const json::Value& block : json::parse_lines(outcome.out)) {
      std::string& addresses = block["h_addrtype"].string() == "AF_INET" ? out.first : out.second;
      EXPECT_EQ(addresses, "") << outcome.out;
      for (const json::Value& address : block["h_addr_list"].elements()) addresses += " " + address.string();
    }
    return out;
  }
  /// The same of libc, which getent asks for IPv6 first, and for IPv4 when there is none.
  void expect_as_getent(const std::string& name) const {
    const auto [four, six] = seen(name);
    EXPECT_EQ(six.empty() ? four : six, first_words(ns_->run({"getent", "hosts", name}).out)) << name;
  }
};

struct Case {
  std::string_view services;
  std::string name;
  std::string four, six;  ///< in the default view
  Names codes;            ///< of the comparison
};

TEST_F(ResolveNsswitch, SuccessIsNotTheEnd) {
  REQUIRE_PROGRAM("getent");
  const Case cases[] = {
      // The earlier answer is dropped.
      {"files [SUCCESS=continue] dns", "both.test", " 192.0.2.20", " 2001:db8::20", {"discarded"}},
      {"files [SUCCESS=continue] dns", "file.test", "", "", {"discarded"}},
      {"files [SUCCESS=continue] dns", "dns.test", " 192.0.2.30", "", {}},
      {"dns [SUCCESS=continue] files", "both.test", " 10.0.0.5", "", {"discarded"}},
      {"dns files [SUCCESS=continue]", "both.test", " 192.0.2.20", " 2001:db8::20", {"hosts_unused"}},
      {"dns files [SUCCESS=continue]", "file.test", " 10.0.0.9", "", {"hosts_only"}},
      {"files [SUCCESS=continue NOTFOUND=return] dns", "dns.test", "", "", {"nsswitch_stops"}},
      // One that is merged is lost when the next service has one too, in gethostbyname; in getaddrinfo
      // always.
      {"files [SUCCESS=merge] dns", "both.test", "", " 2001:db8::20", {"not_merged"}},
      {"files [SUCCESS=merge] dns", "file.test", " 10.0.0.9", "", {"not_merged"}},
      {"files [SUCCESS=merge] dns", "dns.test", " 192.0.2.30", "", {}},
      {"dns [SUCCESS=merge] files", "file.test", " 10.0.0.9", "", {"hosts_only"}},
      {"files [!SUCCESS=merge] dns", "dns.test", " 192.0.2.30", "", {"not_merged"}},
      {"files [SUCCESS=merge] nosuch dns", "both.test", "", " 2001:db8::20", {"not_merged"}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(std::string(c.services) + " " + c.name);
    ns_->nsswitch("hosts: " + std::string(c.services) + "\n");
    EXPECT_EQ(seen(c.name), std::pair(c.four, c.six));
    expect_as_getent(c.name);
    EXPECT_EQ(codes({c.name}), c.codes);
  }
}

TEST_F(ResolveNsswitch, TheWordsOfIt) {
  ns_->nsswitch("hosts: files [SUCCESS=merge] dns\n");
  EXPECT_EQ(sentence({"file.test"}),
            "nsswitch.conf (hosts: files [SUCCESS=merge] dns) tells libc to merge what files has with what "
            "comes after it: libc cannot do that for hosts, and has nothing.");
  dns_->add_addresses("file.test", {"192.0.2.40"});
  EXPECT_EQ(resolve({"file.test", "-4"}).err,
            "nettool: resolve file.test: libc cannot merge what two services have ([SUCCESS=merge] in "
            "nsswitch.conf) (NXDOMAIN)\n");
  EXPECT_EQ(resolve({"file.test", "-4"}).status, 1);
  ns_->nsswitch("hosts: files [SUCCESS=continue] dns\n");
  EXPECT_EQ(sentence({"both.test"}),
            "nsswitch.conf (hosts: files [SUCCESS=continue] dns) goes on when files has a name: libc forgets "
            "10.0.0.5.");
}

TEST_F(ResolveNsswitch, AddressesBackwards) {
  REQUIRE_PROGRAM("getent");
  dns_->add("5.0.0.10.in-addr.arpa", Record::ptr("dns.test"));
  for (const char* services : {"files [SUCCESS=continue] dns", "files [SUCCESS=merge] dns", "files dns",
                               "dns [SUCCESS=continue] files", "files [bogus=return] dns"}) {
    ns_->nsswitch("hosts: " + std::string(services) + "\n");
    for (const char* address : {"10.0.0.5", "10.0.0.9", "2001:db8::9"}) {
      SCOPED_TRACE(std::string(services) + " " + address);
      std::istringstream words(ns_->run({"getent", "hosts", address}).out);
      std::string name;
      words >> name >> name;
      const Outcome outcome = resolve({address, "--json"});
      EXPECT_EQ(outcome.status, name.empty() ? 1 : 0);
      if (outcome.status == 0) EXPECT_EQ(json::parse_lines(outcome.out).at(0)["h_name"].string(), name);
    }
  }
}

// glibc gives up the file for a line of any of its databases, and then asks nobody.
TEST_F(ResolveNsswitch, AMalformedLine) {
  REQUIRE_PROGRAM("getent");
  for (const char* text :
       {"hosts: files [bogus=return] dns\n", "passwd: files [NOTFOUND]\nhosts: files dns\n"}) {
    ns_->nsswitch(text);
    for (const char* name : {"both.test", "file.test", "dns.test"}) {
      SCOPED_TRACE(text + std::string(name));
      expect_as_getent(name);
      EXPECT_EQ(codes({name}), Names{"malformed"});
    }
  }
  const std::string why = "nsswitch.conf is malformed in line 1 (passwd: files [NOTFOUND]): libc asks nobody";
  EXPECT_EQ(sentence({"dns.test"}), why + ".");
  EXPECT_EQ(resolve({"dns.test"}).err, "nettool: resolve dns.test: " + why + " (NXDOMAIN)\n");
  EXPECT_EQ(codes({"missing.test"}), Names{});
}

TEST_F(ResolveNsswitch, ALineWithoutServices) {
  REQUIRE_PROGRAM("getent");
  ns_->nsswitch("hosts:\n");
  expect_as_getent("both.test");
  EXPECT_EQ(resolve({"both.test"}).err,
            "nettool: resolve both.test: nsswitch.conf has a line hosts without services: libc asks nobody "
            "(NXDOMAIN)\n");
  // getaddrinfo of glibc 2.36 crashes or fails, as its stack has it.
  const Names found = codes({"both.test"});
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found.front(), "no_services");
}

#ifdef NSS_PROBE_FOLDER
TEST_F(ResolveNsswitch, ACrashIsNamed) {
  ns_->nsswitch("hosts: files probe dns\n");
  dns_->add_addresses("crash.test", {"192.0.2.50"});
  EXPECT_EQ(
      sentence({"crash.test"}),
      "libc fails (ECHILD: the process that asked the C library was killed by SIGABRT), while 127.0.0.1 "
      "has 192.0.2.50.");
}
#endif

TEST_F(ResolveNsswitch, NoAaaa) {
  REQUIRE_PROGRAM("getent");
  dns_->add_addresses("long.test", {"2001:db8::30"});
  EXPECT_EQ(codes({"long.test"}), Names{});
  ns_->resolv_conf("nameserver 127.0.0.1\noptions ndots:1 no-aaaa\n");
  ns_->nsswitch("hosts: dns files\n");
  for (const char* name : {"both.test", "dns.test", "six.test", "long.test"}) expect_as_getent(name);
  for (const Question& question : dns_->questions())
    EXPECT_FALSE(question.name == "both.test" && question.type == type_aaaa);
  EXPECT_EQ(seen("both.test"), std::pair(std::string(" 192.0.2.20"), std::string()));
  EXPECT_EQ(resolve({"long.test", "-6"}).err,
            "nettool: resolve long.test: resolv.conf has no-aaaa: DNS is not asked for AAAA (NODATA)\n");
  EXPECT_EQ(sentence({"both.test"}),
            "resolv.conf has no-aaaa: libc does not ask DNS for AAAA, and leaves out 2001:db8::20.");
  EXPECT_EQ(codes({"long.test"}), Names{"no_aaaa"});
  EXPECT_EQ(codes({"dns.test"}), Names{});
}

// libc goes on from whatever the name as it is brought, but in the list, where the root may stand as well,
// REFUSED ends it, and so does a domain that is none.
TEST_F(ResolveNsswitch, TheSearchListAfterAFailure) {
  REQUIRE_PROGRAM("getent");
  for (const char* name : {"two.dots", "refused.sub.test", "refused"}) dns_->behave(name, {.rcode = 5});
  dns_->add_addresses("two.dots.sub.test", {"192.0.2.60"});
  dns_->add_addresses("single", {"192.0.2.61"});
  dns_->add_addresses("other.sub.test", {"192.0.2.62"});
  dns_->add_addresses("refused.last.test", {"192.0.2.63"});
  dns_->behave("single.stop.test", {.rcode = 5});
  EXPECT_EQ(codes({"two.dots"}), Names{"search_list"});
  for (const char* list : {"sub.test", ".", "sub.test .", "sub.test ..bad a..b", "..bad sub.test",
                           ".sub.test", ".. sub.test", ". last.test", "stop.test sub.test"}) {
    ns_->resolv_conf("nameserver 127.0.0.1\nsearch " + std::string(list) + "\n");
    for (const char* name : {"two.dots", "single", "other", "refused", "nosuch"}) {
      SCOPED_TRACE(std::string(list) + ": " + name);
      expect_as_getent(name);
      const Names found = codes({name});
      EXPECT_TRUE(found.empty() || found == Names{"search_list"}) << found.front();
    }
  }
}

}  // namespace
}  // namespace test
