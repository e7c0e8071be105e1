// DNSSEC's records and the parameters of SVCB and HTTPS. What is expected is what dig 9.18 prints.

#include <gtest/gtest.h>

#include "net/dns/rdata.hh"
#include "tests/unit/dns/rdata_wire.hh"

namespace net::dns {
namespace {

struct Case {
  const char* name;
  Type type;
  std::string wire;
  std::string text;
};

class RdataSecurity : public testing::TestWithParam<Case> {};

TEST_P(RdataSecurity, IsDigs) {
  EXPECT_EQ(shown(GetParam().type, GetParam().wire), GetParam().text);
}

const std::string key = repeated("00", 100);
const std::string key_text = repeated("A", 56) + ' ' + repeated("A", 56) + ' ' + repeated("A", 22) + "==";

const Case dnssec[] = {
    {"DNSKEY", Type::DNSKEY, "0101 03 08" + key, "257 3 8 " + key_text},
    {"CDNSKEYDelete", Type::CDNSKEY, "0000 03 00 00", "0 3 0 AA=="},
    {"CDSDelete", Type::CDS, "0000 00 00 00", "0 0 0 00"},
    {"DS", Type::DS, "1234 08 02" + repeated("0f", 32),
     "4660 8 2 " + repeated("0F", 28) + ' ' + repeated("0F", 4)},
    {"RRSIG", Type::RRSIG, "0001 08 02 00000e10 6a000000 69000000 1234 @a.test. " + key,
     "A 8 2 3600 20260510034816 20251027232800 4660 a.test. " + key_text},
    {"RRSIGOfAnUnknownType", Type::RRSIG, "ff00 0d 01 00000001 00000000 7fffffff 0000 @. 01",
     "TYPE65280 13 1 1 19700101000000 20380119031407 0 . AQ=="},
    {"NSEC", Type::NSEC, "@b.test. 00 06 400100000003 01 01 40", "b.test. A MX RRSIG NSEC CAA"},
    {"NSECUnknown", Type::NSEC, "@. 00 01 c0 ff 02 0001", ". TYPE0 A TYPE65295"},
    {"NSEC3", Type::NSEC3, "01 01 000a 04 aabbccdd 14" + repeated("0f", 20) + "0001 40",
     "1 1 10 AABBCCDD " + repeated("1S7GU3OF", 4) + " A"},
    {"NSEC3WithoutTypes", Type::NSEC3, "01 00 0000 00 01 ff", "1 0 0 - VS"},
    {"NSEC3PARAM", Type::NSEC3PARAM, "01 00 0000 00", "1 0 0 -"},
    {"NSEC3PARAMSalt", Type::NSEC3PARAM, "01 00 ffff 02 abcd", "1 0 65535 ABCD"},
};

const Case services[] = {
    {"Alias", Type::HTTPS, "0000 @pool.test.", "0 pool.test."},
    {"None", Type::SVCB, "0001 00", "1 ."},
    {"Alpn", Type::HTTPS, "0001 00 0001 0006 'h2 'h3", "1 . alpn=\"h2,h3\""},
    {"AlpnEscapes", Type::SVCB, "0001 00 0001 0006 05 2c5c2022ff",
     "1 . alpn=\"\\\\,\\\\\\\\\\032\\\"\\255\""},
    {"All", Type::SVCB,
     "0001 @a.test. 0000 0004 0001 0004 0001 0003 'h2 0002 0000 0003 0002 01bb 0004 0008 c0000201 c0000202"
     "0005 0003 010203 0006 0010 20010db8000000000000000000000001",
     "1 a.test. mandatory=alpn,ipv4hint alpn=\"h2\" no-default-alpn port=443 ipv4hint=192.0.2.1,192.0.2.2 "
     "ech=AQID ipv6hint=2001:db8::1"},
    {"Unknown", Type::SVCB, "0001 00 0007 0002 =/q fde9 0005 6120225c00 ffff 0000",
     "1 . key7=\"/q\" key65001=\"a \\\"\\\\\\000\" key65535"},
    {"MandatoryUnknown", Type::SVCB, "0001 00 0000 0002 fde9 fde9 0000", "1 . mandatory=key65001 key65001"},
};

const Case malformed_services[] = {
    {"OutOfOrder", Type::SVCB, "0001 00 0003 0002 01bb 0001 0003 'h2", "flaw at 13: parameters out of order"},
    {"Twice", Type::SVCB, "0001 00 0003 0002 01bb 0003 0002 01bb", "flaw at 13: parameters out of order"},
    {"LengthTooLong", Type::SVCB, "0001 00 0003 0003 01bb", "flaw at 7: data too short"},
    {"LengthCut", Type::SVCB, "0001 00 0003 00", "flaw at 5: data too short"},
    {"Port", Type::SVCB, "0001 00 0003 0003 01bb00", "flaw at 7: malformed port"},
    {"AlpnEmpty", Type::SVCB, "0001 00 0001 0000", "flaw at 7: malformed alpn"},
    {"AlpnEmptyId", Type::SVCB, "0001 00 0001 0001 00", "flaw at 7: malformed alpn"},
    {"AlpnCut", Type::SVCB, "0001 00 0001 0003 03 6832", "flaw at 7: malformed alpn"},
    {"NoDefaultAlpn", Type::SVCB, "0001 00 0002 0001 00", "flaw at 7: malformed no-default-alpn"},
    {"Ipv4Hint", Type::SVCB, "0001 00 0004 0005 c000020100", "flaw at 7: malformed ipv4hint"},
    {"Ipv4HintEmpty", Type::SVCB, "0001 00 0004 0000", "flaw at 7: malformed ipv4hint"},
    {"Ipv6Hint", Type::SVCB, "0001 00 0006 0004 c0000201", "flaw at 7: malformed ipv6hint"},
    {"EchEmpty", Type::SVCB, "0001 00 0005 0000", "flaw at 7: malformed ech"},
    {"MandatoryEmpty", Type::SVCB, "0001 00 0000 0000", "flaw at 7: malformed mandatory"},
    {"MandatoryOdd", Type::SVCB, "0001 00 0000 0003 000100", "flaw at 7: malformed mandatory"},
    {"MandatoryUnsorted", Type::SVCB, "0001 00 0000 0004 0004 0001", "flaw at 7: malformed mandatory"},
    {"MandatoryItself", Type::SVCB, "0001 00 0000 0002 0000", "flaw at 7: malformed mandatory"},
};

std::string name_of(const testing::TestParamInfo<Case>& info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(Dnssec, RdataSecurity, testing::ValuesIn(dnssec), name_of);
INSTANTIATE_TEST_SUITE_P(Services, RdataSecurity, testing::ValuesIn(services), name_of);
INSTANTIATE_TEST_SUITE_P(MalformedServices, RdataSecurity, testing::ValuesIn(malformed_services), name_of);

}  // namespace
}  // namespace net::dns
