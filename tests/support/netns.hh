#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "tests/support/fd.hh"
#include "tests/support/files.hh"
#include "tests/support/program.hh"

namespace test {

/// A network of its own (lo is up, nothing else; no reset ends TIME_WAIT, tcp_rfc1337) and a private view of
/// the file system, for programs and for the test's own sockets. Needs root. It lives as long as this object,
/// or a process or socket in it, does.
///
///   Namespace ns;
///   ns.hosts("192.0.2.1 dead.test\n");
///   ns.blackhole("192.0.2.1");
///   TcpServer server = ns.in([] { return TcpServer("127.0.0.1"); });
///   Program p(nettool("connect", ...), {.before_exec = ns.enter_hook()});
class Namespace {
 public:
  /// Whether this process may make one.
  [[nodiscard]] static bool can_make();

  Namespace();
  Namespace(const Namespace&) = delete;
  Namespace& operator=(const Namespace&) = delete;

  /// For Options::before_exec; the Namespace must outlive the Program's constructor only.
  [[nodiscard]] std::function<void()> enter_hook() const;
  /// Runs a command in it with that input to its end.
  Outcome run(std::vector<std::string> argv, std::string stdin_text = {}, Duration timeout = patience) const;
  /// ip(8) with these arguments; throws unless it succeeds.
  std::string run_ip(std::vector<std::string> arguments) const;

  /// Calls `work` in a thread that has entered the namespace, waits for it and returns what it returns (or
  /// throws what it throws). Sockets made there stay there and are used from anywhere. Make no Program there:
  /// it would die with the thread; use enter_hook().
  template <class Work>
  std::invoke_result_t<Work> in(Work work) const {
    if constexpr (std::is_void_v<std::invoke_result_t<Work>>) {
      call(work);
    } else {
      std::optional<std::invoke_result_t<Work>> result;
      call([&] { result.emplace(work()); });
      return std::move(*result);
    }
  }

  /// Private files of /etc; the rest of it is as on this machine, and nothing outside changes. May be
  /// called again at any time: running programs see the new file.
  void hosts(std::string_view text) { etc("hosts", text); }
  void resolv_conf(std::string_view text) { etc("resolv.conf", text); }
  void nsswitch(std::string_view text) { etc("nsswitch.conf", text); }
  void gai_conf(std::string_view text) { etc("gai.conf", text); }
  void services(std::string_view text) { etc("services", text); }
  void etc(const std::string& name, std::string_view text);
  /// sysctl("net.ipv4.ip_forward", "1") in this network.
  void sysctl(const std::string& name, const std::string& value) const;

  /// Sockets to this address (v4 or v6) meet true silence: the packets leave and nobody answers, not even by
  /// ICMP. They go out of a veth interface "hole" to a hardware address that nobody has. Sources there are
  /// 198.18.0.1 and 2001:db8:ffff::1.
  void blackhole(const std::string& address);
  /// Takes that back: packets now follow the other routes.
  void unblackhole(const std::string& address);
  /// Addresses on lo (prefix length 32 or 128), usable at once: ns.add_address("192.0.2.7"). Without one
  /// besides 127.0.0.1 getaddrinfo with AI_ADDRCONFIG (getent ahosts) finds no address of that family.
  void add_address(const std::string& address) const;
  /// Waits until an IPv6 address that was just given can be used: the kernel makes its route a moment after
  /// it.
  void wait_usable(const std::string& address) const;

  /// A cable to another namespace: interface `here` in this one, `there` in that, both up and without
  /// addresses but the link-local ones. Give them with run_ip({"addr","add",...,"nodad"}).
  void veth(Namespace& other, const std::string& here, const std::string& there);

 private:
  void call(const std::function<void()>& work) const;

  Fd net_;
  Fd mnt_;
  TempDir files_;
  bool etc_is_private_ = false;
  bool has_hole_ = false;
};

}  // namespace test
