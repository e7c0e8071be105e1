#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace net::dns {

/// What a service of nsswitch.conf(5) says, and what is done about it.
enum class NssStatus : std::uint8_t { success, not_found, unavailable, try_again };
enum class NssAction : std::uint8_t { stop, go_on, merge };

struct NssService {
  std::string name;
  /// By the value of NssStatus; nsswitch.conf(5) writes stop as `return` and go_on as `continue`.
  std::array<NssAction, 4> actions{NssAction::stop, NssAction::go_on, NssAction::go_on, NssAction::go_on};

  [[nodiscard]] NssAction on(NssStatus status) const { return actions.at(static_cast<std::size_t>(status)); }
};

/// Who is asked for hosts, in order.
struct HostsOrder {
  std::string line{};      ///< "files mdns4_minimal [NOTFOUND=return] dns"
  bool from_file = false;  ///< otherwise nsswitch.conf has no such line, and this is the C library's default
  std::vector<NssService> services{};
  /// A line that glibc cannot read, of any database that it knows, makes it give up the whole file: there
  /// are no services then, for hosts either. Its number, or 0, and the line.
  std::size_t malformed_line = 0;
  std::string malformed_text{};

  [[nodiscard]] bool has(std::string_view service) const;
  /// Why there are no services, in words, as in "nsswitch.conf is malformed in line 3 (...): libc asks
  /// nobody"; empty where there are some.
  [[nodiscard]] std::string why_nobody() const;
};

/// As glibc reads it since 2.33: a `#` begins no comment behind a service, and a last line without its
/// newline is not read.
[[nodiscard]] HostsOrder read_hosts_order(const std::string& path = "/etc/nsswitch.conf");

}  // namespace net::dns
