// The same records from the same real server: `nettool resolve` says what dig says, byte for byte with
// --short, and in each section after blanks are folded.

#include <gtest/gtest.h>

#include <sstream>

#include "tests/support/dig.hh"
#include "tests/support/dns_peers.hh"
#include "tests/support/nettool.hh"
#include "tests/support/require.hh"

namespace test {
namespace {

constexpr const char* server = "127.0.0.1";

std::string zone_text(const std::string& file) {
  return read_file(std::string(NETTOOL_SOURCE_DIR) + "/tests/data/" + file);
}

/// nsd with the zones of tests/data.
struct Authority {
  Namespace ns;
  NameServer nsd =
      NameServer::nsd({.ns = ns, .address = server}, {{"types.test", zone_text("types.zone")},
                                                      {"nsec.test", zone_text("nsec.zone")},
                                                      {"nsec3.test", zone_text("nsec3.zone")},
                                                      {"optout.test", zone_text("optout.zone")}});

  [[nodiscard]] Outcome resolve(std::vector<std::string> words) const {
    words.insert(words.begin(), {"resolve", nsd.at()});
    return ns.run(nettool_argv(words));
  }
  [[nodiscard]] Sections sections(std::vector<std::string> words) const {
    return sections_of(resolve(std::move(words)).out);
  }
};

struct Case {
  const char* type;
  const char* owner;
};

// Those of types.zone; a type may have several owners there.
const Case types[] = {
    {"A", "a"},
    {"A", "ttl"},
    {"A", "ttl2"},
    {"A", "generic"},
    {"A", "ns"},
    {"AAAA", "aaaa"},
    {"CNAME", "alias"},
    {"CNAME", "root"},
    {"CNAME", "outside"},
    {"DNAME", "dname"},
    {"PTR", "ptr"},
    {"MX", "mx"},
    {"NS", ""},
    {"SOA", ""},
    {"SRV", "srv"},
    {"TXT", "txt"},
    {"TXT", "generic"},
    {"SPF", "spf"},
    {"CAA", "caa"},
    {"NAPTR", "naptr"},
    {"DS", "ds"},
    {"CDS", "cds"},
    {"CDS", "cds2"},
    {"DNSKEY", "dnskey"},
    {"CDNSKEY", "cdnskey"},
    {"CDNSKEY", "cdnskey2"},
    {"RRSIG", "rrsig"},
    {"NSEC", "nsec"},
    {"NSEC", "nsec2"},
    {"NSEC3PARAM", "nsec3param"},
    {"TLSA", "tlsa"},
    {"SSHFP", "sshfp"},
    {"SVCB", "svcb"},
    {"HTTPS", "https"},
    {"LOC", "loc"},
    {"HINFO", "hinfo"},
    {"URI", "uri"},
    {"AFSDB", "afsdb"},
    {"APL", "apl"},
    {"CERT", "cert"},
    {"CSYNC", "csync"},
    {"DHCID", "dhcid"},
    {"EUI48", "eui48"},
    {"EUI64", "eui64"},
    {"IPSECKEY", "ipseckey"},
    {"ISDN", "isdn"},
    {"KX", "kx"},
    {"L32", "l32"},
    {"L64", "l64"},
    {"LP", "lp"},
    {"MINFO", "minfo"},
    {"NID", "nid"},
    {"OPENPGPKEY", "openpgpkey"},
    {"PX", "px"},
    {"RP", "rp"},
    {"RT", "rt"},
    {"SMIMEA", "smimea"},
    {"X25", "x25"},
    {"ZONEMD", "zonemd"},
    {"TYPE10", "null"},
    {"NULL", "null"},
    {"TYPE65280", "type65280"},
    {"TYPE65535", "type65535"},
    {"TYPE16", "txt"},
};

// Names that are hard to write, and chains.
const Case names[] = {
    {"TXT", "any.thing.wild"},
    {"TXT", "dot\\.ted"},
    {"TXT", "sp\\032ace"},
    {"TXT", "\\000\\255"},
    {"TXT", "q\\\"uote\\;"},
    {"TXT", "\\@\\$\\(\\)"},
    {"TXT", "upper"},
    {"TXT", "UPPER"},
    {"A", "alias"},
    {"A", "ALIAS"},
    {"A", "a.dname"},
};

const Case nothing[] = {{"A", "outside"},
                        {"A", "b.dname"},
                        {"A", "no-such-name"},
                        {"TXT", "a"},
                        {"NSEC3", "2t7b4g4vsa5smi47k61mv5bv1a22bojr"}};

std::string full_name(const Case& c) {
  return std::string(c.owner) + (*c.owner == '\0' ? "" : ".") + "types.test";
}

void expect_the_same(const Authority& net, const Case& c, int status) {
  SCOPED_TRACE(full_name(c) + " " + c.type);
  const Outcome ours = net.resolve({"--short", "-t", c.type, full_name(c)});
  EXPECT_EQ(ours.out, dig(net.ns, server, {"+short", "-t", c.type, "-q", full_name(c)}));
  EXPECT_EQ(ours.status, status) << ours.err;
  const Sections sections = net.sections({"-t", c.type, full_name(c)});
  const Sections digs = sections_of(dig(net.ns, server, {"-t", c.type, "-q", full_name(c)}));
  EXPECT_EQ(sections.answer, digs.answer);
  EXPECT_EQ(sections.authority, digs.authority);
  EXPECT_EQ(sections.additional, digs.additional);
}

#define REQUIRE_AUTHORITY() \
  REQUIRE_NAMESPACES();     \
  REQUIRE_PROGRAM("nsd");   \
  REQUIRE_PROGRAM("dig")

TEST(ResolveDig, EveryType) {
  REQUIRE_AUTHORITY();
  const Authority net;
  for (const Case& c : types) expect_the_same(net, c, 0);
}

TEST(ResolveDig, EveryName) {
  REQUIRE_AUTHORITY();
  const Authority net;
  for (const Case& c : names) expect_the_same(net, c, 0);
  for (const Case& c : nothing) expect_the_same(net, c, 1);
}

TEST(ResolveDig, JsonHasTheSameData) {
  REQUIRE_AUTHORITY();
  const Authority net;
  for (const Case& c : types) {
    SCOPED_TRACE(full_name(c) + " " + c.type);
    // An answer that was cut, then the whole one.
    const json::Value reply =
        json::parse_lines(net.resolve({"--json", "-t", c.type, full_name(c)}).out).back();
    std::string data;
    for (const json::Value& record : reply["answer"].elements()) data += record["data"].string() + "\n";
    EXPECT_EQ(data, dig(net.ns, server, {"+short", "-t", c.type, "-q", full_name(c)}));
    EXPECT_EQ(reply["warnings"].size(), 0U) << reply.text();
    EXPECT_EQ(reply["rcode"].string(), "NOERROR");
  }
}

// Over TCP nothing is cut, and a server's ANY answer has everything that a name has.
TEST(ResolveDig, TcpAndAny) {
  REQUIRE_AUTHORITY();
  const Authority net;
  for (const Case& c :
       {Case{"TXT", "txt"}, Case{"TLSA", "tlsa"}, Case{"ANY", "many"}, Case{"ANY", "generic"}}) {
    SCOPED_TRACE(full_name(c));
    const Outcome ours = net.resolve({"--tcp", "-t", c.type, full_name(c)});
    EXPECT_TRUE(ours.out.contains("#53/tcp NOERROR")) << ours.out;
    EXPECT_EQ(sections_of(ours.out),
              sections_of(dig(net.ns, server, {"+tcp", "-t", c.type, "-q", full_name(c)})));
  }
}

TEST(ResolveDig, ReverseNamesAndClasses) {
  REQUIRE_AUTHORITY();
  const Namespace ns;
  const NameServer nsd = NameServer::nsd(
      {.ns = ns}, {{"2.0.192.in-addr.arpa", "@ SOA ns host 1 2 3 4 5\n@ NS ns\n7 PTR seven.test.\n"},
                   {"8.b.d.0.1.0.0.2.ip6.arpa",
                    "@ SOA ns host 1 2 3 4 5\n@ NS ns\n"
                    "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0 PTR v6.test.\n"}});
  for (const char* address : {"192.0.2.7", "2001:db8::1"}) {
    const Outcome ours = ns.run(nettool("resolve", nsd.at(), "--short", "-x", address));
    EXPECT_EQ(ours.out, dig(ns, server, {"+short", "-x", address}));
    EXPECT_EQ(ours.status, 0) << ours.err;
  }
  const Outcome chaos =
      ns.run(nettool("resolve", nsd.at(), "--short", "-c", "CH", "-t", "TXT", "version.server"));
  EXPECT_EQ(chaos.out, dig(ns, server, {"+short", "-c", "CH", "-t", "TXT", "-q", "version.server"}));
  EXPECT_EQ(chaos.status, 0) << chaos.err;
}

// Positive answers, no such name, no such type, a wildcard and both kinds of delegation, with their proofs.
TEST(ResolveDig, SignedZones) {
  REQUIRE_AUTHORITY();
  const Authority net;
  const Case cases[] = {{"A", "www"},     {"A", "alias"},     {"SOA", ""},
                        {"DNSKEY", ""},   {"NSEC3PARAM", ""}, {"TYPE65280", "type65280"},
                        {"A", "nothing"}, {"MX", "www"},      {"TXT", "x.wild"},
                        {"DS", "child"},  {"A", "www.child"}, {"A", "www.plain"},
                        {"NSEC", "www"}};
  for (const std::string zone : {"nsec.test", "nsec3.test", "optout.test"}) {
    for (const Case& c : cases) {
      const std::string name = std::string(c.owner) + (*c.owner == '\0' ? "" : ".") + zone;
      SCOPED_TRACE(name + " " + c.type);
      const std::vector<std::string> digs{"+dnssec", "-t", c.type, "-q", name};
      const Sections ours = net.sections({"--dnssec", "-t", c.type, name});
      EXPECT_EQ(ours, sections_of(dig(net.ns, server, digs)));
      EXPECT_FALSE(ours.answer.empty() && ours.authority.empty());
      EXPECT_EQ(net.resolve({"--short", "--dnssec", "-t", c.type, name}).out,
                dig(net.ns, server, {"+short", "+dnssec", "-t", c.type, "-q", name}));
    }
  }
}

TEST(ResolveDig, Transfers) {
  REQUIRE_AUTHORITY();
  const Authority net;
  for (const std::string zone : {"types.test", "nsec.test", "nsec3.test", "optout.test"}) {
    for (const std::string type : {"AXFR", "IXFR=0", "IXFR=2026010102"}) {
      SCOPED_TRACE(zone + " " + type);
      const Outcome ours = net.resolve({"-t", type, zone});
      EXPECT_EQ(ours.status, 0) << ours.err;
      const Sections digs = sections_of(dig(net.ns, server, {"-t", type, "-q", zone}));
      EXPECT_EQ(sections_of(ours.out).answer, digs.answer);
      EXPECT_FALSE(digs.answer.empty());
    }
    // Here are the NSEC3 records, whose names nobody can ask for.
    EXPECT_EQ(net.resolve({"--short", "-t", "AXFR", zone}).out,
              dig(net.ns, server, {"+short", "-t", "AXFR", "-q", zone}));
  }
}

TEST(ResolveDig, IncrementalTransfer) {
  REQUIRE_AUTHORITY();
  const Namespace ns;
  const std::string head = "$TTL 60\n@ NS ns\n@ SOA ns host ";
  const NameServer nsd = NameServer::nsd({.ns = ns}, {{"grow.test", head + "1 2 3 4 5\na A 192.0.2.1\n"}});
  nsd.replace_zone(0, {"grow.test", head + "2 2 3 4 5\na A 192.0.2.2\nb A 192.0.2.3\n"});
  for (const std::string type : {"IXFR=1", "IXFR=2", "IXFR=3"}) {
    SCOPED_TRACE(type);
    const Outcome ours = ns.run(nettool("resolve", nsd.at(), "-t", type, "grow.test"));
    const Sections digs = sections_of(dig(ns, server, {"-t", type, "-q", "grow.test"}));
    EXPECT_EQ(sections_of(ours.out).answer, digs.answer) << ours.out;
    EXPECT_EQ(digs.answer.size(), type == "IXFR=1" ? 7U : 1U);
    EXPECT_EQ(ours.status, 0) << ours.err;
  }
}

TEST(ResolveDig, ThroughUnbound) {
  REQUIRE_AUTHORITY();
  REQUIRE_PROGRAM("unbound");
  const Authority net;
  const NameServer root =
      NameServer::nsd({.ns = net.ns, .address = "127.0.0.2"},
                      {{".",
                        ". SOA ns.root. host.root. 1 2 3 4 5\n. NS ns.root.\nns.root. A 127.0.0.2\n"
                        "types.test. NS ns.types.test.\nns.types.test. A 127.0.0.1\n"
                        "nsec3.test. NS ns.nsec3.test.\nns.nsec3.test. A 127.0.0.1\n"}});
  const NameServer unbound = NameServer::unbound({.ns = net.ns, .address = "127.0.0.3"}, "127.0.0.2");
  for (const Case& c : types) {
    if (std::string_view(c.type) == "NULL") continue;
    SCOPED_TRACE(full_name(c) + " " + c.type);
    const Outcome ours = net.ns.run(nettool("resolve", unbound.at(), "--short", "-t", c.type, full_name(c)));
    EXPECT_EQ(ours.out, dig(net.ns, "127.0.0.3", {"+short", "-t", c.type, "-q", full_name(c)})) << ours.err;
  }
  const Outcome none =
      net.ns.run(nettool("resolve", unbound.at(), "--json", "nothing.nsec3.test", "-t", "A"));
  EXPECT_EQ(none.status, 1);
  EXPECT_EQ(json::parse_lines(none.out)[0]["rcode"].string(), "NXDOMAIN");
}

TEST(ResolveDig, ThroughDnsmasq) {
  REQUIRE_AUTHORITY();
  REQUIRE_PROGRAM("dnsmasq");
  const Authority net;
  const NameServer dnsmasq = NameServer::dnsmasq(
      {.ns = net.ns, .address = "127.0.0.4"},
      "server=/types.test/127.0.0.1\naddress=/fixed.test/192.0.2.77\n"
      "txt-record=txt.fixed.test,\"one\",\"two \\\" three\"\nmx-host=fixed.test,mail.fixed.test,5\n");
  const Case cases[] = {{"A", "fixed.test"},          {"MX", "fixed.test"},      {"TXT", "txt.fixed.test"},
                        {"A", "alias.types.test"},    {"TXT", "txt.types.test"}, {"LOC", "loc.types.test"},
                        {"HTTPS", "https.types.test"}};
  for (const Case& c : cases) {
    SCOPED_TRACE(c.owner);
    const Outcome ours = net.ns.run(nettool("resolve", dnsmasq.at(), "--short", "-t", c.type, c.owner));
    EXPECT_EQ(ours.out, dig(net.ns, "127.0.0.4", {"+short", "-t", c.type, "-q", c.owner}));
    EXPECT_FALSE(ours.out.empty()) << ours.err;
  }
}

}  // namespace
}  // namespace test
