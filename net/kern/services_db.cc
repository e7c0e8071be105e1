#include "net/kern/services_db.hh"

#include <arpa/inet.h>
#include <netdb.h>

#include <cerrno>

namespace net::kern {
namespace {

/// Calls one of the getserv*_r functions with room enough for the answer: nothing when there is none.
template <class Ask>
const servent* asked(servent& entry, std::vector<char>& room, Ask ask) {
  constexpr std::size_t most = 1024UL * 1024;
  servent* found = nullptr;
  while (true) {
    const int code = ask(&entry, room.data(), room.size(), &found);
    if (code == 0) return found;
    if (code != ERANGE || room.size() >= most) return nullptr;
    room.resize(room.size() * 2);
  }
}

std::vector<char> first_room() {
  return std::vector<char>(1024);
}

std::uint16_t port_of(const servent& entry) {
  return ntohs(static_cast<std::uint16_t>(entry.s_port));
}

Service service_of(const servent& entry) {
  Service service{entry.s_name, {}};
  for (char** alias = entry.s_aliases; *alias != nullptr; ++alias) service.aliases.emplace_back(*alias);
  return service;
}

}  // namespace

std::optional<std::uint16_t> service_port(std::string_view name, std::string_view protocol) {
  if (name.contains('\0')) return std::nullopt;
  servent entry{};
  auto room = first_room();
  const auto* found = asked(entry, room, [&](auto... rest) {
    return getservbyname_r(std::string(name).c_str(), std::string(protocol).c_str(), rest...);
  });
  if (found == nullptr) return std::nullopt;
  return port_of(*found);
}

std::optional<Service> service_of_port(std::uint16_t port, std::string_view protocol) {
  servent entry{};
  auto room = first_room();
  const auto* found = asked(entry, room, [&](auto... rest) {
    return getservbyport_r(htons(port), std::string(protocol).c_str(), rest...);
  });
  if (found == nullptr) return std::nullopt;
  return service_of(*found);
}

ServiceMap all_services() {
  ServiceMap services;
  servent entry{};
  auto room = first_room();
  setservent(1);
  while (const auto* found = asked(entry, room, [](auto... rest) { return getservent_r(rest...); })) {
    services.try_emplace({port_of(*found), found->s_proto}, service_of(*found));
  }
  endservent();
  return services;
}

}  // namespace net::kern
