#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "net/base/bytes.hh"

namespace net {

/// A datagram for a UDP port, made so that who usually serves that port answers it.
struct UdpQuestion {
  std::string_view service{};  ///< "DNS": whose question it is; empty where none is known for the port
  Buffer bytes{};
  /// Where random bytes stand in it that an answer must repeat; none where the protocol repeats nothing.
  std::size_t token = 0;
  std::size_t token_size = 0;

  /// Whether `reply` answers this very question: yes or no where it must repeat the token, and nothing where
  /// that cannot be told.
  [[nodiscard]] std::optional<bool> answered_by(ByteView reply) const;
};

/// What a scan sends to `port`: the service's question, or an empty datagram. Each has a token of its own.
[[nodiscard]] UdpQuestion udp_question(std::uint16_t port);

/// What a ping sends to `port`: the service's question, or bytes that hold `sequence` and a token, as a
/// server of the echo kind returns them; of another kind an answer may be anything.
[[nodiscard]] UdpQuestion udp_ping_question(std::uint16_t port, std::uint32_t sequence);

/// A few random bytes that nobody can guess: a datagram whose ICMP message, which repeats its beginning, is
/// known from others.
[[nodiscard]] Buffer udp_token();

/// True when `reply`, from the right address but another port, is how a server on `port` answers its
/// question: TFTP does so by design (RFC 1350, 4).
[[nodiscard]] bool udp_answers_elsewhere(std::uint16_t port, ByteView reply);

}  // namespace net
