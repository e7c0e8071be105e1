#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "tests/support/address.hh"
#include "tests/support/fd.hh"
#include "tests/support/json.hh"
#include "tests/support/net.hh"
#include "tests/support/program.hh"

/// What the tests of listen's guards have in common.
namespace test {

/// Reads events of `--json` until one of that name.
inline json::Value read_event(Program& program, std::string_view name) {
  for (;;) {
    json::Value event = json::parse(program.read_line(Stream::err));
    if (event.has("event") && event["event"].string() == name) return event;
  }
}

/// connect_tcp() from an address of one's own: those of 127.0.0.0/8 are many clients.
[[nodiscard]] inline Peer connect_from(const std::string& from, const std::string& to, std::uint16_t port) {
  Address own = ip_address(from, 0);
  Address server = ip_address(to, port);
  Fd fd(socket(server.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd.valid()) fail_errno("socket");
  if (bind(fd.get(), own.raw(), own.length) < 0) fail_errno("bind " + from);
  if (connect(fd.get(), server.raw(), server.length) < 0) fail_errno("connect " + to);
  return Peer(std::move(fd));
}

}  // namespace test
