#pragma once

#include <string_view>

#include "cmd/endian_value.hh"
#include "cmd/results.hh"

namespace cmd {

/// An answer in full: the value, its bytes in memory on hosts of either order, what htons and its like give
/// here, and the bytes to paste. No line is longer than 80 columns.
void print_endian(Results& results, std::string_view input, const EndianValue& value);

}  // namespace cmd
