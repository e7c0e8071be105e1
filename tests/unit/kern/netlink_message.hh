#pragma once

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

/// Netlink messages made by hand.
namespace net::kern {

/// The bytes of a plain value.
template <class T>
[[nodiscard]] std::string raw(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

/// One attribute, padded.
[[nodiscard]] inline std::string attribute(int type, std::string_view bytes) {
  rtattr header{};
  header.rta_len = static_cast<unsigned short>(sizeof header + bytes.size());
  header.rta_type = static_cast<unsigned short>(type);
  std::string out = raw(header) + std::string(bytes);
  out.resize(RTA_ALIGN(out.size()));
  return out;
}

/// A message in memory of exactly its own size, so that AddressSanitizer sees what is read behind it.
class NetlinkMessage {
 public:
  template <class Header>
  NetlinkMessage(std::uint16_t type, const Header& header, const std::string& attributes) {
    nlmsghdr message{};
    message.nlmsg_type = type;
    append(raw(message));
    append(raw(header));
    append(attributes);
    tell_length();
  }

  const nlmsghdr& operator*() const { return *reinterpret_cast<const nlmsghdr*>(bytes_.data()); }
  [[nodiscard]] std::size_t size() const { return bytes_.size(); }

  /// The same, ended sooner; never within the message's own header.
  [[nodiscard]] NetlinkMessage cut(std::size_t length) const {
    NetlinkMessage copy = *this;
    copy.bytes_.resize(length < sizeof(nlmsghdr) ? sizeof(nlmsghdr) : length);
    copy.bytes_.shrink_to_fit();
    copy.tell_length();
    return copy;
  }
  /// The same with another byte.
  [[nodiscard]] NetlinkMessage with(std::size_t at, std::byte byte) const {
    NetlinkMessage copy = *this;
    copy.bytes_.at(at) = byte;
    return copy;
  }

 private:
  void append(std::string_view bytes) {
    const auto* begin = reinterpret_cast<const std::byte*>(bytes.data());
    bytes_.insert(bytes_.end(), begin, begin + bytes.size());
  }
  void tell_length() {
    const auto length = static_cast<std::uint32_t>(bytes_.size());
    std::memcpy(bytes_.data(), &length, sizeof length);
  }

  std::vector<std::byte> bytes_{};
};

}  // namespace net::kern
