#include "cmd/listen_mode.hh"

#include <utility>
#include <vector>

#include "cmd/hints.hh"
#include "cmd/relay_report.hh"
#include "net/dial/order.hh"
#include "net/dns/hostent.hh"

namespace cmd {

int ListenMode::fail(const net::Error& error, std::string_view hint) const {
  out_.error(error, hint);
  return exit_status(error);
}

net::Task<net::Result<void>> ListenMode::resolve_address() {
  net::dns::HostLookup lookup(reactor_, flags_.host, flags_.relay.family());
  std::vector<net::Endpoint> found;
  std::optional<net::Error> reason;
  for (;;) {
    const auto answer = co_await lookup.next();
    if (!answer) break;
    out_.print(resolved_document(*answer));
    found.insert(found.end(), answer->addresses.begin(), answer->addresses.end());
    if (answer->error) reason = answer->error;
  }
  if (found.empty()) co_return std::unexpected(*reason);
  flags_.address = net::order_destinations(std::move(found)).front().with_port(flags_.port);
  co_return net::Result<void>();
}

net::Task<std::optional<net::Listener>> ListenMode::open(int& failure) {
  if (!flags_.host.empty() && !flags_.address) {
    if (const auto resolved = co_await resolve_address(); !resolved) {
      failure = fail(resolved.error());
      co_return std::nullopt;
    }
  }
  const net::ListenOptions options = listen_options(flags_);
  auto listener = net::Listener::open(options);
  if (!listener) {
    failure = fail(listener.error(), listen_hint(listener.error(), options));
    co_return std::nullopt;
  }
  if (listener->ipv4_only()) out_.note("this host has no IPv6: listening on IPv4 alone");
  out_.print(listening_document(listener->local(), flags_.relay.transport()));
  print_options(out_, listener->socket().fd(), flags_.relay.socket_options, net::OptionMoment::before);
  co_return std::move(*listener);
}

}  // namespace cmd
