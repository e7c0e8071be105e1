#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "net/sock/sockopt.hh"
#include "net/sock/sockopt_codec.hh"

namespace net {

/// What a socket is: SO_DOMAIN, SO_TYPE, SO_PROTOCOL.
struct SocketKind {
  int family = 0;
  int type = 0;
  int protocol = 0;

  friend bool operator==(const SocketKind&, const SocketKind&) = default;

  /// Its bit of OptionKinds.
  [[nodiscard]] std::uint16_t bit() const;
  /// "tcp", "udp", "unix", "unix-dgram", "unix-seqpacket", "mptcp", "raw", "udplite", "other".
  [[nodiscard]] std::string_view name() const;
};

/// The kind of a descriptor; ENOTSOCK and the like otherwise.
[[nodiscard]] Result<SocketKind> socket_kind(int fd);

/// "a UDP socket has no such option", for people; the family is named where others of that kind have it.
[[nodiscard]] std::string no_such_option_text(const SocketKind& kind, const SocketOption& option);

/// Whether the table says that sockets of that kind have the option.
[[nodiscard]] bool has_option(const SocketKind& kind, const SocketOption& option);

/// Whether accept(2) on a listener of that kind hands the option on to the new socket.
[[nodiscard]] bool hands_on(const SocketKind& kind, const SocketOption& option);

/// getsockopt(2) with the length that the option wants; what the kernel wrote.
[[nodiscard]] std::expected<OptionBytes, std::error_code> read_option_bytes(int fd,
                                                                            const SocketOption& option);

/// An option as the kernel gave it, not yet decoded.
struct RawOption {
  const SocketOption* option = nullptr;
  OptionBytes bytes{};
  std::error_code error{};  ///< why there are none
  bool skipped = false;     ///< not asked for: it cannot be read, or reading it would take something away
};

/// Reads the options one after the other and does nothing else, so that a descriptor borrowed from another
/// process can be given back after microseconds. Destructive ones only if `destructive`.
[[nodiscard]] std::vector<RawOption> read_options(int fd, std::span<const SocketOption* const> options,
                                                  bool destructive);

}  // namespace net
