#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "net/sock/sockopt.hh"
#include "net/sock/sockopt_read.hh"
#include "tests/support/net.hh"
#include "tests/support/require.hh"
#include "tests/unit/sock/sockopt_samples.hh"
#include "tests/unit/sock/sockopt_sockets.hh"

// What accept(2) hands on from the listener, by experiment, since no manual says it.
namespace net {
namespace {

/// The kinds that have the row and can listen, each on one family. Not MPTCP: whom that accepts is a TCP
/// socket or an MPTCP one, as the client is.
std::vector<TestKind> listening_kinds(const SocketOption& row) {
  std::vector<TestKind> out;
  for (const TestKind& test : claimed_kinds(row)) {
    const std::uint16_t bit = test.kind.bit();
    const auto same = [bit](const TestKind& other) { return other.kind.bit() == bit; };
    if ((bit & (on_tcp | on_unix_stream | on_unix_seqpacket)) == 0) continue;
    if (std::ranges::none_of(out, same)) out.push_back(test);
  }
  return out;
}

/// Connects to a listener and sends a byte, since TCP_DEFER_ACCEPT waits for one.
test::Peer connect_to(const Socket& listener, const SocketKind& kind) {
  if (kind.family != AF_UNIX) {
    test::Peer client =
        test::connect_tcp(kind.family == AF_INET6 ? "::1" : "127.0.0.1", listener.local().port());
    client.send_all("x");
    return client;
  }
  sockaddr_storage name{};
  socklen_t length = sizeof name;
  auto* const address = reinterpret_cast<sockaddr*>(&name);
  test::Fd fd(::socket(AF_UNIX, kind.type, 0));
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
  const test::Peer client = connect_to(*listener, kind.kind);
  if (!test::poll_one(listener->fd(), POLLIN, test::Deadline(test::patience))) return std::nullopt;
  Endpoint peer;
  const auto accepted = listener->accept(peer);
  if (!accepted) return std::nullopt;
  const auto value = get_option(accepted->fd(), row);
  return value ? std::optional(option_text(*value)) : std::nullopt;
}

/// Whether accept() handed the sample on, or nothing where that cannot be told.
std::optional<bool> handed_on(const SocketOption& row, const TestKind& kind) {
  // What a fresh socket does not tell, an accepted one does not either.
  const Refusal* const refusal = refusal_of(row, kind);
  if (refusal != nullptr && refusal->always) return std::nullopt;
  const auto samples = samples_of(row, kind);
  const auto sample = std::ranges::find_if(samples, [](const Sample& s) { return s.refused.empty(); });
  if (sample == samples.end() || sample->no_accept || !fresh(kind)) return std::nullopt;
  const auto with = accepted_value(row, kind, &*sample);
  const bool may_be_missing = !kernel_has(row.since) || (refusal != nullptr && !refusal->always);
  if (!with && may_be_missing) return std::nullopt;
  const auto without = accepted_value(row, kind, nullptr);
  EXPECT_TRUE(with && without) << row.name << " on " << kind.name << ": nobody was accepted";
  if (sample->of_listener) return true;
  return with != without;
}

TEST(SockoptAccept, HandsOnWhatTheTableSays) {
  REQUIRE_ROOT();
  for (const SocketOption& row : finished_rows()) {
    // Of state, what is read there is not what was set.
    if (!row.readable || !row.settable || row.destructive || row.nature == OptionNature::state) continue;
    for (const TestKind& kind : listening_kinds(row)) {
      if (const auto handed = handed_on(row, kind)) {
        EXPECT_EQ(*handed, hands_on(kind.kind, row)) << row.name << " on " << kind.name;
      }
    }
  }
}

}  // namespace
}  // namespace net
