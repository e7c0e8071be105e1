#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "net/sock/endpoint.hh"
#include "net/sock/sockopt_codecs.hh"
#include "net/sock/sockopt_fields.hh"
#include "net/sock/sockopt_layout.hh"
#include "net/sock/tcp_info_layout.hh"

// linux/mptcp.h, whose structs are newer than the headers.
namespace net {
namespace {

using ReadBytes = std::expected<OptionBytes, std::error_code>;
using enum FieldForm;

struct MptcpInfo {
  std::uint8_t subflows;
  std::uint8_t add_addr_signal;
  std::uint8_t add_addr_accepted;
  std::uint8_t subflows_max;
  std::uint8_t add_addr_signal_max;
  std::uint8_t add_addr_accepted_max;
  std::uint32_t flags;
  std::uint32_t token;
  std::uint64_t write_seq;
  std::uint64_t snd_una;
  std::uint64_t rcv_nxt;
  std::uint8_t local_addr_used;
  std::uint8_t local_addr_max;
  std::uint8_t csum_enabled;
  // 6.5
  std::uint32_t retransmits;
  std::uint64_t bytes_retrans;
  std::uint64_t bytes_sent;
  std::uint64_t bytes_received;
  std::uint64_t bytes_acked;
  // 6.9
  std::uint8_t subflows_total;
  std::uint8_t reserved[3];
  // 6.10
  std::uint32_t last_data_sent;
  std::uint32_t last_data_recv;
  std::uint32_t last_ack_recv;
};

/// What stands before the array of MPTCP_TCPINFO and MPTCP_SUBFLOW_ADDRS.
struct alignas(8) SubflowHeader {
  std::uint32_t size_subflow_data;
  std::uint32_t num_subflows;
  std::uint32_t size_kernel;
  std::uint32_t size_user;
};

struct SubflowAddresses {
  sockaddr_storage local;
  sockaddr_storage remote;
};

struct SubflowInfo {
  std::uint32_t id;
  SubflowAddresses addresses;
};

/// What stands before the struct mptcp_info of MPTCP_FULL_INFO.
struct FullHeader {
  std::uint32_t size_tcpinfo_kernel;
  std::uint32_t size_tcpinfo_user;
  std::uint32_t size_sfinfo_kernel;
  std::uint32_t size_sfinfo_user;
  std::uint32_t num_subflows;
  std::uint32_t size_arrays_user;
  std::uint64_t subflow_info;  ///< where the kernel is to write them
  std::uint64_t tcp_info;
};

static_assert(sizeof(MptcpInfo) == 96 && sizeof(SubflowHeader) == 16 && sizeof(FullHeader) == 40);
static_assert(sizeof(SubflowAddresses) == 256 && sizeof(SubflowInfo) == 264);

constexpr auto info_flags = std::to_array<OptionWord>({{"fallback", 1}, {"remote_key_received", 2}});

#define FIELD(member, ...) OPTION_FIELD(MptcpInfo, member __VA_OPT__(, ) __VA_ARGS__)

constexpr auto info_fields = std::to_array<OptionField>({
    FIELD(subflows),
    FIELD(add_addr_signal),
    FIELD(add_addr_accepted),
    FIELD(subflows_max),
    FIELD(add_addr_signal_max),
    FIELD(add_addr_accepted_max),
    FIELD(flags, .form = FieldForm::flags, .words = info_flags),
    FIELD(token),
    FIELD(write_seq),
    FIELD(snd_una),
    FIELD(rcv_nxt),
    FIELD(local_addr_used),
    FIELD(local_addr_max),
    FIELD(csum_enabled, .form = boolean),
    FIELD(retransmits),
    FIELD(bytes_retrans, .unit = Unit::bytes),
    FIELD(bytes_sent, .unit = Unit::bytes),
    FIELD(bytes_received, .unit = Unit::bytes),
    FIELD(bytes_acked, .unit = Unit::bytes),
    FIELD(subflows_total),
    FIELD(last_data_sent, .unit = Unit::milliseconds),
    FIELD(last_data_recv, .unit = Unit::milliseconds),
    FIELD(last_ack_recv, .unit = Unit::milliseconds),
});
constexpr OptionLayout info_layout{info_fields, sizeof(MptcpInfo)};

OptionValue decode_info(OptionView bytes, const SocketOption& /*option*/) {
  return {.data = decode_fields(bytes, info_layout)};
}

/// The bytes from `offset`, at most `size` of them: none where there are none.
OptionView part(OptionView bytes, std::size_t offset, std::size_t size) {
  const OptionView rest = bytes.subspan(std::min(offset, bytes.size()));
  return rest.first(std::min(size, rest.size()));
}

// The kernel's path manager makes 8 at most beside the first.
constexpr std::size_t most_subflows = 32;
// More than any kernel has, so that what is new is seen.
constexpr std::size_t room_for_info = 1024;

/// An array behind its header; the kernel says how long an element of its own is, if that is less.
template <std::size_t room>
ReadBytes read_subflows(int fd, const SocketOption& option) {
  OptionBytes bytes(sizeof(SubflowHeader) + (most_subflows * room));
  SubflowHeader wanted{};
  wanted.size_subflow_data = sizeof wanted;
  wanted.size_user = room;
  const OptionBytes header = bytes_of_value(wanted);
  std::ranges::copy(header, bytes.begin());
  auto length = static_cast<socklen_t>(bytes.size());
  if (getsockopt(fd, option.level, option.number, bytes.data(), &length) < 0) {
    return std::unexpected(errno_code());
  }
  bytes.resize(std::min<std::size_t>(length, bytes.size()));
  return bytes;
}

/// Each element of such an array.
template <OptionValue (*decode)(OptionView element)>
OptionValue decode_subflows(OptionView bytes, const SocketOption& /*option*/) {
  const auto header = value_from<SubflowHeader>(bytes);
  OptionValue::List list;
  OptionView rest = bytes.subspan(std::min<std::size_t>(header.size_subflow_data, bytes.size()));
  while (header.size_user > 0 && rest.size() >= header.size_user) {
    list.push_back(decode(rest.first(header.size_user)));
    rest = rest.subspan(header.size_user);
  }
  return {.data = std::move(list)};
}

OptionValue tcp_info_value(OptionView bytes) {
  return {.data = decode_fields(bytes, tcp_info_layout())};
}

std::string endpoint_text(const sockaddr_storage& address) {
  return Endpoint::from_bytes(reinterpret_cast<const sockaddr*>(&address), sizeof address).text();
}

OptionValue::Fields address_fields(const SubflowAddresses& addresses) {
  return {{"local", {.data = endpoint_text(addresses.local)}},
          {"remote", {.data = endpoint_text(addresses.remote)}}};
}

OptionValue addresses_value(OptionView bytes) {
  return {.data = address_fields(value_from<SubflowAddresses>(bytes))};
}

std::uint64_t address_of(OptionBytes& bytes) {
  return reinterpret_cast<std::uintptr_t>(bytes.data());
}

/// MPTCP_FULL_INFO writes into three places; here they are put one behind the other.
ReadBytes read_full_info(int fd, const SocketOption& option) {
  OptionBytes subflows(most_subflows * sizeof(SubflowInfo));
  OptionBytes tcp_infos(most_subflows * room_for_info);
  FullHeader wanted{};
  wanted.size_tcpinfo_user = room_for_info;
  wanted.size_sfinfo_user = sizeof(SubflowInfo);
  wanted.size_arrays_user = most_subflows;
  wanted.subflow_info = address_of(subflows);
  wanted.tcp_info = address_of(tcp_infos);
  OptionBytes bytes = bytes_of_value(wanted);
  bytes.resize(sizeof(FullHeader) + room_for_info);
  auto length = static_cast<socklen_t>(bytes.size());
  if (getsockopt(fd, option.level, option.number, bytes.data(), &length) < 0) {
    return std::unexpected(errno_code());
  }
  bytes.resize(std::min<std::size_t>(length, bytes.size()));
  const auto header = value_from<FullHeader>(bytes);
  const std::size_t count = std::min<std::size_t>(header.num_subflows, most_subflows);
  subflows.resize(std::min(subflows.size(), count * header.size_sfinfo_user));
  tcp_infos.resize(std::min(tcp_infos.size(), count * header.size_tcpinfo_user));
  bytes.insert(bytes.end(), subflows.begin(), subflows.end());
  bytes.insert(bytes.end(), tcp_infos.begin(), tcp_infos.end());
  return bytes;
}

OptionValue decode_full_info(OptionView bytes, const SocketOption& /*option*/) {
  const auto header = value_from<FullHeader>(bytes);
  const std::size_t count = std::min<std::size_t>(header.num_subflows, most_subflows);
  const std::size_t arrays = count * (std::size_t{header.size_sfinfo_user} + header.size_tcpinfo_user);
  const std::size_t infos = bytes.size() - std::min(bytes.size(), arrays);
  const std::size_t tcp_infos = infos + (count * header.size_sfinfo_user);
  OptionValue::List subflows;
  for (std::size_t i = 0; i < count; ++i) {
    const auto subflow =
        value_from<SubflowInfo>(part(bytes, infos + (i * header.size_sfinfo_user), header.size_sfinfo_user));
    OptionValue::Fields fields{{"id", {.data = std::int64_t{subflow.id}}}};
    for (auto& address : address_fields(subflow.addresses)) fields.push_back(std::move(address));
    fields.emplace_back("tcp_info", tcp_info_value(part(bytes, tcp_infos + (i * header.size_tcpinfo_user),
                                                        header.size_tcpinfo_user)));
    subflows.push_back({.data = std::move(fields)});
  }
  const OptionView info = part(bytes.first(infos), sizeof(FullHeader), infos);
  return {.data = OptionValue::Fields{{"num_subflows", {.data = std::int64_t{header.num_subflows}}},
                                      {"mptcp_info", {.data = decode_fields(info, info_layout)}},
                                      {"subflows", {.data = std::move(subflows)}}}};
}

constexpr std::array codecs{
    OptionCodec{OptionType::mptcp_info, "struct mptcp_info", "", room_for_info, Unit::none, nullptr,
                decode_info},
    OptionCodec{OptionType::mptcp_tcp_infos, "struct mptcp_subflow_data, struct tcp_info[]", "", 0,
                Unit::none, nullptr, decode_subflows<tcp_info_value>, read_subflows<room_for_info>},
    OptionCodec{OptionType::mptcp_addresses, "struct mptcp_subflow_data, struct mptcp_subflow_addrs[]", "", 0,
                Unit::none, nullptr, decode_subflows<addresses_value>,
                read_subflows<sizeof(SubflowAddresses)>},
    OptionCodec{OptionType::mptcp_full_info, "struct mptcp_full_info", "", 0, Unit::none, nullptr,
                decode_full_info, read_full_info},
};

}  // namespace

std::span<const OptionCodec> mptcp_codecs() {
  return codecs;
}

}  // namespace net
