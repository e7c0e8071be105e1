#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/addr/ip_address.hh"
#include "net/base/bytes.hh"

namespace net {

/// The address of an interface: six octets (EUI-48, MAC), or eight (EUI-64).
class MacAddress {
 public:
  /// 6 or 8 bytes in the order of transmission.
  [[nodiscard]] static MacAddress from_bytes(ByteView bytes);

  /// Six or eight pairs of digits with ':' or '-' (with ':' one digit will do), "aabb.ccdd.eeff", or all
  /// digits without separators. Some texts of eight groups with ':' are IPv6 addresses too.
  [[nodiscard]] static Parsed<MacAddress> parse(std::string_view text);

  [[nodiscard]] ByteView bytes() const { return ByteView(octets_).first(size_); }
  [[nodiscard]] bool is_eui64() const { return size_ == 8; }

  /// "00:53:00:12:34:56".
  [[nodiscard]] std::string text() const;
  /// The maker's part, three octets: "00:53:00". Of no maker where is_local().
  [[nodiscard]] std::string oui() const;
  /// The rest: "12:34:56".
  [[nodiscard]] std::string nic() const;

  /// The I/G bit: a group, not one interface.
  [[nodiscard]] bool is_group() const { return (octets_[0] & 0x01U) != 0; }
  /// The U/L bit: given by an administrator or at random, not by a maker.
  [[nodiscard]] bool is_local() const { return (octets_[0] & 0x02U) != 0; }

  /// The modified EUI-64 of RFC 4291, appendix A: ff:fe in the middle, the U/L bit turned.
  [[nodiscard]] std::uint64_t interface_id() const;
  /// fe80:: with that interface identifier.
  [[nodiscard]] IpAddress link_local() const;
  /// The MAC whose modified EUI-64 this is; nothing without ff:fe in the middle.
  [[nodiscard]] static std::optional<MacAddress> from_interface_id(std::uint64_t id);

  /// What it is reserved for ("broadcast", "IPv4 multicast", "VRRP virtual router (IPv4)"), with the RFC or
  /// standard; nullptr for any other.
  struct Reserved {
    std::string_view words;
    std::string_view source;
  };
  [[nodiscard]] const Reserved* reserved() const;

  friend bool operator==(const MacAddress&, const MacAddress&) = default;

 private:
  std::array<std::uint8_t, 8> octets_{};
  std::size_t size_ = 6;
};

/// The Ethernet address that frames to a multicast group bear: 01:00:5e with its low 23 bits (RFC 1112),
/// 33:33 with its low 32 bits (RFC 2464). Nothing for what is no group.
[[nodiscard]] std::optional<MacAddress> multicast_mac(const IpAddress& group);

/// The 32 IPv4 groups that share 01:00:5e:0x:xx:xx, in order; empty for any other address.
[[nodiscard]] std::vector<IpAddress> ipv4_groups_of(const MacAddress& mac);

/// The low 32 bits of the IPv6 groups that share 33:33:xx:xx:xx:xx.
[[nodiscard]] std::optional<std::uint32_t> ipv6_group_bits_of(const MacAddress& mac);

}  // namespace net
