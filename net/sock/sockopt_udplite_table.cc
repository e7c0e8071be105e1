// IPPROTO_UDPLITE (udplite(7)): data only.
#include <array>

#include "net/sock/sockopt_tables.hh"

namespace net {
namespace {

// linux/udplite.h is no header for programs; UDP sockets read both as 0.
constexpr auto rows = std::to_array<SocketOption>({
    {.name = "UDPLITE_RECV_CSCOV",
     .number = 11,
     .type = OptionType::bytes,
     .kinds = on_udplite,
     .since = "2.6.20",
     .meaning = "Drops datagrams whose checksum covers fewer bytes (RFC 3828); 0 demands all",
     .caution = "1 to 7 become 8, the header; kernels without UDP-Lite make no such socket"},
    {.name = "UDPLITE_SEND_CSCOV",
     .number = 10,
     .type = OptionType::bytes,
     .kinds = on_udplite,
     .since = "2.6.20",
     .meaning = "How many bytes the checksum covers, the header's 8 included (RFC 3828); 0 is all",
     .caution = "1 to 7 become 8, the header; kernels without UDP-Lite make no such socket"},
});

}  // namespace

std::span<const SocketOption> udplite_options() {
  return rows;
}

}  // namespace net
