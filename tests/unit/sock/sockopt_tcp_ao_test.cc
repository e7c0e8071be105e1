#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>
#include <string>

#include "tests/unit/sock/option_fields.hh"

// TCP-AO's structs byte by byte: few kernels have it, so that the kernel cannot say whether they are right.
// The offsets are those of linux/tcp.h of Linux 6.12, counted by hand.
namespace net {
namespace {

int byte_at(const OptionBytes& bytes, std::size_t offset) {
  return std::to_integer<int>(bytes.at(offset));
}

void put(OptionBytes& bytes, std::size_t offset, std::string_view raw) {
  std::memcpy(bytes.data() + offset, raw.data(), raw.size());
}

TEST(SockoptTcpAo, AddKey) {
  const OptionBytes bytes =
      encoded("TCP_AO_ADD_KEY",
              "addr=192.0.2.1,prefix=24,sndid=100,rcvid=200,alg_name=hmac(sha1),maclen=12,ifindex=lo,"
              "keyflags=ifindex+exclude_opt,set_current=on,set_rnext=on,key=secret");
  ASSERT_EQ(bytes.size(), 288U);
  sockaddr_in address{};
  std::memcpy(&address, bytes.data(), sizeof address);
  EXPECT_EQ(address.sin_family, AF_INET);
  EXPECT_EQ(address.sin_addr.s_addr, inet_addr("192.0.2.1"));
  EXPECT_STREQ(reinterpret_cast<const char*>(bytes.data()) + 128, "hmac(sha1)");
  EXPECT_EQ(byte_at(bytes, 192), 1);  // ifindex
  EXPECT_EQ(byte_at(bytes, 196), 3);  // set_current, set_rnext
  EXPECT_EQ(byte_at(bytes, 200), 0);  // reserved2
  EXPECT_EQ(byte_at(bytes, 202), 24);
  EXPECT_EQ(byte_at(bytes, 203), 100);
  EXPECT_EQ(byte_at(bytes, 204), 200);
  EXPECT_EQ(byte_at(bytes, 205), 12);
  EXPECT_EQ(byte_at(bytes, 206), 3);
  EXPECT_EQ(byte_at(bytes, 207), 6);
  EXPECT_STREQ(reinterpret_cast<const char*>(bytes.data()) + 208, "secret");
  EXPECT_EQ(option_text(decode_option(bytes, row_of("TCP_AO_ADD_KEY"))),
            "addr=192.0.2.1,prefix=24,sndid=100,rcvid=200,alg_name=hmac(sha1),maclen=12,ifindex=lo,"
            "keyflags=ifindex+exclude_opt,set_current=on,set_rnext=on,key=(6 bytes)");
}

TEST(SockoptTcpAo, AddKeyRefuses) {
  for (const std::string_view text : {"", "addr", "addr=nobody", "prefix=256", "sndid=-1", "maclen=1000",
                                      "keyflags=other", "set_current=maybe", "peer=192.0.2.1"}) {
    EXPECT_NE(complaint("TCP_AO_ADD_KEY", text), "") << text;
  }
  EXPECT_NE(complaint("TCP_AO_ADD_KEY", "key=" + std::string(81, 'k')), "");
}

TEST(SockoptTcpAo, DeleteKey) {
  const OptionBytes bytes = encoded("TCP_AO_DEL_KEY",
                                    "addr=2001:db8::1,prefix=64,sndid=1,rcvid=2,ifindex=lo,keyflags=ifindex,"
                                    "set_current=on,del_async=on,current_key=7,rnext=8");
  ASSERT_EQ(bytes.size(), 144U);
  EXPECT_EQ(byte_at(bytes, 0), AF_INET6);
  EXPECT_EQ(byte_at(bytes, 128), 1);
  EXPECT_EQ(byte_at(bytes, 132), 5);
  EXPECT_EQ(byte_at(bytes, 138), 64);
  EXPECT_EQ(byte_at(bytes, 139), 1);
  EXPECT_EQ(byte_at(bytes, 140), 2);
  EXPECT_EQ(byte_at(bytes, 141), 7);
  EXPECT_EQ(byte_at(bytes, 142), 8);
  EXPECT_EQ(byte_at(bytes, 143), 1);
}

TEST(SockoptTcpAo, Info) {
  const std::string_view text =
      "set_current=on,set_rnext=off,ao_required=on,set_counters=on,accept_icmps=on,current_key=7,rnext=8,"
      "pkt_good=1,pkt_bad=2,pkt_key_not_found=3,pkt_ao_required=4,pkt_dropped_icmp=5";
  const OptionBytes bytes = encoded("TCP_AO_INFO", text);
  ASSERT_EQ(bytes.size(), 48U);
  EXPECT_EQ(byte_at(bytes, 0), 1 | 4 | 8 | 16);
  EXPECT_EQ(byte_at(bytes, 6), 7);
  EXPECT_EQ(byte_at(bytes, 7), 8);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(byte_at(bytes, static_cast<std::size_t>(8 + (8 * i))), i + 1);
  EXPECT_EQ(option_text(decode_option(bytes, row_of("TCP_AO_INFO"))), text);
}

TEST(SockoptTcpAo, KeysWithoutTheirSecrets) {
  OptionBytes bytes(2 * std::size_t{304});
  for (const std::size_t key : {std::size_t{0}, std::size_t{304}}) {
    const sockaddr_in address{
        .sin_family = AF_INET, .sin_port = 0, .sin_addr = {inet_addr("192.0.2.9")}, .sin_zero = {}};
    std::memcpy(bytes.data() + key, &address, sizeof address);
    put(bytes, key + 128, "cmac(aes128)");
    put(bytes, key + 192, "TOPSECRET");
    bytes[key + 276] = std::byte{key == 0 ? std::uint8_t{1} : std::uint8_t{2}};  // is_current, is_rnext
    bytes[key + 278] = std::byte{11};
    bytes[key + 279] = std::byte{12};
    bytes[key + 280] = std::byte{32};
    bytes[key + 281] = std::byte{16};
    bytes[key + 283] = std::byte{9};
    bytes[key + 288] = std::byte{5};
    bytes[key + 296] = std::byte{6};
  }
  bytes[272] = std::byte{2};  // nkeys
  const OptionValue value = decode_option(bytes, row_of("TCP_AO_GET_KEYS"));
  const auto& keys = std::get<OptionValue::List>(value.data);
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_EQ(
      option_text(keys[0]),
      "addr 192.0.2.9, prefix 32, sndid 11, rcvid 12, alg_name cmac(aes128), maclen 16 B, keylen 9 B, "
      "ifindex none, keyflags none, is_current on, is_rnext off, pkt_good 5 segments, pkt_bad 6 segments");
  EXPECT_EQ(text_in(keys[1], "is_rnext"), "on");
  const std::string text = option_text(value);
  EXPECT_FALSE(text.contains("SECRET")) << text;
  EXPECT_FALSE(text.contains("544f50")) << text;
  EXPECT_TRUE(std::get<OptionValue::List>(decode_option({}, row_of("TCP_AO_GET_KEYS")).data).empty());
}

TEST(SockoptTcpAo, Repair) {
  const std::string_view text = "snt_isn=16909060,rcv_isn=2,snd_sne=3,rcv_sne=4";
  const OptionBytes bytes = encoded("TCP_AO_REPAIR", text);
  ASSERT_EQ(bytes.size(), 16U);
  // In network order; the extensions are not.
  EXPECT_EQ(std::memcmp(bytes.data(), "\1\2\3\4\0\0\0\2", 8), 0);
  std::uint32_t extension = 0;
  std::memcpy(&extension, bytes.data() + 8, sizeof extension);
  EXPECT_EQ(extension, 3U);
  EXPECT_EQ(option_text(decode_option(bytes, row_of("TCP_AO_REPAIR"))), text);
}

}  // namespace
}  // namespace net
