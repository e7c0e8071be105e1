// Types whose data no list of fields describes.

#include <algorithm>
#include <array>

#include "net/dns/rdata_fields.hh"

namespace net::dns::field {
namespace {

struct Word {
  std::uint16_t number;
  std::string_view text;
};

// RFC 4398, 2.1.
constexpr std::array certificate_types{
    Word{1, "PKIX"}, Word{2, "SPKI"},   Word{3, "PGP"},     Word{4, "IPKIX"}, Word{5, "ISPKI"},
    Word{6, "IPGP"}, Word{7, "ACPKIX"}, Word{8, "IACPKIX"}, Word{253, "URI"}, Word{254, "OID"}};

// IANA, "DNS Security Algorithm Numbers".
constexpr std::array algorithms{Word{1, "RSAMD5"},
                                Word{2, "DH"},
                                Word{3, "DSA"},
                                Word{5, "RSASHA1"},
                                Word{6, "NSEC3DSA"},
                                Word{7, "NSEC3RSASHA1"},
                                Word{8, "RSASHA256"},
                                Word{10, "RSASHA512"},
                                Word{12, "ECCGOST"},
                                Word{13, "ECDSAP256SHA256"},
                                Word{14, "ECDSAP384SHA384"},
                                Word{15, "ED25519"},
                                Word{16, "ED448"},
                                Word{252, "INDIRECT"},
                                Word{253, "PRIVATEDNS"},
                                Word{254, "PRIVATEOID"}};

template <std::size_t N>
std::string word_or_number(const std::array<Word, N>& words, std::uint16_t number) {
  for (const Word& word : words) {
    if (word.number == number) return std::string(word.text);
  }
  return std::to_string(number);
}

/// The middle of the scales of LOC: the equator, the prime meridian.
constexpr std::uint32_t loc_zero = 0x80000000U;
constexpr std::uint32_t ms_per_degree = 3'600'000;

std::string fraction(std::uint32_t value, std::uint32_t unit, int digits) {
  std::string out = std::to_string(value / unit) + '.';
  std::uint32_t rest = value % unit;
  for (int i = 0; i < digits; ++i) {
    unit /= 10;
    out += static_cast<char>('0' + rest / unit % 10);
  }
  return out;
}

/// Degrees, minutes and seconds, and one of the two letters of `sides`.
void angle(RdataPrinter& out, std::uint32_t value, std::uint32_t max_degrees, std::string_view sides) {
  const bool positive = value >= loc_zero;
  const std::uint32_t ms = positive ? value - loc_zero : loc_zero - value;
  if (ms > max_degrees * ms_per_degree)
    return out.fail("more than " + std::to_string(max_degrees) + " degrees");
  out.number(ms / ms_per_degree);
  out.number(ms / 60'000 % 60);
  out.word(fraction(ms % 60'000, 1000, 3));
  out.word(sides.substr(positive ? 0 : 1, 1));
}

/// RFC 1876, 2: four bits a digit, four bits the power of ten in centimetres.
std::string loc_size(std::uint8_t packed) {
  std::uint64_t centimetres = packed >> 4U;
  for (unsigned i = 0; i < (packed & 0xfU); ++i) centimetres *= 10;
  if ((packed & 0xfU) > 1) return std::to_string(centimetres / 100) + 'm';
  return fraction(static_cast<std::uint32_t>(centimetres), 100, 2) + 'm';
}

std::string altitude(std::uint32_t value) {
  constexpr std::uint32_t ground = 10'000'000;  // 100 km below the reference
  return value >= ground ? fraction(value - ground, 100, 2) + 'm'
                         : '-' + fraction(ground - value, 100, 2) + 'm';
}

/// The gateway or relay of IPSECKEY and AMTRELAY: none, an address or a name, by `kind`.
void gateway(RdataPrinter& out, unsigned kind) {
  switch (kind) {
    case 0:
      return out.word(".");
    case 1:
      return ipv4(out);
    case 2:
      return ipv6(out);
    case 3:
      return out.name();
    default:
      return out.give_up();
  }
}

/// One item of APL: [!]family:address/prefix. The address lacks its trailing zero bytes on the wire.
void address_prefix(RdataPrinter& out) {
  const std::uint16_t family = out.in.u16();
  const std::uint8_t prefix = out.in.u8();
  const std::uint8_t length = out.in.u8();
  const ByteView sent = out.in.take(length & 0x7fU);
  if (out.failed()) return;
  if (family != 1 && family != 2) return out.give_up();
  const std::size_t size = family == 1 ? 4 : 16;
  if (sent.size() > size || prefix > size * 8) return out.fail("longer than an address of its family");
  if (!sent.empty() && sent.back() == 0) return out.fail("an address with trailing zero bytes");
  std::array<std::uint8_t, 16> address{};
  std::ranges::copy(sent, address.begin());
  const ByteView whole = ByteView(address).first(size);
  out.word(std::string((length & 0x80U) != 0 ? "!" : "") + std::to_string(family) + ':' +
           (family == 1 ? ipv4_text(whole) : ipv6_text(whole)) + '/' + std::to_string(prefix));
}

}  // namespace

void loc(RdataPrinter& out) {
  if (out.in.u8() != 0) {
    (void)out.in.rest();
    return out.give_up();
  }
  std::array<std::uint8_t, 3> sizes{};
  for (std::uint8_t& size : sizes) {
    size = out.in.u8();
    if (size >> 4U > 9 || (size & 0xfU) > 9) return out.fail("a size that is no decimal digit");
  }
  angle(out, out.in.u32(), 90, "NS");
  angle(out, out.in.u32(), 180, "EW");
  out.word(altitude(out.in.u32()));
  for (const std::uint8_t size : sizes) out.word(loc_size(size));
}

void apl(RdataPrinter& out) {
  while (!out.failed() && !out.is_unknown() && !out.in.at_end()) address_prefix(out);
}

void certificate(RdataPrinter& out) {
  out.word(word_or_number(certificate_types, out.in.u16()));
  out.number(out.in.u16());
  out.word(word_or_number(algorithms, out.in.u8()));
}

void hip(RdataPrinter& out) {
  const std::uint8_t tag_length = out.in.u8();
  out.number(out.in.u8());
  const std::uint16_t key_length = out.in.u16();
  const ByteView tag = out.in.take(tag_length);
  const ByteView key = out.in.take(key_length);
  if (tag.empty() || key.empty()) return out.fail("empty tag or key");
  out.word(upper_hex_text(tag));
  out.word(base64_text(key));
  while (!out.failed() && !out.in.at_end()) out.name();
}

void ipsec_gateway(RdataPrinter& out) {
  out.number(out.in.u8());
  const std::uint8_t kind = out.in.u8();
  out.number(kind);
  out.number(out.in.u8());
  gateway(out, kind);
  if (!out.failed() && !out.is_unknown() && !out.in.at_end()) base64(out);
}

void amt_relay(RdataPrinter& out) {
  constexpr unsigned discovery = 0x80;
  out.number(out.in.u8());
  const unsigned kind = out.in.u8();
  out.number((kind & discovery) != 0 ? 1 : 0);
  out.number(kind & ~discovery);
  gateway(out, kind & ~discovery);
}

}  // namespace net::dns::field
