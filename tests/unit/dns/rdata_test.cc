// The data of records in text. What is expected here is what dig 9.18 prints for the same bytes.

#include "net/dns/rdata.hh"

#include <gtest/gtest.h>

#include "tests/unit/dns/rdata_wire.hh"

namespace net::dns {
namespace {

struct Case {
  const char* name;
  Type type;
  std::string wire;
  std::string text;
  Class klass = Class::IN;
};

class RdataText : public testing::TestWithParam<Case> {};

TEST_P(RdataText, IsDigs) {
  const Case& c = GetParam();
  EXPECT_EQ(shown(c.type, c.wire, c.klass), c.text);
}

const Case common[] = {
    {"A", Type::A, "c0000201", "192.0.2.1"},
    {"ChaosA", Type::A, "@a.test. 0a01", "a.test. 5001", Class::CH},
    {"ChaosAZero", Type::A, "@a.test. 0000", "a.test. 0", Class::CH},
    {"HesiodA", Type::A, "c0000201", "192.0.2.1", Class::HS},
    {"AAAA", Type::AAAA, "20010db8000000000000000000000001", "2001:db8::1"},
    {"AAAAMapped", Type::AAAA, "00000000000000000000ffffc0000201", "::ffff:192.0.2.1"},
    {"AAAALinkLocal", Type::AAAA, "fe800000000000000000000000000001", "fe80::1"},
    {"AAAAOfAnotherClass", Type::AAAA, "20010db8000000000000000000000001",
     "\\# 16 20010DB8000000000000000000000001", Class::CH},
    {"SRVOfAnotherClass", Type::SRV, "0001", "\\# 2 0001", Class::CH},
    {"CNAME", Type::CNAME, "@www.example.test.", "www.example.test."},
    {"NSRoot", Type::NS, "00", "."},
    {"PTREscaped", Type::PTR, "@a$b@c\"d;e. ", "a\\$b\\@c\\\"d\\;e."},
    {"DNAMEBinary", Type::DNAME, "0401ff2e20 00", "\\001\\255\\.\\032."},
    {"MX", Type::MX, "000a @mail.example.test.", "10 mail.example.test."},
    {"SOA", Type::SOA, "@ns.test. @host\\.master.test. 00000001 00000e10 00000258 00093a80 ffffffff",
     "ns.test. host\\\\.master.test. 1 3600 600 604800 4294967295"},
    {"SRV", Type::SRV, "0001 ffff 01bb @srv.test.", "1 65535 443 srv.test."},
    {"HINFO", Type::HINFO, "'PC 00", "\"PC\" \"\""},
    {"TXTEmpty", Type::TXT, "00", "\"\""},
    {"TXTEscapes", Type::TXT, "05225c7f003b 0120 'b;@$()", "\"\\\"\\\\\\127\\000;\" \" \" \"b;@$()\""},
    {"TXTHigh", Type::TXT, "03c3a4ff", "\"\\195\\164\\255\""},
    {"TXTLong", Type::TXT, "ff" + repeated("61", 255) + "0162", '"' + repeated("a", 255) + "\" \"b\""},
    {"SPF", Type::SPF, "'v=spf1 '-all", "\"v=spf1\" \"-all\""},
    {"CAA", Type::CAA, "00 'issue =ca.test;a=\"b\\", "0 issue \"ca.test;a=\\\"b\\\\\""},
    {"CAACriticalEmpty", Type::CAA, "80 'issue", "128 issue \"\""},
    {"NAPTR", Type::NAPTR, "0064 000a 'u 'E2U+sip '!^.*$!sip:\\1@a.test!i @.",
     "100 10 \"u\" \"E2U+sip\" \"!^.*$!sip:\\\\1@a.test!i\" ."},
    {"URI", Type::URI, "000a 0001 =ftp://ftp1.test/\"q", "10 1 \"ftp://ftp1.test/\\\"q\""},
    {"URIEmpty", Type::URI, "000a 0001", "10 1 \"\""},
    {"TLSA", Type::TLSA, "03 01 01" + repeated("0f", 64),
     "3 1 1 " + repeated("0F", 28) + ' ' + repeated("0F", 28) + ' ' + repeated("0F", 8)},
    {"SSHFP", Type::SSHFP, "04 02 00abcdef", "4 2 00ABCDEF"},
    {"NULL", Type{10}, "0102", "\\# 2 0102"},
    {"Unknown", Type{65280}, "0102ff", "\\# 3 0102FF"},
    {"UnknownEmpty", Type{65280}, "", "\\# 0"},
    {"UnknownLong", Type{65280}, repeated("ab", 30), "\\# 30 " + repeated("AB", 28) + " ABAB"},
    {"EmptyInAnUpdate", Type::A, "", "\\# 0", Class::ANY},
};

const Case places[] = {
    {"LOC", Type::LOC, "00 12 16 13 89179b27 70be15f0 0098b5a0",
     "42 22 21.991 N 71 6 18.000 W 79.68m 1m 10000m 10m"},
    {"LOCZero", Type::LOC, "00 00 00 00 80000000 80000000 00989680",
     "0 0 0.000 N 0 0 0.000 E 0.00m 0.00m 0.00m 0.00m"},
    {"LOCPoles", Type::LOC, "00 99 10 51 6cb02700 a69fb200 00000000",
     "90 0 0.000 S 180 0 0.000 E -100000.00m 90000000m 0.01m 0.50m"},
    {"LOCHighest", Type::LOC, "00 11 20 91 934fd900 59604e00 ffffffff",
     "90 0 0.000 N 180 0 0.000 W 42849672.95m 0.10m 0.02m 0.90m"},
    {"LOCBelowZero", Type::LOC, "00 12 12 12 80000001 7fffffff 0098967f",
     "0 0 0.001 N 0 0 0.001 W -0.01m 1m 1m 1m"},
    {"LOCOfAnotherVersion", Type::LOC, "01 1216", "\\# 3 011216"},
    {"APL", Type{42}, "0001 18 03 c00002 0001 20 84 c0000201 0002 20 04 20010db8 0001 00 00",
     "1:192.0.2.0/24 !1:192.0.2.1/32 2:2001:db8::/32 1:0.0.0.0/0"},
    {"APLOfAnUnknownFamily", Type{42}, "0003 08 01 0a", "\\# 5 000308010A"},
    {"APLEmpty", Type{42}, "", ""},
    {"GPOS", Type{27}, "'-32.6882 '116.8652 '10.0", "\"-32.6882\" \"116.8652\" \"10.0\""},
    {"NID", Type{104}, "000a 0014 4fff ff20 ee64", "10 14:4fff:ff20:ee64"},
    {"L32", Type{105}, "000a 0a010200", "10 10.1.2.0"},
    {"L64", Type{106}, "000a 20010db800000001", "10 2001:db8:0:1"},
    {"LP", Type{107}, "000a @l64.test.", "10 l64.test."},
    {"EUI48", Type{108}, "00005e00532a", "00-00-5e-00-53-2a"},
    {"EUI64", Type{109}, "00005eef1000002a", "00-00-5e-ef-10-00-00-2a"},
};

const Case others[] = {
    {"RP", Type{17}, "@mbox.test. @txt.test.", "mbox.test. txt.test."},
    {"AFSDB", Type{18}, "0001 @afs.test.", "1 afs.test."},
    {"X25", Type{19}, "'311061700956", "\"311061700956\""},
    {"ISDN", Type{20}, "'150862028003217 '004", "\"150862028003217\" \"004\""},
    {"PX", Type{26}, "000a @map.test. @x400.test.", "10 map.test. x400.test."},
    {"MINFO", Type{14}, "@r.test. @e.test.", "r.test. e.test."},
    {"CERT", Type{37}, "0001 1234 08 00010203", "PKIX 4660 RSASHA256 AAECAw=="},
    {"CERTNumbers", Type{37}, "00c8 0000 c8 00", "200 0 200 AA=="},
    {"DHCID", Type{49}, "000201636fc0b8", "AAIBY2/AuA=="},
    {"OPENPGPKEY", Type{61}, "0001", "AAE="},
    {"SMIMEA", Type{53}, "03 00 00 ab", "3 0 0 AB"},
    {"CSYNC", Type{62}, "00000042 0003 00 04 60000008", "66 3 A NS AAAA"},
    {"ZONEMD", Type{63}, "00000001 01 f0" + repeated("0a", 12), "1 1 240 " + repeated("0A", 12)},
    {"HIP", Type{55}, "04 02 0003 20010010 010203 @rvs.test. @b.test.", "2 20010010 AQID rvs.test. b.test."},
    {"IPSECKEYNone", Type{45}, "0a 00 02 010203", "10 0 2 . AQID"},
    {"IPSECKEYAddress", Type{45}, "0a 01 02 c0000226 010203", "10 1 2 192.0.2.38 AQID"},
    {"IPSECKEYName", Type{45}, "0a 03 00 @gw.test.", "10 3 0 gw.test."},
    {"IPSECKEYOfAnUnknownKind", Type{45}, "0a 04 00 00", "\\# 4 0A040000"},
    {"AMTRELAY", Type{260}, "0a 82 20010db8000000000000000000000001", "10 1 2 2001:db8::1"},
};

std::string name_of(const testing::TestParamInfo<Case>& info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(Common, RdataText, testing::ValuesIn(common), name_of);
INSTANTIATE_TEST_SUITE_P(Places, RdataText, testing::ValuesIn(places), name_of);
INSTANTIATE_TEST_SUITE_P(Others, RdataText, testing::ValuesIn(others), name_of);

// "host" at 0, then an MX record's data at 6 that ends with a pointer to it, then what is not its own.
TEST(RdataName, IsFoundBehindThePointer) {
  Buffer message = rdata_bytes("@host. 000a =x");
  message.back() = 1;  // a label of one byte
  for (const std::uint8_t byte : Buffer{'y', 0xc0, 0x00, 0x2a}) message.push_back(byte);
  const RdataView data{message, 6, 6};
  EXPECT_EQ(rdata_text(Type::MX, Class::IN, data).value(), "10 y.host.");
  EXPECT_EQ(rdata_name(Type::MX, data).value().text(), "y.host.");
}

TEST(RdataName, StandsWhereItsTypeHasIt) {
  const auto name = [](Type type, std::string_view description) {
    const Placed placed(rdata_bytes(description));
    const auto found = rdata_name(type, placed.view());
    return found ? found->text() : found.error().what;
  };
  EXPECT_EQ(name(Type::CNAME, "@a.test."), "a.test.");
  EXPECT_EQ(name(Type::NS, "@a.test."), "a.test.");
  EXPECT_EQ(name(Type::PTR, "@a.test."), "a.test.");
  EXPECT_EQ(name(Type::DNAME, "@a.test."), "a.test.");
  EXPECT_EQ(name(Type::SRV, "0001 0002 0003 @a.test."), "a.test.");
  EXPECT_EQ(name(Type::SOA, "@a.test. @b.test. 00000000"), "a.test.");
  EXPECT_EQ(name(Type::A, "c0000201"), "no name in this type");
  EXPECT_EQ(name(Type::MX, ""), "name runs past the end");
  EXPECT_EQ(name(Type::MX, "00"), "name runs past the end");
}

}  // namespace
}  // namespace net::dns
