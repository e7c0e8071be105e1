#include "net/addr/mac_address.hh"

#include <algorithm>

#include "net/addr/text_parts.hh"

namespace net {
namespace {

/// How a notation groups the digits.
struct Notation {
  char separator;  ///< or 0 for none
  std::size_t shortest, longest;
};

constexpr std::array<Notation, 3> separated{{{':', 1, 2}, {'-', 2, 2}, {'.', 4, 4}}};

std::unexpected<std::string> complaint(std::string words) {
  return std::unexpected("not a MAC address: " + std::move(words));
}

/// The notation of the first separator; all digits otherwise.
Parsed<Notation> notation_of(std::string_view text) {
  std::optional<Notation> found;
  for (const char c : text) {
    if (hex_value(c) >= 0) continue;
    const auto* const known = std::ranges::find(separated, c, &Notation::separator);
    if (known == separated.end()) return complaint("'" + std::string(1, c) + "' is no hexadecimal digit");
    if (found && found->separator != c) {
      return complaint(std::string("mixed separators '") + found->separator + "' and '" + c + "'");
    }
    found = *known;
  }
  return found.value_or(Notation{0, 12, 16});
}

/// Why this many digits between separators are no group, or nothing.
std::optional<std::string> group_fault(std::string_view group, const Notation& notation) {
  if (group.empty()) return "a group is empty";
  if (group.size() >= notation.shortest && group.size() <= notation.longest) return std::nullopt;
  if (notation.separator == 0) return std::to_string(group.size()) + " digits (12 or 16 are needed)";
  return shortened(group) + " has not " + (notation.separator == '.' ? "four" : "two") + " digits";
}

/// At most nine octets: one too many is enough to be refused.
struct Octets {
  std::array<std::uint8_t, 9> bytes{};
  std::size_t count = 0;

  void add(std::string_view group) {
    if (group.size() == 1) return push(hex_value(group[0]));
    for (std::size_t i = 0; i + 1 < group.size(); i += 2)
      push(hex_value(group[i]) * 16 + hex_value(group[i + 1]));
  }
  void push(int octet) {
    if (count < bytes.size()) bytes[count++] = static_cast<std::uint8_t>(octet);
  }
};

std::string pairs(ByteView bytes) {
  std::string out = hex_text(bytes);
  for (std::size_t colon = 2; colon < out.size(); colon += 3) out.insert(colon, 1, ':');
  return out;
}

struct ReservedRow {
  std::array<std::uint8_t, 6> octets;
  int length;
  MacAddress::Reserved reserved;
};

constexpr auto reserved_rows = std::to_array<ReservedRow>({
    {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, 48, {"broadcast", "IEEE 802"}},
    {{0, 0, 0, 0, 0, 0}, 48, {"all zeros: no address", "IEEE 802"}},
    {{0x01, 0x80, 0xc2, 0, 0, 0}, 44, {"bridge group, never forwarded (STP, LLDP, pause)", "IEEE 802.1Q"}},
    {{0x00, 0x00, 0x5e, 0x00, 0x01, 0}, 40, {"VRRP virtual router (IPv4)", "RFC 9568"}},
    {{0x00, 0x00, 0x5e, 0x00, 0x02, 0}, 40, {"VRRP virtual router (IPv6)", "RFC 9568"}},
    {{0x00, 0x00, 0x5e, 0x00, 0x53, 0}, 40, {"documentation", "RFC 9542"}},
    {{0x01, 0x00, 0x5e, 0x90, 0x10, 0}, 40, {"documentation (multicast)", "RFC 9542"}},
    {{0x01, 0x00, 0x5e, 0x80, 0, 0}, 28, {"MPLS multicast", "RFC 5332"}},
    {{0x01, 0x00, 0x5e, 0, 0, 0}, 25, {"IPv4 multicast", "RFC 1112"}},
    {{0x33, 0x33, 0, 0, 0, 0}, 16, {"IPv6 multicast", "RFC 2464"}},
});

std::uint64_t number_of(ByteView bytes) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes) value = value << 8U | byte;
  return value;
}

bool begins_with(const MacAddress& mac, const ReservedRow& row) {
  const std::uint64_t difference = number_of(mac.bytes()) ^ number_of(row.octets);
  return difference >> static_cast<unsigned>(48 - row.length) == 0;
}

}  // namespace

MacAddress MacAddress::from_bytes(ByteView bytes) {
  MacAddress mac;
  mac.size_ = bytes.size() == 8 ? 8 : 6;
  std::ranges::copy(bytes.first(mac.size_), mac.octets_.begin());
  return mac;
}

Parsed<MacAddress> MacAddress::parse(std::string_view text) {
  if (text.empty()) return complaint("it is empty");
  const auto notation = notation_of(text);
  if (!notation) return std::unexpected(notation.error());
  Octets octets;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end =
        notation->separator == 0 ? text.size() : std::min(text.find(notation->separator, begin), text.size());
    const std::string_view group = text.substr(begin, end - begin);
    if (const auto fault = group_fault(group, *notation)) return complaint(*fault);
    octets.add(group);
    begin = end + 1;
  }
  if (notation->separator == 0 && text.size() % 4 != 0) {
    return complaint(std::to_string(text.size()) + " digits (12 or 16 are needed)");
  }
  if (octets.count > 8) return complaint("more than eight octets");
  if (octets.count != 6 && octets.count != 8) {
    return complaint(std::to_string(octets.count) + " octets (6 or 8 are needed)");
  }
  return from_bytes(ByteView(octets.bytes).first(octets.count));
}

std::string MacAddress::text() const {
  return pairs(bytes());
}

std::string MacAddress::oui() const {
  return pairs(bytes().first(3));
}

std::string MacAddress::nic() const {
  return pairs(bytes().subspan(3));
}

std::uint64_t MacAddress::interface_id() const {
  constexpr std::uint64_t local_bit = 0x0200'0000'0000'0000;
  const std::uint64_t value = number_of(bytes());
  if (is_eui64()) return value ^ local_bit;
  return ((value >> 24U << 40U) | 0xff'fe00'0000U | (value & 0xff'ffffU)) ^ local_bit;
}

IpAddress MacAddress::link_local() const {
  return IpAddress::v6(make_uint128(0xfe80'0000'0000'0000, interface_id()));
}

std::optional<MacAddress> MacAddress::from_interface_id(std::uint64_t id) {
  if ((id >> 24U & 0xffffU) != 0xfffe) return std::nullopt;
  const auto bytes = IpAddress::v6(id).bytes();
  MacAddress mac;
  std::ranges::copy(bytes.view().subspan(8, 3), mac.octets_.begin());
  std::ranges::copy(bytes.view().last(3), mac.octets_.begin() + 3);
  mac.octets_[0] ^= 0x02U;
  return mac;
}

const MacAddress::Reserved* MacAddress::reserved() const {
  if (is_eui64()) return nullptr;
  for (const ReservedRow& row : reserved_rows) {
    if (begins_with(*this, row)) return &row.reserved;
  }
  return nullptr;
}

std::optional<MacAddress> multicast_mac(const IpAddress& group) {
  const auto low = static_cast<std::uint32_t>(group.value());
  std::uint64_t value = 0;
  if (group.is_v4()) {
    if (low >> 28U != 0xe) return std::nullopt;
    value = 0x0100'5e00'0000 | (low & 0x7f'ffffU);
  } else {
    if (group.value() >> 120U != 0xff) return std::nullopt;
    value = 0x3333'0000'0000 | low;
  }
  return MacAddress::from_bytes(IpAddress::v6(value).bytes().view().last(6));
}

std::vector<IpAddress> ipv4_groups_of(const MacAddress& mac) {
  std::vector<IpAddress> groups;
  const std::uint64_t value = number_of(mac.bytes());
  if (mac.is_eui64() || value >> 23U != 0x0100'5e00'0000 >> 23U) return groups;
  for (std::uint32_t high = 0; high < 32; ++high) {
    groups.push_back(
        IpAddress::v4(0xe000'0000U | high << 23U | (static_cast<std::uint32_t>(value) & 0x7f'ffffU)));
  }
  return groups;
}

std::optional<std::uint32_t> ipv6_group_bits_of(const MacAddress& mac) {
  const std::uint64_t value = number_of(mac.bytes());
  if (mac.is_eui64() || value >> 32U != 0x3333) return std::nullopt;
  return static_cast<std::uint32_t>(value);
}

}  // namespace net
