#pragma once

#include <cstdint>
#include <string_view>

#include "net/base/parse.hh"
#include "net/base/uint128.hh"

namespace cmd {

/// How inputs are read.
struct EndianFlags {
  int width = 0;          ///< 0: what is written, or what holds the value
  bool floating = false;  ///< --float
  bool text = false;      ///< --text
};

/// One input as bits of a width.
struct EndianValue {
  enum class Kind : std::uint8_t {
    integer,
    address,   ///< 192.0.2.1: in network order on every host
    floating,  ///< the bits of IEEE 754
    text,      ///< bytes, read as a big-endian integer; the width may be any multiple of 8
  };
  Kind kind = Kind::integer;
  bool negative = false;  ///< an integer below zero: the bits are its two's complement
  int width = 0;
  net::Uint128 bits = 0;

  /// Whether an integer of this width exists.
  [[nodiscard]] bool is_integer_wide() const;
};

/// Reads an input; or says why it is none, with the input and the bad part named.
[[nodiscard]] net::Parsed<EndianValue> parse_endian_value(std::string_view text, const EndianFlags& flags);

}  // namespace cmd
