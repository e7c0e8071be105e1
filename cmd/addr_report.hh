#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cmd/addr_input.hh"
#include "cmd/document.hh"
#include "net/addr/ipv6_embedded.hh"
#include "net/base/error.hh"
#include "net/sock/endpoint.hh"

namespace cmd {

/// What --contains asks for, and how it was written.
struct Contained {
  AddrInput read{};  ///< no MAC address
  std::string text{};
};

/// What the options of addr ask beside the address itself: one of them at most.
struct AddrQuestions {
  std::optional<Contained> contains{};
  std::optional<int> split{};  ///< a prefix length
  std::optional<net::IpPrefix> nat64{};
  std::optional<std::uint16_t> sockaddr{};  ///< with this port
};

/// One input and the answers to the questions; what only depends on the address is in net/addr.
struct AddrReport {
  std::string input{};
  AddrInput read{};
  std::string canonical{};
  std::optional<bool> contains{};
  std::vector<net::IpPrefix> subnets{};
  std::vector<net::IpPrefix> cidrs{};  ///< of a range
  /// Of an IPv6 address; by --nat64 where that was said.
  std::optional<net::EmbeddedIpv4> embedded{};
  /// Of an IPv4 address, by --nat64.
  std::optional<net::IpAddress> nat64{};
  std::optional<net::Endpoint> sockaddr{};

  /// The address, alone or before a prefix length; nullptr for ranges and MAC addresses.
  [[nodiscard]] const net::IpAddress* address() const { return read.address(); }
  /// nullptr where no length was given.
  [[nodiscard]] const net::IpPrefix* prefix() const { return std::get_if<net::IpPrefix>(&read.what); }
  /// What the kind is told of: a network where its own address stands before the length, else the address.
  [[nodiscard]] net::IpPrefix meant() const;
};

/// "private use"; of a network with smaller blocks in it what all of it is, and that there are such.
[[nodiscard]] std::string kind_words(const net::IpPrefix& meant);
/// False for a network of class D or E, where no address is a host's.
[[nodiscard]] bool has_hosts(const net::IpPrefix& prefix);

/// Why a question cannot be asked of an input, in words, or nothing.
[[nodiscard]] net::Parsed<void> check_questions(const AddrInput& input, const AddrQuestions& questions);

/// The report of an input whose questions were checked. ENODEV: the zone of a sockaddr names no interface.
[[nodiscard]] net::Result<AddrReport> make_report(std::string_view text, AddrInput input,
                                                  const AddrQuestions& questions);

/// Lines for people.
[[nodiscard]] std::vector<std::string> addr_text(const AddrReport& report, const AddrQuestions& questions);
/// All of it in one line, for streams.
[[nodiscard]] std::string addr_line(const AddrReport& report, const AddrQuestions& questions);
/// One value a line, for scripts.
[[nodiscard]] std::vector<std::string> addr_values(const AddrReport& report, const AddrQuestions& questions);
/// For programs: the keys that apply.
[[nodiscard]] Object addr_object(const AddrReport& report, const AddrQuestions& questions);

/// "02 00 01 bb".
[[nodiscard]] std::string spaced_hex(net::ByteView bytes);

}  // namespace cmd
