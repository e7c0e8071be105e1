// The JSON parser that judges nettool's output: what it must take and what it must refuse.

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "tests/support/json.hh"

namespace test::json {
namespace {

using namespace std::string_literals;

TEST(SupportJson, GivesTheTree) {
  Value v = parse(R"( {"peer": {"port": 80, "address": "::1"}, "list": [1, -2.5e1, true, null], "e": {}} )");
  EXPECT_EQ(v["peer"]["port"].number(), 80);
  EXPECT_EQ(v["peer"]["port"].integer(), 80);
  EXPECT_EQ(v["peer"]["address"].string(), "::1");
  EXPECT_EQ(v["list"].size(), 4U);
  EXPECT_EQ(v["list"][1].number(), -25);
  EXPECT_EQ(v["list"][1].text(), "-2.5e1");
  EXPECT_TRUE(v["list"][2].boolean());
  EXPECT_TRUE(v["list"][3].is_null());
  EXPECT_EQ(v.keys(), (std::vector<std::string>{"peer", "list", "e"}));
  EXPECT_FALSE(v.has("none"));
  EXPECT_THROW((void)v["none"], std::runtime_error);
  EXPECT_THROW((void)v["peer"].number(), std::runtime_error);
  EXPECT_THROW((void)v["list"][4], std::runtime_error);
  EXPECT_THROW((void)v["list"][1].integer(), std::runtime_error);
}

TEST(SupportJson, DecodesStrings) {
  EXPECT_EQ(parse(R"("\"\\\/\b\f\n\r\t\u0041\u00e9\u20ac\ud83d\ude00\u0000")").string(),
            "\"\\/\b\f\n\r\tA\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\0"s);
  EXPECT_EQ(parse("\"\xc3\xa9\xf4\x8f\xbf\xbf\x7f\"").string(), "\xc3\xa9\xf4\x8f\xbf\xbf\x7f");
}

TEST(SupportJson, Accepts) {
  for (const std::string& text :
       {"null"s, "0"s, "-0"s, "0.5"s, "1e9"s, "1E+2"s, "10.25e-3"s, "[]"s, "{}"s, "[[],{}]"s, "\"\""s,
        " \t\r\n1 "s, "{\"a\":1,\"A\":2}"s, "\"\xed\x9f\xbf\""s, "\"\xe0\xa0\x80\""s}) {
    EXPECT_NO_THROW((void)parse(text)) << text;
  }
}

TEST(SupportJson, Refuses) {
  for (const std::string& text : {""s,
                                  " "s,
                                  "nul"s,
                                  "nulll"s,
                                  "True"s,
                                  "01"s,
                                  "-"s,
                                  "+1"s,
                                  ".5"s,
                                  "1."s,
                                  "1e"s,
                                  "1e+"s,
                                  "0x1"s,
                                  "NaN"s,
                                  "Infinity"s,
                                  "[1,]"s,
                                  "[,1]"s,
                                  "[1 2]"s,
                                  "[1"s,
                                  "]"s,
                                  "{\"a\":1,}"s,
                                  "{\"a\"}"s,
                                  "{a:1}"s,
                                  "{'a':1}"s,
                                  "{\"a\":1 \"b\":2}"s,
                                  "{\"a\":1,\"a\":2}"s,
                                  "{\"a\":1,\"\\u0061\":2}"s,
                                  "{}{}"s,
                                  "1 2"s,
                                  "\""s,
                                  "\"\\\""s,
                                  "\"\\x41\""s,
                                  "\"\\u12\""s,
                                  "\"\\u12g4\""s,
                                  "\"\\u+123\""s,
                                  "\"\\ud800\""s,
                                  "\"\\udc00\""s,
                                  "\"\\ud800\\u0041\""s,
                                  "\"\n\""s,
                                  "\"\t\""s,
                                  "\"\x1b\""s,
                                  "\"\0\""s,
                                  "\"\x80\""s,
                                  "\"\xc0\xaf\""s,
                                  "\"\xc1\xbf\""s,
                                  "\"\xe0\x80\x80\""s,
                                  "\"\xed\xa0\x80\""s,
                                  "\"\xf0\x80\x80\x80\""s,
                                  "\"\xf4\x90\x80\x80\""s,
                                  "\"\xf5\x80\x80\x80\""s,
                                  "\"\xc3\""s,
                                  "\"\xff\""s,
                                  "\xef\xbb\xbf{}"s,
                                  "/**/1"s,
                                  std::string(5000, '[')}) {
    EXPECT_FALSE(valid(text)) << text.substr(0, 40);
  }
}

TEST(SupportJson, Lines) {
  std::string text = "{\"event\":\"a\",\"n\":1}\n{\"event\":\"b\"}\n{\"event\":\"a\",\"n\":2}\n";
  EXPECT_EQ(parse_lines(text).size(), 3U);
  EXPECT_EQ(events(text, "a")[1]["n"].integer(), 2);
  EXPECT_EQ(only_event(text, "b")["event"].string(), "b");
  EXPECT_THROW((void)only_event(text, "a"), std::runtime_error);
  EXPECT_THROW((void)parse_lines("{}"), std::runtime_error);
  EXPECT_THROW((void)parse_lines("{}\n\n{}\n"), std::runtime_error);
  EXPECT_THROW((void)parse_lines("1\n"), std::runtime_error);
  EXPECT_TRUE(parse_lines("").empty());
}

}  // namespace
}  // namespace test::json
