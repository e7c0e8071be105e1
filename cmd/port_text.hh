#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cmd/port_facts.hh"

namespace cmd {

/// "free", "held", "time-wait", "privileged": the one word for scripts.
[[nodiscard]] std::string_view state_word(PortState state);

/// "9190/tcp".
[[nodiscard]] std::string port_label(const PortFacts& facts);

/// "system", "user", "dynamic".
[[nodiscard]] std::string_view class_word(PortClass port_class);

/// "127.0.0.1", "::", "127.0.0.53%lo": where a socket is bound, and to which interface it is tied.
[[nodiscard]] std::string address_name(const net::kern::SocketEntry& socket);
/// The same with brackets around IPv6.
[[nodiscard]] std::string address_text(const net::kern::SocketEntry& socket);

/// "nginx (pid 812, user web)", or whose it is where the process is not known.
[[nodiscard]] std::string holder_text(const PortHolder& holder);

/// "nginx (pid 812)" of each process, as far as some_of() goes.
[[nodiscard]] std::string processes_text(const std::vector<PortHolder>& holders);

/// The sockets of one process (or of one user, where the process is not known) together.
struct HolderGroup {
  PortHolder holder;
  std::vector<std::string> addresses;  ///< "[::] (IPv6 only)" where IPv4 does not come there
};
[[nodiscard]] std::vector<HolderGroup> by_process(const std::vector<PortHolder>& holders);

/// "a", "a and b", "a, b, c and 2 more".
[[nodiscard]] std::string some_of(const std::vector<std::string>& names);

/// "0.0.0.0, [::]", none twice.
[[nodiscard]] std::string addresses_text(const std::vector<std::string>& addresses);

/// "user port, no registered name", and what this host does with it; of `several` without names.
[[nodiscard]] std::string class_text(const PortFacts& facts, bool several = false);

/// What bind(2) answers and why: "fails now, with SO_REUSEADDR too (it is listening)".
[[nodiscard]] std::string bind_text(const PortFacts& facts);

/// What all of it means, in one sentence behind the label: "held by nginx (pid 812)".
[[nodiscard]] std::string meaning(const PortFacts& facts);

}  // namespace cmd
