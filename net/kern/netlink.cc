#include "net/kern/netlink.hh"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cstring>
#include <vector>

#include "net/base/fd.hh"

namespace net::kern {
namespace {

/// Walks the messages of one datagram; true once NLMSG_DONE or an error was among them.
Result<bool> take_messages(std::span<std::byte> datagram, const std::function<void(const nlmsghdr&)>& take) {
  auto left = static_cast<unsigned>(datagram.size());
  for (auto* header = reinterpret_cast<nlmsghdr*>(datagram.data()); NLMSG_OK(header, left);
       header = NLMSG_NEXT(header, left)) {
    if (header->nlmsg_type == NLMSG_DONE) return true;
    if (header->nlmsg_type == NLMSG_ERROR) {
      nlmsgerr error{};
      std::memcpy(&error, NLMSG_DATA(header), sizeof error);
      if (error.error == 0) return true;
      return fail("netlink", {}, errno_code(-error.error));
    }
    take(*header);
  }
  return false;
}

}  // namespace

Result<void> netlink_dump(int protocol, std::uint16_t type, std::span<const std::byte> request,
                          const std::function<void(const nlmsghdr&)>& take) {
  const Fd fd(socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, protocol));
  if (!fd.valid()) return fail("netlink");
  std::vector<std::byte> message(NLMSG_SPACE(request.size()));
  nlmsghdr header{};
  header.nlmsg_len = static_cast<std::uint32_t>(NLMSG_LENGTH(request.size()));
  header.nlmsg_type = type;
  header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  std::memcpy(message.data(), &header, sizeof header);
  std::memcpy(message.data() + NLMSG_HDRLEN, request.data(), request.size());
  if (send(fd.get(), message.data(), message.size(), 0) < 0) return fail("netlink");
  alignas(nlmsghdr) static thread_local std::byte buffer[65536];
  for (;;) {
    const ssize_t got = recv(fd.get(), buffer, sizeof buffer, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return fail("netlink");
    const auto done = take_messages(std::span(buffer).first(static_cast<std::size_t>(got)), take);
    if (!done) return std::unexpected(done.error());
    if (*done) return {};
  }
}

void for_each_attribute(const nlmsghdr& message, std::size_t header_size,
                        const std::function<void(std::uint16_t, std::span<const std::byte>)>& take) {
  const std::size_t offset = NLMSG_HDRLEN + NLMSG_ALIGN(header_size);
  if (message.nlmsg_len < offset) return;
  auto left = static_cast<unsigned>(message.nlmsg_len - offset);
  const auto* base = reinterpret_cast<const std::byte*>(&message) + offset;
  for (const auto* attribute = reinterpret_cast<const rtattr*>(base); RTA_OK(attribute, left);
       attribute = RTA_NEXT(attribute, left)) {
    take(attribute->rta_type, {static_cast<const std::byte*>(RTA_DATA(attribute)),
                               static_cast<std::size_t>(RTA_PAYLOAD(attribute))});
  }
}

}  // namespace net::kern
