#include "net/dns/name.hh"

#include <algorithm>
#include <array>

#include "net/addr/ip_address.hh"

namespace net::dns {
namespace {

constexpr std::size_t max_name = 255;
constexpr std::size_t max_label = 63;
constexpr std::uint8_t pointer_bits = 0xc0;

char fold(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::unexpected<Flaw> flaw(std::size_t offset, std::string_view what) {
  return std::unexpected(Flaw{offset, std::string(what)});
}

/// The length of the first label of a name on the wire.
std::size_t first_label(std::string_view wire) {
  return static_cast<std::uint8_t>(wire.front());
}

/// One character of a label, which may be \DDD or \X; `text` moves behind it.
Parsed<char> take_character(std::string_view& text) {
  const char c = text.front();
  text.remove_prefix(1);
  if (static_cast<unsigned char>(c) >= 0x80) return std::unexpected("not ASCII: write its xn-- form");
  if (c != '\\') return c;
  if (text.empty()) return std::unexpected("ends with a backslash");
  if (!is_digit(text.front())) {
    const char escaped = text.front();
    text.remove_prefix(1);
    if (static_cast<unsigned char>(escaped) >= 0x80) return std::unexpected("not ASCII: write its xn-- form");
    return escaped;
  }
  if (text.size() < 3 || !is_digit(text[1]) || !is_digit(text[2])) {
    return std::unexpected("\\ and a digit need three digits");
  }
  const int value = (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
  if (value > 255) return std::unexpected("\\DDD is at most \\255");
  text.remove_prefix(3);
  return static_cast<char>(value);
}

/// One byte of a label or string; `hidden` says that it is not printable though it is below 0x7f.
void append_escaped(std::string& out, std::uint8_t byte, bool hidden, std::string_view special) {
  if (hidden || byte >= 0x7f) {
    out += '\\';
    for (const int place : {100, 10, 1}) out += static_cast<char>('0' + byte / place % 10);
    return;
  }
  if (special.contains(static_cast<char>(byte))) out += '\\';
  out += static_cast<char>(byte);
}

}  // namespace

Parsed<Name> Name::parse(std::string_view text) {
  if (text.empty()) return std::unexpected("empty name");
  Name name;
  if (text == ".") return name;
  name.wire_.clear();
  while (!text.empty()) {
    std::string label;
    while (!text.empty() && text.front() != '.') {
      const auto c = take_character(text);
      if (!c) return std::unexpected(c.error());
      label += *c;
    }
    if (!text.empty()) text.remove_prefix(1);
    if (label.empty()) return std::unexpected("empty label");
    if (label.size() > max_label) return std::unexpected("a label is longer than 63 bytes");
    name.wire_ += static_cast<char>(label.size());
    name.wire_ += label;
  }
  name.wire_ += '\0';
  if (name.wire_.size() > max_name) return std::unexpected("longer than 255 bytes");
  return name;
}

std::expected<Name, Flaw> Name::decode(ByteView message, std::size_t& offset) {
  Name name;
  name.wire_.clear();
  std::size_t at = offset;
  // Each jump must lead before the piece that it ends, so there are fewer jumps than bytes.
  std::size_t piece = offset;
  bool jumped = false;
  for (;;) {
    if (at >= message.size()) return flaw(at, "name runs past the end");
    const std::uint8_t length = message[at];
    if ((length & pointer_bits) == pointer_bits) {
      if (at + 1 >= message.size()) return flaw(at, "name runs past the end");
      const std::size_t target = static_cast<std::size_t>(length & ~pointer_bits) << 8U | message[at + 1];
      if (!jumped) offset = at + 2;
      jumped = true;
      if (target >= message.size()) return flaw(at, "compression pointer past the end");
      if (target >= piece) {
        return flaw(at, target > at ? "compression pointer that points forward" : "compression loop");
      }
      at = piece = target;
      continue;
    }
    if ((length & pointer_bits) != 0) return flaw(at, "unknown kind of label");
    if (at + 1 + length > message.size()) return flaw(at, "name runs past the end");
    name.wire_.append(reinterpret_cast<const char*>(message.data()) + at, std::size_t{length} + 1);
    if (name.wire_.size() > max_name) return flaw(at, "name longer than 255 bytes");
    at += std::size_t{length} + 1;
    if (length == 0) break;
  }
  if (!jumped) offset = at;
  return name;
}

Name Name::reverse_of(ByteView address) {
  return *parse(IpAddress::from_bytes(address).reverse_name());
}

void append_label_text(std::string& out, ByteView label) {
  for (const std::uint8_t byte : label) append_escaped(out, byte, byte <= 0x20, "\"().;\\@$");
}

std::string quoted_text(ByteView bytes) {
  std::string out = "\"";
  for (const std::uint8_t byte : bytes) append_escaped(out, byte, byte < 0x20, "\"\\");
  return out + "\"";
}

std::string Name::text() const {
  if (is_root()) return ".";
  std::string out;
  for (std::string_view rest = wire_; rest.size() > 1; rest.remove_prefix(1 + first_label(rest))) {
    append_label_text(out, bytes_of(rest.substr(1, first_label(rest))));
    out += '.';
  }
  return out;
}

std::size_t Name::labels() const {
  std::size_t count = 0;
  for (std::string_view rest = wire_; rest.size() > 1; rest.remove_prefix(1 + first_label(rest))) ++count;
  return count;
}

Name Name::parent() const {
  Name up;
  if (!is_root()) up.wire_ = wire_.substr(1 + first_label(wire_));
  return up;
}

bool Name::is_within(const Name& zone) const {
  const std::size_t mine = labels();
  const std::size_t theirs = zone.labels();
  if (mine < theirs) return false;
  Name tail = *this;
  for (std::size_t i = theirs; i < mine; ++i) tail = tail.parent();
  return tail == zone;
}

std::optional<Name> Name::below(const Name& suffix) const {
  Name joined;
  joined.wire_ = wire_.substr(0, wire_.size() - 1) + suffix.wire_;
  if (joined.wire_.size() > max_name) return std::nullopt;
  return joined;
}

bool operator==(const Name& a, const Name& b) {
  // A length byte is at most 63, below every letter, so that folding leaves it alone.
  return std::ranges::equal(a.wire_, b.wire_, [](char x, char y) { return fold(x) == fold(y); });
}

std::string Name::folded() const {
  std::string out = wire_;
  std::ranges::transform(out, out.begin(), fold);
  return out;
}

}  // namespace net::dns
