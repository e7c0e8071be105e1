#include "net/sock/option_value.hh"

#include <array>
#include <span>

namespace net {
namespace {

/// A step between two names of one quantity: 1024 B are one KiB.
struct Scale {
  std::string_view name;
  std::uint64_t next;  ///< how many make one of the next
};

/// In the largest unit that says it without a fraction: "8 MiB", "200001 B", "1500 ms".
std::string exact_text(std::uint64_t count, std::span<const Scale> scales) {
  std::size_t at = 0;
  while (at + 1 < scales.size() && count % scales[at].next == 0) count /= scales[at++].next;
  return std::to_string(count) + " " + std::string(scales[at].name);
}

constexpr std::array<Scale, 4> sizes{{{"B", 1024}, {"KiB", 1024}, {"MiB", 1024}, {"GiB", 1024}}};
constexpr std::array<Scale, 3> spans{{{"us", 1000}, {"ms", 1000}, {"s", 1}}};

template <class Number>
std::string number_text(Number number, Unit unit) {
  std::string plain = std::to_string(number);
  // Zero and negative numbers are often not an amount but "off" or "the default".
  if (unit == Unit::none || number <= 0) return plain;
  const auto amount = static_cast<std::uint64_t>(number);
  switch (unit) {
    case Unit::bytes:
      return exact_text(amount, sizes);
    case Unit::bytes_per_second:
      return exact_text(amount, sizes) + "/s";
    case Unit::microseconds:
      return exact_text(amount, spans);
    case Unit::milliseconds:
      return exact_text(amount, std::span(spans).subspan(1));
    default: {
      std::string_view name = unit_name(unit);
      // "1 hop", "2 hops".
      if (number == 1 && name.size() > 2 && name.ends_with('s')) name.remove_suffix(1);
      return plain + " " + std::string(name);
    }
  }
}

/// What stands in a list or among fields: fields of its own in braces.
std::string nested_text(const OptionValue& value) {
  const bool fields = value.text.empty() && std::holds_alternative<OptionValue::Fields>(value.data);
  return fields ? "{" + option_text(value) + "}" : option_text(value);
}

std::string list_text(const OptionValue::List& list) {
  std::string text;
  for (const OptionValue& item : list) text += (text.empty() ? "" : ",") + nested_text(item);
  return text.empty() ? "none" : text;
}

std::string fields_text(const OptionValue::Fields& fields) {
  std::string text;
  for (const auto& [name, value] : fields) {
    text += text.empty() ? "" : ", ";
    text += std::string(name) + " " + nested_text(value);
  }
  return text.empty() ? "none" : text;
}

}  // namespace

bool operator==(const OptionValue& a, const OptionValue& b) {
  return a.data == b.data;
}

std::string_view unit_name(Unit unit) {
  constexpr std::array<std::string_view, 9> names{"",   "bytes",   "bytes/s",  "s",   "ms",
                                                  "us", "packets", "segments", "hops"};
  return names.at(static_cast<std::size_t>(unit));
}

std::string option_text(const OptionValue& value) {
  if (!value.text.empty()) return value.text;
  if (const bool* flag = std::get_if<bool>(&value.data)) return *flag ? "on" : "off";
  if (const auto* number = std::get_if<std::int64_t>(&value.data)) return number_text(*number, value.unit);
  if (const auto* number = std::get_if<std::uint64_t>(&value.data)) return number_text(*number, value.unit);
  if (const auto* text = std::get_if<std::string>(&value.data)) return text->empty() ? "none" : *text;
  if (const auto* list = std::get_if<OptionValue::List>(&value.data)) return list_text(*list);
  if (const auto* fields = std::get_if<OptionValue::Fields>(&value.data)) return fields_text(*fields);
  return "-";
}

}  // namespace net
