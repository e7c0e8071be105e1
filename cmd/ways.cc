#include "cmd/ways.hh"

#include <algorithm>

#include "cmd/options.hh"

namespace cmd {

std::string WayTable::names_of(Ways set) const {
  std::vector<std::string_view> names;
  for (const WayRow& row : ways) {
    if ((set & row.way) != 0) names.push_back(row.option);
  }
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) out += i + 1 == names.size() ? " and " : ", ";
    out += names[i];
  }
  return out;
}

Ways WayTable::way_of(const std::vector<std::string>& given) const {
  const auto has = [&given](std::string_view option) {
    return std::ranges::find(given, option) != given.end();
  };
  WayRow way{usual, {}};
  for (const WayRow& row : ways) {
    if (!has(row.option)) continue;
    if (way.way != usual && way.way != row.way) {
      throw UsageError(std::string(way.option) + " and " + std::string(row.option) + " exclude each other");
    }
    way = row;
  }
  for (const WayOption& row : options) {
    if (!has(row.option) || (row.ways & way.way) != 0) continue;
    const std::string option(row.option);
    if (way.way == usual) throw UsageError(option + " is for " + names_of(row.ways));
    throw UsageError(option + " is not for " + std::string(way.option));
  }
  return way.way;
}

}  // namespace cmd
