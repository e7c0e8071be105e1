#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "net/base/parse.hh"

namespace net {

using ByteView = std::span<const std::uint8_t>;
using Buffer = std::vector<std::uint8_t>;

/// Reads network byte order from bytes that somebody else wrote. A read past the end gives zeros (or nothing)
/// and makes ok() false for good, so that a decoder may read a whole structure and ask once.
class ByteReader {
 public:
  explicit ByteReader(ByteView bytes, std::size_t offset = 0) : bytes_(bytes), offset_(offset) {
    if (offset > bytes.size()) ok_ = false;
  }

  [[nodiscard]] std::uint8_t u8();
  [[nodiscard]] std::uint16_t u16();
  [[nodiscard]] std::uint32_t u32();
  /// 48 bits, as TSIG's time has them.
  [[nodiscard]] std::uint64_t u48();
  [[nodiscard]] ByteView take(std::size_t count);
  [[nodiscard]] ByteView rest() { return take(remaining()); }

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] std::size_t remaining() const { return ok_ ? bytes_.size() - offset_ : 0; }
  [[nodiscard]] bool at_end() const { return remaining() == 0; }
  /// Where the next read begins, from the beginning of the bytes.
  [[nodiscard]] std::size_t offset() const { return offset_; }
  void seek(std::size_t offset);
  void fail() { ok_ = false; }

 private:
  ByteView bytes_;
  std::size_t offset_;
  bool ok_ = true;
};

/// Appends in network byte order.
class ByteWriter {
 public:
  void u8(std::uint8_t value) { bytes_.push_back(value); }
  void u16(std::uint16_t value);
  void u32(std::uint32_t value);
  void append(ByteView bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  /// Overwrites two bytes that were written before, such as a length that is known only now.
  void put_u16(std::size_t offset, std::uint16_t value);

  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  [[nodiscard]] const Buffer& bytes() const { return bytes_; }
  [[nodiscard]] Buffer take() { return std::move(bytes_); }

 private:
  Buffer bytes_;
};

/// Lower-case hexadecimal without blanks.
[[nodiscard]] std::string hex_text(ByteView bytes);

/// An even number of hexadecimal digits, either case, no blanks.
[[nodiscard]] Parsed<Buffer> parse_hex(std::string_view text);

/// The bytes of a text, to read or to send.
[[nodiscard]] inline ByteView bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace net
