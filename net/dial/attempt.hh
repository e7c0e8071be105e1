#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "net/base/clock.hh"
#include "net/base/error.hh"
#include "net/dial/socket_options.hh"
#include "net/loop/reactor.hh"
#include "net/loop/task.hh"
#include "net/sock/error_queue.hh"
#include "net/sock/socket.hh"

namespace net {

/// How sockets are made and connected, whoever asks: a dial, a scan, a trace.
struct DialOptions {
  Transport transport{};
  int family = AF_UNSPEC;
  Duration timeout = forever;        ///< for the whole way to a connection
  bool race = true;                  ///< RFC 8305; otherwise one address after the other
  std::optional<Endpoint> source{};  ///< its family is the only one that is tried
  std::uint16_t source_port = 0;
  std::string interface{};
  std::vector<OptionSetting> options{};
  bool unconnected = false;  ///< UDP without connect(2)
};

/// One address that was tried.
struct Attempt {
  Endpoint address;
  TimePoint began{};
  Duration time{};               ///< until it was decided, or until it was given up
  std::optional<Error> error{};  ///< nothing: connected
  Endpoint local{};              ///< our own address, once connected
  std::uint32_t syns_sent = 0;   ///< as the kernel counted (TCP)
  /// What an ICMP message said of it, when one came: that decides what the errno means.
  std::optional<IcmpReport> icmp{};
};

/// An attempt under way, and the socket that it is made with.
struct Attempting {
  Attempt attempt;
  std::optional<Socket> socket{};
  bool connected = true;  ///< false: a datagram socket for sendto(2)
  bool decided = false;
};

/// A socket for connecting to `address` with everything that `options` ask for before that, its ICMP errors
/// queued.
[[nodiscard]] Result<Socket> open_socket(const DialOptions& options, const Endpoint& address);

/// What `code`, which connecting `socket` to `address` came to, means: whose "no" it is, and who said so.
/// `icmp` receives the ICMP message that it came by, if it came by one.
[[nodiscard]] Error connect_error(const Socket& socket, const Endpoint& address, Transport transport,
                                  std::error_code code, std::optional<IcmpReport>& icmp);

/// True when a TCP socket has connected to itself: simultaneous open with the port that the kernel picked for
/// it (RFC 9293, 3.5). Nobody else is there.
[[nodiscard]] bool is_self_connected(const Socket& socket);
[[nodiscard]] Error self_connected_error(const Endpoint& address, Transport transport);

/// Tries the one address of `attempting`, which must outlive the task: leaves there the outcome and, when it
/// connected, the socket. Cancelled, the attempt is undecided.
Task<> try_address(Reactor& reactor, const DialOptions& options, Attempting& attempting);

/// Marks an attempt that is not decided as given up, for the reason in `why`.
void give_up(Reactor& reactor, const DialOptions& options, Attempting& attempting, const std::string& why,
             int code);

/// try_address() has ICMP reported by the error queue while it connects (and always for UDP); this takes
/// IP_RECVERR or IPV6_RECVERR off again, unless `options` set it.
void end_icmp_errors(const Socket& socket, int family, const std::vector<OptionSetting>& options);

}  // namespace net
