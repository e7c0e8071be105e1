#include <algorithm>
#include <array>
#include <cstdint>
#include <expected>

#include "net/addr/ip_address.hh"
#include "net/addr/text_parts.hh"

namespace net {
namespace {

/// A complaint in three pieces, so that a parser which only asks "is it one?" allocates nothing.
struct Fault {
  std::string_view before;
  std::string_view part;
  std::string_view after;
};

template <class T>
using Read = std::expected<T, Fault>;

std::unexpected<Fault> fault(std::string_view before, std::string_view part = {},
                             std::string_view after = {}) {
  return std::unexpected(Fault{before, part, after});
}

std::string words(IpFamily family, const Fault& what) {
  std::string out = "not an ";
  out += name_of(family);
  out += " address: ";
  out += what.before;
  out += shortened(what.part);
  out += what.after;
  return out;
}

constexpr std::array<std::string_view, 8> figures{"0", "1", "2", "3", "4", "5", "6", "7"};

/// Why the part of an IPv4 address that begins here is none.
Fault part_fault(std::string_view rest) {
  const std::string_view part = rest.substr(0, rest.find('.'));
  if (part.empty()) return {rest.empty() ? "it ends with a dot" : "a part is empty", {}, {}};
  const bool hex = part.starts_with("0x") || part.starts_with("0X");
  if (hex || (part.size() > 1 && part.front() == '0' && is_decimal_digit(part[1]))) {
    return {"a leading zero in ", part, hex ? ": hexadecimal is not taken" : ": octal or decimal?"};
  }
  const auto* const odd = std::ranges::find_if_not(part, is_decimal_digit);
  if (odd == part.end()) return {{}, part, " is out of range (0-255)"};
  return {"'", part.substr(static_cast<std::size_t>(odd - part.begin()), 1), "' is no decimal digit"};
}

Read<std::uint32_t> read_ipv4(std::string_view text) {
  if (text.empty()) return fault("it is empty");
  std::uint32_t value = 0;
  std::size_t at = 0;
  for (std::size_t part = 0;; ++part) {
    if (part == 4) return fault("more than four parts");
    const std::size_t begin = at;
    unsigned octet = 0;
    // Three digits are the longest part; what follows them is judged below.
    while (at < text.size() && at - begin < 3 && is_decimal_digit(text[at])) {
      octet = octet * 10 + static_cast<unsigned>(text[at++] - '0');
    }
    const bool ended = at == text.size() || text[at] == '.';
    const bool padded = at - begin > 1 && text[begin] == '0';
    if (at == begin || !ended || padded || octet > 255)
      return std::unexpected(part_fault(text.substr(begin)));
    value = value << 8U | octet;
    if (at == text.size()) {
      if (part == 3) return value;
      return fault("only ", figures[part + 1], part == 0 ? " part" : " parts");
    }
    ++at;
  }
}

/// Takes one group after the other; what stands before "::" moves up once the end is known.
class Ipv6Reader {
 public:
  explicit Ipv6Reader(std::string_view text) : text_(text) {}

  Read<Uint128> read() {
    if (text_.starts_with("::")) {
      gap_ = 0;
      at_ = 2;
    } else if (text_.starts_with(':')) {
      return fault("it begins with a single ':'");
    }
    while (at_ < text_.size()) {
      if (const auto taken = take_group(); !taken) return std::unexpected(taken.error());
    }
    return whole();
  }

 private:
  static constexpr int none = -1;

  Read<void> take_group() {
    const std::size_t begin = at_;
    unsigned group = 0;
    while (at_ < text_.size() && hex_value(text_[at_]) >= 0) {
      // Too many digits are refused below, so what they overflow does not matter.
      group = group << 4U | static_cast<unsigned>(hex_value(text_[at_++]));
    }
    if (at_ < text_.size() && text_[at_] == '.') return take_dotted(begin);
    if (at_ - begin > 4) return fault({}, text_.substr(begin, at_ - begin), " has more than four digits");
    if (at_ < text_.size() && text_[at_] != ':') return odd_character();
    if (at_ == begin) return fault("more than two ':' in a row");
    if (count_ == 8) return fault("too many groups");
    value_ = value_ << 16U | group;
    ++count_;
    return at_ == text_.size() ? Read<void>{} : take_colons();
  }

  Read<void> take_colons() {
    ++at_;
    if (at_ == text_.size()) return fault("it ends with a single ':'");
    if (text_[at_] != ':') return {};
    if (gap_ != none) return fault("two '::'");
    gap_ = count_;
    ++at_;
    return {};
  }

  Read<void> take_dotted(std::size_t begin) {
    const std::string_view rest = text_.substr(begin);
    if (rest.contains(':')) return fault("a dotted part may stand only at the end");
    if (rest.contains('%')) return zone(rest);
    const auto tail = read_ipv4(rest);
    if (!tail) return std::unexpected(tail.error());
    if (count_ > 6) return fault("too many groups");
    value_ = value_ << 32U | *tail;
    count_ += 2;
    at_ = text_.size();
    return {};
  }

  [[nodiscard]] Read<void> odd_character() const {
    if (text_[at_] == '%') return zone(text_);
    return fault("'", text_.substr(at_, 1), "' is no hexadecimal digit");
  }

  static std::unexpected<Fault> zone(std::string_view text) {
    return fault("a zone has no place here: ", text.substr(text.find('%')));
  }

  [[nodiscard]] Read<Uint128> whole() const {
    if (gap_ == none) {
      if (count_ == 8) return value_;
      return fault("only ", figures[static_cast<std::size_t>(count_)], count_ == 1 ? " group" : " groups");
    }
    if (count_ == 8) return fault("'::' beside eight groups");
    const auto tail_bits = static_cast<unsigned>(count_ - gap_) * 16;
    const Uint128 tail = value_ & ((Uint128{1} << tail_bits) - 1);
    const Uint128 head = value_ >> tail_bits;
    return gap_ == 0 ? tail : head << static_cast<unsigned>(8 - gap_) * 16 | tail;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  Uint128 value_ = 0;
  int count_ = 0;
  int gap_ = none;
};

}  // namespace

Parsed<IpAddress> IpAddress::parse(std::string_view text) {
  if (!text.contains(':')) {
    const auto value = read_ipv4(text);
    if (!value) return std::unexpected(words(IpFamily::v4, value.error()));
    return v4(*value);
  }
  const auto value = Ipv6Reader(text).read();
  if (!value) return std::unexpected(words(IpFamily::v6, value.error()));
  return v6(*value);
}

}  // namespace net
