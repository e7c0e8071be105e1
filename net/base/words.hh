#pragma once

#include <string_view>
#include <vector>

namespace net {

/// The words of a text between any of the characters of `between`; no empty ones.
[[nodiscard]] std::vector<std::string_view> split_words(std::string_view text, std::string_view between);

}  // namespace net
