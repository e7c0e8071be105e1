#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cmd/document.hh"
#include "cmd/output.hh"
#include "net/base/clock.hh"
#include "net/dial/dialer.hh"
#include "net/dns/hostent.hh"
#include "net/serve/client.hh"
#include "net/sock/tcp_info.hh"
#include "net/stream/exchange.hh"

/// The events of connect and listen as documents.
namespace cmd {

/// {address, port}, or {path} for a Unix address.
[[nodiscard]] Object endpoint_object(const net::Endpoint& endpoint);

/// Where an answer came from and how long that took: "dns 192.0.2.53, 11.8 ms".
[[nodiscard]] std::string answer_origin(const net::dns::Answer& answer);
[[nodiscard]] Document resolved_document(const net::dns::Answer& answer);
[[nodiscard]] Document attempt_document(const net::Attempt& attempt, net::Transport transport,
                                        std::string_view hint = {});
[[nodiscard]] Document connected_document(const net::Endpoint& local, const net::Endpoint& peer,
                                          net::Transport transport, net::Duration time);
[[nodiscard]] Document listening_document(const net::Endpoint& local, net::Transport transport);
[[nodiscard]] Document accepted_document(std::uint64_t client, const net::Endpoint& peer,
                                         const net::Endpoint& local, net::Transport transport);
/// Of a server, which tells who of it serves the client.
[[nodiscard]] Document accepted_document(const net::Client& client, const net::Worker& worker);
/// A process of ours, or a program, that served a client.
[[nodiscard]] Document exited_document(std::uint64_t client, const net::Exited& exited,
                                       std::string_view what = "process");
[[nodiscard]] Document rejected_document(const net::Endpoint& peer, net::Transport transport,
                                         std::string_view reason);
/// A socket option that was set and what the kernel made of it; text only.
[[nodiscard]] Document option_document(const net::OptionChange& change);
/// With -v, what became of the options that were applied to a socket (net::applied_options).
void print_options(Output& out, int fd, const std::vector<net::OptionSetting>& options,
                   net::OptionMoment moment);

/// Of a conversation; listen numbers its clients.
[[nodiscard]] Document closed_document(const net::Closed& closed,
                                       std::optional<std::uint64_t> client = std::nullopt);

}  // namespace cmd
