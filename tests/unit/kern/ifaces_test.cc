#include "net/kern/ifaces.hh"

#include <gtest/gtest.h>
#include <net/if.h>

#include <string>
#include <vector>

namespace net::kern {
namespace {

Interface named(std::uint32_t index, std::string name, std::vector<std::string> others = {}) {
  Interface interface;
  interface.index = index;
  interface.name = std::move(name);
  interface.alternative_names = std::move(others);
  return interface;
}

TEST(Ifaces, FoundByNameThenOtherNameThenIndex) {
  const std::vector<Interface> all = {named(1, "lo"), named(2, "eth0", {"wan", "3"}), named(3, "wan"),
                                      named(4, "5"), named(5, "last")};
  const auto index = [&](std::string_view name) {
    const Interface* const found = find_interface(all, name);
    return found == nullptr ? 0 : found->index;
  };
  EXPECT_EQ(index("lo"), 1U);
  EXPECT_EQ(index("wan"), 3U) << "a name before another's second name";
  EXPECT_EQ(index("3"), 2U) << "a second name before an index";
  EXPECT_EQ(index("5"), 4U) << "a name before an index";
  EXPECT_EQ(index("2"), 2U);
  EXPECT_EQ(index("6"), 0U);
  EXPECT_EQ(index("0"), 0U);
  EXPECT_EQ(index("LO"), 0U);
  EXPECT_EQ(index("lo "), 0U);
  EXPECT_EQ(index(""), 0U);
  EXPECT_EQ(index("02"), 0U) << "a leading zero is ambiguous";
}

TEST(Ifaces, LoopbackOfThisHost) {
  const auto all = list_interfaces();
  ASSERT_TRUE(all) << all.error().message();
  const Interface* const lo = find_interface(*all, "lo");
  ASSERT_NE(lo, nullptr);
  EXPECT_EQ(lo->index, if_nametoindex("lo"));
  EXPECT_NE(lo->flags & IFF_LOOPBACK, 0U);
  EXPECT_FALSE(lo->mac());
  for (std::size_t i = 1; i < all->size(); ++i) EXPECT_LT(all->at(i - 1).index, all->at(i).index);
}

TEST(Ifaces, OneFamily) {
  for (const int family : {AF_INET, AF_INET6}) {
    const auto all = list_interfaces(family);
    ASSERT_TRUE(all) << all.error().message();
    for (const Interface& each : *all) {
      for (const InterfaceAddress& address : each.addresses) EXPECT_EQ(address.address.family(), family);
      for (const DefaultRoute& route : each.default_routes) EXPECT_EQ(route.family, family);
    }
  }
}

}  // namespace
}  // namespace net::kern
