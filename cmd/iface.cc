#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "cmd/command.hh"
#include "cmd/iface_view.hh"
#include "cmd/options.hh"
#include "cmd/results.hh"
#include "cmd/session.hh"
#include "net/dns/config.hh"
#include "net/kern/ifaces.hh"

namespace cmd {
namespace {

using net::kern::Interface;
using net::kern::InterfaceAddress;
using Interfaces = std::vector<Interface>;

constexpr const char* resolver_file = "/etc/resolv.conf";

class Iface final : public Command {
 public:
  void declare(CLI::App& app) override;
  int run(const std::vector<std::string>& words, Output& out) override;

 private:
  net::Task<int> work(Results& results, bool quiet);
  int show_quietly(Results& results, const Interfaces& interfaces, const Interface* named) const;
  net::Task<void> show(Results& results, const Interfaces& interfaces, const Interface* named);
  void take_resolvers();
  [[nodiscard]] InterfaceReport report(const Interfaces& interfaces, const Interface& interface) const;
  [[nodiscard]] int family() const { return ipv4_ == ipv6_ ? AF_UNSPEC : ipv4_ ? AF_INET : AF_INET6; }

  bool ipv4_ = false;
  bool ipv6_ = false;
  std::string name_{};                           ///< empty: all of them
  std::vector<net::Endpoint> resolvers_{};       ///< of the host
  std::vector<net::Endpoint> zone_resolvers_{};  ///< of one interface each
  net::Reactor reactor_{};
};

void Iface::declare(CLI::App& app) {
  add_flag(app, "-4", ipv4_, "only IPv4 addresses, gateways and resolvers");
  add_flag(app, "-6", ipv6_, "only IPv6 addresses, gateways and resolvers");
}

/// "lo, eth0, eth1 and 997 more".
std::string names_text(const Interfaces& interfaces) {
  constexpr std::size_t most = 10;
  std::string text;
  for (std::size_t i = 0; i < std::min(most, interfaces.size()); ++i) {
    text += (i == 0 ? "" : ", ") + interfaces.at(i).name;
  }
  if (interfaces.size() > most) text += " and " + std::to_string(interfaces.size() - most) + " more";
  return text;
}

int refuse(Results& results, const net::Error& error, const std::string& hint = {}) {
  results.error(error, hint);
  return exit_status(error);
}

/// An address that nobody may use yet, or at all.
bool is_unusable(const InterfaceAddress& address) {
  const bool tentative = (address.flags & IFA_F_TENTATIVE) != 0 && (address.flags & IFA_F_OPTIMISTIC) == 0;
  return tentative || (address.flags & IFA_F_DADFAILED) != 0;
}

/// The address as other commands take it: a link-local one with its zone.
std::string usable_text(const InterfaceAddress& address) {
  const bool zone = address.address.is_link_local();
  return (zone ? address.address.with_scope(address.interface) : address.address).address_text();
}

int Iface::show_quietly(Results& results, const Interfaces& interfaces, const Interface* named) const {
  const auto worse = [](const InterfaceAddress& address) {
    return std::tuple(is_unusable(address), address.scope != RT_SCOPE_UNIVERSE,
                      (address.flags & IFA_F_DEPRECATED) != 0);
  };
  if (named != nullptr) {
    const auto best = std::ranges::min_element(named->addresses, {}, worse);
    if (best == named->addresses.end()) {
      net::Error error("iface", name_, net::errno_code(EADDRNOTAVAIL));
      error.detail = "no address";
      return refuse(results, error);
    }
    results.line(usable_text(*best));
    return status_ok;
  }
  for (const Interface& interface : interfaces) {
    for (const InterfaceAddress& address : interface.addresses) {
      if (address.scope == RT_SCOPE_UNIVERSE && !is_unusable(address)) results.line(usable_text(address));
    }
  }
  return status_ok;
}

InterfaceReport Iface::report(const Interfaces& interfaces, const Interface& interface) const {
  InterfaceReport report{interface, {}, {}};
  const auto master = std::ranges::find(interfaces, interface.master, &Interface::index);
  if (master != interfaces.end()) report.master = master->name;
  for (const net::Endpoint& server : zone_resolvers_) {
    if (server.scope() == interface.index) report.own_resolvers.push_back(server);
  }
  return report;
}

void Iface::take_resolvers() {
  for (const net::Endpoint& server : net::dns::read_resolver_config(resolver_file).servers) {
    if (family() != AF_UNSPEC && server.family() != family()) continue;
    // The zone of another address means nothing.
    if (server.scope() != 0 && server.is_link_local()) {
      zone_resolvers_.push_back(server);
    } else {
      resolvers_.push_back(server.with_scope(0));
    }
  }
}

net::Task<void> Iface::show(Results& results, const Interfaces& interfaces, const Interface* named) {
  take_resolvers();
  for (const Interface& interface : interfaces) {
    if (named != nullptr && named != &interface) continue;
    const InterfaceReport told = report(interfaces, interface);
    results.object(interface_object(told, resolvers_));
    print_interface(results, told);
    if (results.full() && !co_await results.flush()) co_return;
  }
  print_resolvers(results, resolvers_);
}

net::Task<int> Iface::work(Results& results, bool quiet) {
  const auto interfaces = net::kern::list_interfaces(family());
  const Interface* named = nullptr;
  int status = status_ok;
  if (!interfaces) {
    status = refuse(results, interfaces.error());
  } else if (!name_.empty() && (named = net::kern::find_interface(*interfaces, name_)) == nullptr) {
    net::Error error("iface", name_, net::errno_code(ENODEV));
    error.detail = "no such interface";
    status = refuse(results, error, "there are " + names_text(*interfaces));
  } else if (quiet) {
    status = show_quietly(results, *interfaces, named);
  } else {
    co_await show(results, *interfaces, named);
  }
  co_return co_await results.flush() ? status : status_local;
}

int Iface::run(const std::vector<std::string>& words, Output& out) {
  if (words.size() > 1) throw UsageError("one argument too many: '" + words[1] + "'");
  if (!words.empty() && words[0].empty()) throw UsageError("the name is empty");
  if (ipv4_ && ipv6_) throw UsageError("-4 and -6 exclude each other");
  if (!words.empty()) name_ = words[0];
  const bool quiet = out.options().quiet && !out.options().json;
  if (const auto why = net::dns::why_unreadable(resolver_file); why && !quiet) {
    out.note(why->subject + " cannot be read: " + why->message() + " (" + why->symbol() + ")");
  }
  Results results(reactor_, out);
  const Ending ending = run_session(reactor_, work(results, quiet), net::forever);
  return ending.kind == Ending::Kind::signal ? 128 + ending.value : ending.value;
}

}  // namespace

std::unique_ptr<Command> make_iface() {
  return std::make_unique<Iface>();
}

}  // namespace cmd
