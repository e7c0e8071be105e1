#pragma once

#include <cstdint>
#include <optional>

#include "net/dns/query.hh"
#include "net/dns/tcp_channel.hh"

namespace net::dns {

/// Knows the last record of a zone transfer: the second SOA of a whole zone (RFC 5936, 2.2), or the end of
/// the differences (RFC 1995, 4), which begin with two SOA records.
class TransferEnd {
 public:
  explicit TransferEnd(std::optional<std::uint32_t> known_serial) : known_(known_serial) {}

  /// Takes the next record; true when it is the last. `serial` is a SOA's, nothing for other types.
  bool take(std::optional<std::uint32_t> serial);
  /// True when the transfer was complete with the message just taken: the lone SOA of an IXFR that has
  /// nothing new.
  [[nodiscard]] bool complete() const;

 private:
  enum class Part : std::uint8_t { begin, second, whole_zone, removed, added, over };
  std::optional<std::uint32_t> known_;
  std::uint32_t newest_ = 0;
  Part part_ = Part::begin;
};

/// AXFR or IXFR over TCP, message by message, so that a zone of any size takes little memory. The servers are
/// asked in turn until one takes the connection.
class Transfer {
 public:
  Transfer(Reactor& reactor, QuerySpec spec, QueryOptions options);

  /// The next message, in order; nothing after the last. An error ends it.
  Task<std::optional<Result<Response>>> next();
  /// The server that is, or was last, asked.
  [[nodiscard]] const Endpoint& server() const { return server_; }

 private:
  Task<std::optional<Error>> begin();
  Task<Result<Message>> receive();
  void look_for_end(const Message& message);

  Reactor& reactor_;
  QuerySpec spec_;
  QueryOptions options_;
  Endpoint server_;
  TimePoint began_;
  TimePoint deadline_;
  TransferEnd end_;
  std::optional<TcpChannel> channel_{};
  std::uint16_t id_ = 0;
  bool with_edns_;
  bool first_ = true;
  bool over_ = false;
};

}  // namespace net::dns
