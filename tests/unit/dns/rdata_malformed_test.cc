// Data that is not what its type says: told with its place, never read beyond its end.

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

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

class RdataMalformed : public testing::TestWithParam<Case> {};

TEST_P(RdataMalformed, SaysWhereAndWhy) {
  EXPECT_EQ(shown(GetParam().type, GetParam().wire), GetParam().text);
}

const Case cases[] = {
    {"AEmpty", Type::A, "", "flaw at 0: data too short"},
    {"AShort", Type::A, "c00002", "flaw at 0: data too short"},
    {"ALong", Type::A, "c000020100", "flaw at 4: data too long by 1"},
    {"AAAAShort", Type::AAAA, "c0000201", "flaw at 0: data too short"},
    {"NSEmpty", Type::NS, "", "flaw at 0: name runs past the end"},
    {"CNAMECut", Type::CNAME, "03 6162", "flaw at 0: name runs past the end"},
    {"CNAMEWithoutRoot", Type::CNAME, "03 616263", "flaw at 4: name runs past the end"},
    {"CNAMEPointerCut", Type::CNAME, "c0", "flaw at 0: name runs past the end"},
    {"CNAMEToItself", Type::CNAME, "c00c", "flaw at 0: compression loop"},
    {"CNAMEForward", Type::CNAME, "c00e 00", "flaw at 0: compression pointer that points forward"},
    {"CNAMEPastItsData", Type::CNAME, "c00f 00", "flaw at 0: compression pointer past the end"},
    {"CNAMELeftOver", Type::CNAME, "@a. 6161", "flaw at 3: data too long by 2"},
    {"PTROddLabel", Type::PTR, "40 00", "flaw at 0: unknown kind of label"},
    {"MXWithoutName", Type::MX, "000a", "flaw at 2: name runs past the end"},
    {"MXShort", Type::MX, "00", "flaw at 0: data too short"},
    {"SOAShort", Type::SOA, "@a. @b. 00000001 00000002", "flaw at 14: data too short"},
    {"TXTEmpty", Type::TXT, "", "flaw at 0: data too short"},
    {"TXTCut", Type::TXT, "'ok 05 6162", "flaw at 4: data too short"},
    {"HINFOOneString", Type::HINFO, "'PC", "flaw at 3: data too short"},
    {"HINFOThree", Type::HINFO, "'a 'b 'c", "flaw at 4: data too long by 2"},
    {"CAAEmptyTag", Type::CAA, "00 00 6162", "flaw at 2: a tag is letters and digits"},
    {"CAAEscapeInTag", Type::CAA, "00 02 1b5b", "flaw at 4: a tag is letters and digits"},
    {"DSWithoutDigest", Type::DS, "1234 08 02", "flaw at 4: data too short"},
    {"DNSKEYWithoutKey", Type::DNSKEY, "0101 03 08", "flaw at 4: data too short"},
    {"RRSIGInTheName", Type::RRSIG, "0001 08 02 00000e10 6a000000 69000000 1234 05 6161",
     "flaw at 18: name runs past the end"},
    {"NSECWithoutBitmap", Type::NSEC, "@a.", "flaw at 3: no bitmap"},
    {"NSECBitmapEmpty", Type::NSEC, "@a. 00 00", "flaw at 5: a bitmap has 1 to 32 bytes"},
    {"NSECBitmapLong", Type::NSEC, "@a. 00 21" + repeated("01", 33),
     "flaw at 38: a bitmap has 1 to 32 bytes"},
    {"NSECBitmapCut", Type::NSEC, "@a. 00 05 4001", "flaw at 5: data too short"},
    {"NSECBitmapZero", Type::NSEC, "@a. 00 02 4000", "flaw at 7: a bitmap ends with a zero byte"},
    {"NSECWindowsTwice", Type::NSEC, "@a. 00 01 40 00 01 40", "flaw at 9: bitmap windows out of order"},
    {"NSECWindowsBackwards", Type::NSEC, "@a. 01 01 40 00 01 40", "flaw at 9: bitmap windows out of order"},
    {"NSEC3EmptyHash", Type::NSEC3, "01 00 0000 00 00", "flaw at 6: empty hash"},
    {"NSEC3SaltCut", Type::NSEC3PARAM, "01 00 0000 08 aabb", "flaw at 5: data too short"},
    {"LOCShort", Type::LOC, "00 12 16 13 89179b27", "flaw at 8: data too short"},
    {"LOCSize", Type::LOC, "00 a2 16 13 89179b27 70be15f0 0098b5a0",
     "flaw at 2: a size that is no decimal digit"},
    {"LOCPower", Type::LOC, "00 12 1a 13 89179b27 70be15f0 0098b5a0",
     "flaw at 3: a size that is no decimal digit"},
    {"LOCLatitude", Type::LOC, "00 12 16 13 934fd901 80000000 0098b5a0", "flaw at 8: more than 90 degrees"},
    {"LOCLongitude", Type::LOC, "00 12 16 13 80000000 59604dff 0098b5a0",
     "flaw at 12: more than 180 degrees"},
    {"APLPrefix", Type{42}, "0001 21 04 c0000201", "flaw at 8: longer than an address of its family"},
    {"APLLength", Type{42}, "0001 20 05 c000020101", "flaw at 9: longer than an address of its family"},
    {"APLTrailingZero", Type{42}, "0001 08 02 0a00", "flaw at 6: an address with trailing zero bytes"},
    {"APLCut", Type{42}, "0001 08 02 0a", "flaw at 4: data too short"},
    {"IPSECKEYShort", Type{45}, "0a 02 00 c0000201", "flaw at 3: data too short"},
    {"HIPLengths", Type{55}, "10 02 0003 20010010 010203", "flaw at 4: data too short"},
    {"URIShort", Type::URI, "000a 00", "flaw at 2: data too short"},
};

INSTANTIATE_TEST_SUITE_P(All, RdataMalformed, testing::ValuesIn(cases),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(RdataMalformedView, OutsideOfTheMessage) {
  const Buffer message(10, 0);
  for (const RdataView& view :
       {RdataView{message, 8, 3}, RdataView{message, 11, 0}, RdataView{message, 1, SIZE_MAX}}) {
    EXPECT_EQ(rdata_text(Type::NS, Class::IN, view).error().what, "data runs past the end");
    EXPECT_EQ(rdata_name(Type::NS, view).error().what, "data runs past the end");
  }
}

// The bytes are at the very end of their memory, so that AddressSanitizer sees every read beyond.
TEST(RdataMalformedView, NoiseOfEveryTypeIsSafe) {
  std::mt19937 random(1);
  constexpr int types = 263;
  for (int round = 0; round < 40 * types; ++round) {
    Buffer data(random() % 48);
    for (std::uint8_t& byte : data) {
      byte = static_cast<std::uint8_t>(random() % 3 == 0 ? random() : random() % 8);
    }
    data.shrink_to_fit();
    const Type type{static_cast<std::uint16_t>(round % types)};
    const auto text = rdata_text(type, Class::IN, {data, 0, data.size()});
    if (!text) {
      EXPECT_LE(text.error().offset, data.size());
      EXPECT_FALSE(text.error().what.empty());
    } else {
      EXPECT_TRUE(std::ranges::all_of(*text, [](unsigned char c) { return c >= 0x20 && c < 0x7f; })) << *text;
    }
  }
}

}  // namespace
}  // namespace net::dns
