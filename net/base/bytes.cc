#include "net/base/bytes.hh"

#include <charconv>

namespace net {

std::uint8_t ByteReader::u8() {
  const ByteView one = take(1);
  return one.empty() ? std::uint8_t{0} : one[0];
}

std::uint16_t ByteReader::u16() {
  const ByteView two = take(2);
  return two.empty() ? std::uint16_t{0} : static_cast<std::uint16_t>(two[0] << 8U | two[1]);
}

std::uint32_t ByteReader::u32() {
  const std::uint32_t high = u16();
  return high << 16U | u16();
}

std::uint64_t ByteReader::u48() {
  const std::uint64_t high = u16();
  return high << 32U | u32();
}

ByteView ByteReader::take(std::size_t count) {
  if (!ok_ || count > bytes_.size() - offset_) {
    ok_ = false;
    return {};
  }
  offset_ += count;
  return bytes_.subspan(offset_ - count, count);
}

void ByteReader::seek(std::size_t offset) {
  if (offset > bytes_.size()) {
    ok_ = false;
  } else {
    offset_ = offset;
  }
}

void ByteWriter::u16(std::uint16_t value) {
  u8(static_cast<std::uint8_t>(value >> 8U));
  u8(static_cast<std::uint8_t>(value));
}

void ByteWriter::u32(std::uint32_t value) {
  u16(static_cast<std::uint16_t>(value >> 16U));
  u16(static_cast<std::uint16_t>(value));
}

void ByteWriter::put_u16(std::size_t offset, std::uint16_t value) {
  bytes_.at(offset) = static_cast<std::uint8_t>(value >> 8U);
  bytes_.at(offset + 1) = static_cast<std::uint8_t>(value);
}

std::string hex_text(ByteView bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    out += digits[byte >> 4U];
    out += digits[byte & 0xfU];
  }
  return out;
}

Parsed<Buffer> parse_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::unexpected("an odd number of hexadecimal digits");
  Buffer out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    std::uint8_t byte = 0;
    const char* const end = text.data() + i + 2;
    const auto [stop, error] = std::from_chars(text.data() + i, end, byte, 16);
    if (error != std::errc{} || stop != end) return std::unexpected("not hexadecimal digits");
    out.push_back(byte);
  }
  return out;
}

}  // namespace net
