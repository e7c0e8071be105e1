#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "net/base/bytes.hh"
#include "net/dns/name.hh"
#include "net/dns/types.hh"

namespace net::dns {

/// A record's data on its way into text: what is still to be read, and the words so far. After the first
/// flaw nothing counts any more, so that a field need not look back.
class RdataPrinter {
 public:
  /// `message` ends where the data does; names may point before `offset`.
  RdataPrinter(ByteView message, std::size_t offset) : in(message, offset), message_(message) {}

  ByteReader in;

  /// Adds a word, a blank before it.
  void word(std::string_view text);
  void number(std::uint64_t value) { word(std::to_string(value)); }
  /// Reads a name and adds it.
  void name();
  /// Reads one length byte and as many bytes.
  ByteView counted() { return in.take(in.u8()); }
  /// The rest, which must not be empty.
  ByteView some_rest();

  /// The data is not what its type says.
  void fail(std::string_view what);
  /// The data is of a kind that only RFC 3597's form can show: a version or an address family unknown here.
  void give_up() { unknown_ = true; }

  [[nodiscard]] bool failed() const { return flaw_.has_value() || !in.ok(); }
  [[nodiscard]] bool is_unknown() const { return unknown_; }
  /// Why it is none, once all was read: what a field said, too few bytes, bytes left over.
  [[nodiscard]] std::optional<Flaw> flaw() const;
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  ByteView message_;
  std::string text_;
  std::optional<Flaw> flaw_;
  bool unknown_ = false;
};

/// One field, or what always stands together: reads it and adds its words.
using RdataField = void (*)(RdataPrinter&);

/// The fields that a type's data consists of.
struct RdataRow {
  Type type;
  Class klass;  ///< ANY for a type that is the same in every class
  std::array<RdataField, 9> fields;
};

/// A row for every type that is known here (rdata_table.cc).
[[nodiscard]] std::span<const RdataRow> rdata_table();

/// What the table's rows are made of.
namespace field {

void name(RdataPrinter& out);
void u8(RdataPrinter& out);
void u16(RdataPrinter& out);
void u32(RdataPrinter& out);
void octal16(RdataPrinter& out);  ///< a Chaosnet address
void type(RdataPrinter& out);     ///< a type's name
/// 32 bits of seconds, the nearest to today (RFC 1982), as YYYYMMDDHHMMSS (RFC 4034, 3.2).
void time(RdataPrinter& out);
void ipv4(RdataPrinter& out);
void ipv6(RdataPrinter& out);
void eui48(RdataPrinter& out);  ///< 00-00-5e-00-53-2a (RFC 7043)
void eui64(RdataPrinter& out);
void locator64(RdataPrinter& out);   ///< 2001:db8:0:1 (RFC 6742)
void string(RdataPrinter& out);      ///< a character-string (RFC 1035, 3.3), quoted
void strings(RdataPrinter& out);     ///< one or more of them to the end
void tag(RdataPrinter& out);         ///< a character-string of letters and digits, bare
void quoted(RdataPrinter& out);      ///< the rest as one quoted text
void hex(RdataPrinter& out);         ///< the rest, at least a byte, in pieces
void base64(RdataPrinter& out);      ///< the rest, at least a byte, in pieces
void salt(RdataPrinter& out);        ///< a length byte and hexadecimal, "-" when empty (RFC 5155)
void hash(RdataPrinter& out);        ///< a length byte and base32hex (RFC 5155)
void types(RdataPrinter& out);       ///< type bitmaps to the end (RFC 4034, 4.1.2), perhaps none
void some_types(RdataPrinter& out);  ///< the same, at least one

// Whole data that no list of fields describes.
void loc(RdataPrinter& out);             ///< RFC 1876
void apl(RdataPrinter& out);             ///< RFC 3123
void certificate(RdataPrinter& out);     ///< CERT (RFC 4398) before its base64
void hip(RdataPrinter& out);             ///< RFC 8005
void ipsec_gateway(RdataPrinter& out);   ///< IPSECKEY (RFC 4025) before its key
void amt_relay(RdataPrinter& out);       ///< RFC 8777
void service_params(RdataPrinter& out);  ///< SVCB and HTTPS behind the target (RFC 9460)

}  // namespace field

[[nodiscard]] std::string base64_text(ByteView bytes);
[[nodiscard]] std::string upper_hex_text(ByteView bytes);
/// In pieces with blanks between, as dig breaks long data.
[[nodiscard]] std::string hex_pieces(ByteView bytes);
[[nodiscard]] std::string ipv4_text(ByteView four);
[[nodiscard]] std::string ipv6_text(ByteView sixteen);

}  // namespace net::dns
