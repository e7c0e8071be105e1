#pragma once

#include <cerrno>
#include <initializer_list>
#include <string>
#include <utility>

#include "cmd/port_facts.hh"
#include "cmd/port_words.hh"

namespace cmd {

/// What the tests of port make up: a port as the kernel might tell it.
struct PortSample {
  PortFacts facts{};

  explicit PortSample(net::Transport transport = tcp, std::uint16_t port = 9190) {
    facts.transport = transport;
    facts.port = port;
    facts.may_bind_privileged = true;
    facts.probe = net::BindProbe{};
  }

  /// What bind answers for 0.0.0.0, [::] and both: an errno plain and one with SO_REUSEADDR.
  using Answer = std::pair<int, int>;
  PortSample& probed(Answer ipv4, Answer ipv6, Answer both) {
    const auto answer = [](Answer codes) {
      const auto code = [](int value) { return value == 0 ? std::error_code{} : net::errno_code(value); };
      return net::BindAnswer{code(codes.first), code(codes.second)};
    };
    facts.probe = net::BindProbe{answer(ipv4), answer(ipv6), answer(both)};
    return *this;
  }
  PortSample& probed(Answer all) { return probed(all, all, all); }

  static PortHolder holder(const std::string& address, std::uint16_t port, net::kern::SocketState state,
                           pid_t pid) {
    PortHolder holder;
    holder.socket.local = *net::Endpoint::parse_ip(address, port);
    holder.socket.state = state;
    holder.socket.inode = 1;
    if (pid != 0) holder.process = net::kern::Process{pid, "nginx"};
    holder.user = "web";
    return holder;
  }
  PortSample& listening(const std::string& address, pid_t pid = 812) {
    const bool udp_socket = facts.transport.type == SOCK_DGRAM;
    const auto state = udp_socket ? net::kern::SocketState::close : net::kern::SocketState::listen;
    facts.listeners.push_back(holder(address, facts.port, state, pid));
    ++facts.states[state];
    return *this;
  }
  PortSample& bound(const std::string& address, pid_t pid = 812) {
    facts.bound_only.push_back(holder(address, facts.port, net::kern::SocketState::close, pid));
    ++facts.states[net::kern::SocketState::close];
    return *this;
  }
  PortSample& connected(std::size_t count, pid_t pid = 812) {
    PortHolder one = holder("127.0.0.1", facts.port, net::kern::SocketState::established, pid);
    one.socket.peer = *net::Endpoint::parse_ip("192.0.2.1", 53);
    facts.connected.insert(facts.connected.end(), count, one);
    facts.states[net::kern::SocketState::established] += count;
    return *this;
  }
  PortSample& waiting(std::size_t count, net::Duration last) {
    facts.states[net::kern::SocketState::time_wait] += count;
    facts.last_expiry = last;
    return *this;
  }
};

inline constexpr PortSample::Answer free_answer{0, 0};
inline constexpr PortSample::Answer taken{EADDRINUSE, EADDRINUSE};
inline constexpr PortSample::Answer reusable{EADDRINUSE, 0};
inline constexpr PortSample::Answer denied{EACCES, EACCES};

}  // namespace cmd
