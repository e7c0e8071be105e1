#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <bit>

#include "net/sock/sockopt_codecs.hh"
#include "net/sock/sockopt_fields.hh"
#include "net/sock/sockopt_layout.hh"

// TCP-AO (RFC 5925), since Linux 6.7: newer than the headers, so that the structs are written out here.
namespace net {
namespace {

using Encoded = Parsed<OptionBytes>;
using enum FieldForm;

constexpr std::size_t longest_name = 64;
constexpr std::size_t longest_key = 80;

struct alignas(8) AoAdd {
  sockaddr_storage addr;
  char alg_name[longest_name];
  std::int32_t ifindex;
  std::uint32_t bits;
  std::uint16_t reserved2;
  std::uint8_t prefix;
  std::uint8_t sndid;
  std::uint8_t rcvid;
  std::uint8_t maclen;
  std::uint8_t keyflags;
  std::uint8_t keylen;
  std::uint8_t key[longest_key];
};

struct alignas(8) AoDelete {
  sockaddr_storage addr;
  std::int32_t ifindex;
  std::uint32_t bits;
  std::uint16_t reserved2;
  std::uint8_t prefix;
  std::uint8_t sndid;
  std::uint8_t rcvid;
  std::uint8_t current_key;
  std::uint8_t rnext;
  std::uint8_t keyflags;
};

struct alignas(8) AoInfo {
  std::uint32_t bits;
  std::uint16_t reserved2;
  std::uint8_t current_key;
  std::uint8_t rnext;
  std::uint64_t pkt_good;
  std::uint64_t pkt_bad;
  std::uint64_t pkt_key_not_found;
  std::uint64_t pkt_ao_required;
  std::uint64_t pkt_dropped_icmp;
};

struct alignas(8) AoKey {
  sockaddr_storage addr;
  char alg_name[longest_name];
  std::uint8_t key[longest_key];
  std::uint32_t nkeys;
  std::uint16_t bits;
  std::uint8_t sndid;
  std::uint8_t rcvid;
  std::uint8_t prefix;
  std::uint8_t maclen;
  std::uint8_t keyflags;
  std::uint8_t keylen;
  std::int32_t ifindex;
  std::uint64_t pkt_good;
  std::uint64_t pkt_bad;
};

struct alignas(8) AoRepair {
  std::uint32_t snt_isn;
  std::uint32_t rcv_isn;
  std::uint32_t snd_sne;
  std::uint32_t rcv_sne;
};

static_assert(sizeof(AoAdd) == 288 && sizeof(AoDelete) == 144 && sizeof(AoInfo) == 48);
static_assert(sizeof(AoKey) == 304 && sizeof(AoRepair) == 16);

constexpr auto key_flags = std::to_array<OptionWord>({{"ifindex", 1}, {"exclude_opt", 2}});

#define FLAG(Struct, flag, position) \
  {.name = #flag,                    \
   .offset = offsetof(Struct, bits), \
   .size = sizeof(Struct::bits),     \
   .form = boolean,                  \
   .shift = (position),              \
   .bits = 1}

constexpr auto add_fields = std::to_array<OptionField>({
    OPTION_FIELD(AoAdd, addr, .form = address),
    OPTION_FIELD(AoAdd, prefix),
    OPTION_FIELD(AoAdd, sndid),
    OPTION_FIELD(AoAdd, rcvid),
    OPTION_FIELD(AoAdd, alg_name, .form = text),
    OPTION_FIELD(AoAdd, maclen, .unit = Unit::bytes),
    OPTION_FIELD(AoAdd, ifindex, .form = interface),
    OPTION_FIELD(AoAdd, keyflags, .form = flags, .words = key_flags),
    FLAG(AoAdd, set_current, 0),
    FLAG(AoAdd, set_rnext, 1),
    OPTION_FIELD(AoAdd, key, .form = secret, .length_at = offsetof(AoAdd, keylen)),
});

constexpr auto delete_fields = std::to_array<OptionField>({
    OPTION_FIELD(AoDelete, addr, .form = address),
    OPTION_FIELD(AoDelete, prefix),
    OPTION_FIELD(AoDelete, sndid),
    OPTION_FIELD(AoDelete, rcvid),
    OPTION_FIELD(AoDelete, ifindex, .form = interface),
    OPTION_FIELD(AoDelete, keyflags, .form = flags, .words = key_flags),
    FLAG(AoDelete, set_current, 0),
    FLAG(AoDelete, set_rnext, 1),
    FLAG(AoDelete, del_async, 2),
    OPTION_FIELD(AoDelete, current_key),
    OPTION_FIELD(AoDelete, rnext),
});

constexpr auto info_fields = std::to_array<OptionField>({
    FLAG(AoInfo, set_current, 0),
    FLAG(AoInfo, set_rnext, 1),
    FLAG(AoInfo, ao_required, 2),
    FLAG(AoInfo, set_counters, 3),
    FLAG(AoInfo, accept_icmps, 4),
    OPTION_FIELD(AoInfo, current_key),
    OPTION_FIELD(AoInfo, rnext),
    OPTION_FIELD(AoInfo, pkt_good, .unit = Unit::segments),
    OPTION_FIELD(AoInfo, pkt_bad, .unit = Unit::segments),
    OPTION_FIELD(AoInfo, pkt_key_not_found, .unit = Unit::segments),
    OPTION_FIELD(AoInfo, pkt_ao_required, .unit = Unit::segments),
    OPTION_FIELD(AoInfo, pkt_dropped_icmp, .unit = Unit::packets),
});

// Without the key itself: this is shown unasked, on terminals and in logs.
constexpr auto key_fields = std::to_array<OptionField>({
    OPTION_FIELD(AoKey, addr, .form = address),
    OPTION_FIELD(AoKey, prefix),
    OPTION_FIELD(AoKey, sndid),
    OPTION_FIELD(AoKey, rcvid),
    OPTION_FIELD(AoKey, alg_name, .form = text),
    OPTION_FIELD(AoKey, maclen, .unit = Unit::bytes),
    OPTION_FIELD(AoKey, keylen, .unit = Unit::bytes),
    OPTION_FIELD(AoKey, ifindex, .form = interface),
    OPTION_FIELD(AoKey, keyflags, .form = flags, .words = key_flags),
    FLAG(AoKey, is_current, 0),
    FLAG(AoKey, is_rnext, 1),
    OPTION_FIELD(AoKey, pkt_good, .unit = Unit::segments),
    OPTION_FIELD(AoKey, pkt_bad, .unit = Unit::segments),
});

constexpr auto repair_fields = std::to_array<OptionField>({
    OPTION_FIELD(AoRepair, snt_isn, .form = network),
    OPTION_FIELD(AoRepair, rcv_isn, .form = network),
    OPTION_FIELD(AoRepair, snd_sne),
    OPTION_FIELD(AoRepair, rcv_sne),
});

constexpr OptionLayout add_layout{add_fields, sizeof(AoAdd)};
constexpr OptionLayout delete_layout{delete_fields, sizeof(AoDelete)};
constexpr OptionLayout info_layout{info_fields, sizeof(AoInfo)};
constexpr OptionLayout key_layout{key_fields, sizeof(AoKey)};
constexpr OptionLayout repair_layout{repair_fields, sizeof(AoRepair)};

template <const OptionLayout& layout>
Encoded encode(std::string_view text, const SocketOption& /*option*/) {
  return encode_fields(text, layout);
}

template <const OptionLayout& layout>
OptionValue decode(OptionView bytes, const SocketOption& /*option*/) {
  return decode_typed_fields(bytes, layout);
}

constexpr std::size_t most_keys = 64;
constexpr std::uint16_t get_all = std::endian::native == std::endian::little ? 1U << 2U : 1U << 13U;

/// The length that is told is that of one key and the step from key to key; how many there is room for stands
/// in the first of them.
std::expected<OptionBytes, std::error_code> read_keys(int fd, const SocketOption& option) {
  OptionBytes bytes(most_keys * sizeof(AoKey));
  AoKey wanted{};
  wanted.nkeys = most_keys;
  wanted.bits = get_all;
  const OptionBytes first = bytes_of_value(wanted);
  std::ranges::copy(first, bytes.begin());
  socklen_t length = sizeof(AoKey);
  if (getsockopt(fd, option.level, option.number, bytes.data(), &length) < 0) {
    return std::unexpected(errno_code());
  }
  bytes.resize(std::min<std::size_t>(value_from<AoKey>(bytes).nkeys, most_keys) * sizeof(AoKey));
  return bytes;
}

OptionValue decode_keys(OptionView bytes, const SocketOption& /*option*/) {
  OptionValue::List keys;
  for (; bytes.size() >= sizeof(AoKey); bytes = bytes.subspan(sizeof(AoKey))) {
    keys.push_back({.data = decode_fields(bytes.first(sizeof(AoKey)), key_layout)});
  }
  return {.data = std::move(keys)};
}

constexpr std::array codecs{
    OptionCodec{OptionType::tcp_ao_add, "struct tcp_ao_add",
                "addr=ADDRESS,prefix=N,sndid=N,rcvid=N,alg_name=NAME,key=KEY|0xHEX[,...]", 0, Unit::none,
                encode<add_layout>, decode<add_layout>},
    OptionCodec{OptionType::tcp_ao_del, "struct tcp_ao_del", "addr=ADDRESS,prefix=N,sndid=N,rcvid=N[,...]", 0,
                Unit::none, encode<delete_layout>, decode<delete_layout>},
    OptionCodec{OptionType::tcp_ao_info, "struct tcp_ao_info_opt",
                "ao_required=on|off,accept_icmps=on|off[,...]", sizeof(AoInfo), Unit::none,
                encode<info_layout>, decode<info_layout>},
    OptionCodec{OptionType::tcp_ao_keys, "struct tcp_ao_getsockopt[]", "", 0, Unit::none, nullptr,
                decode_keys, read_keys},
    OptionCodec{OptionType::tcp_ao_repair, "struct tcp_ao_repair", "snt_isn=N,rcv_isn=N,snd_sne=N,rcv_sne=N",
                sizeof(AoRepair), Unit::none, encode<repair_layout>, decode<repair_layout>},
};

}  // namespace

std::span<const OptionCodec> tcp_ao_codecs() {
  return codecs;
}

}  // namespace net
