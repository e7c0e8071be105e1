#pragma once

#include <functional>
#include <optional>

#include "net/loop/reactor.hh"
#include "net/sock/datagram.hh"
#include "net/stream/stream.hh"

namespace net {

/// A datagram or seqpacket socket as a Stream that keeps boundaries: to one peer, or (unconnected) to one
/// destination and from anyone.
class DatagramStream final : public Stream {
 public:
  /// A connected socket.
  DatagramStream(Reactor& reactor, Socket socket, int type);
  /// sendto(2) `destination`; `heard` is told who sent each datagram.
  DatagramStream(Reactor& reactor, Socket socket, const Endpoint& destination,
                 std::function<void(const Endpoint& peer, std::size_t size)> heard);

  [[nodiscard]] Io read(std::span<std::byte> into) override;
  [[nodiscard]] Io write(std::span<const std::byte> from) override;
  [[nodiscard]] std::error_code finish() override;
  [[nodiscard]] Event& in() override { return in_; }
  [[nodiscard]] Event& out() override { return out_; }
  [[nodiscard]] Event& gone() override { return watch_.gone(); }
  [[nodiscard]] std::optional<IcmpReport> failure_report() const override { return failure_report_; }
  [[nodiscard]] bool keeps_boundaries() const override { return true; }
  [[nodiscard]] bool has_end() const override { return type_ != SOCK_DGRAM; }

 private:
  /// Clears the way for a retry, or learns who caused the failure.
  std::unexpected<std::error_code> failed(std::error_code error, Event& event);

  Datagram datagram_;
  int type_;
  std::optional<Endpoint> destination_;
  std::function<void(const Endpoint&, std::size_t)> heard_;
  std::optional<IcmpReport> failure_report_{};
  Event in_;
  Event out_;
  Watch watch_;
};

}  // namespace net
