#pragma once

#include <string>
#include <string_view>

#include "cmd/document.hh"

namespace cmd {

/// A document as one line of text: columns aligned, everything escaped for a terminal (that happens here and
/// nowhere else), the label coloured if `colour`, or the text where it stands alone. Without the newline.
[[nodiscard]] std::string to_text(const Document& document, bool colour);

/// The text in the colour of a tone, and the terminal's own colour behind it.
[[nodiscard]] std::string painted(std::string_view text, Tone tone);

}  // namespace cmd
