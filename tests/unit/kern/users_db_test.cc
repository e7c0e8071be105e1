#include "net/kern/users_db.hh"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/netns.hh"
#include "tests/support/require.hh"

namespace net::kern {
namespace {

TEST(UsersDb, Names) {
  REQUIRE_NAMESPACES();
  test::Namespace ns;
  // One whose entry does not fit into the first room.
  ns.etc("passwd", "root:x:0:0::/:/bin/sh\nweb:x:1234:1234:" + std::string(5000, 'x') + ":/:/bin/sh\n");
  ns.in([] {
    EXPECT_EQ(user_name(0), "root");
    EXPECT_EQ(user_name(1234), "web");
    EXPECT_EQ(user_name(1235), std::nullopt);
    EXPECT_EQ(user_name(static_cast<uid_t>(-1)), std::nullopt);
  });
}

}  // namespace
}  // namespace net::kern
