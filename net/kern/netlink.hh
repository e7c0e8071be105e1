#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "net/base/error.hh"

struct nlmsghdr;
struct rtattr;

namespace net::kern {

/// Sends one request to a netlink protocol (netlink(7)) and hands each message of the answer to `take` until
/// the kernel says that it is done.
[[nodiscard]] Result<void> netlink_dump(int protocol, std::uint16_t type, std::span<const std::byte> request,
                                        const std::function<void(const nlmsghdr& message)>& take);

/// Hands each attribute of a message's tail to `take`: its type and its bytes.
void for_each_attribute(const nlmsghdr& message, std::size_t header_size,
                        const std::function<void(std::uint16_t type, std::span<const std::byte>)>& take);

}  // namespace net::kern
