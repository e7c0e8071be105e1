#pragma once

#include <span>

#include "net/sock/sockopt_codec.hh"

namespace net {

// The codecs by what they lay out; codec_of() finds a type in any of them.

/// Numbers, flags, names and text.
[[nodiscard]] std::span<const OptionCodec> scalar_codecs();
/// Small structs: timeval, linger.
[[nodiscard]] std::span<const OptionCodec> struct_codecs();
/// Addresses, interfaces, groups and ports.
[[nodiscard]] std::span<const OptionCodec> address_codecs();

}  // namespace net
