#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "net/stream/pump.hh"

namespace net {

/// How a byte stream is cut into messages.
struct Framing {
  std::size_t size =
      1400;              ///< bytes of a datagram, at most; sent as it is when the input falls silent or ends
  bool by_line = false;  ///< one line a datagram, without its newline
};

/// The largest payload that one datagram carries over IPv4 (RFC 768, RFC 791).
inline constexpr std::size_t largest_datagram = 65507;

/// One byte more than any datagram has, so that none is cut without our knowing.
inline constexpr std::size_t message_buffer = 65536;

/// Bytes from a Stream as messages to another that keeps boundaries. Where the source keeps boundaries
/// itself, one read is one message whatever the framing says.
class MessageSender final : public Pump {
 public:
  MessageSender(Reactor& reactor, Stream& from, Stream& to, Framing framing)
      : Pump(reactor), from_(from), to_(to), framing_(framing) {}
  Task<> run() override;

 private:
  Task<bool> send(std::span<const std::byte> message);
  Task<> forward_messages();
  Task<> send_filled();
  Task<> send_lines();
  /// Reads into the free part of the buffer; false at the end, on failure, or (with `patience`) on silence.
  enum class Input : std::uint8_t { some, silent, ended };
  Task<Input> read_more(bool patience);

  Stream& from_;
  Stream& to_;
  Framing framing_;
  std::vector<std::byte> buffer_;
  std::size_t filled_ = 0;
};

/// Messages from a Stream that keeps boundaries, each written whole to another.
class MessageReceiver : public Pump {
 public:
  MessageReceiver(Reactor& reactor, Stream& from, Stream& to) : Pump(reactor), from_(from), to_(to) {}
  Task<> run() override;

 private:
  Stream& from_;
  Stream& to_;
};

/// The pump for these two ends: what comes as messages goes on as messages, each in one write; a byte stream
/// is cut by `framing` where the sink keeps boundaries.
[[nodiscard]] std::unique_ptr<Pump> make_pump(Reactor& reactor, Stream& from, Stream& to, Framing framing);

}  // namespace net
