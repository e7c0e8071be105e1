#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

/// What libFuzzer calls, and fuzz_replay.cc where there is none.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace net {

/// Stops where it stands, so that the fuzzer keeps the input.
inline void require(bool promise) {
  if (!promise) __builtin_trap();
}

/// What the codec gives as text is printable ASCII, whatever came.
inline bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char byte) { return byte >= 0x20 && byte < 0x7f; });
}

}  // namespace net
