#include "cmd/port_text.hh"

#include <algorithm>
#include <array>

#include "net/sock/endpoint.hh"

namespace cmd {
namespace {

using net::kern::SocketEntry;

/// "32768-60999".
std::string range_text(const net::kern::PortRange& range) {
  return std::to_string(range.first) + "-" + std::to_string(range.last);
}

std::string name_text(const PortFacts& facts) {
  if (!facts.service) return "no registered name";
  std::string text = facts.service->name;
  std::string_view before = " (";
  for (const std::string& alias : facts.service->aliases) {
    text.append(before).append(alias);
    before = ", ";
  }
  return facts.service->aliases.empty() ? text : text + ")";
}

}  // namespace

std::string_view state_word(PortState state) {
  constexpr std::array<std::string_view, 4> words{"free", "held", "time-wait", "privileged"};
  return words.at(static_cast<std::size_t>(state));
}

std::string port_label(const PortFacts& facts) {
  return std::to_string(facts.port) + "/" + std::string(facts.transport.name());
}

std::string_view class_word(PortClass port_class) {
  constexpr std::array<std::string_view, 3> words{"system", "user", "dynamic"};
  return words.at(static_cast<std::size_t>(port_class));
}

std::string address_name(const SocketEntry& socket) {
  std::string text = socket.local.address_text();
  // A link-local address has its interface in it.
  if (socket.interface != 0 && !text.contains('%')) text += "%" + net::interface_name(socket.interface);
  return text;
}

std::string address_text(const SocketEntry& socket) {
  const std::string name = address_name(socket);
  return socket.local.family() == AF_INET6 ? "[" + name + "]" : name;
}

std::string holder_text(const PortHolder& holder) {
  if (holder.socket.inode == 0) return "the kernel, for a process that has closed it";
  if (!holder.process) return "a process of user " + holder.user;
  return holder.process->program + " (pid " + std::to_string(holder.process->pid) + ", user " + holder.user +
         ")";
}

std::string some_of(const std::vector<std::string>& names) {
  constexpr std::size_t most = 3;
  const std::size_t shown = std::min(names.size(), most);
  const std::size_t more = names.size() - shown;
  std::string text;
  for (std::size_t i = 0; i < shown; ++i) {
    const bool last = more == 0 && i + 1 == shown;
    text += (i == 0 ? "" : last ? " and " : ", ") + names[i];
  }
  return more == 0 ? text : text + " and " + std::to_string(more) + " more";
}

std::string processes_text(const std::vector<PortHolder>& holders) {
  std::vector<std::string> names;
  for (const auto& [holder, addresses] : by_process(holders)) {
    const auto& process = holder.process;
    names.push_back(process ? process->program + " (pid " + std::to_string(process->pid) + ")"
                            : holder_text(holder));
  }
  return some_of(names);
}

std::vector<HolderGroup> by_process(const std::vector<PortHolder>& holders) {
  std::vector<HolderGroup> groups;
  for (const PortHolder& holder : holders) {
    const std::string who = holder_text(holder);
    auto group = std::ranges::find_if(
        groups, [&who](const HolderGroup& known) { return holder_text(known.holder) == who; });
    if (group == groups.end()) group = groups.insert(groups.end(), {holder, {}});
    const bool half = holder.socket.local.is_any() && holder.socket.ipv6_only;
    group->addresses.push_back(address_text(holder.socket) + (half ? " (IPv6 only)" : ""));
  }
  return groups;
}

std::string addresses_text(const std::vector<std::string>& addresses) {
  std::string text;
  for (auto at = addresses.begin(); at != addresses.end(); ++at) {
    if (std::find(addresses.begin(), at, *at) != at) continue;
    text += (text.empty() ? "" : ", ") + *at;
  }
  return text;
}

std::string class_text(const PortFacts& facts, bool several) {
  if (facts.port == 0) {
    return "no port: it stands for one that the kernel chooses from " + range_text(facts.policy.ephemeral);
  }
  std::string text(class_word(port_class(facts.port)));
  text += several ? " ports" : " port, " + name_text(facts);
  if (facts.privileged()) {
    text += ", privileged (below " + std::to_string(facts.policy.unprivileged_start) + ")";
  }
  if (facts.policy.is_ephemeral(facts.port)) {
    text += ", ephemeral (" + range_text(facts.policy.ephemeral) + ")";
  }
  if (facts.policy.is_reserved(facts.port)) text += ", reserved";
  return text;
}

}  // namespace cmd
