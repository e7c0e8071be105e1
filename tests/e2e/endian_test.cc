#include <gtest/gtest.h>

#include <bit>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/json.hh"
#include "tests/support/nettool.hh"
#include "tests/support/words.hh"

// endian as it is used: what stands on the command line, and what is refused there.
namespace test {
namespace {

Outcome endian(const Words& words, const std::string& input = {}) {
  return run(nettool_argv(Words{"endian"} + words), input);
}

std::vector<json::Value> objects(const Words& words) {
  const Outcome done = endian(Words{"--json"} + words);
  EXPECT_EQ(done.status, 0) << done.err;
  EXPECT_EQ(done.err, "");
  return json::parse_lines(done.out);
}

TEST(Endian, WordsInTheirOrder) {
  const auto all = objects({"-1", "0x0012", "-0x80", "192.0.2.1", "--", "-2", "3"});
  Words inputs;
  Words bytes;
  for (const json::Value& object : all) {
    EXPECT_EQ(object.keys(), (Words{"input", "width", "value", "hex", "little_endian", "big_endian",
                                    "network", "swapped", "swapped_hex", "host_order"}));
    inputs.push_back(object["input"].string());
    bytes.push_back(object["big_endian"].string());
    EXPECT_EQ(object["network"].string(), object["big_endian"].string());
    EXPECT_EQ(object["host_order"].string(), std::endian::native == std::endian::little ? "little" : "big");
  }
  EXPECT_EQ(inputs, (Words{"-1", "0x0012", "-0x80", "192.0.2.1", "-2", "3"}));
  EXPECT_EQ(bytes, (Words{"ff ff", "00 12", "ff 80", "c0 00 02 01", "ff fe", "00 03"}));
}

TEST(Endian, TheDrawing) {
  const Outcome done = endian({"0x1234", "--width", "32"});
  EXPECT_EQ(done.status, 0);
  EXPECT_EQ(done.err, "");
  const Words lines = lines_of(done.out);
  ASSERT_EQ(lines.size(), 8U) << done.out;
  EXPECT_EQ(lines[0], "value         0x00001234 = 4660, 32 bits");
  EXPECT_EQ(lines[1], "in memory     +0 +1 +2 +3");
  EXPECT_TRUE(lines[2].starts_with("big endian    00 00 12 34   <- network order")) << lines[2];
  EXPECT_TRUE(lines[4].starts_with("little endian 34 12 00 00")) << lines[4];
  EXPECT_EQ(done.out.find("this host"), done.out.rfind("this host")) << "one order is this host's";
  EXPECT_TRUE(lines[6].starts_with("htonl ")) << lines[6];
  EXPECT_EQ(lines[7], "network bytes \"\\x00\\x00\\x12\\x34\"");
}

// The line that is to be pasted, pasted: into a shell and into Python.
TEST(Endian, TheLineToPaste) {
  const Words lines = lines_of(endian({"0x00ff0a25"}).out);
  ASSERT_FALSE(lines.empty());
  const std::string literal = lines.back().substr(lines.back().find('"'));
  EXPECT_EQ(run_ok({"python3", "-c", "import sys; sys.stdout.write(b" + literal + ".hex())"}), "00ff0a25");
  EXPECT_EQ(run_ok({"bash", "-c", "printf " + literal}), std::string("\x00\xff\n%", 4));
}

TEST(Endian, OptionsStandAnywhere) {
  EXPECT_EQ(endian({"--quiet", "--width", "32", "5"}).out, endian({"5", "--width=32", "--quiet"}).out);
  EXPECT_EQ(run(nettool("--quiet", "endian", "-5", "--width", "8", "--width", "32")).out,
            endian({"--quiet", "--width", "32", "-5"}).out)
      << "the last one counts";
}

TEST(Endian, FloatsInJson) {
  const auto all = objects({"--float", "1.5", "-0.1", "-nan", "0x7f800000", "-.5", "-inf", "-0"});
  Words values;
  for (const json::Value& object : all) values.push_back(object["value"].text());
  EXPECT_EQ(values, (Words{"1.5", "-0.1", "\"-nan\"", "\"inf\"", "-0.5", "\"-inf\"", "-0.0"}));
  EXPECT_EQ(all[0]["hex"].string(), "0x3fc00000");
  EXPECT_EQ(all[1]["width"].integer(), 64);
}

TEST(Endian, Strings) {
  const auto all = objects({"--text", "GET ", "abc", "-1"});
  EXPECT_EQ(all[0]["network"].string(), "47 45 54 20");
  EXPECT_EQ(all[0]["value"].integer(), 0x47455420);
  EXPECT_EQ(all[0]["swapped_hex"].string(), "0x20544547");
  EXPECT_TRUE(all[1]["value"].is_null());
  EXPECT_EQ(all[1]["width"].integer(), 24);
  EXPECT_EQ(all[2]["network"].string(), "2d 31");
  const Outcome hostile = endian({"--text", "\x1b[2J\xff"});
  EXPECT_FALSE(contains(hostile.out, "\x1b")) << hostile.out;
}

TEST(Endian, RefusalsComeBeforeAnything) {
  struct Case {
    Words words;
    std::string_view part;
  };
  const Case cases[] = {
      {{}, "nothing to answer"},
      {{"1", "2", "0x"}, "'0x'"},
      {{"1", ""}, "''"},
      {{"1_000"}, "'_'"},
      {{"12k"}, "'k'"},
      {{"1e3"}, "--float"},
      {{"0b2"}, "'2'"},
      {{" 5"}, "' '"},
      {{"010"}, "0o10 (0x8)"},
      {{"-010"}, "0o10 (0x8)"},
      {{"1", "-", "-1x"}, "'-1x'"},
      {{"-", "-"}, "only once"},
      {{"--width", "24", "1"}, "--width '24'"},
      {{"--width", "-1", "1"}, "--width '-1'"},
      {{"--width", "", "1"}, "--width"},
      {{"--width", "16", "65536"}, "--width 32 holds it"},
      {{"--width", "8", "-129"}, "--width 16 holds it"},
      {{"340282366920938463463374607431768211456"}, "more than 128 bits"},
      {{"--float", "--width", "8", "1"}, "16, 32 or 64"},
      {{"--float", "0x11"}, "8 bits"},
      {{"--float", "1e999"}, "double"},
      {{"--float", "--text", "1"}, "exclude each other"},
      {{"--text", "--width", "8", "1"}, "--width"},
      {{"--text", "12345678901234567"}, "17 bytes"},
      {{"--text=abcd"}, "takes no value"},
      {{"-x", "1"}, "no such option: -x"},
      {{"--nope"}, "no such option: --nope"},
  };
  for (const Case& c : cases) {
    const Outcome done = endian(c.words, "1\n");
    EXPECT_EQ(done.status, 2) << testing::PrintToString(c.words);
    EXPECT_EQ(done.out, "") << testing::PrintToString(c.words);
    EXPECT_TRUE(done.err.starts_with("nettool: usage: ")) << done.err;
    EXPECT_NE(lines_of(done.err).at(0).find(c.part), std::string::npos) << done.err;
    const Outcome as_json = endian(Words{"--json"} + c.words, "1\n");
    EXPECT_EQ(as_json.status, 2);
    EXPECT_EQ(as_json.out, "");
    EXPECT_EQ(json::parse_lines(as_json.err).at(0)["error"]["op"].string(), "usage");
  }
}

}  // namespace
}  // namespace test
