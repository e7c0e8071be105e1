#include "net/kern/services_db.hh"

#include <arpa/inet.h>
#include <netdb.h>

#include <array>
#include <string>

namespace net::kern {

std::optional<std::uint16_t> service_port(std::string_view name, std::string_view protocol) {
  if (name.contains('\0')) return std::nullopt;
  servent entry{};
  servent* found = nullptr;
  std::array<char, 4096> buffer{};
  if (getservbyname_r(std::string(name).c_str(), std::string(protocol).c_str(), &entry, buffer.data(),
                      buffer.size(), &found) != 0 ||
      found == nullptr) {
    return std::nullopt;
  }
  return ntohs(static_cast<std::uint16_t>(found->s_port));
}

}  // namespace net::kern
