// Command lines of resolve that make no sense: status 2, the bad part is named, and nothing is sent.

#include <gtest/gtest.h>

#include <sstream>

#include "tests/e2e/resolve_run.hh"

namespace test {
namespace {

std::string joined(const Words& words) {
  std::string out = "nettool resolve";
  for (const std::string& word : words) out += " '" + word + "'";
  return out;
}

struct Bad {
  Words words;
  std::string named;      ///< in the error's line
  std::string hint = {};  ///< in the hint's
};

const std::string long_label(64, 'x');

std::string long_name() {
  std::string name;
  for (int i = 0; i < 4; ++i) name += std::string(63, 'x') + ".";
  return name + "x";
}

const std::vector<Bad> table = {
    // Types.
    {{"x.test", "-t", "NOSUCH"}, "NOSUCH"},
    {{"x.test", "-t", ""}, "--type"},
    {{"x.test", "--type="}, "--type"},
    {{"x.test", "-t", "A,,B"}, "A,,B"},
    {{"x.test", "-t", "A,,AAAA"}, "A,,AAAA"},
    {{"x.test", "-t", ",A"}, ",A"},
    {{"x.test", "-t", "A,"}, "A,"},
    {{"x.test", "-t", "A,NOSUCH,MX"}, "NOSUCH"},
    {{"x.test", "-t", "A "}, "A "},
    {{"x.test", "-t", "TYPE65536"}, "TYPE65536"},
    {{"x.test", "-t", "TYPE"}, "TYPE"},
    {{"x.test", "-t", "TYPE01"}, "TYPE01"},
    {{"x.test", "-t", "TYPE-1"}, "TYPE-1"},
    {{"x.test", "-t", "TYPE1x"}, "TYPE1x"},
    {{"x.test", "-t", "15"}, "15"},
    {{"x.test", "-t", "IXFR"}, "IXFR"},
    {{"x.test", "-t", "IXFR="}, "IXFR="},
    {{"x.test", "-t", "IXFR=x"}, "IXFR=x"},
    {{"x.test", "-t", "IXFR=4294967296"}, "4294967296"},
    {{"x.test", "-t", "IXFR=-1"}, "IXFR=-1"},
    {{"x.test", "-t", "A=1"}, "A=1"},
    // Classes.
    {{"x.test", "-c", "NOSUCH"}, "NOSUCH"},
    {{"x.test", "-c", "CLASS65536"}, "CLASS65536"},
    {{"x.test", "-c", ""}, "--class"},
    // Names.
    {{long_label + ".test", "-t", "A"}, long_label},
    {{long_name(), "-t", "A"}, "255"},
    {{"a..test", "-t", "A"}, "a..test"},
    {{".test", "-t", "A"}, ".test"},
    {{"", "-t", "A"}, "''"},
    {{"a\\25.test", "-t", "A"}, "a\\25.test"},
    {{"a\\256.test", "-t", "A"}, "a\\256.test"},
    {{"a.test\\", "-t", "A"}, "a.test\\"},
    {{"b\xc3\xbc"
      "cher.test",
      "-t", "A"},
     "b\xc3\xbc"
     "cher.test",
     "xn--"},
    {{"\xe2\x80\xae.test", "-t", "A"}, "\\xe2\\x80\\xae", "xn--"},
    {{"x.test",
      "b\xc3\xbc"
      "cher.test",
      "-t", "A"},
     "b\xc3\xbc"
     "cher.test",
     "xn--"},
    // Addresses.
    {{"-x", "192.0.2"}, "192.0.2"},
    {{"-x", "192.0.2.256"}, "192.0.2.256"},
    {{"-x", "192.0.02.1"}, "192.0.02.1"},
    {{"-x", "2001:db8:::1"}, "2001:db8:::1"},
    {{"-x", "x.test"}, "x.test"},
    {{"-x", "192.0.2.1/24"}, "192.0.2.1/24"},
    {{"x.test", "-s", "x.test"}, "x.test"},
    {{"x.test", "-s", "127.0.0.1:53x"}, "127.0.0.1:53x"},
    // Servers.
    {{"x.test", "@"}, "@"},
    {{"x.test", "@:53"}, "@:53"},
    {{"x.test", "@127.0.0.1:"}, "@127.0.0.1:"},
    {{"x.test", "@127.0.0.1:0"}, "@127.0.0.1:0"},
    {{"x.test", "@127.0.0.1:65536"}, "65536"},
    {{"x.test", "@127.0.0.1:53x"}, "53x"},
    {{"x.test", "@127.0.0.1:-1"}, "-1"},
    {{"x.test", "@127.0.0.256"}, "127.0.0.256"},
    {{"x.test", "@127.0.01.1"}, "127.0.01.1"},
    {{"x.test", "@[::1"}, "[::1"},
    {{"x.test", "@[::1]53"}, "[::1]53"},
    {{"x.test", "@::1::"}, "::1::"},
    {{"x.test", "@a..b"}, "a..b"},
    {{"x.test",
      "@b\xc3\xbc"
      "cher.test"},
     "b\xc3\xbc"
     "cher.test"},
    // EDNS.
    {{"x.test", "--ecs", "192.0.2.0/33"}, "33"},
    {{"x.test", "--ecs", "2001:db8::/129"}, "129"},
    {{"x.test", "--ecs", "192.0.2/24"}, "192.0.2/24"},
    {{"x.test", "--ecs", "192.0.2.0/"}, "192.0.2.0/"},
    {{"x.test", "--ecs", "/24"}, "/24"},
    {{"x.test", "--ecs", "junk"}, "junk"},
    {{"x.test", "--ecs", "192.0.2.0/24/1"}, "192.0.2.0/24/1"},
    {{"x.test", "--ecs", "192.0.2.0/024"}, "024"},
    {{"x.test", "--edns-option", "junk"}, "junk"},
    {{"x.test", "--edns-option", "65536"}, "65536"},
    {{"x.test", "--edns-option", "-1"}, "-1"},
    {{"x.test", "--edns-option", ":0102"}, ":0102"},
    {{"x.test", "--edns-option", "65001:0"}, "65001:0"},
    {{"x.test", "--edns-option", "65001:0g"}, "65001:0g"},
    {{"x.test", "--edns-option", "65001:01 02"}, "65001:01 02"},
    {{"x.test", "--padding", "0"}, "--padding"},
    {{"x.test", "--padding", "x"}, "--padding"},
    {{"x.test", "--padding", "-1"}, "--padding"},
    {{"x.test", "--bufsize", "65536"}, "65536"},
    {{"x.test", "--bufsize", "x"}, "--bufsize"},
    // Time.
    {{"x.test", "-w", "x"}, "x"},
    {{"x.test", "-w", "0"}, "0"},
    {{"x.test", "-w", "-1"}, "-1"},
    {{"x.test", "--tries", "0"}, "--tries"},
    {{"x.test", "--tries", "x"}, "--tries"},
    {{"x.test", "--tries", "-1"}, "--tries"},
    // What excludes each other.
    {{"x.test", "--no-edns", "--nsid"}, "--no-edns"},
    {{"x.test", "--no-edns", "--dnssec"}, "--no-edns"},
    {{"x.test", "--no-edns", "--ecs", "192.0.2.0/24"}, "--no-edns"},
    {{"x.test", "--no-edns", "--cookie"}, "--no-edns"},
    {{"x.test", "--no-edns", "--padding", "128"}, "--no-edns"},
    {{"x.test", "--no-edns", "--bufsize", "512"}, "--no-edns"},
    {{"x.test", "--no-edns", "--edns-option", "65001"}, "--no-edns"},
    {{"-4", "-6", "x.test", "-t", "A"}, "-4"},
    {{"-6", "x.test", "-s", "127.0.0.1"}, "--source"},
    {{"-f", "/dev/null", "--trace"}, "--trace"},
    {{"-f", "/dev/null", "--compare"}, "--compare"},
    {{"x.test", "-f", "/dev/null"}, "x.test"},
    {{"x.test", "--trace", "--compare"}, "--compare"},
    {{"x.test", "--root", "127.0.0.1"}, "--root"},
    {{"x.test", "--trace", "--root", "x.test"}, "x.test"},
    {{"x.test", "--trace", "--root", "127.0.0.1,"}, "127.0.0.1,"},
    {{"x.test", "--ordered"}, "--ordered"},
    {{"x.test", "--progress"}, "--progress"},
    {{"x.test", "--concurrency", "5"}, "--concurrency"},
    {{"x.test", "--rate", "5"}, "--rate"},
    // Nothing to ask for.
    {{}, "NAME"},
    {{"-t", "A"}, "NAME"},
    {{"--nosuch", "x.test"}, "--nosuch"},
    {{"x.test", "-Z"}, "-Z"},
};

TEST(ResolveUsage, IsStatusTwoAndNothingIsSent) {
  DnsServer server;
  for (const Bad& bad : table) {
    // Where another server would hide the complaint or be one, there is none.
    bool with_server = bad.named != "--trace" && bad.named != "--root" &&
                       !contains(joined(bad.words), "--trace") && !contains(joined(bad.words), "'-6'");
    Words words = bad.words;
    if (with_server) words.push_back(at(server));
    SCOPED_TRACE(joined(words));
    for (const Words& more : {Words{}, Words{"--json"}}) {
      Outcome outcome = run(nettool_argv(Words{"resolve"} + more + words), {}, 10s);
      EXPECT_EQ(outcome.status, 2) << outcome.out << outcome.err;
      EXPECT_EQ(outcome.out, "");
      if (!more.empty()) continue;
      Words lines = lines_of(outcome.err);
      ASSERT_FALSE(lines.empty());
      EXPECT_TRUE(lines[0].starts_with("nettool: ")) << outcome.err;
      EXPECT_TRUE(contains(lines[0], bad.named)) << lines[0] << "\ndoes not name " << bad.named;
      if (!bad.hint.empty()) EXPECT_TRUE(contains(outcome.err, bad.hint)) << outcome.err;
    }
  }
  EXPECT_TRUE(server.questions().empty());
}

TEST(ResolveUsage, GoodOnesOfTheKind) {
  DnsServer server;
  for (const Words& words :
       {Words{"x.test", "-t", "a"}, Words{"x.test", "-t", "Type255"}, Words{"x.test", "-w", "1.5"},
        Words{"x.test", "-c", "CLASS65280"}, Words{"xn--bcher-kva.test"},
        Words{std::string(63, 'x') + ".test"}, Words{"_sip._tcp.x.test", "-t", "SRV"}, Words{"a_b.test"},
        Words{"*.x.test"}, Words{"x.test", "--no-edns", "--check-disabled"}}) {
    SCOPED_TRACE(joined(words));
    EXPECT_EQ(resolve(server, words).status, 1);
  }
  EXPECT_EQ(server.questions().size(), 10U);
}

}  // namespace
}  // namespace test
