// The very bytes that are asked, option by option, as the server received them.

#include <gtest/gtest.h>

#include <set>

#include "tests/e2e/resolve_run.hh"
#include "tests/support/require.hh"

namespace test {
namespace {

using Options = std::vector<dns::Opt::Option>;

/// What the server got when nettool was called with these words.
dns::Query asked_with(const Words& words, int status = 1) {
  DnsServer server;
  Outcome outcome = resolve(server, words);
  EXPECT_EQ(outcome.status, status) << outcome.out << outcome.err;
  return last_query(server);
}

std::string in_hex(const std::string& bytes) {
  std::string out;
  for (char c : bytes) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
    out += digits;
  }
  return out;
}

/// "3: 8:0001180020010db8 ...": the options with their data.
std::string text_of(const Options& options) {
  std::string out;
  for (const auto& [code, data] : options) {
    out += (out.empty() ? "" : " ") + std::to_string(code) + ":" + in_hex(data);
  }
  return out;
}

struct Flags {
  const char* name;
  Words options;
  unsigned flags;  ///< of the header
};

TEST(ResolveAsked, TheHeader) {
  const std::vector<Flags> table = {
      {"by default RD and AD", {}, dns::rd | dns::ad},
      {"no recursion", {"--no-recurse"}, dns::ad},
      {"checking disabled", {"--check-disabled"}, dns::rd | dns::ad | dns::cd},
      {"dnssec is no flag of the header", {"--dnssec"}, dns::rd | dns::ad},
      {"by TCP the same", {"--tcp"}, dns::rd | dns::ad},
      {"both", {"--no-recurse", "--check-disabled"}, dns::ad | dns::cd},
      {"without EDNS", {"--no-edns"}, dns::rd | dns::ad},
  };
  for (const Flags& row : table) {
    SCOPED_TRACE(row.name);
    dns::Query query = asked_with(Words{"x.test"} + row.options);
    EXPECT_EQ(query.flags, row.flags);
    EXPECT_EQ(query.name, "x.test");
    EXPECT_EQ(query.klass, 1);
    EXPECT_EQ(query.opt.has_value(), row.options != Words{"--no-edns"});
  }
}

struct Edns {
  const char* name;
  Words options;
  std::string expected;  ///< the OPT record's options
  std::uint16_t size = 1232;
  unsigned flags = 0;
};

TEST(ResolveAsked, TheOptRecord) {
  const std::vector<Edns> table = {
      {"by default nothing in it", {}, ""},
      {"nsid", {"--nsid"}, "3:"},
      {"DO", {"--dnssec"}, "", 1232, 0x8000},
      {"size", {"--bufsize", "4096"}, "", 4096},
      {"the smallest size", {"--bufsize", "512"}, "", 512},
      {"the greatest size", {"--bufsize", "65535"}, "", 65535},
      {"a subnet", {"--ecs", "192.0.2.0/24"}, "8:00011800c00002"},
      {"bits beyond the prefix are zero", {"--ecs", "192.0.2.255/25"}, "8:00011900c0000280"},
      {"an odd prefix", {"--ecs", "192.0.255.255/19"}, "8:00011300c000e0"},
      {"no bit at all", {"--ecs", "0.0.0.0/0"}, "8:00010000"},
      {"a whole address", {"--ecs", "192.0.2.1"}, "8:00012000c0000201"},
      {"IPv6", {"--ecs", "2001:db8::/32"}, "8:0002200020010db8"},
      {"IPv6 with an odd prefix", {"--ecs", "2001:db8:ffff::/35"}, "8:0002230020010db8e0"},
      {"an unknown option", {"--edns-option", "65001:0102"}, "65001:0102"},
      {"one without data", {"--edns-option", "65001"}, "65001:"},
      {"in capitals", {"--edns-option", "65001:AbCd"}, "65001:abcd"},
      {"several",
       {"--edns-option", "65001:01", "--edns-option", "65002", "--edns-option", "65001:02"},
       "65001:01 65002: 65001:02"},
      {"a known one by number", {"--edns-option", "3"}, "3:"},
  };
  for (const Edns& row : table) {
    SCOPED_TRACE(row.name);
    dns::Query query = asked_with(Words{"x.test"} + row.options);
    ASSERT_TRUE(query.opt);
    EXPECT_EQ(text_of(query.opt->options), row.expected);
    EXPECT_EQ(query.opt->size, row.size);
    EXPECT_EQ(query.opt->flags, row.flags);
    EXPECT_EQ(query.opt->version, 0);
    EXPECT_EQ(query.opt->extended_rcode, 0);
  }
}

TEST(ResolveAsked, ACookieOfEightRandomBytes) {
  std::set<std::string> seen;
  for (int run = 0; run < 4; ++run) {
    dns::Query query = asked_with({"x.test", "--cookie"});
    ASSERT_TRUE(query.opt);
    ASSERT_EQ(query.opt->options.size(), 1U);
    EXPECT_EQ(query.opt->options[0].code, 10);
    EXPECT_EQ(query.opt->options[0].data.size(), 8U);
    seen.insert(query.opt->options[0].data);
  }
  EXPECT_EQ(seen.size(), 4U);
}

TEST(ResolveAsked, PaddingFillsTheMessage) {
  for (std::size_t block : {64U, 128U, 468U}) {
    for (const std::string& name :
         {std::string("x.test"), std::string(50, 'x') + ".test", std::string(23, 'x') + ".test"}) {
      DnsServer server;
      for (const Words& more : {Words{}, Words{"--nsid", "--cookie"}, Words{"--tcp"}}) {
        (void)resolve(server, Words{name, "--padding", std::to_string(block)} + more);
        EXPECT_EQ(server.questions().back().message.size() % block, 0U) << name;
        // Padding is the last option, and zeros (RFC 7830, 3).
        const auto [code, data] = last_query(server).opt.value().options.back();
        EXPECT_EQ(code, 12);
        EXPECT_EQ(data, std::string(data.size(), '\0'));
        EXPECT_LT(data.size(), block);
      }
    }
  }
}

struct Types {
  const char* name;
  Words words;
  std::string asked;  ///< name, type and class of each question, in order
};

TEST(ResolveAsked, NamesTypesAndClasses) {
  const std::vector<Types> table = {
      {"A", {"x.test"}, "x.test/1/1"},
      {"a final dot", {"x.test."}, "x.test/1/1"},
      {"the root", {".", "-t", "NS"}, "/2/1"},
      {"the class CH", {"version.bind", "-c", "CH", "-t", "TXT"}, "version.bind/16/3"},
      {"in small letters", {"version.bind", "-c", "ch", "-t", "txt"}, "version.bind/16/3"},
      {"the class HS", {"x.test", "-c", "HS"}, "x.test/1/4"},
      {"a number", {"x.test", "-t", "TYPE65280"}, "x.test/65280/1"},
      {"a number that has a name", {"x.test", "-t", "TYPE15"}, "x.test/15/1"},
      {"a list of types", {"x.test", "-t", "A,AAAA,MX"}, "x.test/1/1 x.test/28/1 x.test/15/1"},
      {"a list and one more", {"x.test", "-t", "A,AAAA", "-t", "MX"}, "x.test/1/1 x.test/28/1 x.test/15/1"},
      {"several names", {"x.test", "y.test"}, "x.test/1/1 y.test/1/1"},
      {"names and types",
       {"x.test", "y.test", "-t", "A,MX"},
       "x.test/1/1 x.test/15/1 y.test/1/1 y.test/15/1"},
      {"a type is no name", {"mx", "-t", "A"}, "mx/1/1"},
      {"backwards", {"-x", "192.0.2.1"}, "1.2.0.192.in-addr.arpa/12/1"},
      {"backwards, IPv6",
       {"--reverse", "4321:0:1:2:3:4:567:89ab"},
       "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.0.0.0.0.1.2.3.4.ip6.arpa/12/1"},
      {"an address is looked up backwards", {"192.0.2.1"}, "1.2.0.192.in-addr.arpa/12/1"},
      {"backwards with a type", {"-x", "192.0.2.1", "-t", "NS"}, "1.2.0.192.in-addr.arpa/2/1"},
      {"ANY goes by TCP", {"x.test", "-t", "ANY"}, "x.test/255/1/tcp"},
      {"capitals stay", {"X.Test"}, "X.Test/1/1"},
      {"DNSSEC's types",
       {"x.test", "-t", "DS,DNSKEY,RRSIG,NSEC,NSEC3"},
       "x.test/43/1 x.test/48/1 x.test/46/1 x.test/47/1 x.test/50/1"},
      {"the others",
       {"x.test", "-t", "CNAME,NS,PTR,SOA,SRV,TXT,CAA,NAPTR,TLSA,SSHFP,SVCB,HTTPS,LOC,HINFO,URI"},
       "x.test/5/1 x.test/2/1 x.test/12/1 x.test/6/1 x.test/33/1 x.test/16/1 x.test/257/1 x.test/35/1 "
       "x.test/52/1 x.test/44/1 x.test/64/1 x.test/65/1 x.test/29/1 x.test/13/1 x.test/256/1"},
  };
  for (const Types& row : table) {
    SCOPED_TRACE(row.name);
    DnsServer server;
    Outcome outcome = resolve(server, row.words);
    EXPECT_EQ(outcome.status, 1) << outcome.out << outcome.err;
    std::string asked;
    for (const Question& question : server.questions()) {
      asked += (asked.empty() ? "" : " ") + question.name + "/" + std::to_string(question.type) + "/" +
               std::to_string(dns::parse_query(question.message).value().klass) +
               (question.tcp ? "/tcp" : "");
    }
    EXPECT_EQ(asked, row.asked);
  }
}

TEST(ResolveAsked, EscapedNames) {
  struct Row {
    const char* text;
    std::string wire;
  };
  for (const Row& row : {Row{"a\\.b.test", std::string("\x03"
                                                       "a.b\x04"
                                                       "test\0",
                                                       10)},
                         Row{"\\000\\255.test", std::string("\x02\x00\xff\x04"
                                                            "test\0",
                                                            9)},
                         Row{"a\\\\b.test", std::string("\x03"
                                                        "a\\b\x04"
                                                        "test\0",
                                                        10)},
                         Row{"\\097.test", std::string("\x01"
                                                       "a\x04"
                                                       "test\0",
                                                       8)}}) {
    SCOPED_TRACE(row.text);
    EXPECT_EQ(asked_with({row.text, "-t", "A"}).question, row.wire + dns::u16(1) + dns::u16(1));
  }
}

TEST(ResolveAsked, AnIxfrNamesTheSerialThatIsKnown) {
  dns::Query query = asked_with({"x.test", "-t", "IXFR=2026112101"});
  EXPECT_EQ(query.type, 251);
  ASSERT_EQ(query.authority.size(), 1U);
  const dns::Answer& soa = query.authority[0];
  EXPECT_EQ(soa.owner, "x.test");
  EXPECT_EQ(soa.record.type, type_soa);
  EXPECT_EQ(soa.record.klass, 1);
  ASSERT_GE(soa.record.rdata.size(), 22U);
  EXPECT_EQ(soa.record.rdata.substr(soa.record.rdata.size() - 20, 4), dns::u32(2026112101));
}

TEST(ResolveAsked, IdsAndPortsCannotBeGuessed) {
  DnsServer server;
  std::set<std::uint16_t> ids, ports;
  for (int run = 0; run < 8; ++run) (void)resolve(server, {"x.test"});
  for (const Question& question : server.questions()) {
    ids.insert(question.id);
    ports.insert(question.port);
  }
  EXPECT_EQ(server.questions().size(), 8U);
  EXPECT_GE(ids.size(), 7U);
  EXPECT_GE(ports.size(), 6U);
}

// Each try has an id of its own: an answer to one is none to guess by for the next.
TEST(ResolveAsked, EachTryHasItsOwnId) {
  DnsServer server;
  server.behave("*", {.silent = true});
  EXPECT_EQ(resolve(server, {"x.test", "-w", "400ms", "--tries", "4"}).status, 3);
  std::set<std::uint16_t> ids;
  for (const Question& question : server.questions()) ids.insert(question.id);
  EXPECT_EQ(server.questions().size(), 4U);
  EXPECT_GE(ids.size(), 3U);
}

TEST(ResolveAsked, TheSourceAddress) {
  DnsServer server;
  for (const Words& more :
       {Words{"-s", "127.0.0.77"}, Words{"--source", "127.0.0.77"}, Words{"-s", "127.0.0.77", "--tcp"}}) {
    (void)resolve(server, Words{"x.test"} + more);
    EXPECT_EQ(server.questions().back().address, "127.0.0.77");
  }
  // An address that is not here is this host's failure.
  Outcome outcome = resolve(server, {"x.test", "-s", "192.0.2.99"});
  EXPECT_EQ(outcome.status, 4) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "EADDRNOTAVAIL")) << outcome.err;
}

TEST(ResolveAsked, AnIPv6Server) {
  DnsServer server("::1");
  server.add("x.test", Record::address("192.0.2.1"));
  Outcome outcome = run(nettool("resolve", "x.test", at(server, "[::1]")));
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_TRUE(contains(outcome.out, "@::1#" + std::to_string(server.port()) + "/udp")) << outcome.out;
}

// The words may stand in any order, and "--" makes a name of what looks like an option.
TEST(ResolveAsked, AnyOrder) {
  DnsServer server;
  EXPECT_EQ(run(nettool("resolve", at(server), "-t", "MX", "x.test")).status, 1);
  EXPECT_EQ(last_query(server).type, type_mx);
  EXPECT_EQ(run(nettool("resolve", "-t", "MX", at(server), "--", "-x.test")).status, 1);
  EXPECT_EQ(last_query(server).name, "-x.test");
}

}  // namespace
}  // namespace test
