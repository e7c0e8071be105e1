#include "net/dns/types.hh"

#include <gtest/gtest.h>

#include <string_view>

namespace net::dns {
namespace {

TEST(Types, TheContractsNamesBothWays) {
  struct Case {
    std::string_view name;
    std::uint16_t number;
  };
  // IANA, resource record types.
  const Case cases[] = {
      {"A", 1},       {"NS", 2},      {"CNAME", 5},  {"SOA", 6},         {"PTR", 12},     {"HINFO", 13},
      {"MX", 15},     {"TXT", 16},    {"AAAA", 28},  {"LOC", 29},        {"SRV", 33},     {"NAPTR", 35},
      {"DNAME", 39},  {"OPT", 41},    {"DS", 43},    {"SSHFP", 44},      {"RRSIG", 46},   {"NSEC", 47},
      {"DNSKEY", 48}, {"NSEC3", 50},  {"TLSA", 52},  {"CDS", 59},        {"CDNSKEY", 60}, {"NSEC3PARAM", 51},
      {"SVCB", 64},   {"HTTPS", 65},  {"SPF", 99},   {"TSIG", 250},      {"IXFR", 251},   {"AXFR", 252},
      {"ANY", 255},   {"URI", 256},   {"CAA", 257},  {"NULL", 10},       {"WKS", 11},     {"RP", 17},
      {"AFSDB", 18},  {"SIG", 24},    {"KEY", 25},   {"CERT", 37},       {"APL", 42},     {"IPSECKEY", 45},
      {"DHCID", 49},  {"SMIMEA", 53}, {"HIP", 55},   {"OPENPGPKEY", 61}, {"CSYNC", 62},   {"ZONEMD", 63},
      {"EUI48", 108}, {"EUI64", 109}, {"TKEY", 249}, {"DLV", 32769},     {"NSAP-PTR", 23}};
  for (const Case& c : cases) {
    EXPECT_EQ(type_text(Type{c.number}), c.name);
    EXPECT_EQ(parse_type(c.name), Type{c.number}) << c.name;
  }
  EXPECT_EQ(parse_type("aAaA"), Type::AAAA);
}

TEST(Types, WithoutANameByNumber) {
  EXPECT_EQ(type_text(Type{65280}), "TYPE65280");
  EXPECT_EQ(type_text(Type{0}), "TYPE0");
  EXPECT_EQ(parse_type("TYPE65280"), Type{65280});
  EXPECT_EQ(parse_type("type1"), Type::A);
  EXPECT_EQ(parse_type("TYPE0"), Type{0});
  EXPECT_EQ(parse_type("TYPE65535"), Type{65535});
  for (const std::string_view bad : {"", "TYPE", "TYPE65536", "TYPE-1", "TYPE0x10", "TYPE1 ", "TYPE 1", "1",
                                     "AA", "A ", "XTYPE1", "TYPE1x", "MX.", "CLASS1"}) {
    EXPECT_FALSE(parse_type(bad)) << bad;
  }
}

TEST(Types, EveryNumberBothWays) {
  for (unsigned number = 0; number <= 0xffff; ++number) {
    const Type type{static_cast<std::uint16_t>(number)};
    ASSERT_EQ(parse_type(type_text(type)), type) << number;
  }
}

TEST(Classes, BothWays) {
  EXPECT_EQ(class_text(Class::IN), "IN");
  EXPECT_EQ(class_text(Class{3}), "CH");
  EXPECT_EQ(class_text(Class{4}), "HS");
  EXPECT_EQ(class_text(Class{254}), "NONE");
  EXPECT_EQ(class_text(Class{255}), "ANY");
  EXPECT_EQ(class_text(Class{42}), "CLASS42");
  EXPECT_EQ(parse_class("ch"), Class::CH);
  EXPECT_EQ(parse_class("class42"), Class{42});
  EXPECT_EQ(parse_class("CLASS1"), Class::IN);
  EXPECT_FALSE(parse_class("CLASS65536"));
  EXPECT_FALSE(parse_class("INTERNET"));
  EXPECT_FALSE(parse_class("TYPE1"));
  EXPECT_FALSE(parse_class(""));
}

TEST(Rcodes, OfTwelveBits) {
  struct Case {
    std::uint16_t rcode;
    std::string_view name;
  };
  const Case cases[] = {{0, "NOERROR"},  {1, "FORMERR"},    {2, "SERVFAIL"},    {3, "NXDOMAIN"},
                        {4, "NOTIMP"},   {5, "REFUSED"},    {6, "YXDOMAIN"},    {7, "YXRRSET"},
                        {8, "NXRRSET"},  {9, "NOTAUTH"},    {10, "NOTZONE"},    {16, "BADVERS"},
                        {17, "BADKEY"},  {18, "BADTIME"},   {22, "BADTRUNC"},   {15, "RCODE15"},
                        {77, "RCODE77"}, {23, "BADCOOKIE"}, {4095, "RCODE4095"}};
  for (const Case& c : cases) EXPECT_EQ(rcode_text(c.rcode), c.name);
}

TEST(ExtendedErrors, ByTheirRegistryNames) {
  // RFC 8914, 4.
  EXPECT_EQ(extended_error_name(0), "Other");
  EXPECT_EQ(extended_error_name(3), "Stale Answer");
  EXPECT_EQ(extended_error_name(6), "DNSSEC Bogus");
  EXPECT_EQ(extended_error_name(9), "DNSKEY Missing");
  EXPECT_EQ(extended_error_name(15), "Blocked");
  EXPECT_EQ(extended_error_name(18), "Prohibited");
  EXPECT_EQ(extended_error_name(22), "No Reachable Authority");
  EXPECT_EQ(extended_error_name(24), "Invalid Data");
  EXPECT_EQ(extended_error_name(65535), "");
}

}  // namespace
}  // namespace net::dns
