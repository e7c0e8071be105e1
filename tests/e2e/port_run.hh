#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/address.hh"
#include "tests/support/netns.hh"
#include "tests/support/nettool.hh"
#include "tests/support/raw_socket.hh"
#include "tests/support/require.hh"
#include "tests/support/socket_owner.hh"
#include "tests/support/user.hh"
#include "tests/support/words.hh"

/// What the tests of `nettool port` share.
namespace test {

/// The port that these tests look at.
inline constexpr std::uint16_t port_number = 4000;

/// A socket on port_number, in a process of its own.
inline int hold(SocketOwner& owner, const char* address, int type, bool reuse = false, bool listens = false) {
  struct What {
    char address[32];
    int type;
    bool reuse, listens;
  };
  What what = {{}, type, reuse, listens};
  std::snprintf(what.address, sizeof what.address, "%s", address);
  return owner.in(
      [](What w) {
        const Address where = ip_address(w.address, port_number);
        int fd = plain_socket(where.family(), w.type);
        set_int(fd, SOL_SOCKET, SO_REUSEADDR, w.reuse ? 1 : 0);
        if (where.family() == AF_INET6) set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
        if (bind(fd, where.raw(), where.length) < 0) fail_errno("bind");
        if (w.listens && listen(fd, 8) < 0) fail_errno("listen");
        return fd;
      },
      what);
}

/// "8080/tcp".
[[nodiscard]] inline std::string on_tcp(std::uint16_t port) {
  return std::to_string(port) + "/tcp";
}
[[nodiscard]] inline std::string on_udp(std::uint16_t port) {
  return std::to_string(port) + "/udp";
}

/// 0 or an errno: what a program gets that binds this address and does nothing else.
[[nodiscard]] inline int bind_error(Address where, int type, bool reuse, bool v6only) {
  Fd fd(plain_socket(where.family(), type));
  if (where.family() == AF_INET6) set_int(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, v6only ? 1 : 0);
  set_int(fd.get(), SOL_SOCKET, SO_REUSEADDR, reuse ? 1 : 0);
  return bind(fd.get(), where.raw(), where.length) == 0 ? 0 : errno;
}

/// A network where every port is free.
class PortNetwork : public testing::Test {
 protected:
  void SetUp() override {
    REQUIRE_NAMESPACES();
    ns_.emplace();
  }
  /// Has port 4000 called alpha over TCP and beta over UDP, and gamma be 53 over both.
  void name_ports() {
    ns_->services("alpha 4000/tcp first second\nbeta 4000/udp\ngamma 53/tcp\ngamma 53/udp\n");
  }
  [[nodiscard]] Namespace& ns() { return *ns_; }
  [[nodiscard]] const Namespace& ns() const { return *ns_; }

  /// `nettool port WORDS` in there.
  [[nodiscard]] Outcome port(const Words& words) const {
    return ns_->run(nettool_argv(Words{"port"} + words));
  }
  /// The same as somebody who is not root.
  [[nodiscard]] Outcome port_as_nobody(const Words& words) const {
    TempDir dir;
    if (chmod(dir.path().c_str(), 0755) < 0) fail_errno("chmod");
    const auto enter = [hook = ns_->enter_hook()] {
      hook();
      become(nobody)();
    };
    return run(Words{copy_for_anybody(dir), "port"} + words, {.before_exec = enter});
  }
  /// What it prints; throws unless it succeeds.
  [[nodiscard]] std::string shown(const Words& words) const {
    const Outcome outcome = port(words);
    if (outcome.status != 0) {
      fail("port: status " + std::to_string(outcome.status) + "\n" + outcome.out + outcome.err);
    }
    return outcome.out;
  }
  [[nodiscard]] std::vector<json::Value> objects(const Words& words) const {
    return json::parse_lines(shown(Words{"--json"} + words));
  }
  /// The one object where there must be one.
  [[nodiscard]] json::Value object(const std::string& word) const {
    auto found = objects({word});
    if (found.size() != 1) fail(std::to_string(found.size()) + " objects instead of one");
    return found[0];
  }
  /// The closing sentence about a port, behind its label.
  [[nodiscard]] static std::string sentence(const Outcome& outcome, const std::string& label) {
    for (const std::string& line : lines_of(outcome.out)) {
      if (line.starts_with(label + ": ")) return line.substr(label.size() + 2);
    }
    fail("no sentence about " + label + " in\n" + outcome.out + outcome.err);
  }
  [[nodiscard]] std::string sentence(const std::string& word) const { return sentence(port({word}), word); }
  /// The word for scripts.
  [[nodiscard]] std::string word(const std::string& name) const { return port({"--quiet", name}).out; }

 private:
  std::optional<Namespace> ns_;
};

}  // namespace test
