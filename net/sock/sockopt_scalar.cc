#include <net/if.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <climits>
#include <cstring>

#include "net/base/bytes.hh"
#include "net/sock/endpoint.hh"
#include "net/sock/sockopt_codecs.hh"
#include "net/sock/sockopt_layout.hh"

namespace net {
namespace {

using Encoded = Parsed<OptionBytes>;

template <class Int, class Number>
Encoded encode_number(const Parsed<Number>& number) {
  if (!number) return std::unexpected(number.error());
  return bytes_of_value(static_cast<Int>(*number));
}

Encoded encode_boolean(std::string_view text, const SocketOption& /*option*/) {
  constexpr std::array<OptionWord, 8> words{
      {{"on", 1}, {"off", 0}, {"1", 1}, {"0", 0}, {"yes", 1}, {"no", 0}, {"true", 1}, {"false", 0}}};
  const auto* word = std::ranges::find(words, text, &OptionWord::name);
  if (word == words.end()) return std::unexpected("neither on nor off");
  return bytes_of_value(word->value);
}

Encoded encode_action(std::string_view text, const SocketOption& option) {
  auto bytes = encode_boolean(text, option);
  if (bytes && value_from<int>(*bytes) == 0) return std::unexpected("cannot be undone: only 'on'");
  return bytes;
}

OptionValue decode_boolean(OptionView bytes, const SocketOption& /*option*/) {
  return {.data = value_from<int>(bytes) != 0};
}

Encoded encode_integer(std::string_view text, const SocketOption& /*option*/) {
  return encode_number<int>(parse_signed(text, INT_MIN, INT_MAX));
}

OptionValue decode_integer(OptionView bytes, const SocketOption& option) {
  return number_value(std::int64_t{value_from<int>(bytes)}, option);
}

Encoded encode_unsigned(std::string_view text, const SocketOption& /*option*/) {
  return encode_number<std::uint32_t>(parse_number(text, UINT32_MAX));
}

OptionValue decode_unsigned(OptionView bytes, const SocketOption& option) {
  return number_value(std::int64_t{value_from<std::uint32_t>(bytes)}, option);
}

Encoded encode_counter(std::string_view text, const SocketOption& /*option*/) {
  return encode_number<std::uint64_t>(parse_number(text));
}

OptionValue decode_counter(OptionView bytes, const SocketOption& option) {
  return number_value(value_from<std::uint64_t>(bytes), option);
}

Encoded encode_bytes(std::string_view text, const SocketOption& /*option*/) {
  const auto size = parse_size(text);
  if (!size) return std::unexpected(size.error());
  if (*size > INT_MAX) return std::unexpected("more than 2147483647 bytes");
  return bytes_of_value(static_cast<int>(*size));
}

/// A count of `unit`, or a duration that is a whole number of them; the kernel gives -1 a meaning here and
/// there.
Encoded encode_span(std::string_view text, Duration unit) {
  const bool bare = text.find_first_not_of("-.0123456789") == std::string_view::npos;
  if (bare && text.contains('.')) return std::unexpected("finer than the option's unit");
  if (bare) return encode_number<int>(parse_signed(text, INT_MIN, INT_MAX));
  const auto span = parse_duration(text);
  if (!span) return std::unexpected(span.error());
  if (*span % unit != Duration::zero()) return std::unexpected("finer than the option's unit");
  if (*span / unit > INT_MAX) return std::unexpected("too long");
  return bytes_of_value(static_cast<int>(*span / unit));
}

Encoded encode_seconds(std::string_view text, const SocketOption& /*option*/) {
  return encode_span(text, std::chrono::seconds(1));
}

Encoded encode_milliseconds(std::string_view text, const SocketOption& /*option*/) {
  return encode_span(text, std::chrono::milliseconds(1));
}

Encoded encode_microseconds(std::string_view text, const SocketOption& /*option*/) {
  return encode_span(text, std::chrono::microseconds(1));
}

Encoded encode_rate(std::string_view text, const SocketOption& /*option*/) {
  if (text == "unlimited") return bytes_of_value(UINT64_MAX);
  return encode_number<std::uint64_t>(parse_size(text));
}

OptionValue decode_error(OptionView bytes, const SocketOption& /*option*/) {
  const int value = value_from<int>(bytes);
  return {.data = std::int64_t{value},
          .text = value == 0 ? "none" : Error("getsockopt", {}, errno_code(value)).symbol()};
}

Encoded encode_descriptor(std::string_view text, const SocketOption& /*option*/) {
  return encode_number<int>(parse_number(text, INT_MAX));
}

OptionValue decode_rate(OptionView bytes, const SocketOption& option) {
  OptionValue value = decode_counter(bytes, option);
  if (value_from<std::uint64_t>(bytes) == UINT64_MAX) value.text = "unlimited";
  return value;
}

std::string known_names(std::span<const OptionWord> words) {
  std::string names;
  for (const OptionWord& word : words) {
    names += names.empty() ? "" : ", ";
    names += word.name;
  }
  return names;
}

Encoded encode_word(std::string_view text, const SocketOption& option) {
  return encode_number<int>(parse_word(text, option.words));
}

OptionValue decode_word(OptionView bytes, const SocketOption& option) {
  const auto value = value_from<int>(bytes);
  const auto word = std::ranges::find(option.words, value, &OptionWord::value);
  return {.data = word != option.words.end() ? std::string(word->name) : std::to_string(value)};
}

Encoded encode_flags(std::string_view text, const SocketOption& option) {
  return encode_number<int>(parse_flags(text, option.words));
}

OptionValue decode_flags(OptionView bytes, const SocketOption& option) {
  return {.data = flag_names(value_from<std::uint32_t>(bytes), option.words)};
}

Encoded encode_string(std::string_view text, const SocketOption& /*option*/) {
  const auto raw = std::as_bytes(std::span(text));
  return OptionBytes(raw.begin(), raw.end());
}

OptionValue decode_string(OptionView bytes, const SocketOption& /*option*/) {
  return {.data = std::string(text_from(bytes))};
}

Encoded encode_hex(std::string_view text, const SocketOption& /*option*/) {
  if (text == "none") return OptionBytes();
  const auto raw = parse_hex(text);
  if (!raw) return std::unexpected(raw.error());
  const auto bytes = std::as_bytes(std::span(*raw));
  return OptionBytes(bytes.begin(), bytes.end());
}

OptionValue decode_hex(OptionView bytes, const SocketOption& /*option*/) {
  return {.data = hex_text(ByteView(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()))};
}

/// A name that is none here goes as it is: the socket may be in a network that has it.
Encoded encode_device(std::string_view text, const SocketOption& option) {
  if (text == "none") return bytes_of_value('\0');
  const auto index = interface_index(text);
  const std::string name = index ? interface_name(*index) : std::string(text);
  // The kernel would cut a longer name and take the interface of that name.
  if (name.size() >= IFNAMSIZ) return std::unexpected("longer than the name of an interface");
  return encode_string(name, option);
}

Encoded encode_interface(std::string_view text, const SocketOption& /*option*/) {
  const auto index = text == "none" ? std::optional<std::uint32_t>(0) : interface_index(text);
  if (!index) return std::unexpected("no such interface");
  return bytes_of_value(*index);
}

OptionValue decode_interface(OptionView bytes, const SocketOption& /*option*/) {
  const auto index = value_from<std::uint32_t>(bytes);
  return {.data = index == 0 ? std::string() : interface_name(index)};
}

constexpr std::size_t longest_string = 64;
// An extension header of IPv6 is at most 255 times 8 bytes; the headers of a saved SYN are less.
constexpr std::size_t longest_hex = 2040;

constexpr std::array codecs{
    OptionCodec{OptionType::boolean, "int", "on|off", sizeof(int), Unit::none, encode_boolean,
                decode_boolean},
    OptionCodec{OptionType::integer, "int", "NUMBER", sizeof(int), Unit::none, encode_integer,
                decode_integer},
    OptionCodec{OptionType::unsigned_integer, "unsigned int", "NUMBER", sizeof(int), Unit::none,
                encode_unsigned, decode_unsigned},
    OptionCodec{OptionType::counter, "uint64_t", "NUMBER", sizeof(std::uint64_t), Unit::none, encode_counter,
                decode_counter},
    OptionCodec{OptionType::bytes, "int", "SIZE", sizeof(int), Unit::bytes, encode_bytes, decode_integer},
    OptionCodec{OptionType::seconds, "int", "SECONDS|DURATION", sizeof(int), Unit::seconds, encode_seconds,
                decode_integer},
    OptionCodec{OptionType::milliseconds, "int", "MILLISECONDS|DURATION", sizeof(int), Unit::milliseconds,
                encode_milliseconds, decode_integer},
    OptionCodec{OptionType::microseconds, "int", "MICROSECONDS|DURATION", sizeof(int), Unit::microseconds,
                encode_microseconds, decode_integer},
    OptionCodec{OptionType::rate, "uint64_t", "SIZE|unlimited", sizeof(std::uint64_t), Unit::bytes_per_second,
                encode_rate, decode_rate},
    OptionCodec{OptionType::string, "char[]", "TEXT", longest_string, Unit::none, encode_string,
                decode_string},
    OptionCodec{OptionType::hex, "unsigned char[]", "HEX|none", longest_hex, Unit::none, encode_hex,
                decode_hex},
    OptionCodec{OptionType::word, "int", "WORD|NUMBER", sizeof(int), Unit::none, encode_word, decode_word},
    OptionCodec{OptionType::flags, "int", "WORD[,WORD]|NUMBER|none", sizeof(int), Unit::none, encode_flags,
                decode_flags},
    OptionCodec{OptionType::action, "int", "on", sizeof(int), Unit::none, encode_action, decode_boolean},
    OptionCodec{OptionType::error, "int", "", sizeof(int), Unit::none, nullptr, decode_error},
    OptionCodec{OptionType::descriptor, "int", "DESCRIPTOR", sizeof(int), Unit::none, encode_descriptor,
                decode_integer},
    OptionCodec{OptionType::device, "char[]", "INTERFACE|none", IFNAMSIZ, Unit::none, encode_device,
                decode_string},
    OptionCodec{OptionType::interface, "int", "INTERFACE|none", sizeof(int), Unit::none, encode_interface,
                decode_interface},
};

}  // namespace

std::span<const OptionCodec> scalar_codecs() {
  return codecs;
}

Parsed<int> parse_word(std::string_view text, std::span<const OptionWord> words) {
  for (const OptionWord& word : words) {
    if (equal_ignoring_case(word.name, text)) return word.value;
  }
  if (!text.empty() && isdigit(static_cast<unsigned char>(text.front())) != 0) {
    const auto number = parse_number(text, UINT32_MAX);
    if (!number) return std::unexpected(number.error());
    return static_cast<int>(*number);
  }
  return std::unexpected("not one of " + known_names(words));
}

Parsed<int> parse_flags(std::string_view text, std::span<const OptionWord> words) {
  int flags = 0;
  if (text == "none") return flags;
  for (const std::string_view part : comma_parts(text)) {
    const auto flag = parse_word(part, words);
    if (!flag) return std::unexpected(flag.error());
    flags |= *flag;
  }
  return flags;
}

OptionValue::List flag_names(std::uint32_t flags, std::span<const OptionWord> words) {
  OptionValue::List names;
  for (const OptionWord& word : words) {
    const auto bits = static_cast<std::uint32_t>(word.value);
    if (bits == 0 || (flags & bits) != bits) continue;
    names.push_back({.data = std::string(word.name)});
    flags &= ~bits;
  }
  // What has no name here is kept as a number that can be given back.
  if (flags != 0) names.push_back({.data = std::to_string(flags)});
  return names;
}

}  // namespace net
