#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "net/base/error.hh"
#include "net/base/parse.hh"

namespace net {

/// How a value is written by people and laid out by the kernel.
enum class OptionType : std::uint8_t {
  boolean,       ///< on, off: an int
  integer,       ///< an int, signed
  bytes,         ///< an int that counts bytes: 64K
  seconds,       ///< an int of seconds; a bare number or a duration
  milliseconds,  ///< an int of milliseconds; a bare number is milliseconds, or a duration
  rate,          ///< 64-bit bytes per second
  timeval,       ///< struct timeval; a bare number is seconds
  linger,        ///< struct linger: off, or the seconds
  string,        ///< bytes without a terminator
  word,          ///< an int with names
  multicast_if,  ///< struct ip_mreqn: an IPv4 address or an interface
  membership4,   ///< struct ip_mreqn: GROUP or GROUP,INTERFACE
  membership6,   ///< struct ipv6_mreq: GROUP or GROUP,INTERFACE
  port_range,    ///< LOW-HIGH in one 32-bit value
};

/// Which sockets have an option, as bits.
enum OptionKinds : std::uint8_t {
  on_tcp = 1,
  on_udp = 2,
  on_unix = 4,
  on_inet = on_tcp | on_udp,
  on_all = on_inet | on_unix,
};

/// A name for one value of a `word` option.
struct OptionWord {
  std::string_view name;
  int value;
};

/// One row of the table of socket options (socket(7), ip(7), ipv6(7), tcp(7), udp(7)).
struct SocketOption {
  std::string_view level_name;  ///< "SOL_SOCKET"
  std::string_view name;        ///< "SO_RCVBUF"
  int level;
  int number;
  OptionType type;
  std::uint8_t kinds;                   ///< of OptionKinds
  bool readable = true;                 ///< false: getsockopt refuses it
  bool inherited = true;                ///< accept(2) hands it on to the new socket
  bool after_connect = false;           ///< has an effect only once connected
  std::string_view sysctl{};            ///< what bounds it, or nothing
  std::span<const OptionWord> words{};  ///< names of a `word`'s values
};

/// The whole table, by level and name.
[[nodiscard]] std::span<const SocketOption> option_table();

/// The row of a name: any case, with or without its prefix ("SO_RCVBUF", "rcvbuf"). A name that fits several
/// rows is refused with all of them.
[[nodiscard]] Parsed<const SocketOption*> find_option(std::string_view name);

/// A value to set: the row and the bytes for setsockopt(2).
struct OptionSetting {
  const SocketOption* option = nullptr;
  std::vector<std::byte> bytes{};
  std::string written{};  ///< the value as the user gave it
};

/// "NAME=VALUE", or "NAME" alone for an on/off option.
[[nodiscard]] Parsed<OptionSetting> parse_option(std::string_view text);

/// setsockopt(2); a refusal names the option and the value.
[[nodiscard]] Result<void> set_option(int fd, const OptionSetting& setting);

/// What a socket has: true/false, a number, or text for everything with a form of its own.
using OptionValue = std::variant<bool, std::int64_t, std::string>;

/// getsockopt(2) with the length that the option wants.
[[nodiscard]] Result<OptionValue> get_option(int fd, const SocketOption& option);

/// A value for people: "on", "200000", "1.5 s".
[[nodiscard]] std::string option_text(const OptionValue& value);

}  // namespace net
