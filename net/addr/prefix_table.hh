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
  [[nodiscard]] const Row* find(const IpAddress& address) const { return find_in(address.is_v4(), address); }
  /// The longest row that contains all of it.
  [[nodiscard]] const Row* find(const IpPrefix& prefix) const {
    return find_in(prefix.address.is_v4(), prefix);
  }

  /// IPv4 first, longer prefixes before shorter ones.
  [[nodiscard]] std::span<const Row> rows() const { return rows_; }

 private:
  template <class What>
  [[nodiscard]] const Row* find_in(bool is_v4, const What& what) const {
    const auto family = is_v4 ? rows().first(v4_rows_) : rows().subspan(v4_rows_);
    const auto row = std::ranges::find_if(
        family, [&what](const Row& candidate) { return candidate.prefix.contains(what); });
    return row == family.end() ? nullptr : &*row;
  }

  std::vector<Row> rows_;
  std::size_t v4_rows_;
};

}  // namespace net
