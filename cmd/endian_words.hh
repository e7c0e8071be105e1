#pragma once

#include <bit>
#include <string>

#include "cmd/document.hh"
#include "cmd/endian_value.hh"

namespace cmd {

// What text and JSON say of a value, piece by piece.

/// "-1", "305419896", "1.5".
[[nodiscard]] std::string endian_number(const EndianValue& value);

/// "0x0012": as many digits as the width has.
[[nodiscard]] std::string endian_hex(net::Uint128 bits, int width);

/// "12 34": the bytes in memory of a host of that order.
[[nodiscard]] std::string endian_bytes(const EndianValue& value, std::endian order);

/// What htons and its like give here, or for bytes that are no integer the bytes; in hexadecimal.
[[nodiscard]] std::string endian_swapped_here(const EndianValue& value);

/// One line: the input, the bits in hexadecimal, the value, the bytes of a big-endian and of a little-endian
/// host, and the bits with their bytes swapped. Columns are two blanks apart, and as wide as the width needs.
[[nodiscard]] std::string endian_line(std::string_view input, const EndianValue& value);

[[nodiscard]] Object endian_object(std::string_view input, const EndianValue& value);

}  // namespace cmd
