#include "net/kern/pidfd.hh"
#include "net/kern/process.hh"
#include "net/kern/sock_diag.hh"
namespace net::kern {
std::string_view state_name(SocketState) { return "STATE"; }
Parsed<SocketState> parse_state(std::string_view) { return std::unexpected("stub"); }
Result<std::vector<SocketEntry>> find_sockets(const SocketQuery&) { return std::vector<SocketEntry>(); }
std::map<std::uint64_t, HeldSocket> holders_of_sockets(std::span<const std::uint64_t>) { return {}; }
Result<std::vector<HeldSocket>> sockets_of_process(pid_t) { return fail("stub", {}, errno_code(ESRCH)); }
std::optional<Process> process_by_id(pid_t) { return {}; }
Result<Fd> borrow_descriptor(pid_t, int) { return fail("stub"); }
std::string why_not_permitted(pid_t) { return {}; }
}
