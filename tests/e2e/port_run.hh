#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/address.hh"
#include "tests/support/netns.hh"
#include "tests/support/nettool.hh"
#include "tests/support/raw_socket.hh"
#include "tests/support/require.hh"
#include "tests/support/words.hh"

/// What the tests of `nettool port` share.
namespace test {

/// A network of its own, where nobody else has a port.
class PortTest : public testing::Test {
 protected:
  void SetUp() override {
    REQUIRE_NAMESPACES();
    ns_.emplace();
    // Else a late segment may end TIME_WAIT: it is answered, and the answer's port is closed, which is a
    // reset.
    ns_->sysctl("net.ipv4.tcp_rfc1337", "1");
  }

  [[nodiscard]] Namespace& ns() { return *ns_; }
  [[nodiscard]] const Namespace& ns() const { return *ns_; }

  /// `nettool port WORDS` in there.
  [[nodiscard]] Outcome port(const Words& words) const {
    return ns_->run(nettool_argv(Words{"port"} + words));
  }
  /// What it prints; throws unless it succeeds.
  [[nodiscard]] std::string shown(const Words& words) const {
    Outcome outcome = port(words);
    if (outcome.status != 0) {
      fail("port: status " + std::to_string(outcome.status) + "\n" + outcome.out + outcome.err);
    }
    return outcome.out;
  }
  [[nodiscard]] std::vector<json::Value> objects(const Words& words) const {
    return json::parse_lines(shown(Words{"--json"} + words));
  }
  [[nodiscard]] json::Value object(const std::string& word) const {
    const std::vector<json::Value> all = objects({word});
    if (all.size() != 1) fail(std::to_string(all.size()) + " objects instead of one");
    return all[0];
  }
  /// The one word of --quiet.
  [[nodiscard]] std::string state(const std::string& word) const { return shown({"--quiet", word}); }

 private:
  std::optional<Namespace> ns_;
};

/// "8080/tcp".
[[nodiscard]] inline std::string on_tcp(std::uint16_t port) {
  return std::to_string(port) + "/tcp";
}
[[nodiscard]] inline std::string on_udp(std::uint16_t port) {
  return std::to_string(port) + "/udp";
}

/// 0 or an errno: what a program gets that binds this address as the only thing that it does.
[[nodiscard]] inline int bind_error(Address where, int type, bool reuse, bool v6only) {
  Fd fd(plain_socket(where.family(), type));
  if (where.family() == AF_INET6) set_int(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, v6only ? 1 : 0);
  set_int(fd.get(), SOL_SOCKET, SO_REUSEADDR, reuse ? 1 : 0);
  return bind(fd.get(), where.raw(), where.length) == 0 ? 0 : errno;
}

}  // namespace test
