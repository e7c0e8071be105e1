#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "net/addr/ip_address.hh"
#include "net/addr/special_purpose.hh"

/// Addresses and texts by chance, but not evenly: zeros, edges and near misses come often.
namespace net {

inline constexpr std::size_t sample_count = 100'000;

class Samples {
 public:
  explicit Samples(std::uint32_t seed) : random_(seed) {}

  std::size_t below(std::size_t limit) { return random_() % limit; }
  bool one_in(std::size_t count) { return below(count) == 0; }
  std::uint32_t word() { return static_cast<std::uint32_t>(random_()); }

  IpAddress ipv4() {
    if (one_in(4)) return near_edge(IpFamily::v4);
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i) value = value << 8U | octet();
    return IpAddress::v4(value);
  }

  IpAddress ipv6() {
    if (one_in(4)) return near_edge(IpFamily::v6);
    Uint128 value = 0;
    for (int i = 0; i < 8; ++i) value = value << 16U | group();
    return IpAddress::v6(value);
  }

  IpAddress address(IpFamily family) { return family == IpFamily::v4 ? ipv4() : ipv6(); }

  /// In one of the spellings that RFC 4291 allows.
  std::string spelling(const IpAddress& address) {
    if (address.is_v4()) return address.text();
    std::string text = one_in(3) ? address.text() : address.expanded();
    if (one_in(4)) text = text.substr(0, text.rfind(':', text.rfind(':') - 1) + 1) + tail(address);
    if (one_in(3)) {
      for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
    return text;
  }

  /// With one to three bytes put in, taken out, changed or doubled.
  std::string mutated(std::string text, std::string_view alphabet) {
    for (std::size_t i = 1 + below(3); i > 0; --i) {
      const std::size_t at = below(text.size() + 1);
      const std::size_t length = std::min(text.size() - at, 1 + below(5));
      switch (below(4)) {
        case 0:
          text.insert(at, 1, alphabet[below(alphabet.size())]);
          break;
        case 1:
          text.erase(at, 1);
          break;
        case 2:
          text.replace(at, length == 0 ? 0 : 1, 1, alphabet[below(alphabet.size())]);
          break;
        default:
          text.insert(below(text.size() + 1), text.substr(at, length));
      }
    }
    return text;
  }

 private:
  std::uint32_t octet() {
    constexpr std::array<std::uint32_t, 8> usual{0, 1, 9, 10, 99, 100, 254, 255};
    return one_in(3) ? usual[below(usual.size())] : word() & 0xffU;
  }
  std::uint32_t group() {
    if (one_in(2)) return 0;
    return (word() & 0xffffU) >> (4 * below(4));
  }
  /// A first or last address of a special-purpose block, or its neighbour.
  IpAddress near_edge(IpFamily family) {
    const auto registry = special_purpose_registry();
    const IpPrefix prefix = registry[below(registry.size())].prefix;
    if (prefix.address.family() != family) return near_edge(family);
    const IpAddress edge = one_in(2) ? prefix.network() : prefix.last();
    return {family, edge.value() + below(3) - 1};
  }
  static std::string tail(const IpAddress& address) {
    return IpAddress::v4(static_cast<std::uint32_t>(address.value())).text();
  }

  std::mt19937 random_;
};

/// All zeros, all ones, and a single bit, one less and one more, at every place.
inline std::vector<IpAddress> boundaries(IpFamily family) {
  std::vector<IpAddress> out{{family, 0}, {family, uint128_max}};
  for (unsigned bit = 0; bit < static_cast<unsigned>(bits_of(family)); ++bit) {
    const Uint128 value = Uint128{1} << bit;
    for (const Uint128 near : {value - 1, value, value + 1, ~value}) out.emplace_back(family, near);
  }
  for (const SpecialPurpose& row : special_purpose_registry()) {
    if (row.prefix.address.family() != family) continue;
    const Uint128 first = row.prefix.network().value();
    const Uint128 last = row.prefix.last().value();
    for (const Uint128 near : {first - 1, first, last, last + 1}) out.emplace_back(family, near);
  }
  return out;
}

}  // namespace net
