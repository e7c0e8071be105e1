#include "net/kern/services_db.hh"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>

#include "tests/support/netns.hh"
#include "tests/support/require.hh"

namespace net::kern {
namespace {

using std::string_view_literals::operator""sv;

TEST(ServicesDb, NamesAliasesAndProtocols) {
  REQUIRE_NAMESPACES();
  test::Namespace ns;
  ns.services("alpha 4242/tcp first-alias second-alias\nalpha 4343/udp\nonly-tcp 65535/tcp\n# beta 1/tcp\n");
  struct Case {
    std::string_view name;
    std::string_view protocol;
    std::optional<std::uint16_t> port;
  };
  constexpr Case cases[] = {
      {"alpha", "tcp", 4242},
      {"alpha", "udp", 4343},
      {"first-alias", "tcp", 4242},
      {"second-alias", "tcp", 4242},
      {"first-alias", "udp", std::nullopt},
      {"only-tcp", "tcp", 65535},
      {"only-tcp", "udp", std::nullopt},
      {"ALPHA", "tcp", std::nullopt},
      {"beta", "tcp", std::nullopt},
      {"", "tcp", std::nullopt},
      {"4242", "tcp", std::nullopt},
      {"alpha\0"sv, "tcp", std::nullopt},
  };
  ns.in([&] {
    for (const Case& c : cases)
      EXPECT_EQ(service_port(c.name, c.protocol), c.port) << c.name << "/" << c.protocol;
  });
}

TEST(ServicesDb, NamesOfPorts) {
  REQUIRE_NAMESPACES();
  test::Namespace ns;
  // The entry with many aliases does not fit into the first room.
  std::string many;
  for (int i = 0; i < 300; ++i) many += " alias-" + std::to_string(i);
  ns.services("alpha 4242/tcp first second\nagain 4242/tcp\nbeta 4242/udp\nmany 7/tcp" + many +
              "\nlast 65535/udp\n");
  ns.in([&] {
    EXPECT_EQ(service_of_port(4242, "tcp"), (Service{"alpha", {"first", "second"}}));
    EXPECT_EQ(service_of_port(4242, "udp"), (Service{"beta", {}}));
    EXPECT_EQ(service_of_port(65535, "udp"), (Service{"last", {}}));
    EXPECT_EQ(service_of_port(65535, "tcp"), std::nullopt);
    EXPECT_EQ(service_of_port(0, "tcp"), std::nullopt);
    ASSERT_TRUE(service_of_port(7, "tcp"));
    EXPECT_EQ(service_of_port(7, "tcp")->aliases.size(), 300U);
    // The same in one go.
    const ServiceMap all = all_services();
    EXPECT_EQ(all.size(), 4U);
    for (const auto& [key, service] : all) EXPECT_EQ(service_of_port(key.first, key.second), service);
  });
}

TEST(ServicesDb, NoFileIsNoServices) {
  REQUIRE_NAMESPACES();
  test::Namespace ns;
  ns.services("");
  ns.in([&] {
    EXPECT_TRUE(all_services().empty());
    EXPECT_EQ(service_of_port(80, "tcp"), std::nullopt);
  });
}

}  // namespace
}  // namespace net::kern
