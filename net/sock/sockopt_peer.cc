#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <fstream>

#include "net/base/fd.hh"
#include "net/sock/endpoint.hh"
#include "net/sock/sockopt_codecs.hh"
#include "net/sock/sockopt_layout.hh"

namespace net {
namespace {

using ReadBytes = std::expected<OptionBytes, std::error_code>;

/// An id of a user or group; the kernel's "nobody" is -1.
std::int64_t id_of(std::uint32_t id) {
  return id == UINT32_MAX ? -1 : std::int64_t{id};
}

OptionValue decode_cred(OptionView bytes, const SocketOption& /*option*/) {
  const auto value = value_from<ucred>(bytes);
  return {.data = OptionValue::Fields{{"pid", {.data = std::int64_t{value.pid}}},
                                      {"uid", {.data = id_of(value.uid)}},
                                      {"gid", {.data = id_of(value.gid)}}}};
}

OptionValue decode_groups(OptionView bytes, const SocketOption& /*option*/) {
  OptionValue::List groups;
  for (; bytes.size() >= sizeof(gid_t); bytes = bytes.subspan(sizeof(gid_t))) {
    groups.push_back({.data = id_of(value_from<gid_t>(bytes))});
  }
  return {.data = std::move(groups)};
}

/// SO_PEERNAME refuses a buffer that is longer than the address, and gives a shorter one a part of it: so the
/// length is asked for first.
ReadBytes read_name(int fd, const SocketOption& option) {
  OptionBytes bytes(sizeof(sockaddr_storage));
  auto length = static_cast<socklen_t>(bytes.size());
  if (getpeername(fd, reinterpret_cast<sockaddr*>(bytes.data()), &length) < 0) {
    return std::unexpected(errno_code());
  }
  length = std::min(length, static_cast<socklen_t>(bytes.size()));
  if (getsockopt(fd, option.level, option.number, bytes.data(), &length) < 0) {
    return std::unexpected(errno_code());
  }
  bytes.resize(length);
  return bytes;
}

OptionValue decode_name(OptionView bytes, const SocketOption& /*option*/) {
  const auto address = value_from<sockaddr_storage>(bytes);
  return {.data = Endpoint::from_bytes(reinterpret_cast<const sockaddr*>(&address),
                                       static_cast<socklen_t>(bytes.size()))
                      .text()};
}

/// The process of a pidfd as the kernel counts it here; -1 once it has ended, 0 in another pid namespace.
int process_of(const Fd& pidfd) {
  std::ifstream file("/proc/self/fdinfo/" + std::to_string(pidfd.get()));
  constexpr std::string_view key = "Pid:\t";
  for (std::string line; std::getline(file, line);) {
    int pid = -1;
    if (!line.starts_with(key)) continue;
    std::from_chars(line.data() + key.size(), line.data() + line.size(), pid);
    return pid;
  }
  return -1;
}

ReadBytes read_pid(int fd, const SocketOption& option) {
  int number = -1;
  socklen_t length = sizeof number;
  if (getsockopt(fd, option.level, option.number, &number, &length) < 0) return std::unexpected(errno_code());
  // The kernel opened it for us with this call.
  const Fd pidfd(number);
  return bytes_of_value(process_of(pidfd));
}

OptionValue decode_pid(OptionView bytes, const SocketOption& /*option*/) {
  return {.data = std::int64_t{value_from<int>(bytes)}};
}

// Enough for most; with more the kernel says how many.
constexpr std::size_t usual_groups = 32;

constexpr std::array codecs{
    OptionCodec{OptionType::peer_cred, "struct ucred", "", sizeof(ucred), Unit::none, nullptr, decode_cred},
    OptionCodec{OptionType::peer_groups, "gid_t[]", "", usual_groups * sizeof(gid_t), Unit::none, nullptr,
                decode_groups},
    OptionCodec{OptionType::peer_name, "struct sockaddr", "", sizeof(sockaddr_storage), Unit::none, nullptr,
                decode_name, read_name},
    OptionCodec{OptionType::peer_pid, "int", "", sizeof(int), Unit::none, nullptr, decode_pid, read_pid},
};

}  // namespace

std::span<const OptionCodec> peer_codecs() {
  return codecs;
}

}  // namespace net
