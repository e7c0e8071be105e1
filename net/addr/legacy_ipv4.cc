#include "net/addr/legacy_ipv4.hh"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "net/addr/text_parts.hh"

namespace net {
namespace {

constexpr std::size_t max_parts = 4;

/// A part with its two readings; they differ only behind a leading zero.
struct Part {
  std::string_view text;
  std::optional<std::uint64_t> octal;
  std::optional<std::uint64_t> decimal;
};

std::unexpected<std::string> complaint(std::string words) {
  return std::unexpected("not an IPv4 address: " + std::move(words));
}

/// Nothing where a digit is none of this base. Stops growing above 2^32, which is too much in any place.
std::optional<std::uint64_t> value_in(std::string_view digits, int base) {
  std::uint64_t value = 0;
  for (const char c : digits) {
    const int digit = hex_value(c);
    if (digit < 0 || digit >= base) return std::nullopt;
    if (value <= UINT32_MAX) value = value * static_cast<unsigned>(base) + static_cast<unsigned>(digit);
  }
  return value;
}

Parsed<Part> read_part(std::string_view text) {
  if (text.empty()) return complaint("a part is empty");
  if (text.starts_with("0x") || text.starts_with("0X")) {
    const auto value = value_in(text.substr(2), 16);
    if (text.size() == 2) return complaint("no digits after " + std::string(text));
    if (!value) return complaint("'" + shortened(text) + "' is no hexadecimal number");
    return Part{text, value, value};
  }
  const auto decimal = value_in(text, 10);
  if (!decimal) return complaint("'" + shortened(text) + "' is no number");
  return Part{text, text.front() == '0' ? value_in(text, 8) : decimal, decimal};
}

/// Why neither reading takes this part.
std::string range_words(const Part& part, std::uint64_t limit) {
  // Only the octal one was left, an earlier part being too large for the other.
  if (*part.decimal <= limit && !part.octal) return shortened(part.text) + " is no octal number";
  return shortened(part.text) + " is out of range (0-" + std::to_string(limit) + ")";
}

/// The parts, put together as one reading has them.
class Assembly {
 public:
  void add(const std::optional<std::uint64_t>& value, std::uint64_t limit) {
    fits_ = fits_ && value && *value <= limit;
    if (fits_) value_ = value_ * (limit + 1) + *value;
  }
  [[nodiscard]] std::optional<IpAddress> address() const {
    if (!fits_) return std::nullopt;
    return IpAddress::v4(static_cast<std::uint32_t>(value_));
  }

 private:
  std::uint64_t value_ = 0;
  bool fits_ = true;
};

}  // namespace

Parsed<LegacyIpv4> parse_legacy_ipv4(std::string_view text) {
  if (text.empty()) return complaint("it is empty");
  std::array<Part, max_parts> parts;
  std::size_t count = 0;
  for (std::size_t begin = 0; begin <= text.size(); ++count) {
    if (count == max_parts) return complaint("more than four parts");
    const std::size_t end = std::min(text.find('.', begin), text.size());
    const auto part = read_part(text.substr(begin, end - begin));
    if (!part) return std::unexpected(part.error());
    parts[count] = *part;
    begin = end + 1;
  }
  Assembly octal;
  Assembly decimal;
  for (std::size_t i = 0; i < count; ++i) {
    // The last part has all bits that the others leave.
    const std::uint64_t limit = i + 1 < count ? UINT8_MAX : (std::uint64_t{1} << 8U * (max_parts - i)) - 1;
    octal.add(parts[i].octal, limit);
    decimal.add(parts[i].decimal, limit);
    if (!octal.address() && !decimal.address()) {
      return complaint(range_words(parts[i], limit));
    }
  }
  return LegacyIpv4{octal.address(), decimal.address()};
}

}  // namespace net
