#include <gtest/gtest.h>

#include <array>
#include <cinttypes>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "tests/support/files.hh"
#include "tests/support/json.hh"
#include "tests/support/nettool.hh"
#include "tests/support/words.hh"

// endian beside a C program (tests/reference/endian.cc): the same lines through both, the same bytes out.
namespace test {
namespace {

constexpr int random_values = 100000;

/// What the reference says of the values, all of one width and kind.
std::string reference(int width, const std::string& kind, const Words& values) {
  std::string input;
  for (const std::string& value : values) input += std::to_string(width) + " " + kind + " " + value + "\n";
  return run_ok({ENDIAN_REFERENCE}, std::move(input), 100s);
}

std::string stream_of(const Words& values) {
  std::string input;
  for (const std::string& value : values) input += value + "\n";
  return input;
}

void expect_the_same(const std::string& out, const std::string& expected, int width) {
  const auto where = first_difference(out, expected);
  ASSERT_EQ(where, std::nullopt) << width
                                 << " bits: " << out.substr(*where - std::min<std::size_t>(*where, 100), 200)
                                 << "\nexpected: "
                                 << expected.substr(*where - std::min<std::size_t>(*where, 100), 200);
}

/// nettool, fed by a stream, beside the reference.
void compare(int width, const std::string& kind, const Words& values, const Words& options) {
  const Words words = Words{"endian", "--json"} + options + Words{"-"};
  const Outcome done = run(nettool_argv(words), stream_of(values), 100s);
  EXPECT_EQ(done.status, 0) << done.err;
  expect_the_same(done.out, reference(width, kind, values), width);
}

std::string hex(std::uint64_t high, std::uint64_t low, int width) {
  std::array<char, 64> text{};
  if (width == 128) {
    std::snprintf(text.data(), text.size(), "0x%016" PRIx64 "%016" PRIx64, high, low);
  } else {
    const std::uint64_t kept =
        width == 64 ? low : low & ((std::uint64_t{1} << static_cast<unsigned>(width)) - 1);
    std::snprintf(text.data(), text.size(), "0x%0*" PRIx64, width / 4, kept);
  }
  return text.data();
}

/// All bits off, on, one of them, and all but one.
Words boundaries(int width) {
  Words values{hex(0, 0, width), hex(UINT64_MAX, UINT64_MAX, width)};
  for (int bit = 0; bit < width; ++bit) {
    const std::uint64_t one = std::uint64_t{1} << static_cast<unsigned>(bit % 64);
    const std::uint64_t high = bit < 64 ? 0 : one;
    const std::uint64_t low = bit < 64 ? one : 0;
    values.push_back(hex(high, low, width));
    values.push_back(hex(~high, ~low, width));
  }
  return values;
}

class EndianReference : public testing::TestWithParam<int> {};

TEST_P(EndianReference, HexadecimalOfTheWidthThatIsWritten) {
  const int width = GetParam();
  Words values = boundaries(width);
  std::mt19937_64 random(static_cast<unsigned>(width));
  while (values.size() < random_values) {
    const std::uint64_t high = random();
    values.push_back(hex(high, random(), width));
  }
  compare(width, "hex", values, {});
}

INSTANTIATE_TEST_SUITE_P(Widths, EndianReference, testing::Values(8, 16, 32, 64, 128),
                         [](const auto& width) { return std::to_string(width.param); });

TEST(EndianReference, DecimalAndNegative) {
  for (const int width : {8, 16, 32, 64}) {
    const std::int64_t least = std::numeric_limits<std::int64_t>::min() >> static_cast<unsigned>(64 - width);
    const std::int64_t most = width == 64 ? std::numeric_limits<std::int64_t>::max() : -2 * least - 1;
    Words values;
    for (const std::int64_t value :
         {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1}, least, least + 1, most, most - 1}) {
      values.push_back(std::to_string(value));
    }
    std::mt19937_64 random(static_cast<unsigned>(width));
    std::uniform_int_distribution<std::int64_t> any(least, most);
    while (values.size() < random_values / 5) values.push_back(std::to_string(any(random)));
    compare(width, "int", values, {"--width", std::to_string(width)});
  }
}

/// A stream without the member "value", which the reference leaves to this test.
std::string without_values(const std::string& out, Words& values) {
  std::string rest;
  for (const std::string& line : lines_of(out)) {
    const std::size_t begin = line.find("\"value\":");
    const std::size_t end = line.find("\"hex\":");
    if (begin >= end || end == std::string::npos) fail("no value in " + line);
    values.push_back(line.substr(begin + 8, end - begin - 9));
    rest += line.substr(0, begin) + line.substr(end) + "\n";
  }
  return rest;
}

/// The bits of each line: what its member "hex" has.
Words bits_in(const std::string& out) {
  Words bits;
  for (const std::string& line : lines_of(out)) bits.push_back(line.substr(line.find("\"hex\":") + 6, 20));
  return bits;
}

/// A format's decimal exponents, and what is nearer to zero than its smallest number.
struct Range {
  int width;
  int lowest;
  int highest;
  double nothing;
};
constexpr Range ranges[] = {{16, -7, 3, 4e-8}, {32, -44, 37, 1e-45}, {64, -322, 307, 3e-324}};

/// Decimal numbers over the whole range of a format, some of them with more digits than it holds.
Words numbers(const Range& range) {
  Words values{"0", "-0", "1", "-1", "1.5", "0.1", "0.5", "65504", "2e-05", "inf", "-inf"};
  std::mt19937_64 random(static_cast<unsigned>(range.width));
  std::uniform_int_distribution<int> exponents(range.lowest, range.highest);
  std::uniform_int_distribution<int> digits(0, 17);
  std::uniform_real_distribution<double> mantissas(-9.99, 9.99);
  std::array<char, 64> text{};
  while (values.size() < random_values) {
    const int precision = digits(random);
    const double mantissa = mantissas(random);
    std::snprintf(text.data(), text.size(), "%.*fe%d", precision, mantissa, exponents(random));
    const double value = std::strtod(text.data(), nullptr);
    // A number that would become zero is refused.
    const bool lost =
        std::fabs(value) <= range.nothing &&
        std::string(text.data()).find_first_of("123456789") < std::string(text.data()).find('e');
    if (!lost) values.emplace_back(text.data());
  }
  return values;
}

TEST(EndianReference, FloatsAndTheirBits) {
  for (const Range& range : ranges) {
    const Words input = numbers(range);
    const Words options{"endian", "--json", "--float", "--width", std::to_string(range.width), "-"};
    const Outcome done = run(nettool_argv(options), stream_of(input), 100s);
    ASSERT_EQ(done.status, 0) << done.err.substr(0, 500);
    Words values;
    const std::string expected = reference(range.width, "float", input);
    expect_the_same(without_values(done.out, values), expected, range.width);
    // What is printed as the value is read back as the same bits.
    for (std::string& value : values) std::erase(value, '"');
    EXPECT_EQ(bits_in(reference(range.width, "float", values)), bits_in(expected));
  }
}

}  // namespace
}  // namespace test
