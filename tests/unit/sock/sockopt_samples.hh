#pragma once

#include <span>
#include <string_view>

#include "net/sock/sockopt.hh"

// What the tests know of each row of the option table, by level. One row may have several entries of a kind.
namespace net {

/// The number of a row, from the C library's headers where they have it (the table has the kernel's).
struct OptionNumber {
  std::string_view name;
  int value;
};
#define OPTION_NUMBER(name) {#name, name}

/// A value for a row that can be set, and what becomes of it on a fresh socket, as root. Every kind of socket
/// that the row claims is in the kinds of one of its samples; of a `word` or `flags`, each word that stands
/// in no sample is tried alone.
struct Sample {
  std::string_view name;
  std::string_view value;
  std::string_view reads;        ///< its text read back, not the default; "" for what cannot be read
  std::uint16_t kinds = on_all;  ///< the sockets where this is so
  int family = 0;                ///< AF_INET or AF_INET6: only there
  std::string_view refused{};    ///< "EINVAL": taken by no fresh socket; `reads` is what stands after
  std::string_view first{};      ///< "NAME=VALUE": set before it; several with ; between
  std::string_view since{};      ///< the kernel that knows this value, where that is later than the row
  bool of_listener = false;      ///< a connection does not have it, so that nothing is handed on
  bool no_accept = false;  ///< a listener that has it accepts nobody, or the accepted socket says nothing
  std::string_view why{};  ///< of `refused`
  bool moves = false;      ///< a clock: what it reads is not compared
};

/// A row that can be read, but not from a fresh socket; or that this kernel may have been built without.
struct Refusal {
  std::string_view name;
  std::string_view symbol;       ///< "ENOTCONN"; several where kernels differ
  std::uint16_t kinds = on_all;  ///< the sockets where this is so
  bool always = true;            ///< false: where the kernel lacks it, by its configuration
  std::string_view why{};
};

/// Sockets that take a row without its being theirs, so that the row does not claim them.
struct LeftOut {
  std::string_view name;
  std::uint16_t kinds;
  bool always = true;  ///< false: some kernels refuse it
  std::string_view why{};
};

struct LevelSamples {
  std::string_view level;
  int number;
  std::span<const OptionNumber> numbers{};
  std::span<const Sample> samples{};
  std::span<const Refusal> refusals{};
  std::span<const LeftOut> left_out{};
  bool finished = false;  ///< its rows are all written, and so are held against the kernel
};

[[nodiscard]] LevelSamples socket_samples();
[[nodiscard]] LevelSamples ip_samples();
[[nodiscard]] LevelSamples ipv6_samples();
[[nodiscard]] LevelSamples tcp_samples();
[[nodiscard]] LevelSamples udp_samples();
[[nodiscard]] LevelSamples udplite_samples();
[[nodiscard]] LevelSamples mptcp_samples();
[[nodiscard]] LevelSamples raw_samples();
[[nodiscard]] LevelSamples icmpv6_samples();

/// All of the above.
[[nodiscard]] std::span<const LevelSamples> all_levels();
/// Those of a row's level.
[[nodiscard]] const LevelSamples& level_of(const SocketOption& row);

}  // namespace net
