#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "net/base/error.hh"

struct nlmsghdr;
struct rtattr;

namespace net::kern {

/// Sends one request to a netlink protocol (netlink(7)) and hands each message of the answer to `take`, once
/// the kernel has said that the answer is complete. An answer that changed while it was given
/// (NLM_F_DUMP_INTR), or that the kernel lost a part of, is asked for again a few times; one that changes
/// each time is taken as it is.
[[nodiscard]] Result<void> netlink_dump(int protocol, std::uint16_t type, std::span<const std::byte> request,
                                        const std::function<void(const nlmsghdr& message)>& take);

/// The messages of an answer one after the other, each at a multiple of NLMSG_ALIGNTO.
struct NetlinkAnswer {
  std::vector<std::byte> messages;
  bool changed_meanwhile = false;
};

/// Reads datagrams of the kernel until the answer to request `sequence` is complete; what others sent or what
/// answers something else is dropped.
[[nodiscard]] Result<NetlinkAnswer> read_answer(int fd, std::uint32_t sequence);

/// Hands each attribute of a message's tail to `take`: its type and its bytes.
void for_each_attribute(const nlmsghdr& message, std::size_t header_size,
                        const std::function<void(std::uint16_t type, std::span<const std::byte>)>& take);

}  // namespace net::kern
