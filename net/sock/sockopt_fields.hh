#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "net/sock/sockopt_codec.hh"

namespace net {

/// How a member of one of the kernel's structs is read and written.
enum class FieldForm : std::uint8_t {
  number,     ///< unsigned; a `words` value is shown by its name ("unlimited")
  network,    ///< a 32-bit number in network byte order
  boolean,    ///< on, off
  word,       ///< a number with names
  flags,      ///< bits with names: a+b
  address,    ///< struct sockaddr_storage: an IP address without a port
  interface,  ///< the index of an interface, written by name or number
  text,       ///< char[] with a terminator
  secret,     ///< bytes, written as text or 0xHEX and never shown; how many stands in a member of one byte
};

/// One member of a struct, or some bits of it.
struct OptionField {
  std::string_view name;
  std::size_t offset = 0;
  std::size_t size = 0;  ///< in bytes: of a number 1, 2, 4 or 8
  FieldForm form = FieldForm::number;
  Unit unit = Unit::none;
  std::span<const OptionWord> words{};
  std::uint8_t shift = 0;     ///< of a bit field: the bits declared before it
  std::uint8_t bits = 0;      ///< of a bit field: how many
  std::size_t length_at = 0;  ///< of a secret: where its length is
};

/// A member of a C struct by its own name.
#define OPTION_FIELD(Struct, member, ...) \
  {.name = #member,                       \
   .offset = offsetof(Struct, member),    \
   .size = sizeof(Struct::member) __VA_OPT__(, ) __VA_ARGS__}

/// A struct that grows at its end from kernel to kernel.
struct OptionLayout {
  std::span<const OptionField> fields;
  std::size_t size;  ///< of the struct as far as it is known here
};

/// The members that the bytes hold whole, in the layout's order; what lies behind the known struct is counted
/// in a last member, unknown_bytes.
[[nodiscard]] OptionValue::Fields decode_fields(OptionView bytes, const OptionLayout& layout);

/// The same, with a text that encode_fields() takes, secrets aside.
[[nodiscard]] OptionValue decode_typed_fields(OptionView bytes, const OptionLayout& layout);

/// "name=value,name=value"; members that are not named are zero.
[[nodiscard]] Parsed<OptionBytes> encode_fields(std::string_view text, const OptionLayout& layout);

/// Bytes written as text, or as 0xHEX.
[[nodiscard]] Parsed<OptionBytes> parse_secret(std::string_view text);

/// What stands for one where values are shown, on terminals and in logs: "(6 bytes)".
[[nodiscard]] std::string hidden_secret(std::size_t length);

}  // namespace net
