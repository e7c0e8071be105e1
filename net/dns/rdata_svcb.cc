// The parameters of SVCB and HTTPS records (RFC 9460), each checked by its own rules.

#include <algorithm>
#include <array>
#include <vector>

#include "net/dns/rdata_fields.hh"

namespace net::dns::field {
namespace {

/// A parameter's value: read in full from `value`, which may hold anything, and answered as text ("=..." or
/// nothing at all); on its fault `value` fails.
using ValueText = std::string (*)(ByteReader& value);

struct Parameter {
  std::string_view name;
  ValueText text;
};

std::string key_name(std::uint16_t key);

std::string mandatory(ByteReader& value) {
  std::string out;
  int last = 0;  // "mandatory" itself is not to be listed
  do {
    const std::uint16_t key = value.u16();
    if (key <= last) value.fail();
    out += (last == 0 ? "=" : ",") + key_name(key);
    last = key;
  } while (value.remaining() > 0);
  return out;
}

/// Within a value a comma separates, and a backslash keeps it from that; both again within quotes. A blank is
/// escaped even there.
std::string alpn(ByteReader& value) {
  std::string list;
  do {
    const ByteView id = value.take(value.u8());
    if (id.empty()) value.fail();
    if (!list.empty()) list += ',';
    for (const std::uint8_t byte : id) {
      if (byte == ',' || byte == '\\') list += '\\';
      list += static_cast<char>(byte);
    }
  } while (value.remaining() > 0);
  std::string out = "=";
  for (const char c : quoted_text(bytes_of(list))) out += c == ' ' ? "\\032" : std::string(1, c);
  return out;
}

std::string flag(ByteReader& /*value*/) {
  return {};
}

std::string port(ByteReader& value) {
  return '=' + std::to_string(value.u16());
}

template <std::size_t Size, std::string (*Text)(ByteView)>
std::string addresses(ByteReader& value) {
  std::string out = "=";
  do {
    const ByteView address = value.take(Size);
    if (address.empty()) break;
    if (out.size() > 1) out += ',';
    out += Text(address);
  } while (value.remaining() > 0);
  return out;
}

std::string ech(ByteReader& value) {
  if (value.at_end()) value.fail();
  return '=' + base64_text(value.rest());
}

std::string opaque(ByteReader& value) {
  return value.at_end() ? std::string() : '=' + quoted_text(value.rest());
}

// IANA, "Service Parameter Keys (SvcParamKeys)", by number, as far as dig 9.18 names them.
constexpr std::array parameters{Parameter{"mandatory", mandatory},
                                Parameter{"alpn", alpn},
                                Parameter{"no-default-alpn", flag},
                                Parameter{"port", port},
                                Parameter{"ipv4hint", addresses<4, ipv4_text>},
                                Parameter{"ech", ech},
                                Parameter{"ipv6hint", addresses<16, ipv6_text>}};

std::string key_name(std::uint16_t key) {
  return key < parameters.size() ? std::string(parameters[key].name) : "key" + std::to_string(key);
}

}  // namespace

void service_params(RdataPrinter& out) {
  int last = -1;
  while (!out.failed() && !out.in.at_end()) {
    const std::uint16_t key = out.in.u16();
    const std::uint16_t length = out.in.u16();
    if (!out.failed() && key <= last) return out.fail("parameters out of order");
    const std::size_t begin = out.in.offset();
    const ByteView bytes = out.in.take(length);
    if (out.failed()) return;
    ByteReader value(bytes);
    const std::string text = (key < parameters.size() ? parameters[key].text : opaque)(value);
    if (!value.ok() || !value.at_end()) {
      out.in.seek(begin);
      return out.fail("malformed " + key_name(key));
    }
    out.word(key_name(key) + text);
    last = key;
  }
}

}  // namespace net::dns::field
