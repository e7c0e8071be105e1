#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "net/dns/name.hh"
#include "tests/unit/dns/wire_parts.hh"

// Names as they stand in messages: compressed, cut off, and hostile.
namespace net::dns {
namespace {

using namespace std::string_literals;

/// "name, behind at N", or "at N: why".
std::string outcome(std::string_view message, std::size_t offset = 0) {
  const auto decoded_name = Name::decode(bytes_of(message), offset);
  if (!decoded_name) {
    return "at " + std::to_string(decoded_name.error().offset) + ": " + decoded_name.error().what;
  }
  return decoded_name->text() + ", behind at " + std::to_string(offset);
}

TEST(NameDecode, Uncompressed) {
  EXPECT_EQ(outcome("\3www\4TEST\0rest"s), "www.TEST., behind at 10");
  EXPECT_EQ(outcome("\0"s), "., behind at 1");
  EXPECT_EQ(outcome("xx\1a\0"s, 2), "a., behind at 5");
}

TEST(NameDecode, PointersLeadBackAndTheOffsetGoesOnBehindTheFirst) {
  // "b.test" at 0, "a" + pointer at 8, pointer to that at 12.
  const std::string message = "\1b\4test\0\1a\xc0\x00\xc0\x08zz"s;
  EXPECT_EQ(outcome(message, 8), "a.b.test., behind at 12");
  EXPECT_EQ(outcome(message, 12), "a.b.test., behind at 14");
  EXPECT_EQ(outcome("\4test\0\1a\xc0\x00"s, 6), "a.test., behind at 10");
  // Into the middle of a name, and to the root alone.
  EXPECT_EQ(outcome(message + "\xc0\x02"s, 16), "test., behind at 18");
  EXPECT_EQ(outcome("\0\xc0\x00"s, 1), "., behind at 3");
}

TEST(NameDecode, PointersHaveFourteenBits) {
  std::string message(0x3f00, 'z');
  message += "\1a\0\xff\x00"s;
  EXPECT_EQ(outcome(message, 0x3f03), "a., behind at 16133");
}

struct Flawed {
  std::string_view what;
  std::string message;
  std::size_t offset;
  std::string_view outcome;
};

TEST(NameDecode, WhatIsNoName) {
  const Flawed cases[] = {
      {"nothing at all", ""s, 0, "at 0: name runs past the end"},
      {"beyond the message", "\0"s, 7, "at 7: name runs past the end"},
      {"a label cut off", "\3ww"s, 0, "at 0: name runs past the end"},
      {"no root", "\3www"s, 0, "at 4: name runs past the end"},
      {"half a pointer", "\1a\xc0"s, 0, "at 2: name runs past the end"},
      {"pointer to itself", "\1a\0\xc0\x03"s, 3, "at 3: compression loop"},
      {"pointer to its own label", "\1a\xc0\x00"s, 0, "at 2: compression loop"},
      {"pointer into its own label", "\1a\xc0\x01"s, 0, "at 2: compression loop"},
      {"two that point at each other", "\xc0\x02\xc0\x00"s, 2,
       "at 0: compression pointer that points forward"},
      {"two behind a third", "\xc0\x02\xc0\x00\xc0\x02"s, 4, "at 0: compression pointer that points forward"},
      {"a label that leads to itself, from behind", "\1a\xc0\x00\xc0\x00"s, 4, "at 2: compression loop"},
      {"forward", "\xc0\x02\0"s, 0, "at 0: compression pointer that points forward"},
      {"back and then forward", "\xc0\x04\xc0\x00\0"s, 2, "at 0: compression pointer that points forward"},
      {"past the end", "\1a\xc0\x63"s, 0, "at 2: compression pointer past the end"},
      {"to the very end", "\xc0\x02"s, 0, "at 0: compression pointer past the end"},
      {"extended label (RFC 2671)", "\x41\1a\0"s, 0, "at 0: unknown kind of label"},
      {"reserved label", "\1a\x80\0"s, 0, "at 2: unknown kind of label"},
  };
  for (const Flawed& c : cases) EXPECT_EQ(outcome(c.message, c.offset), c.outcome) << c.what;
}

/// Labels of 63 bytes, `count` times.
std::string long_labels(int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += '\x3f' + std::string(63, 'x');
  return out;
}

TEST(NameDecode, A255ByteNameIsTheLongest) {
  EXPECT_EQ(outcome(long_labels(3) + "\x3d" + std::string(61, 'y') + "\0"s).size(),
            254 + std::string(", behind at 255").size());
  EXPECT_EQ(outcome(long_labels(3) + "\x3e" + std::string(62, 'y') + "\0"s),
            "at 255: name longer than 255 bytes");
  EXPECT_EQ(outcome(long_labels(4) + "\0"s), "at 192: name longer than 255 bytes");
}

TEST(NameDecode, PointersDoNotMakeItLonger) {
  // A name of 3 * 64 + 1 bytes at 0; a label of 62 and a pointer to it would be 193 + 63 = 256.
  const std::string base = long_labels(3) + "\0"s;
  EXPECT_EQ(outcome(base + "\x3d" + std::string(61, 'y') + "\xc0\x00"s, base.size()).substr(0, 3), "yyy");
  EXPECT_EQ(outcome(base + "\x3e" + std::string(62, 'y') + "\xc0\x00"s, base.size()),
            "at 192: name longer than 255 bytes");
}

TEST(NameDecode, LongChainsOfPointersEnd) {
  // Each pointer leads to the one before it: legal, and the walk is as long as the message.
  std::string message = "\1a\0"s;
  for (std::size_t at = 3; at < 0x3ffe; at += 2) {
    const std::size_t to = at == 3 ? 0 : at - 2;
    message += u16(static_cast<std::uint16_t>(0xc000U | to));
  }
  EXPECT_EQ(outcome(message, message.size() - 2), "a., behind at " + std::to_string(message.size()));
}

TEST(NameDecode, EveryPrefixOfANameIsNone) {
  const std::string message = "\3www\7example\3com\0"s;
  for (std::size_t length = 0; length < message.size(); ++length) {
    std::size_t offset = 0;
    // A copy of just that size: a read behind it would be seen.
    const Buffer prefix = buffer_of(std::string_view(message).substr(0, length));
    EXPECT_FALSE(Name::decode(prefix, offset)) << length;
  }
}

}  // namespace
}  // namespace net::dns
