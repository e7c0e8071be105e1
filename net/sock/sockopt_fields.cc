#include "net/sock/sockopt_fields.hh"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "net/base/bytes.hh"
#include "net/sock/endpoint.hh"

namespace net {
namespace {

constexpr std::array<OptionWord, 2> on_off{{{"on", 1}, {"off", 0}}};

/// Where a bit field's lowest bit is: declared first is lowest on a little-endian machine, highest on the
/// others.
unsigned shift_of(const OptionField& field) {
  if constexpr (std::endian::native == std::endian::little) return field.shift;
  return static_cast<unsigned>(field.size * 8) - field.shift - field.bits;
}

std::uint64_t mask_of(const OptionField& field) {
  const std::size_t bits = field.bits != 0 ? field.bits : field.size * 8;
  return bits >= 64 ? UINT64_MAX : (std::uint64_t{1} << bits) - 1;
}

/// The number in the whole member, in host order.
std::uint64_t load(const std::byte* at, std::size_t size) {
  std::uint64_t number = 0;
  // The low bytes of the number are its first or its last ones.
  auto* const into = reinterpret_cast<std::byte*>(&number);
  std::memcpy(std::endian::native == std::endian::little ? into : into + sizeof number - size, at, size);
  return number;
}

void store(std::byte* at, std::size_t size, std::uint64_t number) {
  const auto* const from = reinterpret_cast<const std::byte*>(&number);
  std::memcpy(at, std::endian::native == std::endian::little ? from : from + sizeof number - size, size);
}

std::uint64_t swapped_in_network_order(std::uint64_t number) {
  const auto narrow = static_cast<std::uint32_t>(number);
  return std::endian::native == std::endian::little ? std::byteswap(narrow) : narrow;
}

std::uint64_t number_in(OptionView bytes, const OptionField& field) {
  std::uint64_t number = load(bytes.data() + field.offset, field.size);
  if (field.form == FieldForm::network) return swapped_in_network_order(number);
  if (field.bits != 0) number >>= shift_of(field);
  return number & mask_of(field);
}

void put_number(OptionBytes& bytes, const OptionField& field, std::uint64_t number) {
  std::byte* const at = bytes.data() + field.offset;
  if (field.form == FieldForm::network) number = swapped_in_network_order(number);
  if (field.bits != 0) number = load(at, field.size) | (number << shift_of(field));
  store(at, field.size, number);
}

const OptionWord* word_of(std::uint64_t number, const OptionField& field) {
  const auto found = std::ranges::find_if(field.words, [&](const OptionWord& word) {
    return (static_cast<std::uint64_t>(std::int64_t{word.value}) & mask_of(field)) == number;
  });
  return found == field.words.end() ? nullptr : &*found;
}

OptionValue decode_number(std::uint64_t number, const OptionField& field) {
  OptionValue value{.unit = field.unit};
  if (field.size == sizeof(std::uint64_t)) {
    value.data = number;
  } else {
    value.data = static_cast<std::int64_t>(number);
  }
  if (const OptionWord* word = word_of(number, field)) value.text = word->name;
  return value;
}

std::string secret_text(OptionView bytes, const OptionField& field) {
  const std::size_t length = std::min(field.size, std::to_integer<std::size_t>(bytes[field.length_at]));
  return length == 0 ? std::string() : hidden_secret(length);
}

OptionValue decode_field(OptionView bytes, const OptionField& field) {
  const char* const text = reinterpret_cast<const char*>(bytes.data() + field.offset);
  switch (field.form) {
    case FieldForm::address: {
      const auto size = static_cast<socklen_t>(field.size);
      const auto address = Endpoint::from_bytes(reinterpret_cast<const sockaddr*>(text), size);
      return {.data = address.is_ip() ? address.address_text() : std::string()};
    }
    case FieldForm::text:
      return {.data = std::string(text, strnlen(text, field.size))};
    case FieldForm::secret:
      return {.data = secret_text(bytes, field)};
    default:
      break;
  }
  const std::uint64_t number = number_in(bytes, field);
  switch (field.form) {
    case FieldForm::boolean:
      return {.data = number != 0};
    case FieldForm::flags:
      return {.data = flag_names(static_cast<std::uint32_t>(number), field.words)};
    case FieldForm::interface:
      return {.data = number == 0 ? std::string() : interface_name(static_cast<std::uint32_t>(number))};
    case FieldForm::word: {
      const OptionWord* const word = word_of(number, field);
      return {.data = word != nullptr ? std::string(word->name) : std::to_string(number)};
    }
    default:
      return decode_number(number, field);
  }
}

/// A value as encode_fields() takes it: plain numbers, words joined by +; empty for an address, text or list
/// that is empty.
std::string typed_text(const OptionValue& value) {
  if (const auto* text = std::get_if<std::string>(&value.data)) return *text;
  const auto* const list = std::get_if<OptionValue::List>(&value.data);
  if (list == nullptr) return option_text({.data = value.data});
  std::string text;
  for (const OptionValue& item : *list) text += (text.empty() ? "" : "+") + option_text(item);
  return text;
}

Parsed<std::uint64_t> parse_field_number(std::string_view text, const OptionField& field) {
  const auto widened = [](const Parsed<int>& word) -> Parsed<std::uint64_t> {
    if (!word) return std::unexpected(word.error());
    return static_cast<std::uint32_t>(*word);
  };
  switch (field.form) {
    case FieldForm::boolean:
      return widened(parse_word(text, on_off));
    case FieldForm::word:
      return widened(parse_word(text, field.words));
    case FieldForm::flags: {
      // A comma parts members here.
      std::string list(text);
      std::ranges::replace(list, '+', ',');
      return widened(parse_flags(list, field.words));
    }
    case FieldForm::interface: {
      const auto index = interface_index(text);
      if (!index) return std::unexpected("no such interface");
      return std::uint64_t{*index};
    }
    default:
      return parse_number(text, mask_of(field));
  }
}

/// Why not, or nothing.
Parsed<void> put_bytes(OptionBytes& bytes, const OptionField& field, std::span<const std::byte> value) {
  if (value.size() > field.size) {
    return std::unexpected("longer than " + std::to_string(field.size) + " bytes");
  }
  std::ranges::copy(value, bytes.begin() + static_cast<std::ptrdiff_t>(field.offset));
  if (field.form == FieldForm::secret) bytes[field.length_at] = static_cast<std::byte>(value.size());
  return {};
}

Parsed<void> encode_field(OptionBytes& bytes, const OptionField& field, std::string_view text) {
  switch (field.form) {
    case FieldForm::address: {
      const auto address = Endpoint::parse_ip(text, 0);
      if (!address) return std::unexpected(address.error());
      const auto* const raw = reinterpret_cast<const std::byte*>(address->data());
      return put_bytes(bytes, field, std::span(raw, address->size()));
    }
    case FieldForm::text:
      return put_bytes(bytes, field, std::as_bytes(std::span(text)));
    case FieldForm::secret: {
      const auto secret = parse_secret(text);
      if (!secret) return std::unexpected(secret.error());
      return put_bytes(bytes, field, *secret);
    }
    default:
      break;
  }
  const auto number = parse_field_number(text, field);
  if (!number) return std::unexpected(number.error());
  if (field.form == FieldForm::boolean && *number > 1) return std::unexpected("neither on nor off");
  if (*number > mask_of(field)) {
    return std::unexpected("out of range (0-" + std::to_string(mask_of(field)) + ")");
  }
  put_number(bytes, field, *number);
  return {};
}

std::string field_names(const OptionLayout& layout) {
  std::string names;
  for (const OptionField& field : layout.fields) {
    names += names.empty() ? "" : ", ";
    names += field.name;
  }
  return names;
}

}  // namespace

OptionValue::Fields decode_fields(OptionView bytes, const OptionLayout& layout) {
  OptionValue::Fields fields;
  for (const OptionField& field : layout.fields) {
    if (field.offset + field.size > bytes.size()) continue;
    fields.emplace_back(field.name, decode_field(bytes, field));
  }
  if (bytes.size() > layout.size) {
    const auto unknown = static_cast<std::int64_t>(bytes.size() - layout.size);
    fields.emplace_back("unknown_bytes", OptionValue{.data = unknown});
  }
  return fields;
}

OptionValue decode_typed_fields(OptionView bytes, const OptionLayout& layout) {
  OptionValue::Fields fields = decode_fields(bytes, layout);
  std::string text;
  for (const auto& [name, value] : fields) {
    const std::string typed = typed_text(value);
    if (!typed.empty()) text += (text.empty() ? "" : ",") + std::string(name) + "=" + typed;
  }
  return {.data = std::move(fields), .text = std::move(text)};
}

Parsed<OptionBytes> encode_fields(std::string_view text, const OptionLayout& layout) {
  OptionBytes bytes(layout.size);
  std::vector<std::string_view> seen;
  for (const std::string_view item : comma_parts(text)) {
    const std::size_t equals = item.find('=');
    const std::string_view name = item.substr(0, equals);
    const auto field = std::ranges::find(layout.fields, name, &OptionField::name);
    if (field == layout.fields.end() || equals == std::string_view::npos) {
      return std::unexpected("wants NAME=VALUE of " + field_names(layout));
    }
    if (std::ranges::find(seen, name) != seen.end()) {
      return std::unexpected(std::string(name) + " stands twice");
    }
    seen.push_back(name);
    const auto done = encode_field(bytes, *field, item.substr(equals + 1));
    if (!done) return std::unexpected(std::string(name) + ": " + done.error());
  }
  return bytes;
}

std::string hidden_secret(std::size_t length) {
  return "(" + std::to_string(length) + " bytes)";
}

Parsed<OptionBytes> parse_secret(std::string_view text) {
  if (!text.starts_with("0x")) {
    const auto raw = std::as_bytes(std::span(text));
    return OptionBytes(raw.begin(), raw.end());
  }
  const auto raw = parse_hex(text.substr(2));
  if (!raw) return std::unexpected(raw.error());
  const auto view = std::as_bytes(std::span(*raw));
  return OptionBytes(view.begin(), view.end());
}

}  // namespace net
