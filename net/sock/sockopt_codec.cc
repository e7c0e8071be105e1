#include "net/sock/sockopt_codec.hh"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <climits>
#include <cstring>
#include <utility>

#include "net/sock/endpoint.hh"

namespace net {
namespace {

template <class T>
std::vector<std::byte> bytes_of(const T& value) {
  std::vector<std::byte> out(sizeof value);
  std::memcpy(out.data(), &value, sizeof value);
  return out;
}

template <class T>
T from_bytes(std::span<const std::byte> bytes) {
  T value{};
  std::memcpy(&value, bytes.data(), std::min(sizeof value, bytes.size()));
  return value;
}

using Encoded = Parsed<std::vector<std::byte>>;

Encoded encode_int(const Parsed<std::int64_t>& number) {
  if (!number) return std::unexpected(number.error());
  return bytes_of(static_cast<int>(*number));
}

Encoded encode_boolean(std::string_view text) {
  constexpr std::array<OptionWord, 8> words{
      {{"on", 1}, {"off", 0}, {"1", 1}, {"0", 0}, {"yes", 1}, {"no", 0}, {"true", 1}, {"false", 0}}};
  const auto* word = std::ranges::find(words, text, &OptionWord::name);
  if (word == words.end()) return std::unexpected("neither on nor off");
  return bytes_of(word->value);
}

Encoded encode_bytes(std::string_view text) {
  const auto size = parse_size(text);
  if (!size) return std::unexpected(size.error());
  if (*size > INT_MAX) return std::unexpected("more than 2147483647 bytes");
  return bytes_of(static_cast<int>(*size));
}

/// A count of `unit`, or a duration that is a whole number of them; the kernel gives -1 a meaning here and
/// there.
Encoded encode_span(std::string_view text, Duration unit) {
  const bool bare = text.find_first_not_of("-.0123456789") == std::string_view::npos;
  if (bare && text.contains('.')) return std::unexpected("finer than the option's unit");
  if (bare) return encode_int(parse_signed(text, INT_MIN, INT_MAX));
  const auto span = parse_duration(text);
  if (!span) return std::unexpected(span.error());
  if (*span % unit != Duration::zero()) return std::unexpected("finer than the option's unit");
  if (*span / unit > INT_MAX) return std::unexpected("too long");
  return bytes_of(static_cast<int>(*span / unit));
}

Encoded encode_timeval(std::string_view text) {
  const auto span = parse_duration(text);
  if (!span) return std::unexpected(span.error());
  timeval value{};
  value.tv_sec = *span / std::chrono::seconds(1);
  value.tv_usec = (*span % std::chrono::seconds(1)) / std::chrono::microseconds(1);
  return bytes_of(value);
}

Encoded encode_linger(std::string_view text) {
  if (text == "off") return bytes_of(linger{0, 0});
  const auto span = parse_duration(text);
  if (!span) return std::unexpected("neither 'off' nor a number of seconds");
  if (*span % std::chrono::seconds(1) != Duration::zero()) return std::unexpected("whole seconds only");
  if (*span / std::chrono::seconds(1) > INT_MAX) return std::unexpected("too long");
  return bytes_of(linger{1, static_cast<int>(*span / std::chrono::seconds(1))});
}

Encoded encode_word(std::string_view text, const SocketOption& option) {
  for (const OptionWord& word : option.words) {
    if (equal_ignoring_case(word.name, text)) return bytes_of(word.value);
  }
  if (!text.empty() && isdigit(static_cast<unsigned char>(text.front())) != 0) {
    return encode_int(parse_signed(text, 0, INT_MAX));
  }
  std::string names;
  for (const OptionWord& word : option.words) {
    names += names.empty() ? "" : ", ";
    names += word.name;
  }
  return std::unexpected("not one of " + names);
}

Encoded encode_rate(std::string_view text) {
  const auto rate = parse_size(text);
  if (!rate) return std::unexpected(rate.error());
  return bytes_of(*rate);
}

/// "ADDRESS" or "ADDRESS,INTERFACE": what struct ip_mreqn and ipv6_mreq hold.
struct Group {
  Endpoint address;
  std::uint32_t interface = 0;
};

Parsed<Group> parse_group(std::string_view text, int family) {
  const std::size_t comma = text.find(',');
  const auto address = Endpoint::parse_ip(text.substr(0, comma), 0);
  if (!address) return std::unexpected(address.error());
  if (address->family() != family) return std::unexpected("an address of the other family");
  if (!address->is_multicast()) return std::unexpected("not a multicast group");
  Group group{*address, address->scope()};
  if (comma == std::string_view::npos) return group;
  const auto index = interface_index(text.substr(comma + 1));
  if (!index) return std::unexpected("no such interface: " + std::string(text.substr(comma + 1)));
  group.interface = *index;
  return group;
}

Encoded encode_membership4(std::string_view text) {
  const auto group = parse_group(text, AF_INET);
  if (!group) return std::unexpected(group.error());
  ip_mreqn request{};
  std::memcpy(&request.imr_multiaddr, group->address.address_bytes().data(), 4);
  request.imr_ifindex = static_cast<int>(group->interface);
  return bytes_of(request);
}

Encoded encode_membership6(std::string_view text) {
  const auto group = parse_group(text, AF_INET6);
  if (!group) return std::unexpected(group.error());
  ipv6_mreq request{};
  std::memcpy(&request.ipv6mr_multiaddr, group->address.address_bytes().data(), 16);
  request.ipv6mr_interface = group->interface;
  return bytes_of(request);
}

Encoded encode_multicast_if(std::string_view text) {
  ip_mreqn request{};
  if (const auto address = Endpoint::parse_ip(text, 0); address && address->family() == AF_INET) {
    std::memcpy(&request.imr_address, address->address_bytes().data(), 4);
  } else if (const auto index = interface_index(text)) {
    request.imr_ifindex = static_cast<int>(*index);
  } else {
    return std::unexpected("neither an IPv4 address nor an interface");
  }
  return bytes_of(request);
}

Encoded encode_port_range(std::string_view text) {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::unexpected("not LOW-HIGH");
  const auto low = parse_number(text.substr(0, dash), UINT16_MAX);
  const auto high = parse_number(text.substr(dash + 1), UINT16_MAX);
  if (!low || !high) return std::unexpected("not LOW-HIGH");
  return bytes_of(static_cast<std::uint32_t>(*low | (*high << 16U)));
}

std::string seconds_text(std::int64_t seconds, std::int64_t micros) {
  std::string text = std::to_string(seconds);
  if (micros != 0) {
    std::string fraction = std::to_string(1'000'000 + micros).substr(1);
    fraction.erase(fraction.find_last_not_of('0') + 1);
    text += "." + fraction;
  }
  return text + " s";
}

}  // namespace

Parsed<std::vector<std::byte>> encode_option(std::string_view text, const SocketOption& option) {
  switch (option.type) {
    case OptionType::boolean:
      return encode_boolean(text);
    case OptionType::integer:
      return encode_int(parse_signed(text, INT_MIN, INT_MAX));
    case OptionType::bytes:
      return encode_bytes(text);
    case OptionType::seconds:
      return encode_span(text, std::chrono::seconds(1));
    case OptionType::milliseconds:
      return encode_span(text, std::chrono::milliseconds(1));
    case OptionType::rate:
      return encode_rate(text);
    case OptionType::timeval:
      return encode_timeval(text);
    case OptionType::linger:
      return encode_linger(text);
    case OptionType::string: {
      const auto raw = std::as_bytes(std::span(text));
      return std::vector(raw.begin(), raw.end());
    }
    case OptionType::word:
      return encode_word(text, option);
    case OptionType::multicast_if:
      return encode_multicast_if(text);
    case OptionType::membership4:
      return encode_membership4(text);
    case OptionType::membership6:
      return encode_membership6(text);
    case OptionType::port_range:
      return encode_port_range(text);
  }
  std::unreachable();
}

OptionValue decode_option(std::span<const std::byte> bytes, const SocketOption& option) {
  switch (option.type) {
    case OptionType::boolean:
      return from_bytes<int>(bytes) != 0;
    case OptionType::rate:
      return static_cast<std::int64_t>(from_bytes<std::uint64_t>(bytes));
    case OptionType::timeval: {
      const auto value = from_bytes<timeval>(bytes);
      return seconds_text(value.tv_sec, value.tv_usec);
    }
    case OptionType::linger: {
      const auto value = from_bytes<linger>(bytes);
      return value.l_onoff == 0 ? std::string("off") : seconds_text(value.l_linger, 0);
    }
    case OptionType::string: {
      const auto* text = reinterpret_cast<const char*>(bytes.data());
      return std::string(text, strnlen(text, bytes.size()));
    }
    case OptionType::word: {
      const auto value = from_bytes<int>(bytes);
      const auto word = std::ranges::find(option.words, value, &OptionWord::value);
      return word != option.words.end() ? std::string(word->name) : std::to_string(value);
    }
    case OptionType::multicast_if: {
      const auto address = from_bytes<std::array<std::uint8_t, 4>>(bytes);
      return Endpoint::ipv4(address, 0).address_text();
    }
    case OptionType::port_range: {
      const auto value = from_bytes<std::uint32_t>(bytes);
      return std::to_string(value & 0xffffU) + "-" + std::to_string(value >> 16U);
    }
    default:
      return std::int64_t{from_bytes<int>(bytes)};
  }
}

std::size_t option_value_size(const SocketOption& option) {
  switch (option.type) {
    case OptionType::rate:
      return sizeof(std::uint64_t);
    case OptionType::timeval:
      return sizeof(timeval);
    case OptionType::linger:
      return sizeof(linger);
    case OptionType::string:
      return 64;
    default:
      return sizeof(int);
  }
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](unsigned char x, unsigned char y) { return tolower(x) == tolower(y); });
}

}  // namespace net
