#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "net/base/error.hh"

struct nlmsghdr;
struct rtattr;

namespace net::kern {

/// Sends one request to a netlink protocol (netlink(7)) and hands each message of the answer to `take`, once
/// the kernel has said that the answer is complete. An answer that changed while it was given
/// (NLM_F_DUMP_INTR), or that the kernel lost a part of, is asked for again a few times; one that changes
/// each time is taken as it is. What a request of NETLINK_ROUTE names is a filter on new kernels, and nothing
/// on others: look at what comes. All else in it must be zero.
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

/// Takes an attribute: its type, without the flags that may stand in it, and its bytes.
using TakeAttribute = std::function<void(std::uint16_t type, std::span<const std::byte>)>;

/// Hands each attribute of a message's tail to `take`.
void for_each_attribute(const nlmsghdr& message, std::size_t header_size, const TakeAttribute& take);

/// The same of attributes that stand inside of one; the bytes are aligned as the kernel aligns them. One that
/// would end behind the end is not handed over, nor is what follows it.
void for_each_attribute(std::span<const std::byte> attributes, const TakeAttribute& take);

/// The value that the bytes begin with; nothing where they are too few.
template <class T>
[[nodiscard]] std::optional<T> value_in(std::span<const std::byte> bytes) {
  T value{};
  if (bytes.size() < sizeof value) return std::nullopt;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

}  // namespace net::kern
