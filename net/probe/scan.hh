#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/base/clock.hh"
#include "net/base/error.hh"
#include "net/dial/attempt.hh"
#include "net/kern/port_policy.hh"
#include "net/loop/reactor.hh"
#include "net/loop/task.hh"
#include "net/sock/endpoint.hh"

namespace net {

/// What is known of a port. Only an answer of the port itself makes it open; a "no" of the target makes it
/// closed; a "no" of anybody on the way, or silence, filtered. Of a silent UDP port nothing is known.
enum class PortState : std::uint8_t { open, closed, filtered, open_filtered };

/// "open", "closed", "filtered", "open|filtered".
[[nodiscard]] std::string_view name_of(PortState state);

/// A host whose ports are asked.
struct ScanHost {
  std::string name;       ///< as it was asked for
  Endpoint address;       ///< its port does not matter
  std::string network{};  ///< that it was walked to in, as asked for
};

/// What one port came to.
struct PortResult {
  const ScanHost& host;
  Endpoint address;  ///< with the port
  PortState state = PortState::filtered;
  Duration time{};               ///< from the first probe to the decision
  std::optional<Error> error{};  ///< why it is not open, and who said so; only when `all` were asked for
  std::string banner{};          ///< what it said first, any bytes
};

/// Where the hosts come from, one at a time, so that a network of millions needs no memory.
class ScanSource {
 public:
  ScanSource() = default;
  ScanSource(const ScanSource&) = delete;
  ScanSource& operator=(const ScanSource&) = delete;
  virtual ~ScanSource() = default;

  /// The next host, if one is at hand.
  virtual std::optional<ScanHost> next() = 0;
  /// Waits until one is at hand; false when there are no more.
  virtual Task<bool> more() = 0;
  /// Leaves out what is left of the network of the last host; how many hosts that is, or the largest number.
  virtual std::uint64_t skip_network() { return 0; }
};

/// Where the results go: hosts as the source gave them, ports as the options have them.
class ScanSink {
 public:
  ScanSink() = default;
  ScanSink(const ScanSink&) = delete;
  ScanSink& operator=(const ScanSink&) = delete;
  virtual ~ScanSink() = default;

  virtual void take(const PortResult& result) = 0;
  /// This host cannot ask that port of that one (no route, no permission), nor others perhaps. Said once of a
  /// host.
  virtual void host_failed(const ScanHost& host, const Endpoint& address, const Error& error) = 0;
  /// So many hosts of its network in a row, this one the last, failed in that way: the others are left out.
  virtual void network_failed(const ScanHost& host, std::size_t hosts, const Error& error) = 0;
  /// This host, or who answers for it, sends no more than an ICMP message each `interval`, and so many of its
  /// ports are to be proved. Said once of a host.
  virtual void icmp_limited(const ScanHost& host, Duration interval, std::size_t left) = 0;
  /// True when flush() should come before more.
  [[nodiscard]] virtual bool full() const = 0;
  /// Hands on what was taken, however long that takes; false when nobody wants any more.
  virtual Task<bool> flush() = 0;
};

struct ScanOptions {
  DialOptions dial{};                          ///< how sockets are made; its timeout is not looked at
  std::vector<kern::PortRange> ports{};        ///< of every host, in this order
  std::optional<std::size_t> concurrency{};    ///< probes unanswered at a time, strictly
  std::optional<std::uint64_t> rate{};         ///< probes a second, repeated ones included
  Duration timeout = std::chrono::seconds(1);  ///< of a port
  bool banner = false;                         ///< read what an open port says first
  bool all = false;                            ///< results for every port, not for the open ones alone
};

/// What happened so far.
struct ScanFigures {
  std::uint64_t open = 0;
  std::uint64_t closed = 0;
  std::uint64_t filtered = 0;
  std::uint64_t silent = 0;  ///< of the filtered ones: those of which nobody said anything
  std::uint64_t open_filtered = 0;
  std::uint64_t hosts = 0;         ///< begun
  std::uint64_t failed_hosts = 0;  ///< host_failed()
  std::uint64_t skipped = 0;       ///< ports that could not be asked, or the largest number
  std::uint64_t unanswered = 0;    ///< asked, but not decided when the scan was cancelled
  std::uint64_t sent = 0;          ///< probes, repeated ones included
  bool icmp_rate_limited = false;  ///< silence may only mean that the target answers so many a second

  /// Ports that are decided.
  [[nodiscard]] std::uint64_t decided() const { return open + closed + filtered + open_filtered; }
};

/// A scan under way. Memory is bounded by the options, not by the targets: while the sink takes nothing, or
/// the oldest probe is not decided, hardly any more are sent.
class Scan {
 public:
  Scan() = default;
  Scan(const Scan&) = delete;
  Scan& operator=(const Scan&) = delete;
  virtual ~Scan() = default;

  /// Asks until source or sink end. An error means that this host can make no sockets at all.
  virtual Task<Result<void>> run() = 0;
  [[nodiscard]] virtual const ScanFigures& figures() const = 0;
  /// After run() was cancelled: the sink gets what is decided, though older probes are not.
  virtual void hand_over_rest() = 0;
};

/// By connecting. Reactor, source and sink must outlive the scan.
[[nodiscard]] std::unique_ptr<Scan> make_tcp_scan(Reactor& reactor, ScanOptions options, ScanSource& source,
                                                  ScanSink& sink);

/// By UDP datagrams; `banner` is not looked at.
[[nodiscard]] std::unique_ptr<Scan> make_udp_scan(Reactor& reactor, ScanOptions options, ScanSource& source,
                                                  ScanSink& sink);

}  // namespace net
