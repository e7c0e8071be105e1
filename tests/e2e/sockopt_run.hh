#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "tests/support/netns.hh"
#include "tests/support/nettool.hh"
#include "tests/support/raw_socket.hh"
#include "tests/support/require.hh"
#include "tests/support/socket_owner.hh"
#include "tests/support/words.hh"

/// What the tests of `nettool sockopt` share.
namespace test {

using Rows = std::vector<json::Value>;

/// `nettool sockopt WORDS`.
[[nodiscard]] inline Outcome sockopt(const Words& words) {
  return run(nettool_argv(Words{"sockopt"} + words));
}

/// The objects on stdout; throws with everything unless the status is 0.
[[nodiscard]] inline Rows rows_of(const Outcome& outcome) {
  if (outcome.status != 0) {
    fail("sockopt: status " + std::to_string(outcome.status) + "\n" + outcome.out + outcome.err);
  }
  return json::parse_lines(outcome.out);
}

/// The one object where there must be one.
[[nodiscard]] inline json::Value only(const Rows& rows) {
  if (rows.size() != 1) fail(std::to_string(rows.size()) + " objects instead of one");
  return rows[0];
}

/// The objects of `nettool sockopt --json WORDS`, which must succeed.
[[nodiscard]] inline Rows sockopt_rows(const Words& words) {
  return rows_of(sockopt(Words{"--json"} + words));
}
[[nodiscard]] inline json::Value sockopt_row(const Words& words) {
  return only(sockopt_rows(words));
}

/// The row of that name; throws when there is none, or several.
[[nodiscard]] inline const json::Value& row_of(const Rows& rows, const std::string& name) {
  const json::Value* found = nullptr;
  for (const json::Value& row : rows) {
    if (!row.has("name") || row["name"].string() != name) continue;
    if (found != nullptr) fail("two rows of " + name);
    found = &row;
  }
  if (found == nullptr) fail("no row of " + name);
  return *found;
}

/// "NAME=VALUE" of each row, the value as JSON has it.
[[nodiscard]] inline Words values_of(const Rows& rows) {
  Words out;
  for (const json::Value& row : rows) out.push_back(row["name"].string() + "=" + row["value"].text());
  return out;
}

[[nodiscard]] inline Words names_of(const Rows& rows) {
  Words out;
  for (const json::Value& row : rows) out.push_back(row["name"].string());
  return out;
}

/// --pid and --fd of a socket of that process.
[[nodiscard]] inline Words at_fd(const SocketOwner& owner, int fd) {
  return {"--pid", owner.pid_text(), "--fd", std::to_string(fd)};
}

/// ":8080", as --local and --peer take it.
[[nodiscard]] inline std::string at_port(std::uint16_t port) {
  return ":" + std::to_string(port);
}

/// The hint of an error in text, or nothing.
[[nodiscard]] inline std::string hint_of(const std::string& err) {
  size_t at = err.find("hint: ");
  return at == std::string::npos ? "" : err.substr(at);
}

/// Loopback with a port of the kernel's choice.
[[nodiscard]] inline Address loopback(int family = AF_INET) {
  return ip_address(family == AF_INET ? "127.0.0.1" : "::1", 0);
}

[[nodiscard]] inline std::uint16_t port_of(SocketOwner& owner, int fd) {
  return owner.in(local_address, fd).port();
}

/// A TCP connection with both of its ends in one process.
struct OwnedConnection {
  int listener;
  int client;
  int accepted;
  Address server_address;
  Address client_address;
};

[[nodiscard]] inline OwnedConnection make_connection(Address where) {
  int listener = listening_socket(where, SOCK_STREAM);
  int client = connected_socket(local_address(listener), SOCK_STREAM);
  int accepted = accept_one(listener);
  return {listener, client, accepted, local_address(listener), local_address(client)};
}

/// Tests that look for sockets by their port: in a network where nobody else's socket can have it.
class OwnNetwork : public testing::Test {
 protected:
  void SetUp() override {
    REQUIRE_NAMESPACES();
    ns_.emplace();
  }
  [[nodiscard]] Namespace& ns() { return *ns_; }
  [[nodiscard]] const Namespace& ns() const { return *ns_; }

  // The functions above, in there.
  [[nodiscard]] Outcome sockopt(const Words& words) const {
    return ns_->run(nettool_argv(Words{"sockopt"} + words));
  }
  [[nodiscard]] Rows sockopt_rows(const Words& words) const {
    return rows_of(sockopt(Words{"--json"} + words));
  }
  [[nodiscard]] json::Value sockopt_row(const Words& words) const { return only(sockopt_rows(words)); }

 private:
  std::optional<Namespace> ns_;
};

}  // namespace test
