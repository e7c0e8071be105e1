// Names that lead nowhere, words that make no sense, resolvers, and who may ask.

#include <sys/stat.h>

#include "tests/e2e/iface_run.hh"
#include "tests/support/user.hh"

namespace test {
namespace {

class IfaceUsage : public IfaceTest {};

TEST_F(IfaceUsage, NoSuchInterface) {
  ip({"link add eth0 type veth peer name eth1"});
  const Outcome outcome = iface({"eth9"});
  EXPECT_EQ(outcome.status, 4);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err, "nettool: iface eth9: no such interface (ENODEV)\nhint: there are lo, eth1, eth0\n");
  EXPECT_EQ(iface({"--quiet", "eth9"}).err, "nettool: iface eth9: no such interface (ENODEV)\n");
  const Outcome as_json = iface({"--json", "eth9"});
  EXPECT_EQ(as_json.status, 4);
  EXPECT_EQ(as_json.out, "");
  const json::Value error = json::parse_lines(as_json.err).at(0)["error"];
  EXPECT_EQ(error["op"].string(), "iface");
  EXPECT_EQ(error["subject"].string(), "eth9");
  EXPECT_EQ(error["code"].string(), "ENODEV");
  EXPECT_EQ(error["hint"].string(), "there are lo, eth1, eth0");
}

TEST_F(IfaceUsage, NamesThatNoInterfaceCanHave) {
  for (const std::string& name :
       {std::string("ETH0"), std::string("lo "), std::string("99"), std::string("-1x"),
        std::string(5000, 'x'), std::string("../lo"), std::string("lo\n"), std::string("\x1b[2J"),
        std::string("18446744073709551617")}) {
    const Outcome outcome = iface({"--", name});
    EXPECT_EQ(outcome.status, 4) << name;
    EXPECT_TRUE(contains(outcome.err, "(ENODEV)\n")) << outcome.err;
    EXPECT_FALSE(contains(outcome.err, "\x1b")) << name;
  }
}

TEST_F(IfaceUsage, AHintDoesNotListThousands) {
  Words commands;
  for (int i = 0; i < 6; ++i) {
    commands.push_back("link add a" + std::to_string(i) + " type veth peer name b" + std::to_string(i));
  }
  ip(commands);
  EXPECT_TRUE(iface({"x"}).err.ends_with(" and 3 more\n")) << iface({"x"}).err;
}

TEST_F(IfaceUsage, NameAlternativeNameOrIndex) {
  ip({"link add eth0 index 30 type veth peer name 30 index 31", "link property add dev eth0 altname wan"});
  const auto index = [&](const std::string& name) { return object(name)["index"].integer(); };
  EXPECT_EQ(index("eth0"), 30);
  EXPECT_EQ(index("wan"), 30);
  EXPECT_EQ(index("30"), 31) << "a name before an index";
  EXPECT_EQ(index("31"), 31);
  EXPECT_EQ(index("1"), 1);
}

TEST(IfaceWords, MalformedOnes) {
  struct Case {
    Words words;
    std::string complaint;
  };
  for (const Case& c : {Case{{"lo", "eth0"}, "'eth0'"},
                        {{""}, "empty"},
                        {{"-4", "-6"}, "exclude each other"},
                        {{"--up"}, "--up"},
                        {{"-5"}, "-5"},
                        {{"-4=1"}, "-4 takes no value"}}) {
    const Outcome outcome = run(nettool_argv(Words{"iface"} + c.words));
    EXPECT_EQ(outcome.status, 2) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    EXPECT_TRUE(contains(lines_of(outcome.err).at(0), c.complaint)) << outcome.err;
  }
}

TEST_F(IfaceUsage, ResolversAreTheHosts) {
  ip({"link add eth0 type veth peer name eth1"});
  ns().resolv_conf(
      "nameserver 192.0.2.53\nnameserver fe80::53%eth0\nnameserver 2001:db8::53\nnameserver 192.0.2.54\n");
  const Words host = {"192.0.2.53", "2001:db8::53"};
  EXPECT_EQ(strings(object("lo")["resolvers"]), host);
  EXPECT_EQ(strings(object("eth1")["resolvers"]), host);
  EXPECT_EQ(strings(object("eth0")["resolvers"]), host + Words{"fe80::53%eth0"});
  EXPECT_TRUE(contains(shown({"eth0"}), "\n  resolver  fe80::53%eth0\n"));
  EXPECT_TRUE(shown({"eth0"}).ends_with("\n\nresolvers of this host  192.0.2.53, 2001:db8::53\n"));
  EXPECT_FALSE(contains(shown({"eth1"}), "fe80::53"));
  ns().resolv_conf("nameserver 127.1\nnameserver 2001:db8::53%lo\n");
  EXPECT_EQ(strings(object("eth1")["resolvers"]), (Words{"127.0.0.1", "2001:db8::53"}))
      << "as the C library has it";
  ns().resolv_conf("");
  EXPECT_EQ(strings(object("lo")["resolvers"]), Words{"127.0.0.1"}) << "as the C library has it";
}

TEST_F(IfaceUsage, AsAnybody) {
  ns().resolv_conf("nameserver 192.0.2.53\n");
  ip({"link add eth0 type veth peer name eth1", "link set eth0 addrgenmode none",
      "address add 192.0.2.1/24 dev eth0"});
  const TempDir dir;
  const std::string binary = copy_for_anybody(dir);
  const auto as_nobody = [&](const Words& words) {
    Options options;
    options.before_exec = [enter = ns().enter_hook()] {
      enter();
      become(nobody)();
    };
    return run(Words{binary, "iface"} + words, options);
  };
  EXPECT_EQ(as_nobody({"eth0"}).out, shown({"eth0"}));
  EXPECT_EQ(as_nobody({"eth0"}).status, 0);
  // What cannot be read is said, and no reason to show nothing.
  ns().in([] {
    if (chmod("/etc/resolv.conf", 0600) < 0) fail_errno("chmod");
  });
  const Outcome outcome = as_nobody({"eth0"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_TRUE(contains(outcome.out, "192.0.2.1/24"));
  EXPECT_EQ(outcome.err, "note: /etc/resolv.conf cannot be read: permission denied (EACCES)\n");
}

TEST_F(IfaceUsage, StdoutThatCannotBeWritten) {
  Options options;
  options.out = Stdio::file("/dev/full");
  options.before_exec = ns().enter_hook();
  EXPECT_EQ(run(nettool("iface"), options).status, 4);
}

}  // namespace
}  // namespace test
