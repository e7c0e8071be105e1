#include <gtest/gtest.h>

#include <vector>

#include "net/sock/sockopt_codec.hh"

namespace net {
namespace {

// A kernel may give less than its header promises, and anything in it; sanitizers watch.
TEST(SockoptDecode, AnyBytesOfAnyLength) {
  for (const SocketOption& row : option_table()) {
    const std::size_t size = codec_of(row.type).size;
    for (const int filler : {0x00, 0x01, 0x7f, 0xff}) {
      // Every length of a small struct, and some of the long lists.
      for (std::size_t length = 0; length <= size; length += 1 + (length / 128)) {
        const std::vector<std::byte> bytes(length, static_cast<std::byte>(filler));
        EXPECT_NE(option_text(decode_option(bytes, row)), "") << row.name << " of " << length;
      }
    }
  }
}

}  // namespace
}  // namespace net
