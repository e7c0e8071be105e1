#include "net/sock/sockaddr_layout.hh"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>
#include <string>

#include "net/base/fd.hh"

namespace net {
namespace {

/// "0 sin_family 02 00: AF_INET (2), host order", a line each.
std::string written(const Endpoint& endpoint) {
  std::string out;
  for (const SockaddrField& field : sockaddr_layout(endpoint)) {
    out += std::to_string(field.offset) + " " + std::string(field.name) + " " + hex_text(field.bytes) + ": " +
           field.meaning + "\n";
  }
  return out;
}

std::string family_bytes(std::uint16_t family) {
  return hex_text(ByteView(reinterpret_cast<const std::uint8_t*>(&family), sizeof family));
}

TEST(SockaddrLayout, NamesEveryFieldOfIpv4) {
  const Endpoint endpoint = *Endpoint::parse_ip("192.0.2.1", 8080);
  EXPECT_EQ(sockaddr_name(endpoint), "sockaddr_in");
  EXPECT_EQ(written(endpoint), "0 sin_family " + family_bytes(AF_INET) +
                                   ": AF_INET (2), host order\n"
                                   "2 sin_port 1f90: 8080, network order\n"
                                   "4 sin_addr c0000201: 192.0.2.1, network order\n"
                                   "8 sin_zero 0000000000000000: padding\n");
}

TEST(SockaddrLayout, NamesEveryFieldOfIpv6) {
  const Endpoint endpoint = Endpoint::parse_ip("fe80::1", 443)->with_scope(1);
  EXPECT_EQ(sockaddr_name(endpoint), "sockaddr_in6");
  const std::uint32_t one = 1;
  EXPECT_EQ(written(endpoint), "0 sin6_family " + family_bytes(AF_INET6) +
                                   ": AF_INET6 (10), host order\n"
                                   "2 sin6_port 01bb: 443, network order\n"
                                   "4 sin6_flowinfo 00000000: 0, network order\n"
                                   "8 sin6_addr fe800000000000000000000000000001: fe80::1, network order\n"
                                   "24 sin6_scope_id " +
                                   hex_text(ByteView(reinterpret_cast<const std::uint8_t*>(&one), 4)) +
                                   ": 1 (lo), host order\n");
  EXPECT_TRUE(written(endpoint.with_scope(0)).ends_with(" 00000000: no scope\n"));
}

TEST(SockaddrLayout, HasNoGaps) {
  for (const char* const text : {"192.0.2.1", "2001:db8::1"}) {
    const Endpoint endpoint = *Endpoint::parse_ip(text, 1);
    std::size_t end = 0;
    for (const SockaddrField& field : sockaddr_layout(endpoint)) {
      EXPECT_EQ(field.offset, end) << field.name;
      end = field.offset + field.bytes.size();
    }
    EXPECT_EQ(end, endpoint.size());
  }
}

TEST(SockaddrLayout, IsTheKernelsOwn) {
  for (const char* const text : {"127.0.0.1", "::1"}) {
    const Endpoint wanted = *Endpoint::parse_ip(text, 0);
    const Fd socket(::socket(wanted.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(bind(socket.get(), wanted.data(), wanted.size()), 0) << text;
    sockaddr_storage storage;
    std::memset(&storage, 0xee, sizeof storage);
    socklen_t length = sizeof storage;
    ASSERT_EQ(getsockname(socket.get(), reinterpret_cast<sockaddr*>(&storage), &length), 0);
    const Endpoint bound = Endpoint::from_bytes(reinterpret_cast<const sockaddr*>(&storage), length);
    Buffer bytes;
    for (const SockaddrField& field : sockaddr_layout(*Endpoint::parse_ip(text, bound.port()))) {
      bytes.insert(bytes.end(), field.bytes.begin(), field.bytes.end());
    }
    const ByteView kernels(reinterpret_cast<const std::uint8_t*>(&storage), length);
    EXPECT_EQ(hex_text(bytes), hex_text(kernels));
  }
}

TEST(SockaddrLayout, IsOfIpAlone) {
  EXPECT_TRUE(sockaddr_layout(*Endpoint::parse_unix("@name")).empty());
  EXPECT_TRUE(sockaddr_layout(Endpoint()).empty());
  EXPECT_EQ(sockaddr_name(Endpoint()), "");
}

}  // namespace
}  // namespace net
