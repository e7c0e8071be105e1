#include "net/addr/ipv6_embedded.hh"

#include <array>

#include "net/addr/prefix_table.hh"

namespace net {
namespace {

/// A prefix behind which an IPv4 address stands, so many bits from the right.
struct Embedding {
  std::string_view text;
  unsigned shift;
  std::uint32_t turned;  ///< bits that stand inverted
  std::string_view how;
  std::string_view source;
};

constexpr auto embeddings = std::to_array<Embedding>({
    {"::/96", 0, 0, "IPv4-compatible (deprecated)", "RFC 4291"},
    {"::ffff:0:0/96", 0, 0, "IPv4-mapped", "RFC 4291"},
    {"::ffff:0:0:0/96", 0, 0, "IPv4-translated (obsolete)", "RFC 2765"},
    {"64:ff9b::/96", 0, 0, "NAT64", "RFC 6052"},
    {"2001::/32", 0, UINT32_MAX, "Teredo client", "RFC 4380"},
    {"2002::/16", 80, 0, "6to4", "RFC 3056"},
});

struct PrefixedEmbedding {
  IpPrefix prefix;
  Embedding how;
};

const PrefixTable<PrefixedEmbedding>& table() {
  static const PrefixTable<PrefixedEmbedding> rows([] {
    std::vector<PrefixedEmbedding> out;
    out.reserve(embeddings.size());
    for (const Embedding& row : embeddings) out.push_back({*IpPrefix::parse(row.text), row});
    return out;
  }());
  return rows;
}

IpAddress v4_at(const IpAddress& address, unsigned shift, std::uint32_t turned = 0) {
  return IpAddress::v4(static_cast<std::uint32_t>(address.value() >> shift) ^ turned);
}

bool begins_with(const IpAddress& address, int length, std::uint64_t bits) {
  return !address.is_v4() && address.value() >> static_cast<unsigned>(128 - length) == bits;
}

bool is_multicast(const IpAddress& address) {
  return begins_with(address, 8, 0xff);
}

/// 0000:5efe or, with the universal bit, 0200:5efe (RFC 5214, section 6.1).
bool is_isatap(const IpAddress& address) {
  return !is_multicast(address) && (low64(address.value()) >> 32U & ~0x0200'0000ULL) == 0x5efe;
}

}  // namespace

std::optional<EmbeddedIpv4> embedded_ipv4(const IpAddress& address) {
  if (address.is_v4() || address.value() <= 1) return std::nullopt;
  if (const PrefixedEmbedding* const row = table().find(address)) {
    return EmbeddedIpv4{v4_at(address, row->how.shift, row->how.turned), row->how.how, row->how.source};
  }
  if (!is_isatap(address)) return std::nullopt;
  return EmbeddedIpv4{v4_at(address, 0), "ISATAP interface identifier", "RFC 5214"};
}

std::optional<SixToFour> six_to_four(const IpAddress& address) {
  if (!begins_with(address, 16, 0x2002)) return std::nullopt;
  return SixToFour{v4_at(address, 80), static_cast<std::uint16_t>(address.value() >> 64U)};
}

std::optional<Teredo> teredo(const IpAddress& address) {
  if (!begins_with(address, 32, 0x2001'0000)) return std::nullopt;
  const auto flags = static_cast<std::uint16_t>(address.value() >> 48U);
  const auto port = static_cast<std::uint16_t>(~(address.value() >> 32U) & 0xffffU);
  return Teredo{v4_at(address, 64), flags, (flags & 0x8000U) != 0, v4_at(address, 0, UINT32_MAX), port};
}

std::optional<UniqueLocal> unique_local(const IpAddress& address) {
  if (!begins_with(address, 7, 0xfc >> 1U)) return std::nullopt;
  const std::uint64_t high = high64(address.value());
  return UniqueLocal{(high >> 56U & 1U) != 0, high >> 16U & 0xff'ffff'ffff, static_cast<std::uint16_t>(high)};
}

std::optional<MacAddress> embedded_mac(const IpAddress& address) {
  const bool has_interface_id =
      !address.is_v4() && !is_multicast(address) && (!embedded_ipv4(address) || six_to_four(address));
  // A translator's addresses have none either (RFC 8215).
  if (!has_interface_id || begins_with(address, 48, 0x0064'ff9b'0001)) return std::nullopt;
  return MacAddress::from_interface_id(low64(address.value()));
}

}  // namespace net
