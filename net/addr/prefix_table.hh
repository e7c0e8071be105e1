#pragma once

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "net/addr/ip_prefix.hh"

namespace net {

/// Rows that have a `prefix` each, to find the longest one that contains an address.
template <class Row>
class PrefixTable {
 public:
  explicit PrefixTable(std::vector<Row> rows) : rows_(std::move(rows)) {
    // The first row that contains an address is then the longest one, and each family stands together.
    std::ranges::sort(rows_, [](const Row& a, const Row& b) {
      if (a.prefix.address.family() != b.prefix.address.family()) return a.prefix.address < b.prefix.address;
      return a.prefix.length > b.prefix.length;
    });
    const auto is_v4 = [](const Row& row) { return row.prefix.address.is_v4(); };
    v4_rows_ = static_cast<std::size_t>(std::ranges::count_if(rows_, is_v4));
  }

  /// nullptr where no row contains it.
  [[nodiscard]] const Row* find(const IpAddress& address) const {
    const auto family = address.is_v4() ? rows().first(v4_rows_) : rows().subspan(v4_rows_);
    const auto contains = [&address](const Row& row) { return row.prefix.contains(address); };
    const auto row = std::ranges::find_if(family, contains);
    return row == family.end() ? nullptr : &*row;
  }

  /// IPv4 first, longer prefixes before shorter ones.
  [[nodiscard]] std::span<const Row> rows() const { return rows_; }

 private:
  std::vector<Row> rows_;
  std::size_t v4_rows_;
};

}  // namespace net
