#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <string>

#include "net/sock/sockopt_fields.hh"
#include "tests/unit/sock/option_fields.hh"

// A struct of each form of member, laid out by the compiler.
namespace net {
namespace {

struct Everything {
  sockaddr_storage address;
  std::uint64_t wide;
  std::uint32_t number;
  std::uint32_t network;
  std::uint32_t interface;
  std::uint16_t word;
  std::uint16_t low : 3, high : 5;
  std::uint8_t flags;
  std::uint8_t length;
  std::uint8_t secret[10];
  char text[8];
};

constexpr auto words = std::to_array<OptionWord>({{"none", 0}, {"some", 3}});
constexpr auto flag_words = std::to_array<OptionWord>({{"one", 1}, {"two", 2}, {"four", 4}});
constexpr auto endless = std::to_array<OptionWord>({{"endless", -1}});
constexpr std::size_t bits_at = offsetof(Everything, word) + 2;

constexpr auto fields = std::to_array<OptionField>({
    OPTION_FIELD(Everything, address, .form = FieldForm::address),
    OPTION_FIELD(Everything, wide, .unit = Unit::bytes, .words = endless),
    OPTION_FIELD(Everything, number),
    OPTION_FIELD(Everything, network, .form = FieldForm::network),
    OPTION_FIELD(Everything, interface, .form = FieldForm::interface),
    OPTION_FIELD(Everything, word, .form = FieldForm::word, .words = words),
    {.name = "low", .offset = bits_at, .size = 2, .shift = 0, .bits = 3},
    {.name = "high", .offset = bits_at, .size = 2, .form = FieldForm::boolean, .shift = 3, .bits = 5},
    OPTION_FIELD(Everything, flags, .form = FieldForm::flags, .words = flag_words),
    OPTION_FIELD(Everything, secret, .form = FieldForm::secret, .length_at = offsetof(Everything, length)),
    OPTION_FIELD(Everything, text, .form = FieldForm::text),
});
constexpr OptionLayout layout{fields, sizeof(Everything)};

Everything written(std::string_view text) {
  const auto bytes = encode_fields(text, layout);
  EXPECT_TRUE(bytes) << text << ": " << bytes.error();
  Everything all{};
  if (bytes) std::memcpy(&all, bytes->data(), sizeof all);
  return all;
}

OptionBytes bytes_of(const Everything& all) {
  OptionBytes bytes(sizeof all);
  std::memcpy(bytes.data(), &all, sizeof all);
  return bytes;
}

TEST(SockoptFields, AreWrittenWhereTheCompilerHasThem) {
  const Everything all = written(
      "address=192.0.2.7,wide=0x100000000,number=7,network=0x01020304,interface=5,word=some,low=5,"
      "high=on,flags=one+four,secret=abc,text=name");
  EXPECT_EQ(all.address.ss_family, AF_INET);
  EXPECT_EQ(all.wide, std::uint64_t{1} << 32U);
  EXPECT_EQ(all.number, 7U);
  EXPECT_EQ(std::memcmp(&all.network, "\1\2\3\4", 4), 0);
  EXPECT_EQ(all.interface, 5U);
  EXPECT_EQ(all.word, 3U);
  EXPECT_EQ(all.low, 5U);
  EXPECT_EQ(all.high, 1U);
  EXPECT_EQ(all.flags, 5U);
  EXPECT_EQ(all.length, 3U);
  EXPECT_EQ(std::memcmp(all.secret, "abc", 4), 0);
  EXPECT_STREQ(all.text, "name");
  EXPECT_EQ(written("low=5").address.ss_family, AF_UNSPEC);
  EXPECT_EQ(written("address=2001:db8::1").address.ss_family, AF_INET6);
  EXPECT_EQ(written("flags=6").flags, 6U);
  EXPECT_EQ(written("secret=0x00ff").length, 2U);
  EXPECT_EQ(written("secret=0x00ff").secret[1], 0xff);
}

TEST(SockoptFields, AreReadFromThere) {
  Everything all =
      written("address=192.0.2.7,network=0x01020304,word=some,flags=one+four,secret=abc,text=name");
  all.low = 6;
  all.high = 17;
  all.wide = 4096;
  const OptionValue value{.data = decode_fields(bytes_of(all), layout)};
  EXPECT_EQ(text_in(value, "address"), "192.0.2.7");
  EXPECT_EQ(text_in(value, "wide"), "4 KiB");
  EXPECT_EQ(number_in(value, "network"), 0x01020304U);
  EXPECT_EQ(text_in(value, "interface"), "none");
  EXPECT_EQ(text_in(value, "word"), "some");
  EXPECT_EQ(number_in(value, "low"), 6U);
  EXPECT_EQ(text_in(value, "high"), "on");
  EXPECT_EQ(text_in(value, "flags"), "one,four");
  EXPECT_EQ(text_in(value, "secret"), "(3 bytes)");
  EXPECT_EQ(text_in(value, "text"), "name");
  all.wide = UINT64_MAX;
  all.word = 9;
  all.flags = 0x89;
  all.address.ss_family = AF_UNSPEC;
  all.length = 200;  // more than there is room for
  std::memset(all.text, 'x', sizeof all.text);
  const OptionValue strange{.data = decode_fields(bytes_of(all), layout)};
  EXPECT_EQ(text_in(strange, "wide"), "endless");
  EXPECT_EQ(text_in(strange, "word"), "9");
  EXPECT_EQ(text_in(strange, "flags"), "one,136");
  EXPECT_EQ(text_in(strange, "address"), "none");
  EXPECT_EQ(text_in(strange, "secret"), "(10 bytes)");
  EXPECT_EQ(text_in(strange, "text"), "xxxxxxxx");
}

TEST(SockoptFields, CanBeTypedBack) {
  const Everything all = written(
      "address=2001:db8::1,wide=65536,number=7,network=9,interface=1,word=some,low=5,high=on,flags=one+two,"
      "text=name");
  const std::string text = option_text(decode_typed_fields(bytes_of(all), layout));
  EXPECT_EQ(text,
            "address=2001:db8::1,wide=65536,number=7,network=9,interface=lo,word=some,low=5,high=on,"
            "flags=one+two,text=name");
  EXPECT_EQ(*encode_fields(text, layout), bytes_of(all));
  const std::string empty = option_text(decode_typed_fields(OptionBytes(sizeof(Everything)), layout));
  EXPECT_EQ(empty, "wide=0,number=0,network=0,word=none,low=0,high=off");
  EXPECT_EQ(*encode_fields(empty, layout), OptionBytes(sizeof(Everything)));
}

TEST(SockoptFields, WhatIsMissingIsLeftOutAndWhatIsMoreIsCounted) {
  EXPECT_TRUE(decode_fields({}, layout).empty());
  const OptionBytes bytes(offsetof(Everything, network) + 3);
  const OptionValue some{.data = decode_fields(bytes, layout)};
  EXPECT_NE(find_field(some, "number"), nullptr);
  EXPECT_EQ(find_field(some, "network"), nullptr);
  const OptionValue more{.data = decode_fields(OptionBytes(sizeof(Everything) + 5), layout)};
  EXPECT_EQ(number_in(more, "unknown_bytes"), 5U);
}

TEST(SockoptFields, RefuseByName) {
  struct Case {
    std::string_view text;
    std::string_view complaint;
  };
  constexpr Case cases[] = {
      {"", "NAME=VALUE of address, wide, number"},
      {"number", "NAME=VALUE"},
      {"nothing=1", "NAME=VALUE"},
      {"number=1,", "NAME=VALUE"},
      {"number=1,number=2", "number stands twice"},
      {"number=x", "number: not a number"},
      {"number=0x100000000", "number: out of range"},
      {"low=8", "low: out of range (0-7)"},
      {"high=2", "high: neither on nor off"},
      {"high=yes", "high: not one of on, off"},
      {"word=other", "word: not one of none, some"},
      {"word=70000", "word: out of range"},
      {"flags=one+", "flags: not one of one, two, four"},
      {"flags=256", "flags: out of range"},
      {"address=192.0.2", "address: not an IPv4 address"},
      {"interface=nonesuch", "interface: no such interface"},
      {"secret=0x123", "secret: "},
      {"secret=12345678901", "secret: longer than 10 bytes"},
      {"text=123456789", "text: longer than"},
  };
  for (const Case& c : cases) {
    const auto bytes = encode_fields(c.text, layout);
    ASSERT_FALSE(bytes) << c.text;
    EXPECT_TRUE(bytes.error().contains(c.complaint)) << c.text << ": " << bytes.error();
  }
}

}  // namespace
}  // namespace net
