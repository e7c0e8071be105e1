#include "net/base/bytes.hh"

#include <gtest/gtest.h>

#include <array>
#include <stdexcept>
#include <string>
#include <string_view>

namespace net {
namespace {

constexpr std::array<std::uint8_t, 8> eight{0x01, 0x82, 0x03, 0x84, 0x05, 0x86, 0x07, 0x88};

TEST(ByteReader, ReadsNetworkOrder) {
  EXPECT_EQ(ByteReader(eight).u8(), 0x01);
  EXPECT_EQ(ByteReader(eight).u16(), 0x0182);
  EXPECT_EQ(ByteReader(eight).u32(), 0x01820384U);
  EXPECT_EQ(ByteReader(eight).u48(), 0x018203840586ULL);
  EXPECT_EQ(ByteReader(eight, 1).u32(), 0x82038405U) << "the high bit is no sign";
  EXPECT_EQ(ByteReader(eight, 1).u48(), 0x820384058607ULL);
}

TEST(ByteReader, GoesOnBehindWhatWasRead) {
  ByteReader reader(eight, 1);
  EXPECT_EQ(reader.offset(), 1U);
  EXPECT_EQ(reader.u8(), 0x82);
  EXPECT_EQ(reader.u16(), 0x0384);
  EXPECT_EQ(reader.offset(), 4U);
  EXPECT_EQ(reader.remaining(), 4U);
  EXPECT_FALSE(reader.at_end());
  const ByteView two = reader.take(2);
  ASSERT_EQ(two.size(), 2U);
  EXPECT_EQ(two[0], 0x05);
  EXPECT_EQ(reader.rest().size(), 2U);
  EXPECT_TRUE(reader.at_end());
  EXPECT_TRUE(reader.ok());
  EXPECT_TRUE(reader.rest().empty());
  EXPECT_TRUE(reader.ok());
}

TEST(ByteReader, PastTheEndIsZeroAndNoReadIsGoodAfterwards) {
  ByteReader reader(eight, 5);
  EXPECT_EQ(reader.u32(), 0x86070000U) << "what is there, then zeros";
  EXPECT_FALSE(reader.ok());
  ByteReader again(eight, 7);
  EXPECT_EQ(again.u16(), 0);
  EXPECT_FALSE(again.ok());
  EXPECT_EQ(again.u8(), 0) << "though one byte is left";
  EXPECT_EQ(again.remaining(), 0U);
  EXPECT_TRUE(again.at_end());
  EXPECT_TRUE(again.take(0).empty());
  again.seek(0);
  EXPECT_EQ(again.u8(), 0);
  EXPECT_FALSE(again.ok());
}

TEST(ByteReader, HugeCountsDoNotWrap) {
  ByteReader reader(eight, 4);
  EXPECT_TRUE(reader.take(SIZE_MAX).empty());
  EXPECT_FALSE(reader.ok());
}

TEST(ByteReader, SeeksAsFarAsTheEnd) {
  ByteReader reader(eight);
  reader.seek(8);
  EXPECT_TRUE(reader.ok());
  EXPECT_TRUE(reader.at_end());
  reader.seek(1);
  EXPECT_EQ(reader.u8(), 0x82);
  reader.seek(9);
  EXPECT_FALSE(reader.ok());
  EXPECT_TRUE(ByteReader(eight, 8).ok());
  EXPECT_FALSE(ByteReader(eight, 9).ok());
  EXPECT_EQ(ByteReader(eight, 9).u8(), 0);
  ByteReader failed(eight);
  failed.fail();
  EXPECT_FALSE(failed.ok());
}

TEST(ByteWriter, WritesNetworkOrder) {
  ByteWriter out;
  out.u8(0xfe);
  out.u16(0x1234);
  out.u32(0x89abcdef);
  out.append(bytes_of("hi"));
  EXPECT_EQ(out.size(), 9U);
  EXPECT_EQ(hex_text(out.bytes()), "fe123489abcdef6869");
  out.put_u16(1, 0xbeef);
  EXPECT_EQ(hex_text(out.bytes()), "febeef89abcdef6869");
  EXPECT_THROW(out.put_u16(8, 1), std::out_of_range);
  EXPECT_EQ(out.take().size(), 9U);
}

TEST(Hex, BothWays) {
  EXPECT_EQ(hex_text({}), "");
  const Buffer bytes = parse_hex("00ffA5a5").value();
  EXPECT_EQ(bytes, (Buffer{0x00, 0xff, 0xa5, 0xa5}));
  EXPECT_EQ(hex_text(bytes), "00ffa5a5");
  EXPECT_TRUE(parse_hex("").value().empty());
  EXPECT_EQ(parse_hex("abc").error(), "an odd number of hexadecimal digits");
  for (const std::string_view bad : {"0x", "g0", "0g", " 1", "1 ", "+1", "-1", "a b1", "12\n3"}) {
    const auto parsed = parse_hex(bad);
    ASSERT_FALSE(parsed) << bad;
    EXPECT_EQ(parsed.error(), "not hexadecimal digits") << bad;
  }
}

}  // namespace
}  // namespace net
