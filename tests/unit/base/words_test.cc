#include "net/base/words.hh"

#include <gtest/gtest.h>

namespace net {
namespace {

using Words = std::vector<std::string_view>;

TEST(SplitWords, BetweenAnyOfTheSeparators) {
  EXPECT_EQ(split_words("a b\tc", " \t"), (Words{"a", "b", "c"}));
  EXPECT_EQ(split_words("  a,, b ", " ,"), (Words{"a", "b"}));
  EXPECT_EQ(split_words("a b", ","), (Words{"a b"}));
  EXPECT_EQ(split_words("", " "), Words());
  EXPECT_EQ(split_words(" \t ", " \t"), Words());
}

}  // namespace
}  // namespace net
