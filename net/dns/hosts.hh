#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "net/sock/endpoint.hh"

namespace net::dns {

/// One line of the hosts file (hosts(5)).
struct HostsLine {
  std::size_t number = 0;  ///< from 1
  Endpoint address{};      ///< port 0
  std::string official_name{};
  std::vector<std::string> aliases{};
};

inline constexpr const char* hosts_path = "/etc/hosts";

/// The lines that have `name` (in any case of letters) as their official name or an alias, in the file's
/// order. A line whose address is none is passed over, as the C library does.
[[nodiscard]] std::vector<HostsLine> find_hosts(const std::string& name,
                                                const std::string& path = hosts_path);

/// The first line of an address.
[[nodiscard]] std::optional<HostsLine> find_host_of(const Endpoint& address,
                                                    const std::string& path = hosts_path);

/// What gethostbyname(3) makes of one family's lines: the first line's official name; its aliases, then those
/// of the other lines and their official names where they differ; all addresses.
struct HostsEntry {
  std::string official_name{};
  std::vector<std::string> aliases{};
  std::vector<Endpoint> addresses{};
};
[[nodiscard]] HostsEntry merge_hosts(const std::vector<HostsLine>& lines, int family);

}  // namespace net::dns
