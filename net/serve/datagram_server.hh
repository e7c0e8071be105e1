#pragma once

#include <cstdint>
#include <optional>

#include "net/loop/reactor.hh"
#include "net/serve/gate.hh"
#include "net/serve/recent_peers.hh"
#include "net/sock/datagram.hh"
#include "net/stream/stream.hh"

namespace net {

/// One peer of a datagram socket, as long as it is remembered.
struct DatagramClient {
  std::uint64_t id = 0;
  Endpoint peer;
  std::optional<PacketInfo> arrived_at{};  ///< what it asked, and is answered from
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  TimePoint began{};
  TimePoint last{};
};

class DatagramObserver {
 public:
  DatagramObserver() = default;
  DatagramObserver(const DatagramObserver&) = delete;
  DatagramObserver& operator=(const DatagramObserver&) = delete;
  virtual ~DatagramObserver() = default;
  virtual void accepted(const DatagramClient& client) = 0;
  /// A sender that is not served, as the gate refuses it or there is one client already; told once for each
  /// of the last few.
  virtual void rejected(const Endpoint& peer, Rejection reason) = 0;
  virtual void forgotten(const DatagramClient& client) = 0;
  /// A datagram to one of many clients that could not be sent; it is dropped and the others go on.
  virtual void unanswered(const DatagramClient& client, const Error& error) = 0;
};

/// One unconnected socket and the table of those who wrote to it. As a Stream: reads give the datagrams of
/// its clients, writes go to the one that wrote last, from the address that it had asked.
class DatagramServer final : public Stream {
 public:
  /// `many` serves everybody, else only the first sender. A full table forgets who was silent the longest.
  DatagramServer(Reactor& reactor, Socket socket, Gate& gate, bool many, std::size_t max_clients,
                 DatagramObserver& observer);

  [[nodiscard]] Io read(std::span<std::byte> into) override;
  /// Waits for a first client when there is none.
  [[nodiscard]] Io write(std::span<const std::byte> from) override;
  [[nodiscard]] std::error_code finish() override { return {}; }
  [[nodiscard]] Event& in() override { return in_; }
  [[nodiscard]] Event& out() override { return out_; }
  [[nodiscard]] Event& gone() override { return watch_.gone(); }
  [[nodiscard]] bool keeps_boundaries() const override { return true; }
  [[nodiscard]] bool has_end() const override { return false; }

  /// Serves those whom it knows, and drops what others send.
  void close() { open_ = false; }
  /// Forgets clients that have been silent for `idle`; never ends.
  Task<> forget_idle(Duration idle);
  /// Forgets all, most recent last.
  void forget_all();
  [[nodiscard]] const RecentPeers<DatagramClient>& clients() const { return clients_; }
  [[nodiscard]] const Socket& socket() const { return datagram_.socket(); }

 private:
  /// The client that `received` is from, new or known; nothing if it is not served.
  DatagramClient* client_of(const Datagram::Received& received);
  DatagramClient& add(const Datagram::Received& received);
  void forget_oldest();
  /// Whether somebody new may become a client; tells why not.
  bool admit(const Endpoint& peer);

  Reactor& reactor_;
  Datagram datagram_;
  Gate& gate_;
  bool many_;
  bool open_ = true;
  std::size_t max_clients_;
  DatagramObserver& observer_;
  std::uint64_t last_id_ = 0;
  RecentPeers<DatagramClient> clients_{};
  ToldOnce rejected_{};
  Event in_;
  Event out_;
  Watch watch_;
};

}  // namespace net
