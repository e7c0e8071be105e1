#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "net/base/bytes.hh"

namespace net::dns {

/// Where a message breaks off, and why.
struct Flaw {
  std::size_t offset = 0;  ///< in bytes from the beginning of the message
  std::string what;        ///< "compression loop", "name runs past the end"
};

/// A domain name: absolute, uncompressed, at most 255 bytes on the wire (RFC 1035, 3.1). Its labels may hold
/// any bytes; names compare without regard to ASCII case (RFC 4343).
class Name {
 public:
  /// The root.
  Name() : wire_(1, '\0') {}

  /// A name as master files write it (RFC 1035, 5.1: \DDD and \X), with or without the final dot; ASCII only.
  static Parsed<Name> parse(std::string_view text);
  /// The name at `offset` of a message, which moves behind it. Follows compression pointers, which must point
  /// backwards (RFC 1035, 4.1.4).
  static std::expected<Name, Flaw> decode(ByteView message, std::size_t& offset);
  /// 5.2.0.192.in-addr.arpa. (RFC 1035, 3.5) or the nibbles below ip6.arpa. (RFC 3596, 2.5).
  static Name reverse_of(ByteView address);

  /// As dig writes it: with the final dot, `"().;\@$` escaped by a backslash, all that is not printable as
  /// \DDD.
  [[nodiscard]] std::string text() const;
  /// The bytes on the wire, without compression.
  [[nodiscard]] ByteView wire() const { return bytes_of(wire_); }

  [[nodiscard]] bool is_root() const { return wire_.size() == 1; }
  /// The labels without the root.
  [[nodiscard]] std::size_t labels() const;
  /// The name without its first label; the root's is the root.
  [[nodiscard]] Name parent() const;
  /// True for the name itself and everything below `zone`.
  [[nodiscard]] bool is_within(const Name& zone) const;
  /// This name below `suffix`; nothing when that is longer than a name may be.
  [[nodiscard]] std::optional<Name> below(const Name& suffix) const;
  /// The same bytes, case included.
  [[nodiscard]] bool same_bytes(const Name& other) const { return wire_ == other.wire_; }

  friend bool operator==(const Name& a, const Name& b);
  /// Lower case, for keys of maps.
  [[nodiscard]] std::string folded() const;

 private:
  std::string wire_;
};

/// What one label's bytes look like in text (no dot added).
void append_label_text(std::string& out, ByteView label);

/// Any bytes as a character-string of a master file (RFC 1035, 5.1): in quotes, `"` and `\` behind a
/// backslash, all that is not printable ASCII as \DDD.
[[nodiscard]] std::string quoted_text(ByteView bytes);

}  // namespace net::dns
