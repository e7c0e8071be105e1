#include "net/kern/netlink.hh"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "net/base/fd.hh"

namespace net::kern {
namespace {

constexpr std::uint32_t sequence = 1;
constexpr int attempts = 3;

/// The number that an error or the end of a dump begins with: 0, or an errno with a minus.
int errno_of(const nlmsghdr& message) {
  int code = 0;
  if (message.nlmsg_len >= NLMSG_LENGTH(sizeof code)) std::memcpy(&code, NLMSG_DATA(&message), sizeof code);
  return code < 0 ? -code : 0;
}

/// Adds the messages of one datagram; true once the end of the answer was among them.
Result<bool> take_datagram(std::span<std::byte> datagram, std::uint32_t wanted, NetlinkAnswer& answer) {
  auto left = static_cast<unsigned>(datagram.size());
  for (auto* header = reinterpret_cast<nlmsghdr*>(datagram.data()); NLMSG_OK(header, left);
       header = NLMSG_NEXT(header, left)) {
    if (header->nlmsg_seq != wanted) continue;
    if ((header->nlmsg_flags & NLM_F_DUMP_INTR) != 0) answer.changed_meanwhile = true;
    if (header->nlmsg_type == NLMSG_NOOP) continue;
    if (header->nlmsg_type == NLMSG_OVERRUN) return fail("netlink", {}, errno_code(ENOBUFS));
    // A dump that fails before its first message fails in its NLMSG_DONE.
    if (header->nlmsg_type == NLMSG_DONE || header->nlmsg_type == NLMSG_ERROR) {
      if (const int code = errno_of(*header); code != 0) return fail("netlink", {}, errno_code(code));
      return true;
    }
    const auto* bytes = reinterpret_cast<const std::byte*>(header);
    answer.messages.insert(answer.messages.end(), bytes, bytes + header->nlmsg_len);
    answer.messages.resize(NLMSG_ALIGN(answer.messages.size()));
  }
  return false;
}

/// One datagram, or nothing when it was not the kernel's.
Result<std::optional<std::span<std::byte>>> receive(int fd, std::span<std::byte> buffer) {
  sockaddr_nl sender{};
  iovec part{buffer.data(), buffer.size()};
  msghdr message{};
  message.msg_name = &sender;
  message.msg_namelen = sizeof sender;
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  ssize_t got = 0;
  do {
    got = recvmsg(fd, &message, 0);
  } while (got < 0 && errno == EINTR);
  if (got < 0) return fail("netlink");
  if ((message.msg_flags & MSG_TRUNC) != 0) return fail("netlink", {}, errno_code(EMSGSIZE));
  // Root may send to any netlink socket; port 0 is the kernel alone.
  if (sender.nl_pid != 0) return std::nullopt;
  if (got == 0) return fail("netlink", {}, errno_code(EPROTO));
  return buffer.first(static_cast<std::size_t>(got));
}

std::vector<std::byte> request_message(std::uint16_t type, std::span<const std::byte> request) {
  std::vector<std::byte> message(NLMSG_SPACE(request.size()));
  nlmsghdr header{};
  header.nlmsg_len = static_cast<std::uint32_t>(NLMSG_LENGTH(request.size()));
  header.nlmsg_type = type;
  header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  header.nlmsg_seq = sequence;
  std::memcpy(message.data(), &header, sizeof header);
  if (!request.empty()) std::memcpy(message.data() + NLMSG_HDRLEN, request.data(), request.size());
  return message;
}

Result<NetlinkAnswer> ask(int protocol, std::span<const std::byte> message) {
  const Fd fd(socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, protocol));
  if (!fd.valid()) return fail("netlink");
  // Then what a request of rtnetlink(7) names is a filter (kernel 4.20 on); without, it is passed over.
  const int on = 1;
  if (protocol == NETLINK_ROUTE) {
    static_cast<void>(setsockopt(fd.get(), SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on));
  }
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  ssize_t sent = 0;
  do {
    sent = sendto(fd.get(), message.data(), message.size(), 0, reinterpret_cast<const sockaddr*>(&kernel),
                  sizeof kernel);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) return fail("netlink");
  return read_answer(fd.get(), sequence);
}

/// A part was lost for want of memory: another try may have it.
bool lost_a_part(const Result<NetlinkAnswer>& answer) {
  return !answer && answer.error().code == errno_code(ENOBUFS);
}

}  // namespace

Result<NetlinkAnswer> read_answer(int fd, std::uint32_t wanted) {
  alignas(nlmsghdr) static thread_local std::byte buffer[65536];
  NetlinkAnswer answer;
  for (;;) {
    const auto datagram = receive(fd, buffer);
    if (!datagram) return std::unexpected(datagram.error());
    if (!*datagram) continue;
    const auto done = take_datagram(**datagram, wanted, answer);
    if (!done) return std::unexpected(done.error());
    if (*done) return answer;
  }
}

Result<void> netlink_dump(int protocol, std::uint16_t type, std::span<const std::byte> request,
                          const std::function<void(const nlmsghdr&)>& take) {
  const auto message = request_message(type, request);
  auto answer = ask(protocol, message);
  for (int tried = 1; tried < attempts && (lost_a_part(answer) || (answer && answer->changed_meanwhile));
       ++tried) {
    answer = ask(protocol, message);
  }
  if (!answer) return std::unexpected(answer.error());
  auto left = static_cast<unsigned>(answer->messages.size());
  for (auto* header = reinterpret_cast<nlmsghdr*>(answer->messages.data()); NLMSG_OK(header, left);
       header = NLMSG_NEXT(header, left)) {
    take(*header);
  }
  return {};
}

void for_each_attribute(const nlmsghdr& message, std::size_t header_size, const TakeAttribute& take) {
  const std::size_t offset = NLMSG_HDRLEN + NLMSG_ALIGN(header_size);
  if (message.nlmsg_len < offset) return;
  const auto* base = reinterpret_cast<const std::byte*>(&message) + offset;
  for_each_attribute({base, message.nlmsg_len - offset}, take);
}

void for_each_attribute(std::span<const std::byte> attributes, const TakeAttribute& take) {
  // Not by the macros of rtnetlink.h, which step over the end where the last one is not padded.
  while (const auto header = value_in<rtattr>(attributes)) {
    if (header->rta_len < sizeof *header || header->rta_len > attributes.size()) return;
    take(header->rta_type & NLA_TYPE_MASK, attributes.first(header->rta_len).subspan(sizeof *header));
    attributes = attributes.subspan(std::min<std::size_t>(RTA_ALIGN(header->rta_len), attributes.size()));
  }
}

}  // namespace net::kern
