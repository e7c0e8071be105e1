#pragma once

#include <filesystem>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

// Applies the rules of rules.hh to one file at a time. Paths are relative to
// the source root, with slashes.
namespace lint {

struct Violation {
  std::string path;
  int line;  // from 1; 0: the file as a whole
  std::string what;

  bool operator==(const Violation&) const = default;
};

// path:line: what, as compilers write it.
std::ostream& operator<<(std::ostream& out, const Violation& violation);

// The rules for C++: includes, doors, banned names, length, #pragma once. Only
// for .cc and .hh files; another file has no violation.
std::vector<Violation> scan_code(std::string_view path, std::string_view text);

// The rules for any file: phrases that must not stand in it.
std::vector<Violation> scan_text(std::string_view path, std::string_view text);

// The text with comments and the insides of literals blanked out; every byte
// that stays keeps its place, and so do the newlines.
std::string blank_non_code(std::string_view text);

// The files of the tree below `root`, relative and sorted, without what is
// built or kept by git.
std::vector<std::string> source_files(const std::filesystem::path& root);

}  // namespace lint
