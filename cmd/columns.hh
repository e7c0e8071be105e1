#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cmd {

/// `text` with blanks behind it up to `width` columns. What is not escaped yet counts as wide as it will be.
[[nodiscard]] std::string padded(std::string text, std::size_t width);

/// The same, but with two blanks behind it at least.
[[nodiscard]] std::string filled(std::string_view text, std::size_t width);

/// A label and what stands beside it.
using LabelledText = std::pair<std::string, std::string>;

/// "label      text" for each, the texts in one column at `width`; those without a text are left out.
[[nodiscard]] std::vector<std::string> labelled_lines(const std::vector<LabelledText>& rows,
                                                      std::size_t width);

}  // namespace cmd
