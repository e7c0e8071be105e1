#include "net/dns/rdata_fields.hh"

#include <arpa/inet.h>

#include <algorithm>
#include <cctype>
#include <chrono>

#include "net/sock/endpoint.hh"

namespace net::dns {
namespace {

/// Base 32 or 64: every `bits` bits are a digit, the last one filled up with zeros.
std::string base_text(ByteView bytes, unsigned bits, std::string_view digits) {
  std::string out;
  std::uint32_t held = 0;
  unsigned count = 0;
  for (const std::uint8_t byte : bytes) {
    held = (held << 8U | byte) & 0xffffU;
    for (count += 8; count >= bits; count -= bits) {
      out += digits[held >> (count - bits) & (digits.size() - 1)];
    }
  }
  if (count > 0) out += digits[held << (bits - count) & (digits.size() - 1)];
  return out;
}

/// dig breaks long keys and digests into pieces of so many digits.
constexpr std::size_t piece = 56;

void add_pieces(RdataPrinter& out, std::string_view digits) {
  for (; !digits.empty(); digits.remove_prefix(std::min(piece, digits.size()))) {
    out.word(digits.substr(0, piece));
  }
}

std::string separated_hex(ByteView bytes, std::size_t group, char separator) {
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += group) {
    if (i > 0) out += separator;
    out += hex_text(bytes.subspan(i, group));
  }
  return out;
}

std::string padded(unsigned value, std::size_t width) {
  const std::string digits = std::to_string(value);
  return std::string(width - std::min(width, digits.size()), '0') + digits;
}

/// Adds the types of one window of a bitmap.
void add_window(RdataPrinter& out, unsigned window, ByteView bitmap) {
  for (unsigned bit = 0; bit < bitmap.size() * 8; ++bit) {
    if ((bitmap[bit / 8] & 0x80U >> bit % 8) == 0) continue;
    out.word(type_text(Type{static_cast<std::uint16_t>(window << 8U | bit)}));
  }
}

}  // namespace

void RdataPrinter::word(std::string_view text) {
  if (!text_.empty()) text_ += ' ';
  text_ += text;
}

void RdataPrinter::name() {
  if (failed()) return;
  std::size_t offset = in.offset();
  const auto name = Name::decode(message_, offset);
  if (!name) {
    if (!flaw_) flaw_ = name.error();
    return;
  }
  in.seek(offset);
  word(name->text());
}

ByteView RdataPrinter::some_rest() {
  if (in.ok() && in.at_end()) in.fail();
  return in.rest();
}

void RdataPrinter::fail(std::string_view what) {
  if (!failed()) flaw_ = Flaw{in.offset(), std::string(what)};
}

std::optional<Flaw> RdataPrinter::flaw() const {
  if (flaw_) return flaw_;
  if (!in.ok()) return Flaw{in.offset(), "data too short"};
  if (in.at_end()) return std::nullopt;
  return Flaw{in.offset(), "data too long by " + std::to_string(in.remaining())};
}

namespace field {

void name(RdataPrinter& out) {
  out.name();
}

void u8(RdataPrinter& out) {
  out.number(out.in.u8());
}

void u16(RdataPrinter& out) {
  out.number(out.in.u16());
}

void u32(RdataPrinter& out) {
  out.number(out.in.u32());
}

void octal16(RdataPrinter& out) {
  std::string digits;
  for (unsigned value = out.in.u16(); value > 0 || digits.empty(); value /= 8) {
    digits.insert(digits.begin(), static_cast<char>('0' + value % 8));
  }
  out.word(digits);
}

void type(RdataPrinter& out) {
  out.word(type_text(Type{out.in.u16()}));
}

void time(RdataPrinter& out) {
  using std::chrono::seconds;
  const auto now = std::chrono::floor<seconds>(std::chrono::system_clock::now());
  const auto now32 = static_cast<std::uint32_t>(now.time_since_epoch().count());
  const auto when = now + seconds(static_cast<std::int32_t>(out.in.u32() - now32));
  const auto day = std::chrono::floor<std::chrono::days>(when);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(when - day);
  out.word(padded(static_cast<unsigned>(static_cast<int>(date.year())), 4) +
           padded(static_cast<unsigned>(date.month()), 2) + padded(static_cast<unsigned>(date.day()), 2) +
           padded(static_cast<unsigned>(clock.hours().count()), 2) +
           padded(static_cast<unsigned>(clock.minutes().count()), 2) +
           padded(static_cast<unsigned>(clock.seconds().count()), 2));
}

void ipv4(RdataPrinter& out) {
  const ByteView address = out.in.take(4);
  if (!out.failed()) out.word(ipv4_text(address));
}

void ipv6(RdataPrinter& out) {
  const ByteView address = out.in.take(16);
  if (!out.failed()) out.word(ipv6_text(address));
}

void eui48(RdataPrinter& out) {
  out.word(separated_hex(out.in.take(6), 1, '-'));
}

void eui64(RdataPrinter& out) {
  out.word(separated_hex(out.in.take(8), 1, '-'));
}

void locator64(RdataPrinter& out) {
  std::string text;
  for (int group = 0; group < 4; ++group) {
    if (group > 0) text += ':';
    std::string digits = hex_text(out.in.take(2));
    digits.erase(
        0, std::min(digits.find_first_not_of('0'), digits.size() - std::min<std::size_t>(1, digits.size())));
    text += digits;
  }
  out.word(text);
}

void string(RdataPrinter& out) {
  out.word(quoted_text(out.counted()));
}

void strings(RdataPrinter& out) {
  do string(out);
  while (!out.failed() && !out.in.at_end());
}

void tag(RdataPrinter& out) {
  const ByteView bytes = out.counted();
  const bool plain = !bytes.empty() && std::ranges::all_of(bytes, [](std::uint8_t byte) {
    return byte < 0x80 && std::isalnum(byte) != 0;
  });
  if (!plain) return out.fail("a tag is letters and digits");
  out.word({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

void quoted(RdataPrinter& out) {
  out.word(quoted_text(out.in.rest()));
}

void hex(RdataPrinter& out) {
  add_pieces(out, upper_hex_text(out.some_rest()));
}

void base64(RdataPrinter& out) {
  add_pieces(out, base64_text(out.some_rest()));
}

void salt(RdataPrinter& out) {
  const ByteView bytes = out.counted();
  out.word(bytes.empty() ? "-" : upper_hex_text(bytes));
}

void hash(RdataPrinter& out) {
  const ByteView bytes = out.counted();
  if (bytes.empty()) return out.fail("empty hash");
  out.word(base_text(bytes, 5, "0123456789ABCDEFGHIJKLMNOPQRSTUV"));
}

void types(RdataPrinter& out) {
  int last = -1;
  while (!out.failed() && !out.in.at_end()) {
    const std::uint8_t window = out.in.u8();
    const ByteView bitmap = out.counted();
    if (out.failed()) return;
    if (window <= last) return out.fail("bitmap windows out of order");
    if (bitmap.empty() || bitmap.size() > 32) return out.fail("a bitmap has 1 to 32 bytes");
    if (bitmap.back() == 0) return out.fail("a bitmap ends with a zero byte");
    add_window(out, window, bitmap);
    last = window;
  }
}

void some_types(RdataPrinter& out) {
  if (!out.failed() && out.in.at_end()) return out.fail("no bitmap");
  types(out);
}

}  // namespace field

std::string base64_text(ByteView bytes) {
  std::string out = base_text(bytes, 6, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
  out.resize((out.size() + 3) / 4 * 4, '=');
  return out;
}

std::string upper_hex_text(ByteView bytes) {
  std::string out = hex_text(bytes);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return std::toupper(c); });
  return out;
}

std::string hex_pieces(ByteView bytes) {
  RdataPrinter out({}, 0);
  add_pieces(out, upper_hex_text(bytes));
  return out.text();
}

std::string ipv4_text(ByteView four) {
  return Endpoint::ipv4(four.first<4>(), 0).address_text();
}

std::string ipv6_text(ByteView sixteen) {
  // As every tool for master files writes it: ::/96 has a dotted tail there, which RFC 5952 does not ask for.
  std::array<char, INET6_ADDRSTRLEN> text{};
  return inet_ntop(AF_INET6, sixteen.data(), text.data(), text.size());
}

}  // namespace net::dns
