#include "net/base/byte_order.hh"

#include <arpa/inet.h>
#include <endian.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <vector>

namespace net {
namespace {

Buffer bytes(ByteView view) {
  return {view.begin(), view.end()};
}

TEST(ByteOrder, WidthsAreTheSmallestWithRoom) {
  struct Case {
    int bits;
    int least;
    int width;
  };
  const Case cases[] = {{0, 8, 8},    {8, 8, 8},    {9, 8, 16},    {0, 16, 16},   {17, 16, 32},
                        {33, 16, 64}, {64, 16, 64}, {65, 16, 128}, {128, 8, 128}, {129, 8, 0}};
  for (const Case& c : cases) EXPECT_EQ(width_for(c.bits, c.least), c.width) << c.bits << " from " << c.least;
}

TEST(ByteOrder, ANegativeNumberNeedsItsSign) {
  const Uint128 least = Uint128{1} << 127U;
  EXPECT_EQ(negative_bits(0), 1);
  EXPECT_EQ(negative_bits(1), 1);
  EXPECT_EQ(negative_bits(2), 2);
  EXPECT_EQ(negative_bits(128), 8);
  EXPECT_EQ(negative_bits(129), 9);
  EXPECT_EQ(negative_bits(least), 128);
  EXPECT_EQ(negative_bits(least + 1), 129);
}

TEST(ByteOrder, LowBits) {
  EXPECT_EQ(low_bits(uint128_max, 8), Uint128{0xff});
  EXPECT_EQ(low_bits(uint128_max, 128), uint128_max);
  EXPECT_EQ(low_bits(0x12345, 16), Uint128{0x2345});
}

TEST(ByteOrder, BytesInMemory) {
  EXPECT_EQ(bytes(memory_bytes(0x12345678, 32, std::endian::big).view()), (Buffer{0x12, 0x34, 0x56, 0x78}));
  EXPECT_EQ(bytes(memory_bytes(0x12345678, 32, std::endian::little).view()),
            (Buffer{0x78, 0x56, 0x34, 0x12}));
  EXPECT_EQ(bytes(memory_bytes(0x7f, 8, std::endian::big).view()), (Buffer{0x7f}));
  EXPECT_EQ(bytes(memory_bytes(1, 24, std::endian::big).view()), (Buffer{0, 0, 1}));
  EXPECT_EQ(integer_in(Buffer{0x12, 0x34, 0x56}, std::endian::big), Uint128{0x123456});
  EXPECT_EQ(integer_in(Buffer{0x12, 0x34, 0x56}, std::endian::little), Uint128{0x563412});
  EXPECT_EQ(integer_in(Buffer{}, std::endian::big), Uint128{0});
}

/// What the C library and this host's own memory say of one value, at one width.
template <class Integer>
void expect_as_in_memory(Integer value, Integer network) {
  constexpr int width = static_cast<int>(sizeof value * 8);
  Buffer memory(sizeof value);
  std::memcpy(memory.data(), &value, sizeof value);
  EXPECT_EQ(bytes(memory_bytes(value, width, std::endian::native).view()), memory);
  EXPECT_EQ(integer_in(memory, std::endian::native), Uint128{value});
  std::ranges::reverse(memory);
  const auto other = std::endian::native == std::endian::big ? std::endian::little : std::endian::big;
  EXPECT_EQ(bytes(memory_bytes(value, width, other).view()), memory);
  EXPECT_EQ(host_to_network(value, width), Uint128{network});
  EXPECT_EQ(swapped_bytes(swapped_bytes(value, width), width), Uint128{value});
}

TEST(ByteOrder, AgreesWithTheCLibraryAndThisHost) {
  std::mt19937_64 random(1);
  std::vector<std::uint64_t> values{0, 1, 0x80, 0xff, 0x8000, 0xffff, 0x80000000, 0xffffffff, UINT64_MAX};
  for (int i = 0; i < 10000; ++i) values.push_back(random());
  for (const std::uint64_t value : values) {
    expect_as_in_memory<std::uint8_t>(static_cast<std::uint8_t>(value), static_cast<std::uint8_t>(value));
    const auto low16 = static_cast<std::uint16_t>(value);
    expect_as_in_memory<std::uint16_t>(low16, htons(low16));
    const auto low32 = static_cast<std::uint32_t>(value);
    expect_as_in_memory<std::uint32_t>(low32, htonl(low32));
    expect_as_in_memory<std::uint64_t>(value, htobe64(value));
    const Uint128 wide = make_uint128(value, random());
    const Uint128 turned = std::endian::native == std::endian::big
                               ? wide
                               : make_uint128(htobe64(low64(wide)), htobe64(high64(wide)));
    expect_as_in_memory<Uint128>(wide, turned);
  }
}

}  // namespace
}  // namespace net
