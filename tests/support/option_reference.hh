#pragma once

#include <functional>
#include <string>

#include "tests/support/json.hh"

/// Socket options as a program written straight against getsockopt(2) reads them: nothing here comes from
/// net/, so that a wrong length, layout or name there cannot hide behind itself.

namespace test {

/// What one getsockopt(2) gave. Plain bytes, so that a SocketOwner can read of itself.
struct OptionRead {
  int error = 0;
  unsigned length = 0;
  char bytes[512] = {};
};

[[nodiscard]] OptionRead read_option(int fd, int level, int number, unsigned size);

/// Reads an option of the socket in question: level, number, size of the buffer.
using OptionReader = std::function<OptionRead(int level, int number, unsigned size)>;

/// How a row of `nettool sockopt --json` differs from what `reader` reads for the same option; empty when it
/// does not. A type of value that is not known here is a difference.
[[nodiscard]] std::string difference(const json::Value& row, const OptionReader& reader);

}  // namespace test
