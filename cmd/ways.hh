#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cmd {

/// A set of the ways in which a command can work: one bit each.
using Ways = unsigned;

/// An option that asks for a way. Two of the same way may stand together.
struct WayRow {
  Ways way;
  std::string_view option;
};

/// An option and the ways in which it means something. All others always do.
struct WayOption {
  std::string_view option;
  Ways ways;
};

/// What a command with several ways is made of.
struct WayTable {
  Ways usual;  ///< what it does without an option that asks for a way
  std::span<const WayRow> ways;
  std::span<const WayOption> options;

  /// The way that the options ask for. Throws UsageError for two ways at once, and for an option that means
  /// nothing in that way: `given` are the options of the command line by their longest names.
  [[nodiscard]] Ways way_of(const std::vector<std::string>& given) const;
  /// The options that ask for these ways: "--ping and --wait".
  [[nodiscard]] std::string names_of(Ways set) const;
};

}  // namespace cmd
