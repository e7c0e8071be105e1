#include <gtest/gtest.h>

#include <optional>
#include <string_view>
#include <vector>

#include "net/dns/transfer.hh"

// Where a zone transfer ends, record by record.
namespace net::dns {
namespace {

using Serial = std::optional<std::uint32_t>;
/// Any record but a SOA.
constexpr Serial other = std::nullopt;

struct Case {
  std::string_view what;
  Serial known;
  std::vector<Serial> records;
  std::optional<std::size_t> last;  ///< the index of the record that ends it
};

TEST(TransferEnd, KnowsTheLastRecord) {
  const Case cases[] = {
      {"whole zone", {}, {7, other, other, 7}, 3},
      {"zone of nothing but its SOA", {}, {7, 7}, 1},
      {"whole zone, not over yet", {}, {7, other, other}, {}},
      {"whole zone whose serial changed meanwhile", {}, {7, other, 8}, 2},
      {"no SOA at the beginning", {}, {other}, 0},
      {"no SOA at the beginning of an IXFR", 5, {other}, 0},
      {"one difference", 5, {7, 5, other, 7, other, 7}, 5},
      {"two differences", 5, {7, 5, other, 6, other, 6, other, other, 7, other, 7}, 10},
      {"differences that only remove", 5, {7, 5, other, 7, 7}, 4},
      {"differences of nothing", 5, {7, 5, 7, 7}, 3},
      {"the newest version's SOA inside is not the end", 5, {7, 5, other, 7, other}, {}},
      {"a whole zone instead of differences", 5, {7, other, other, 7}, 3},
      {"a zone of nothing but its SOA instead", 5, {7, 7}, 1},
      {"lone SOA of a whole zone is only its beginning", {}, {7}, {}},
      {"lone SOA of differences is no end by itself", 5, {7}, {}},
      {"differences to serial 0", 0xffffffff, {0, 0xffffffff, other, 0, other, 0}, 5},
  };
  for (const Case& c : cases) {
    TransferEnd end(c.known);
    std::optional<std::size_t> last;
    for (std::size_t i = 0; i < c.records.size() && !last; ++i) {
      if (end.take(c.records[i])) last = i;
    }
    EXPECT_EQ(last, c.last) << c.what;
    EXPECT_EQ(end.complete(), c.last.has_value()) << c.what;
  }
}

TEST(TransferEnd, NothingNewIsALoneSoa) {
  struct Lone {
    std::uint32_t known;
    std::uint32_t newest;
    bool complete;
  };
  // RFC 1982: serials are on a circle.
  const Lone cases[] = {{5, 5, true},           {5, 4, true},           {5, 6, false},
                        {0, 0xffffffff, true},  {0xffffffff, 0, false}, {0xffffffff, 0xfffffffe, true},
                        {1, 0x80000000, false}, {0x80000001, 1, true},  {0, 0x7fffffff, false}};
  for (const Lone& c : cases) {
    TransferEnd end(c.known);
    EXPECT_FALSE(end.complete()) << "before the first record";
    EXPECT_FALSE(end.take(c.newest));
    EXPECT_EQ(end.complete(), c.complete) << c.newest << " after " << c.known;
  }
}

TEST(TransferEnd, StaysOver) {
  TransferEnd end(std::nullopt);
  end.take(7);
  EXPECT_TRUE(end.take(7));
  EXPECT_TRUE(end.take(other));
  EXPECT_TRUE(end.take(9));
}

}  // namespace
}  // namespace net::dns
