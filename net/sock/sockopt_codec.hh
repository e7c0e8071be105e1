#pragma once

#include <cstddef>
#include <expected>
#include <span>
#include <string_view>
#include <system_error>
#include <vector>

#include "net/sock/sockopt.hh"

namespace net {

using OptionBytes = std::vector<std::byte>;
using OptionView = std::span<const std::byte>;

/// One way of writing and laying out a value.
struct OptionCodec {
  OptionType type;
  std::string_view c_type;  ///< "struct linger"
  std::string_view syntax;  ///< how a value is written: "off|SECONDS"
  std::size_t size;  ///< what getsockopt(2) should be offered: some refuse a longer buffer than the value
  Unit unit;
  /// As the user wrote it, to the bytes for setsockopt(2); null when nothing of this type can be set.
  Parsed<OptionBytes> (*encode)(std::string_view text, const SocketOption& option);
  /// What getsockopt(2) gave, never longer than it was offered; shorter is taken as zeros.
  OptionValue (*decode)(OptionView bytes, const SocketOption& option);
  /// getsockopt(2) where it is more than one call with a buffer of `size`; null for that call.
  std::expected<OptionBytes, std::error_code> (*read)(int fd, const SocketOption& option) = nullptr;
  /// setsockopt(2) where what it wants is not the bytes but a struct that points at them; null for the plain
  /// call.
  std::error_code (*write)(int fd, const SocketOption& option, OptionView bytes) = nullptr;
};

[[nodiscard]] const OptionCodec& codec_of(OptionType type);

/// The option's own unit, else its type's.
[[nodiscard]] Unit unit_of(const SocketOption& option);

/// A number with the option's unit.
template <class Number>
[[nodiscard]] OptionValue number_value(Number number, const SocketOption& option) {
  return {.data = number, .unit = unit_of(option)};
}

/// A value as the user wrote it, as the bytes that setsockopt(2) wants for that option.
[[nodiscard]] Parsed<OptionBytes> encode_option(std::string_view text, const SocketOption& option);

/// What getsockopt(2) gave, as a value.
[[nodiscard]] OptionValue decode_option(OptionView bytes, const SocketOption& option);

/// The names of the bits that are set, in the order of `words`; bits without a name are one number at the
/// end.
[[nodiscard]] OptionValue::List flag_names(std::uint32_t flags, std::span<const OptionWord> words);

/// "a,b", "none": the bits that the names mean, each a name of `words` or a number.
[[nodiscard]] Parsed<int> parse_flags(std::string_view text, std::span<const OptionWord> words);
/// One name of `words`, in any case, or a number.
[[nodiscard]] Parsed<int> parse_word(std::string_view text, std::span<const OptionWord> words);
/// "a,b": a and b; never empty.
[[nodiscard]] std::vector<std::string_view> comma_parts(std::string_view text);

/// ASCII only, as names of options are.
[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b);

}  // namespace net
