#include "net/kern/netlink.hh"

#include <gtest/gtest.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <map>
#include <string>
#include <utility>

#include "tests/unit/kern/netlink_message.hh"

namespace net::kern {
namespace {

TEST(Netlink, DumpsInterfacesWithTheirNames) {
  ifinfomsg request{};
  request.ifi_family = AF_UNSPEC;
  std::map<int, std::string> names;
  const auto take = [&names](const nlmsghdr& message) {
    ASSERT_EQ(message.nlmsg_type, RTM_NEWLINK);
    ifinfomsg info{};
    std::memcpy(&info, NLMSG_DATA(&message), sizeof info);
    for_each_attribute(message, sizeof info, [&](std::uint16_t type, std::span<const std::byte> bytes) {
      if (type == IFLA_IFNAME) names[info.ifi_index] = reinterpret_cast<const char*>(bytes.data());
    });
  };
  const auto done = netlink_dump(NETLINK_ROUTE, RTM_GETLINK, std::as_bytes(std::span(&request, 1)), take);
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ(names[static_cast<int>(if_nametoindex("lo"))], "lo");
}

TEST(Netlink, AnErrorOfTheKernelIsAnError) {
  const rtgenmsg request{};
  int messages = 0;
  // No such message type.
  const auto done = netlink_dump(NETLINK_ROUTE, 9999, std::as_bytes(std::span(&request, 1)),
                                 [&messages](const nlmsghdr&) { ++messages; });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().op, "netlink");
  EXPECT_EQ(done.error().symbol(), "EOPNOTSUPP");
  EXPECT_EQ(messages, 0);
}

TEST(Netlink, UnknownProtocol) {
  const auto done = netlink_dump(12345, 1, {}, [](const nlmsghdr&) {});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().symbol(), "EPROTONOSUPPORT");
}

TEST(Netlink, AttributesInAnAttribute) {
  const std::string bytes = attribute(1, "abc") + attribute(2 | NLA_F_NESTED, "") + attribute(3, "x");
  std::string seen;
  const auto take = [&seen](std::uint16_t type, std::span<const std::byte> value) {
    seen += std::to_string(type) + ":" +
            std::string(reinterpret_cast<const char*>(value.data()), value.size()) + " ";
  };
  const auto attributes = std::as_bytes(std::span(bytes));
  for_each_attribute(attributes, take);
  EXPECT_EQ(seen, "1:abc 2: 3:x ");
  // The padding of the last one is not there, then a byte of it is missing, then its header.
  for (const auto& [cut, expected] :
       {std::pair(3, "1:abc 2: 3:x "), std::pair(4, "1:abc 2: "), std::pair(5, "1:abc 2: ")}) {
    seen.clear();
    for_each_attribute(attributes.first(attributes.size() - static_cast<std::size_t>(cut)), take);
    EXPECT_EQ(seen, expected) << cut;
  }
}

TEST(Netlink, AttributesOfAShortMessage) {
  nlmsghdr message{};
  message.nlmsg_len = NLMSG_LENGTH(4);
  // Its tail would begin behind its end.
  for_each_attribute(message, 100, [](std::uint16_t, std::span<const std::byte>) { FAIL(); });
}

}  // namespace
}  // namespace net::kern
