#include "net/dns/edns.hh"

#include <algorithm>
#include <array>
#include <charconv>

#include "net/base/text.hh"
#include "net/dns/name.hh"
#include "net/dns/types.hh"

namespace net::dns {
namespace {

// How each option's data is put in words; nothing when the data is not what the option says.
using OptionText = std::optional<std::string> (*)(ByteView data);

std::optional<std::string> nsid_text(ByteView data) {
  return hex_text(data) + " (" + quoted_text(data) + ")";
}

std::optional<std::string> client_subnet_text(ByteView data) {
  ByteReader reader(data);
  const std::uint16_t family = reader.u16();
  const int source = reader.u8();
  const int scope = reader.u8();
  const ByteView prefix = reader.rest();
  const bool v4 = family == 1;
  const std::size_t whole = v4 ? 4 : 16;
  if (!reader.ok() || (!v4 && family != 2) || prefix.size() > whole) return std::nullopt;
  if (static_cast<std::size_t>(std::max(source, scope)) > whole * 8) return std::nullopt;
  std::array<std::uint8_t, 16> bytes{};
  std::ranges::copy(prefix, bytes.begin());
  const Endpoint address = v4 ? Endpoint::ipv4(std::span(bytes).first<4>(), 0) : Endpoint::ipv6(bytes, 0);
  return address.address_text() + "/" + std::to_string(source) + "/" + std::to_string(scope);
}

std::optional<std::string> expire_text(ByteView data) {
  if (data.empty()) return "";
  ByteReader reader(data);
  const std::uint32_t seconds = reader.u32();
  if (!reader.ok() || !reader.at_end()) return std::nullopt;
  return std::to_string(seconds) + " s";
}

std::optional<std::string> keepalive_text(ByteView data) {
  if (data.empty()) return "";
  ByteReader reader(data);
  const double seconds = reader.u16() / 10.0;
  if (!reader.ok() || !reader.at_end()) return std::nullopt;
  return decimal_text(seconds, 1) + " s";
}

std::optional<std::string> padding_text(ByteView data) {
  return count_text(data.size(), "byte");
}

std::optional<std::string> extended_error_text(ByteView data) {
  ByteReader reader(data);
  const std::uint16_t code = reader.u16();
  ByteView words = reader.rest();
  if (!reader.ok()) return std::nullopt;
  std::string out = std::to_string(code);
  if (const std::string_view name = extended_error_name(code); !name.empty()) {
    out += " (" + std::string(name) + ")";
  }
  // Some servers end the text as C does, which RFC 8914 only tolerates.
  if (!words.empty() && words.back() == 0) words = words.first(words.size() - 1);
  if (!words.empty()) out += ": " + quoted_text(words);
  return out;
}

std::optional<std::string> cookie_text(ByteView data) {
  return hex_text(data);
}

struct Row {
  EdnsCode code;
  std::string_view name;
  OptionText text;
};

constexpr std::array rows{Row{EdnsCode::nsid, "nsid", nsid_text},
                          Row{EdnsCode::client_subnet, "ecs", client_subnet_text},
                          Row{EdnsCode::expire, "expire", expire_text},
                          Row{EdnsCode::cookie, "cookie", cookie_text},
                          Row{EdnsCode::keepalive, "keepalive", keepalive_text},
                          Row{EdnsCode::padding, "padding", padding_text},
                          Row{EdnsCode::extended_error, "ede", extended_error_text}};

const Row* row_of(std::uint16_t code) {
  const auto* const row = std::ranges::find(rows, EdnsCode{code}, &Row::code);
  return row == rows.end() ? nullptr : row;
}

}  // namespace

std::string option_name(std::uint16_t code) {
  const Row* const row = row_of(code);
  return row == nullptr ? "opt" + std::to_string(code) : std::string(row->name);
}

std::string option_text(const EdnsOption& option) {
  const Row* const row = row_of(option.code);
  const auto text = row == nullptr ? std::nullopt : row->text(option.data);
  return text.value_or(hex_text(option.data));
}

Parsed<EdnsOption> client_subnet_option(std::string_view prefix) {
  const std::size_t slash = prefix.find('/');
  const auto address = Endpoint::parse_ip(prefix.substr(0, slash), 0);
  if (!address) return std::unexpected(address.error());
  if (address->scope() != 0) return std::unexpected("a subnet has no zone");
  const ByteView bytes = address->address_bytes();
  std::uint64_t length = bytes.size() * 8;
  if (slash != std::string_view::npos) {
    const auto number = parse_number(prefix.substr(slash + 1), length);
    if (!number) return std::unexpected("prefix length: " + number.error());
    length = *number;
  }
  ByteWriter data;
  data.u16(bytes.size() == 4 ? 1 : 2);
  data.u8(static_cast<std::uint8_t>(length));
  data.u8(0);
  // As many bytes as the prefix needs, and no bit more than it has.
  for (std::uint64_t bit = 0; bit < length; bit += 8) {
    const auto kept = static_cast<unsigned>(std::min<std::uint64_t>(8, length - bit));
    data.u8(static_cast<std::uint8_t>(bytes[bit / 8] & (0xff00U >> kept)));
  }
  return EdnsOption{static_cast<std::uint16_t>(EdnsCode::client_subnet), data.take()};
}

}  // namespace net::dns
