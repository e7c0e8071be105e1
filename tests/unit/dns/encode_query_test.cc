#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>

#include "net/dns/message.hh"
#include "tests/unit/dns/wire_parts.hh"

// Queries byte by byte.
namespace net::dns {
namespace {

QuerySpec plain(std::string_view text, Type type = Type::A) {
  QuerySpec spec;
  spec.question = asked(text, type);
  spec.edns.reset();
  return spec;
}

std::string hex(const QuerySpec& spec, std::uint16_t id = 0x1234) {
  return hex_text(encode_query(spec, id));
}

// "a.test" IN A.
constexpr std::string_view question_bytes =
    "0161047465737400"
    "0001"
    "0001";

TEST(EncodeQuery, ByDefault) {
  QuerySpec spec;
  spec.question = asked("a.test");
  // Id, RD and AD, one question and one additional record; then OPT: root, 41, 1232, no rcode, version or
  // flag, no data.
  EXPECT_EQ(hex(spec),
            "1234"
            "0120"
            "0001"
            "0000"
            "0000"
            "0001" +
                std::string(question_bytes) +
                "00"
                "0029"
                "04d0"
                "00000000"
                "0000");
}

TEST(EncodeQuery, TheHeadersBits) {
  struct Case {
    bool recurse;
    bool authentic;
    bool disabled;
    std::string_view word;
  };
  const Case cases[] = {{true, true, false, "0120"},  {false, true, false, "0020"},
                        {true, false, false, "0100"}, {true, true, true, "0130"},
                        {false, false, true, "0010"}, {false, false, false, "0000"}};
  for (const Case& c : cases) {
    QuerySpec spec = plain("a.test");
    spec.recurse = c.recurse;
    spec.authentic_data = c.authentic;
    spec.checking_disabled = c.disabled;
    EXPECT_EQ(hex(spec, 0xabcd),
              "abcd" + std::string(c.word) + "0001000000000000" + std::string(question_bytes));
  }
}

TEST(EncodeQuery, NameTypeAndClass) {
  QuerySpec spec = plain(R"(A\.B\000.tesT)", Type{65280});
  spec.question.klass = Class::CH;
  EXPECT_EQ(hex(spec).substr(24),
            "04412e4200"
            "0474657354"
            "00"
            "ff00"
            "0003");
  EXPECT_EQ(hex(plain(".", Type::NS)).substr(24),
            "00"
            "0002"
            "0001");
}

TEST(EncodeQuery, OptFields) {
  QuerySpec spec = plain("a.test");
  spec.edns = Edns{.udp_size = 4096,
                   .extended_rcode = 1,
                   .version = 2,
                   .dnssec_ok = true,
                   .options = {EdnsOption{3, {}}, EdnsOption{65001, {0xde, 0xad}}}};
  EXPECT_EQ(hex(spec).substr(20), "0001" + std::string(question_bytes) +
                                      "00"
                                      "0029"
                                      "1000"
                                      "01"
                                      "02"
                                      "8000"
                                      "000a"
                                      "00030000"
                                      "fde90002dead");
}

TEST(EncodeQuery, IxfrCarriesTheSerialAndPointsBackToTheName) {
  QuerySpec spec = plain("a.test", Type::IXFR);
  spec.ixfr_serial = 0x01020304;
  // RFC 1995, 3; the name is a pointer to byte 12, the SOA's two names are the root.
  EXPECT_EQ(hex(spec),
            "1234"
            "0120"
            "0001"
            "0000"
            "0001"
            "0000"
            "0161047465737400"
            "00fb"
            "0001"
            "c00c"
            "0006"
            "0001"
            "00000000"
            "0016"
            "00"
            "00"
            "01020304"
            "00000000"
            "00000000"
            "00000000"
            "00000000");
  spec.question.klass = Class::CH;
  EXPECT_EQ(hex(spec).substr(48, 8), "c00c0006");
  EXPECT_EQ(hex(spec).substr(56, 4), "0003");
  // The root cannot be shorter than itself.
  QuerySpec root = plain(".", Type::IXFR);
  root.ixfr_serial = 0;
  EXPECT_EQ(hex(root).substr(24, 18),
            "0000fb0001"
            "00"
            "0006"
            "00");
}

TEST(EncodeQuery, PadsToAMultiple) {
  struct Case {
    std::uint16_t multiple;
    std::size_t size;
    std::size_t padding;  ///< bytes of the option's data
  };
  // Without padding: 12 + 12 + 11 = 35 bytes, with an empty option 39.
  const Case cases[] = {{128, 128, 89}, {39, 39, 0}, {40, 40, 1},     {38, 76, 37},
                        {13, 39, 0},    {1, 39, 0},  {468, 468, 429}, {4096, 4096, 4057}};
  for (const Case& c : cases) {
    QuerySpec spec = plain("a.test");
    spec.edns = Edns{};
    spec.padding = c.multiple;
    const Buffer bytes = encode_query(spec, 1);
    EXPECT_EQ(bytes.size(), c.size) << c.multiple;
    const std::string hexadecimal = hex_text(bytes);
    const std::string expected = hex_text(
        buffer_of(u16(static_cast<std::uint16_t>(c.padding + 4)) + option(12, std::string(c.padding, '\0'))));
    EXPECT_TRUE(hexadecimal.ends_with(expected)) << c.multiple;
  }
}

TEST(EncodeQuery, PaddingStandsLastAndNeedsEdns) {
  QuerySpec spec = plain("a.test");
  spec.padding = 128;
  EXPECT_EQ(encode_query(spec, 1).size(), 24U);
  spec.edns = Edns{};
  spec.edns->options = {EdnsOption{3, {}}};
  const Message back = Message::decode(encode_query(spec, 1));
  ASSERT_EQ(back.edns->options.size(), 2U);
  EXPECT_EQ(back.edns->options[0].code, 3);
  EXPECT_EQ(back.edns->options[1].code, 12);
  EXPECT_EQ(back.wire.size(), 128U);
}

TEST(EncodeQuery, IsReadByTheIndependentDecoder) {
  QuerySpec spec;
  spec.question = asked("www.example.test", Type::MX);
  spec.edns->udp_size = 1400;
  const Buffer bytes = encode_query(spec, 77);
  const auto query = test::dns::parse_query(std::string(bytes.begin(), bytes.end()));
  ASSERT_TRUE(query);
  EXPECT_EQ(query->id, 77);
  EXPECT_EQ(query->name, "www.example.test");
  EXPECT_EQ(query->type, 15);
  EXPECT_EQ(query->klass, 1);
  ASSERT_TRUE(query->opt);
  EXPECT_EQ(query->opt->size, 1400);
}

TEST(RandomId, AllBitsVaryAndDoNotRepeat) {
  std::set<std::uint16_t> seen;
  unsigned ones = 0;
  unsigned zeros = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::uint16_t id = random_id();
    seen.insert(id);
    ones |= id;
    zeros |= static_cast<std::uint16_t>(~id);
  }
  EXPECT_EQ(ones, 0xffffU);
  EXPECT_EQ(zeros, 0xffffU);
  // Of 1000 random ids about 8 stand twice.
  EXPECT_GT(seen.size(), 900U);
}

}  // namespace
}  // namespace net::dns
