#pragma once

#include <cstddef>
#include <vector>

#include "net/kern/sock_diag.hh"

namespace net::kern {

/// Adds the sockets of one IP protocol and family that match the query, whose own family and protocols are
/// not looked at. An error of the kernel that does not know the protocol is ENOENT (no such module).
[[nodiscard]] Result<void> list_inet_sockets(DiagProtocol protocol, int family, const SocketQuery& query,
                                             std::vector<SocketEntry>& found);

/// The addresses of a query as the kernel's filter runs them (INET_DIAG_REQ_BYTECODE); empty when they ask
/// for nothing.
[[nodiscard]] std::vector<std::byte> inet_filter(const SocketQuery& query);

/// Whether a socket's address is the one that is wanted, by the rules of SocketQuery.
[[nodiscard]] bool is_wanted(const Endpoint& wanted, const Endpoint& address);

}  // namespace net::kern
