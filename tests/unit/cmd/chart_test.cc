#include "cmd/chart.hh"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cmd {
namespace {

TEST(Chart, SparklineOfDigits) {
  struct Case {
    std::vector<double> values;
    std::string expect;
  };
  const Case cases[] = {
      {{}, ""},
      {{0}, "0"},
      {{0, 0, 0}, "000"},
      {{5}, "7"},
      {{1, 2, 3, 4, 5, 6, 7, 8}, "12345677"},
      {{0, 100}, "07"},
      {{100, 50, 25, 12.4}, "7420"},
      {{1e18, 1}, "70"},
      {{8, no_value, 4}, "7x4"},
      {{no_value}, "x"},
      {{no_value, 0}, "x0"},
  };
  for (const Case& c : cases) EXPECT_EQ(sparkline(c.values, false), c.expect);
}

TEST(Chart, SparklineOfBlocks) {
  EXPECT_EQ(sparkline(std::vector<double>{0, 4, no_value, 8}, true), "\u2581\u2585x\u2588");
}

using Lines = std::vector<std::string>;

TEST(Chart, Bars) {
  const std::vector<Bar> bars{{"8-10 ms", 6}, {"10-12 ms", 0}, {"12-14 ms", 2}, {"14-16 ms", 1}};
  EXPECT_EQ(bar_lines(bars, 12, true),
            (Lines{" 8-10 ms \u2588\u2588\u2588\u2588\u2588\u2588\u2588\u2588\u2588\u2588\u2588\u2588 6",
                   "12-14 ms \u2588\u2588\u2588\u2588 2", "14-16 ms \u2588\u2588 1"}));
  EXPECT_EQ(bar_lines(bars, 6, false), (Lines{" 8-10 ms ###### 6", "12-14 ms ## 2", "14-16 ms # 1"}));
  EXPECT_EQ(bar_lines({{"a", 1000}, {"b", 1}}, 10, false), (Lines{"a ########## 1000", "b # 1"}))
      << "few are not none";
  EXPECT_TRUE(bar_lines({}, 10, false).empty());
}

}  // namespace
}  // namespace cmd
