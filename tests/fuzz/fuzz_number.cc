#include <string>
#include <string_view>

#include "cmd/endian_value.hh"
#include "cmd/endian_words.hh"
#include "cmd/json_out.hh"
#include "net/base/byte_order.hh"
#include "net/base/ieee754.hh"
#include "net/base/parse.hh"
#include "tests/fuzz/fuzz.hh"

/// Any text as a number: by the parsers that options and values share, and by those of endian, whose options
/// are the first byte.
namespace cmd {
namespace {

using net::require;

void look_at_number(std::string_view text) {
  const auto wide = net::parse_uint128(text);
  const auto number = net::parse_number(text);
  const auto negative = net::parse_signed(text, INT64_MIN, INT64_MAX);
  require(wide || !wide.error().empty());
  require(number.has_value() == (wide && net::high64(*wide) == 0));
  if (number) require(*number == net::low64(*wide));
  if (negative && *negative >= 0 && !text.starts_with('-')) {
    require(wide && *wide == static_cast<std::uint64_t>(*negative));
  }
  if (!wide) return;
  require(net::parse_uint128(net::decimal_digits(*wide)) == *wide);
  require(net::parse_uint128("0x" + net::hex_digits(*wide)) == *wide);
}

/// What is shown of a value is read as the same value.
void read_again(const EndianValue& value, const EndianFlags& flags) {
  const auto hex = parse_endian_value(endian_hex(value.bits, value.width), {.floating = flags.floating});
  require(hex && hex->bits == value.bits && hex->width == value.width);
  const std::string number = endian_number(value);
  const auto again = parse_endian_value(number, {.width = value.width, .floating = flags.floating});
  require(again && again->width == value.width);
  // Of what is no number the payload is lost.
  if (!number.ends_with("nan")) require(again->bits == value.bits);
}

void look_at_value(std::string_view text, const EndianFlags& flags) {
  const auto value = parse_endian_value(text, flags);
  if (!value) return require(!value.error().empty() && value.error().size() < 400);
  require(value->width >= 8 && value->width <= 128 && value->width % 8 == 0);
  require(flags.text || value->is_integer_wide());
  require(flags.width == 0 || value->width == flags.width);
  require(net::low_bits(value->bits, value->width) == value->bits);
  require(endian_line(text, *value).size() > text.size());
  require(to_json(endian_object(text, *value)).ends_with("}"));
  if (!flags.text) read_again(*value, flags);
}

}  // namespace
}  // namespace cmd

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  constexpr int widths[] = {0, 8, 16, 32, 64, 128, 0, 0};
  cmd::EndianFlags flags{.width = widths[*data & 7U], .floating = (*data & 8U) != 0};
  flags.text = !flags.floating && flags.width == 0 && (*data & 16U) != 0;
  if (flags.floating && net::float_format(flags.width) == nullptr) flags.width = 0;
  cmd::look_at_number(text);
  cmd::look_at_value(text, flags);
  return 0;
}
