#include <gtest/gtest.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>
#include <string>
#include <vector>

#include "net/kern/inet_diag.hh"
#include "net/kern/netlink.hh"
#include "net/kern/sock_diag.hh"
#include "tests/support/fd.hh"
#include "tests/support/net.hh"
#include "tests/support/netns.hh"
#include "tests/support/require.hh"
#include "tests/unit/kern/sockets.hh"

namespace net::kern {
namespace {

using Fds = std::vector<int>;

test::Fd listener(const Endpoint& address) {
  test::Fd fd(socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int off = 0;
  if (address.family() == AF_INET6) setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  EXPECT_EQ(bind(fd.get(), address.data(), address.size()), 0) << address.text();
  EXPECT_EQ(listen(fd.get(), 8), 0);
  return fd;
}

TEST(FindAddress, FamiliesApartAndTogether) {
  const test::TcpServer v4("127.0.0.1");
  const test::TcpServer v6("::1", {.port = v4.port()});
  const Endpoint port = at("0.0.0.0", v4.port());
  EXPECT_EQ(inodes_of(find({.local = port})), inodes_of(Fds{v4.fd(), v6.fd()}));
  EXPECT_EQ(inodes_of(find({.local = at("::", v4.port())})), inodes_of(Fds{v4.fd(), v6.fd()}));
  EXPECT_EQ(inodes_of(find({.family = AF_INET, .local = port})), inodes_of(Fds{v4.fd()}));
  EXPECT_EQ(inodes_of(find({.family = AF_INET6, .local = port})), inodes_of(Fds{v6.fd()}));
  EXPECT_EQ(inodes_of(find({.local = at("127.0.0.1", v4.port())})), inodes_of(Fds{v4.fd()}));
  EXPECT_EQ(inodes_of(find({.local = at("::1", v4.port())})), inodes_of(Fds{v6.fd()}));
}

TEST(FindAddress, AnotherAddressOfThePort) {
  const test::TcpServer server("127.0.0.1");
  EXPECT_TRUE(find({.local = at("127.0.0.2", server.port())}).empty());
  EXPECT_TRUE(find({.local = at("127.0.0.1", test::closed_port(SOCK_STREAM))}).empty());
}

TEST(FindAddress, WithoutAPort) {
  const test::Fd fd = listener(at("127.44.55.66", 0));
  const test::Fd other = listener(at("127.44.55.66", 0));
  EXPECT_EQ(inodes_of(find({.local = at("127.44.55.66", 0)})), inodes_of(Fds{fd.get(), other.get()}));
}

// [::] takes what comes to 127.0.0.1, and is bound to no such address.
TEST(FindAddress, TheAnyAddressIsNotEveryAddress) {
  const test::Fd dual = listener(at("::", 0));
  const std::uint16_t port = local_of(dual.get()).port();
  EXPECT_EQ(inodes_of(find({.local = at("0.0.0.0", port)})), inodes_of(Fds{dual.get()}));
  EXPECT_TRUE(find({.local = at("127.0.0.1", port)}).empty());
  EXPECT_TRUE(find({.local = at("::1", port)}).empty());
}

// What comes over IPv4 to a socket of both families.
TEST(FindAddress, MappedAddresses) {
  const test::Fd dual = listener(at("::", 0));
  const std::uint16_t port = local_of(dual.get()).port();
  const test::Peer client = test::connect_tcp("127.0.0.1", port);
  const test::Fd accepted(accept4(dual.get(), nullptr, nullptr, SOCK_CLOEXEC));
  ASSERT_TRUE(accepted.valid());
  for (const std::string address : {"127.0.0.1", "::ffff:127.0.0.1"}) {
    const auto by_local = find({.local = at(address, port)});
    ASSERT_EQ(inodes_of(by_local), inodes_of(Fds{accepted.get()})) << address;
    EXPECT_EQ(by_local[0].local, at("::ffff:127.0.0.1", port)) << "told as it is";
    EXPECT_EQ(by_local[0].peer, at("::ffff:127.0.0.1", client.local_port()));
    EXPECT_EQ(inodes_of(find({.peer = at(address, client.local_port())})), inodes_of(Fds{accepted.get()}));
    EXPECT_EQ(inodes_of(find({.peer = at(address, port)})), inodes_of(Fds{client.fd()}));
  }
  EXPECT_TRUE(find({.family = AF_INET, .local = at("127.0.0.1", port)}).empty());
  EXPECT_EQ(find({.family = AF_INET6, .local = at("127.0.0.1", port)}).size(), 1U);
}

TEST(FindAddress, LinkLocalAddressesHaveAScope) {
  REQUIRE_NAMESPACES();
  const test::Namespace ns;
  ns.run_ip({"addr", "add", "fe80::7/64", "dev", "lo", "nodad"});
  ns.in([] {
    const test::Fd fd = listener(at("fe80::7%lo", 0));
    const Endpoint local = local_of(fd.get());
    ASSERT_NE(local.scope(), 0U);
    const auto found = find({.local = local});
    ASSERT_EQ(inodes_of(found), inodes_of(Fds{fd.get()}));
    EXPECT_EQ(found[0].local, local);
    EXPECT_EQ(find({.local = local.with_scope(0)}).size(), 1U) << "whatever interface";
    EXPECT_TRUE(find({.local = local.with_scope(local.scope() + 1)}).empty());
  });
}

TEST(FindAddress, OtherNetworksAreNotListed) {
  REQUIRE_NAMESPACES();
  const test::Namespace ns;
  const auto server = ns.in([] { return test::TcpServer("127.0.0.1"); });
  const SocketQuery query{.local = at("127.0.0.1", server.port())};
  const auto here = inodes_of(find(query));
  EXPECT_EQ(std::ranges::count(here, inode_of(server.fd())), 0);
  EXPECT_EQ(ns.in([&query] { return inodes_of(find(query)); }), inodes_of(Fds{server.fd()}));
}

TEST(FindAddress, RulesOfTheComparison) {
  EXPECT_TRUE(is_wanted(at("0.0.0.0", 80), at("2001:db8::1", 80)));
  EXPECT_TRUE(is_wanted(at("::", 0), at("192.0.2.1", 80)));
  EXPECT_TRUE(is_wanted(at("192.0.2.1", 0), at("::ffff:192.0.2.1", 80)));
  EXPECT_TRUE(is_wanted(at("::ffff:192.0.2.1", 80), at("192.0.2.1", 80)));
  EXPECT_FALSE(is_wanted(at("192.0.2.1", 80), at("192.0.2.1", 81)));
  EXPECT_FALSE(is_wanted(at("192.0.2.1", 80), at("0.0.0.0", 80)));
  EXPECT_FALSE(is_wanted(at("192.0.2.1", 80), at("::192.0.2.1", 80)));
  EXPECT_FALSE(is_wanted(at("0.0.0.0", 0), Endpoint())) << "no address is not any address";
  EXPECT_FALSE(is_wanted(*Endpoint::parse_unix("/x"), at("0.0.0.0", 80)));
}

/// How many TCP sockets the kernel lets through this query's filter, with nothing looked at again.
std::size_t let_through(int family, const SocketQuery& query) {
  const auto filter = inet_filter(query);
  inet_diag_req_v2 header{};
  header.sdiag_family = static_cast<std::uint8_t>(family);
  header.sdiag_protocol = IPPROTO_TCP;
  header.idiag_states = UINT32_MAX;
  rtattr attribute{};
  attribute.rta_type = INET_DIAG_REQ_BYTECODE;
  attribute.rta_len = static_cast<unsigned short>(RTA_LENGTH(filter.size()));
  std::vector<std::byte> request(sizeof header + sizeof attribute + filter.size());
  std::memcpy(request.data(), &header, sizeof header);
  std::memcpy(request.data() + sizeof header, &attribute, sizeof attribute);
  std::memcpy(request.data() + sizeof header + sizeof attribute, filter.data(), filter.size());
  std::size_t count = 0;
  const auto asked =
      netlink_dump(NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, request, [&count](const nlmsghdr&) { ++count; });
  EXPECT_TRUE(asked) << asked.error().message();
  return count;
}

TEST(FindAddress, TheKernelFilters) {
  const test::TcpServer server("127.0.0.1");
  const test::TcpServer others[3];
  const test::Fd dual = listener(at("::", 0));
  const test::Peer client = test::connect_tcp("127.0.0.1", local_of(dual.get()).port());
  const test::Fd accepted(accept4(dual.get(), nullptr, nullptr, SOCK_CLOEXEC));
  const std::uint16_t port = local_of(dual.get()).port();
  EXPECT_TRUE(inet_filter({.local = at("0.0.0.0", 0), .peer = at("::", 0)}).empty());
  EXPECT_EQ(let_through(AF_INET, {.local = at("0.0.0.0", server.port())}), 1U);
  EXPECT_EQ(let_through(AF_INET, {.local = at("127.0.0.1", server.port())}), 1U);
  EXPECT_EQ(let_through(AF_INET, {.local = at("127.0.0.2", server.port())}), 0U);
  EXPECT_EQ(let_through(AF_INET6, {.local = at("127.0.0.1", port)}), 1U);
  EXPECT_EQ(let_through(AF_INET6, {.local = at("::", port)}), 2U);
  EXPECT_EQ(let_through(AF_INET6, {.local = at("::", port), .peer = at("::", client.local_port())}), 1U);
  EXPECT_EQ(let_through(AF_INET6, {.local = at("::", port), .peer = at("::1", client.local_port())}), 0U);
}

}  // namespace
}  // namespace net::kern
