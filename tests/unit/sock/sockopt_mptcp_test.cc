#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cstring>
#include <optional>
#include <string>

#include "net/sock/socket.hh"
#include "tests/support/net.hh"
#include "tests/unit/sock/option_fields.hh"

namespace net {
namespace {

using List = OptionValue::List;

/// A listener and a connection to it over loopback, of MPTCP but for the kinds that are asked for.
struct Pair {
  std::optional<Socket> listener{};
  std::optional<Socket> client{};
  std::optional<Socket> accepted{};
};

std::optional<Socket> open(int family, int protocol) {
  auto socket = Socket::open(family, SOCK_STREAM, protocol);
  if (!socket) return std::nullopt;
  return std::move(*socket);
}

bool ready(const Socket& socket, short events) {
  return test::poll_one(socket.fd(), events, test::Deadline(test::patience));
}

/// Nothing where this kernel makes no MPTCP sockets.
std::optional<Pair> connected(int family, int listener_protocol = mptcp_protocol) {
  Pair pair{.listener = open(family, listener_protocol), .client = open(family, mptcp_protocol)};
  if (!pair.listener || !pair.client) return std::nullopt;
  EXPECT_TRUE(pair.listener->bind(Endpoint::loopback(family, 0)));
  EXPECT_TRUE(pair.listener->listen(5));
  EXPECT_TRUE(pair.client->connect(pair.listener->local()));
  EXPECT_TRUE(ready(*pair.client, POLLOUT) && ready(*pair.listener, POLLIN));
  Endpoint from;
  auto accepted = pair.listener->accept(from);
  EXPECT_TRUE(accepted);
  if (accepted) pair.accepted = std::move(*accepted);
  return pair;
}

/// Sends and waits until it is read.
void move_bytes(const Socket& from, const Socket& to, std::size_t count) {
  const std::string bytes(count, 'x');
  ASSERT_EQ(send(from.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(count));
  std::string buffer(count, '\0');
  for (std::size_t done = 0; done < count;) {
    ASSERT_TRUE(ready(to, POLLIN));
    const ssize_t got = recv(to.fd(), buffer.data(), buffer.size(), 0);
    ASSERT_GT(got, 0);
    done += static_cast<std::size_t>(got);
  }
}

#define REQUIRE_MPTCP(pair) \
  if (!(pair)) GTEST_SKIP() << "no MPTCP here"

TEST(SockoptMptcp, InfoOfAPair) {
  for (const int family : {AF_INET, AF_INET6}) {
    const auto pair = connected(family);
    REQUIRE_MPTCP(pair);
    move_bytes(*pair->client, *pair->accepted, 5000);
    test::wait_until("all acknowledged", [&] {
      return number_in(option_of(pair->client->fd(), "MPTCP_INFO"), "bytes_acked") == 5000;
    });
    const OptionValue ours = option_of(pair->client->fd(), "MPTCP_INFO");
    const OptionValue theirs = option_of(pair->accepted->fd(), "MPTCP_INFO");
    EXPECT_EQ(text_in(ours, "flags"), "remote_key_received");
    EXPECT_EQ(number_in(ours, "bytes_sent"), 5000U);
    EXPECT_EQ(number_in(theirs, "bytes_received"), 5000U);
    EXPECT_EQ(number_in(theirs, "bytes_sent"), 0U);
    // Each end has a token of its own, and numbers what it sends by itself.
    EXPECT_NE(number_in(ours, "token"), 0U);
    EXPECT_NE(number_in(ours, "token"), number_in(theirs, "token"));
    EXPECT_EQ(number_in(ours, "write_seq"), number_in(theirs, "rcv_nxt"));
    EXPECT_EQ(number_in(ours, "subflows"), 0U);
    if (find_field(ours, "subflows_total") != nullptr) EXPECT_EQ(number_in(ours, "subflows_total"), 1U);
    EXPECT_EQ(text_in(ours, "csum_enabled"), "off");
    EXPECT_EQ(find_field(ours, "unknown_bytes"), nullptr);
  }
}

TEST(SockoptMptcp, SubflowsAreListed) {
  for (const int family : {AF_INET, AF_INET6}) {
    const auto pair = connected(family);
    REQUIRE_MPTCP(pair);
    const std::string local = pair->client->local().text();
    const std::string remote = pair->client->peer().text();
    const OptionValue addresses = option_of(pair->client->fd(), "MPTCP_SUBFLOW_ADDRS");
    ASSERT_EQ(std::get<List>(addresses.data).size(), 1U);
    EXPECT_EQ(text_in(std::get<List>(addresses.data)[0], "local"), local);
    EXPECT_EQ(text_in(std::get<List>(addresses.data)[0], "remote"), remote);
    const OptionValue infos = option_of(pair->client->fd(), "MPTCP_TCPINFO");
    ASSERT_EQ(std::get<List>(infos.data).size(), 1U);
    const OptionValue& info = std::get<List>(infos.data)[0];
    EXPECT_EQ(text_in(info, "state"), "established");
    EXPECT_GT(number_in(info, "rtt"), 0U);
    // As much of it as a TCP socket tells.
    const OptionValue own = option_of(pair->client->fd(), "TCP_INFO");
    EXPECT_EQ(std::get<OptionValue::Fields>(info.data).size(),
              std::get<OptionValue::Fields>(own.data).size());
  }
}

TEST(SockoptMptcp, FullInfoIsAllOfThem) {
  const auto pair = connected(AF_INET);
  REQUIRE_MPTCP(pair);
  const auto value = get_option(pair->client->fd(), row_of("MPTCP_FULL_INFO"));
  if (!value && value.error().symbol() == "EOPNOTSUPP") GTEST_SKIP() << "older than 6.5";
  ASSERT_TRUE(value) << value.error().symbol();
  EXPECT_EQ(number_in(*value, "num_subflows"), 1U);
  const OptionValue& info = field_of(*value, "mptcp_info");
  const OptionValue plain = option_of(pair->client->fd(), "MPTCP_INFO");
  EXPECT_EQ(number_in(info, "token"), number_in(plain, "token"));
  EXPECT_EQ(number_in(info, "write_seq"), number_in(plain, "write_seq"));
  EXPECT_EQ(std::get<OptionValue::Fields>(info.data).size(),
            std::get<OptionValue::Fields>(plain.data).size());
  const auto& subflows = std::get<List>(field_of(*value, "subflows").data);
  ASSERT_EQ(subflows.size(), 1U);
  EXPECT_EQ(number_in(subflows[0], "id"), 1U);
  EXPECT_EQ(text_in(subflows[0], "local"), pair->client->local().text());
  EXPECT_EQ(text_in(subflows[0], "remote"), pair->client->peer().text());
  const OptionValue& tcp = field_of(subflows[0], "tcp_info");
  EXPECT_EQ(text_in(tcp, "state"), "established");
  EXPECT_EQ(find_field(tcp, "unknown_bytes"), nullptr);
}

TEST(SockoptMptcp, AListenerTellsWhereItListens) {
  const auto pair = connected(AF_INET);
  REQUIRE_MPTCP(pair);
  const OptionValue addresses = option_of(pair->listener->fd(), "MPTCP_SUBFLOW_ADDRS");
  ASSERT_EQ(std::get<List>(addresses.data).size(), 1U);
  EXPECT_EQ(text_in(std::get<List>(addresses.data)[0], "local"), pair->listener->local().text());
  EXPECT_EQ(text_in(std::get<List>(addresses.data)[0], "remote"), "0.0.0.0:0");
  EXPECT_EQ(number_in(option_of(pair->listener->fd(), "MPTCP_INFO"), "token"), 0U);
}

// The listener is a plain TCP socket, which does not answer the client's MP_CAPABLE.
TEST(SockoptMptcp, NothingIsLeftAfterTheFallbackToTcp) {
  const auto pair = connected(AF_INET, IPPROTO_TCP);
  REQUIRE_MPTCP(pair);
  for (const std::string_view name :
       {"MPTCP_INFO", "MPTCP_TCPINFO", "MPTCP_SUBFLOW_ADDRS", "MPTCP_FULL_INFO"}) {
    EXPECT_FALSE(get_option(pair->client->fd(), row_of(name))) << name;
  }
  const auto is_mptcp = get_option(pair->client->fd(), row_of("TCP_IS_MPTCP"));
  if (is_mptcp) EXPECT_EQ(option_text(*is_mptcp), "off");
  const auto both = connected(AF_INET);
  if (is_mptcp) EXPECT_EQ(option_text(option_of(both->client->fd(), "TCP_IS_MPTCP")), "on");
}

// Arrays as the kernel would write them, with elements of another length than ours.

template <class Number>
void put(OptionBytes& bytes, std::size_t offset, Number number) {
  std::memcpy(bytes.data() + offset, &number, sizeof number);
}

TEST(SockoptMptcpDecode, ElementsOfAnotherLength) {
  const std::size_t header = 16;
  const std::size_t element = 104;  // as much of struct tcp_info as Linux 3 had
  OptionBytes bytes(header + (2 * element));
  put<std::uint32_t>(bytes, 0, header);
  put<std::uint32_t>(bytes, 4, 2);
  put<std::uint32_t>(bytes, 8, 280);
  put<std::uint32_t>(bytes, 12, element);
  bytes[header] = std::byte{1};
  bytes[header + element] = std::byte{8};
  const SocketOption& row = row_of("MPTCP_TCPINFO");
  const OptionValue value = decode_option(bytes, row);
  const auto& list = std::get<List>(value.data);
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(text_in(list[0], "state"), "established");
  EXPECT_EQ(text_in(list[1], "state"), "close_wait");
  EXPECT_EQ(find_field(list[1], "bytes_sent"), nullptr);
  // Cut off, and with lengths that lie.
  EXPECT_EQ(std::get<List>(decode_option(OptionView(bytes).first(header + element + 1), row).data).size(),
            1U);
  EXPECT_TRUE(std::get<List>(decode_option(OptionView(bytes).first(header), row).data).empty());
  EXPECT_TRUE(std::get<List>(decode_option({}, row).data).empty());
  put<std::uint32_t>(bytes, 12, 0);
  EXPECT_TRUE(std::get<List>(decode_option(bytes, row).data).empty());
  put<std::uint32_t>(bytes, 0, UINT32_MAX);
  EXPECT_TRUE(std::get<List>(decode_option(bytes, row).data).empty());
}

TEST(SockoptMptcpDecode, FullInfoOfTwoSubflows) {
  // 40 bytes of header, 96 of struct mptcp_info, two of 264 for addresses, two of 280 for struct tcp_info.
  OptionBytes bytes(40 + 96 + (2 * 264) + (2 * 280));
  put<std::uint32_t>(bytes, 4, 280);
  put<std::uint32_t>(bytes, 12, 264);
  put<std::uint32_t>(bytes, 16, 2);
  put<std::uint32_t>(bytes, 40 + 12, 0x01020304);  // token
  for (std::size_t i = 0; i < 2; ++i) {
    const std::size_t subflow = 40 + 96 + (i * 264);
    put<std::uint32_t>(bytes, subflow, static_cast<std::uint32_t>(i + 1));
    const Endpoint local = Endpoint::loopback(AF_INET, static_cast<std::uint16_t>(1000 + i));
    const Endpoint remote = Endpoint::loopback(AF_INET6, static_cast<std::uint16_t>(2000 + i));
    std::memcpy(bytes.data() + subflow + 8, local.data(), local.size());
    std::memcpy(bytes.data() + subflow + 8 + 128, remote.data(), remote.size());
    bytes[40 + 96 + (2 * std::size_t{264}) + (i * 280)] =
        std::byte{i == 0 ? std::uint8_t{1} : std::uint8_t{2}};
  }
  const SocketOption& row = row_of("MPTCP_FULL_INFO");
  const OptionValue value = decode_option(bytes, row);
  EXPECT_EQ(number_in(field_of(value, "mptcp_info"), "token"), 0x01020304U);
  EXPECT_EQ(find_field(field_of(value, "mptcp_info"), "unknown_bytes"), nullptr);
  const auto& list = std::get<List>(field_of(value, "subflows").data);
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(number_in(list[1], "id"), 2U);
  EXPECT_EQ(text_in(list[1], "local"), "127.0.0.1:1001");
  EXPECT_EQ(text_in(list[1], "remote"), "[::1]:2001");
  EXPECT_EQ(text_in(field_of(list[1], "tcp_info"), "state"), "syn_sent");
  const std::string text = option_text(value);
  EXPECT_TRUE(text.starts_with("num_subflows 2, mptcp_info {subflows 0, ")) << text;
  EXPECT_TRUE(text.contains("}, subflows {id 1, local 127.0.0.1:1000, remote [::1]:2000, tcp_info {state "))
      << text;
  EXPECT_TRUE(text.contains("}},{id 2, local ")) << text;
  // Nothing but a header that lies.
  put<std::uint32_t>(bytes, 4, UINT32_MAX);
  put<std::uint32_t>(bytes, 12, UINT32_MAX);
  put<std::uint32_t>(bytes, 16, UINT32_MAX);
  for (const std::size_t size : {std::size_t{0}, std::size_t{17}, std::size_t{40}, bytes.size()}) {
    EXPECT_EQ(
        std::get<List>(field_of(decode_option(OptionView(bytes).first(size), row), "subflows").data).size(),
        size < 20 ? (size == 17 ? 32U : 0U) : 32U);
  }
}

}  // namespace
}  // namespace net
