#include "net/kern/services_db.hh"

#include <gtest/gtest.h>

#include <optional>
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

}  // namespace
}  // namespace net::kern
