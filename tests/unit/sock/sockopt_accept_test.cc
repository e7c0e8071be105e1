#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <optional>
#include <string>

#include "net/sock/sockopt.hh"
#include "tests/support/net.hh"
#include "tests/support/require.hh"
#include "tests/unit/sock/sockopt_samples.hh"
#include "tests/unit/sock/sockopt_sockets.hh"

// What accept(2) hands on from the listener, by experiment, since no manual says it.
namespace net {
namespace {

/// The kind of socket that has the row and can listen: TCP where it can be.
std::optional<TestKind> listening_kind(const SocketOption& row) {
  const auto kinds = claimed_kinds(row);
  const auto found = std::ranges::find_if(kinds, [](const TestKind& test) {
    return test.kind.type == SOCK_STREAM && (test.kind.bit() & (on_tcp | on_unix_stream)) != 0;
  });
  return found == kinds.end() ? std::nullopt : std::optional(*found);
}

/// Connects to a listener and sends a byte, since TCP_DEFER_ACCEPT waits for one.
test::Peer connect_to(const Socket& listener, int family) {
  if (family != AF_UNIX) {
    test::Peer client = test::connect_tcp(family == AF_INET6 ? "::1" : "127.0.0.1", listener.local().port());
    client.send_all("x");
    return client;
  }
  sockaddr_storage name{};
  socklen_t length = sizeof name;
  auto* const address = reinterpret_cast<sockaddr*>(&name);
  test::Fd fd(::socket(AF_UNIX, SOCK_STREAM, 0));
  EXPECT_EQ(getsockname(listener.fd(), address, &length), 0);
  EXPECT_EQ(::connect(fd.get(), address, length), 0);
  return test::Peer(std::move(fd));
}

/// Bound to [::], since binding to one IPv6 address makes a socket IPV6_V6ONLY by itself; Unix sockets to a
/// name of the kernel's choice.
bool bind_anywhere(const Socket& listener, int family) {
  if (family != AF_UNIX) return listener.bind(Endpoint::any(family, 0)).has_value();
  const sockaddr unnamed{.sa_family = AF_UNIX, .sa_data = {}};
  return ::bind(listener.fd(), &unnamed, sizeof unnamed.sa_family) == 0;
}

/// What an accepted socket reads when its listener had the sample set, or was left as it was.
std::optional<std::string> accepted_value(const SocketOption& row, const TestKind& kind,
                                          const Sample* sample) {
  const auto listener = fresh(kind);
  if (!listener) return std::nullopt;
  if (sample != nullptr && !set_sample(*listener, row, *sample).empty()) return std::nullopt;
  if (!bind_anywhere(*listener, kind.kind.family) || !listener->listen(5)) return std::nullopt;
  const test::Peer client = connect_to(*listener, kind.kind.family);
  if (!test::poll_one(listener->fd(), POLLIN, test::Deadline(test::patience))) return std::nullopt;
  Endpoint peer;
  const auto accepted = listener->accept(peer);
  if (!accepted) return std::nullopt;
  const auto value = get_option(accepted->fd(), row);
  return value ? std::optional(option_text(*value)) : std::nullopt;
}

TEST(SockoptAccept, HandsOnWhatTheTableSays) {
  REQUIRE_ROOT();
  for (const SocketOption& row : finished_rows()) {
    if (!row.readable || !row.settable || row.destructive) continue;
    // What is read there is not what was set.
    if (row.nature == OptionNature::state) continue;
    const auto kind = listening_kind(row);
    if (!kind) continue;
    // What a fresh socket does not tell, an accepted one does not either.
    const Refusal* const refusal = refusal_of(row, *kind);
    if (refusal != nullptr && refusal->always) continue;
    const auto samples = samples_of(row, *kind);
    const auto sample = std::ranges::find_if(samples, [](const Sample& s) { return s.refused.empty(); });
    if (sample == samples.end() || sample->no_accept) continue;
    const auto with = accepted_value(row, *kind, &*sample);
    const bool may_be_missing = !kernel_has(row.since) || (refusal != nullptr && !refusal->always);
    if (!with && may_be_missing) continue;
    const auto without = accepted_value(row, *kind, nullptr);
    ASSERT_TRUE(with && without) << row.name << " on " << kind->name << ": nobody was accepted";
    EXPECT_EQ(*with != *without || sample->of_listener, row.inherited)
        << row.name << " on " << kind->name << ": " << *with << " with it, " << *without << " without";
  }
}

}  // namespace
}  // namespace net
