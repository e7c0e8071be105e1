#include "cmd/endian_words.hh"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "net/base/byte_order.hh"
#include "net/base/escape.hh"
#include "net/base/ieee754.hh"

namespace cmd {
namespace {

using Kind = EndianValue::Kind;

/// How many columns the numbers of a width take, with their sign.
struct NumberColumns {
  int width;
  std::size_t integer;
  std::size_t floating;
};
constexpr std::array<NumberColumns, 5> number_columns{
    {{8, 4, 0}, {16, 6, 10}, {32, 11, 15}, {64, 20, 24}, {128, 40, 0}}};
constexpr std::size_t input_columns = 16;

std::size_t columns_of_number(const EndianValue& value) {
  const auto* const row = std::ranges::find(number_columns, value.width, &NumberColumns::width);
  if (row == number_columns.end()) return 1;
  return value.kind == Kind::floating ? row->floating : row->integer;
}

void fill_up(std::string& line, std::size_t used, std::size_t wanted) {
  line.append(wanted - std::min(used, wanted), ' ');
}

/// An integer; as a string where JSON has no number for it.
Value integer(net::Uint128 magnitude, bool negative) {
  const bool small = net::bit_width(magnitude) < 64;
  if (!small) return (negative ? "-" : "") + net::decimal_digits(magnitude);
  const auto number = static_cast<std::int64_t>(net::low64(magnitude));
  return negative ? -number : number;
}

net::Uint128 magnitude(const EndianValue& value) {
  return value.negative ? net::low_bits(0 - value.bits, value.width) : value.bits;
}

Value number(const EndianValue& value) {
  if (value.kind != Kind::floating) return integer(magnitude(value), value.negative);
  const double exact = net::float_value(net::low64(value.bits), *net::float_format(value.width));
  std::string text = endian_number(value);
  if (!std::isfinite(exact)) return text;
  // Readers of JSON take -0 for an integer, which has no sign then.
  if (text == "-0") text += ".0";
  return NumberText{std::move(text)};
}

}  // namespace

std::string endian_number(const EndianValue& value) {
  if (value.kind == Kind::floating) {
    return net::float_text(net::low64(value.bits), *net::float_format(value.width));
  }
  std::string text = net::decimal_digits(magnitude(value));
  if (value.negative) text.insert(0, 1, '-');
  return text;
}

std::string endian_hex(net::Uint128 bits, int width) {
  return "0x" + net::hex_digits(bits, width / 4);
}

std::string endian_bytes(const EndianValue& value, std::endian order) {
  constexpr std::string_view digits = "0123456789abcdef";
  const net::MemoryBytes memory = net::memory_bytes(value.bits, value.width, order);
  std::string out(memory.size * 3 - 1, ' ');
  for (std::size_t i = 0; i < memory.size; ++i) {
    out[i * 3] = digits[memory.bytes[i] >> 4U];
    out[i * 3 + 1] = digits[memory.bytes[i] & 0xfU];
  }
  return out;
}

std::string endian_swapped_here(const EndianValue& value) {
  const bool whole = value.is_integer_wide();
  return endian_hex(whole ? net::host_to_network(value.bits, value.width) : value.bits, value.width);
}

std::string endian_line(std::string_view input, const EndianValue& value) {
  const bool whole = value.is_integer_wide();
  const std::string digits = whole ? endian_number(value) : "-";
  std::string line;
  line.reserve(input.size() + 160);
  line += input;
  fill_up(line, net::display_width(net::escape_terminal(input)), input_columns);
  line += "  ";
  line += endian_hex(value.bits, value.width);
  line += "  ";
  fill_up(line, digits.size(), columns_of_number(value));
  line += digits;
  line += "  ";
  line += endian_bytes(value, std::endian::big);
  line += "  ";
  line += whole ? endian_bytes(value, std::endian::little) : "-";
  line += "  ";
  line += whole ? endian_hex(net::swapped_bytes(value.bits, value.width), value.width) : "-";
  return line;
}

Object endian_object(std::string_view input, const EndianValue& value) {
  const bool whole = value.is_integer_wide();
  const net::Uint128 swapped = net::swapped_bytes(value.bits, value.width);
  const std::string network = endian_bytes(value, std::endian::big);
  const auto if_whole = [whole](auto make) { return whole ? Value(make()) : Value(nullptr); };
  Object object;
  object.reserve(10);
  object.emplace_back("input", input);
  object.emplace_back("width", value.width);
  object.emplace_back("value", if_whole([&] { return number(value); }));
  object.emplace_back("hex", endian_hex(value.bits, value.width));
  object.emplace_back("little_endian", if_whole([&] { return endian_bytes(value, std::endian::little); }));
  object.emplace_back("big_endian", whole ? Value(network) : Value(nullptr));
  object.emplace_back("network", network);
  object.emplace_back("swapped", if_whole([&] { return integer(swapped, false); }));
  object.emplace_back("swapped_hex", if_whole([&] { return endian_hex(swapped, value.width); }));
  object.emplace_back("host_order", std::endian::native == std::endian::big ? "big" : "little");
  return object;
}

}  // namespace cmd
