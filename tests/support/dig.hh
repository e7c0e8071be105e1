#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/support/netns.hh"

namespace test {

/// The records of a response in text, one a line, each run of blanks folded into one.
struct Sections {
  std::vector<std::string> answer, authority, additional;
  friend bool operator==(const Sections&, const Sections&) = default;
};

/// What dig prints with these further arguments, asking `server` ("127.0.0.1") without a cookie and without
/// ~/.digrc; throws when it got no reply.
[[nodiscard]] std::string dig(const Namespace& ns, const std::string& server,
                              std::vector<std::string> arguments);
/// The sections of dig's full output, or of the text of `nettool resolve`: headings and other lines that
/// begin with a semicolon are not part of them.
[[nodiscard]] Sections sections_of(std::string_view output);

}  // namespace test
