#include "tests/support/option_reference.hh"

// linux/tcp.h is newer than netinet/tcp.h, and clashes with it.
#include <linux/tcp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <set>

#include "tests/support/address.hh"
#include "tests/support/wait.hh"

namespace test {
namespace {

using Names = std::map<std::string, long long>;

const Names mtu_discover = {{"dont", 0}, {"want", 1}, {"do", 2}, {"probe", 3}, {"interface", 4}, {"omit", 5}};

// By ip(7), socket(7), the kernel's include/uapi. Of flags each name is a bit.
const std::map<std::string, Names> named_values = {
    {"SO_TYPE", {{"stream", 1}, {"dgram", 2}, {"raw", 3}, {"seqpacket", 5}}},
    {"SO_DOMAIN", {{"unix", 1}, {"inet", 2}, {"inet6", 10}, {"netlink", 16}}},
    {"SO_PROTOCOL", {{"icmp", 1}, {"tcp", 6}, {"udp", 17}, {"icmpv6", 58}, {"udplite", 136}, {"mptcp", 262}}},
    {"SO_TXREHASH", {{"default", -1}, {"off", 0}, {"on", 1}}},
    {"SO_BUF_LOCK", {{"sndbuf", 1}, {"rcvbuf", 2}}},
    {"IP_MTU_DISCOVER", mtu_discover},
    {"IPV6_MTU_DISCOVER", mtu_discover},
    {"IPV6_ADDRFORM", {{"ipv4", 2}, {"ipv6", 10}}},
    {"IPV6_ADDR_PREFERENCES",
     {{"tmp", 1},
      {"public", 2},
      {"pubtmp-default", 0x100},
      {"coa", 4},
      {"home", 0x400},
      {"cga", 8},
      {"noncga", 0x800}}},
    {"TCP_REPAIR", {{"off", 0}, {"on", 1}}},
    {"TCP_REPAIR_QUEUE", {{"none", 0}, {"receive", 1}, {"send", 2}}},
    {"TCP_SAVE_SYN", {{"off", 0}, {"on", 1}, {"with_link", 2}}},
    {"UDP_ENCAP", {{"none", 0}, {"espinudp", 2}, {"l2tpinudp", 3}}},
};

// Numbers that are written as a word.
const std::map<std::string, unsigned long long> words_for_numbers = {
    {"unlimited", UINT64_MAX}, {"infinite", 0x7fffffff}, {"unknown", UINT32_MAX}};

const std::map<std::string, int> levels = {
    {"SOL_SOCKET", 1},    {"IPPROTO_IP", 0},      {"IPPROTO_TCP", 6}, {"IPPROTO_UDP", 17},
    {"IPPROTO_IPV6", 41}, {"IPPROTO_ICMPV6", 58}, {"SOL_ICMPV6", 58}, {"IPPROTO_UDPLITE", 136},
    {"SOL_UDPLITE", 136}, {"IPPROTO_RAW", 255},   {"SOL_RAW", 255},   {"SOL_MPTCP", 284},
};

template <class T>
T at(const OptionRead& read, size_t offset = 0) {
  T value{};
  std::memcpy(&value, read.bytes + offset, sizeof value);
  return value;
}

std::string unequal(const std::string& wanted) {
  return "the kernel has " + wanted;
}

std::string same_number(const json::Value& value, long long wanted) {
  if (value.kind() == json::Kind::boolean && value.boolean() == (wanted != 0)) return {};
  if (value.kind() == json::Kind::number && value.text() == std::to_string(wanted)) return {};
  return unequal(std::to_string(wanted));
}

/// 64 bits, or 32 without a sign: above 2^53 JSON has a decimal string, and the highest may have a word.
std::string same_count(const json::Value& value, unsigned long long wanted) {
  const std::string digits = std::to_string(wanted);
  if (value.kind() == json::Kind::boolean) return same_number(value, static_cast<long long>(wanted));
  if (value.kind() == json::Kind::number && value.text() == digits) return {};
  if (value.kind() == json::Kind::string) {
    const auto word = words_for_numbers.find(value.string());
    const bool named = word != words_for_numbers.end() && (word->second == wanted);
    if (named || (wanted > (1ULL << 53U) && value.string() == digits)) return {};
  }
  return unequal(digits);
}

/// The number of an interface in either byte order, or a name that the table above has.
std::string same_name(const std::string& option, const std::string& text, int wanted) {
  const auto names = named_values.find(option);
  if (names != named_values.end()) {
    const auto name = names->second.find(text);
    if (name != names->second.end() && name->second == wanted) return {};
    // A value without a name is its number.
    if (name == names->second.end() && text == std::to_string(wanted)) return {};
    return unequal(std::to_string(wanted) + ", which is not called so");
  }
  if (text.empty() && wanted == 0) return {};
  const unsigned index = if_nametoindex(text.c_str());
  const auto value = static_cast<unsigned>(wanted);
  return index != 0 && (index == value || index == ntohl(value)) ? "" : unequal(std::to_string(wanted));
}

std::string same_flags(const std::string& option, const json::Value& list, unsigned wanted) {
  unsigned flags = 0;
  const Names& names = named_values.at(option);
  for (const json::Value& flag : list.elements()) flags |= static_cast<unsigned>(names.at(flag.string()));
  return flags == wanted ? "" : unequal(std::to_string(wanted));
}

std::string same_int(const json::Value& row, const OptionRead& read) {
  const json::Value& value = row["value"];
  const std::string& option = row["name"].string();
  const int wanted = read.length == 1 ? at<std::uint8_t>(read) : at<int>(read);
  if (read.length != sizeof(int)) return "the kernel gives " + std::to_string(read.length) + " bytes";
  if (value.kind() == json::Kind::string) return same_name(option, value.string(), wanted);
  if (value.kind() == json::Kind::array) return same_flags(option, value, static_cast<unsigned>(wanted));
  if (value.kind() == json::Kind::number && wanted < 0 &&
      same_count(value, static_cast<unsigned>(wanted)).empty()) {
    return {};
  }
  return same_number(value, wanted);
}

std::string same_timeval(const json::Value& row, const OptionRead& read) {
  const auto time = at<timeval>(read);
  return same_number(row["value"], time.tv_sec * 1'000'000LL + time.tv_usec);
}

std::string same_linger(const json::Value& row, const OptionRead& read) {
  const auto wanted = at<linger>(read);
  const json::Value& value = row["value"];
  return same_number(value["on"], wanted.l_onoff) + same_number(value["seconds"], wanted.l_linger);
}

std::string same_credentials(const json::Value& row, const OptionRead& read) {
  const auto wanted = at<ucred>(read);
  const json::Value& value = row["value"];
  // Without a peer uid and gid are -1.
  return same_number(value["pid"], wanted.pid) + same_number(value["uid"], static_cast<int>(wanted.uid)) +
         same_number(value["gid"], static_cast<int>(wanted.gid));
}

std::string same_text(const json::Value& row, const OptionRead& read) {
  const std::string wanted(read.bytes, strnlen(read.bytes, read.length));
  return row["value"].string() == wanted ? "" : unequal('"' + wanted + '"');
}

std::string same_groups(const json::Value& row, const OptionRead& read) {
  const json::Value& value = row["value"];
  if (value.size() != read.length / sizeof(gid_t)) return unequal(std::to_string(read.length) + " bytes");
  std::string result;
  for (size_t i = 0; i < value.size(); ++i)
    result += same_number(value[i], at<gid_t>(read, i * sizeof(gid_t)));
  return result;
}

/// SO_MEMINFO: how much of a buffer is in use changes with the moment; how big it is does not.
std::string same_memory(const json::Value& row, const OptionRead& read) {
  const json::Value& value = row["value"];
  return same_number(value["rcvbuf"], at<int>(read, 1 * sizeof(int))) +
         same_number(value["sndbuf"], at<int>(read, 3 * sizeof(int))) +
         same_number(value["drops"], at<int>(read, 8 * sizeof(int)));
}

std::string same_port_range(const json::Value& row, const OptionRead& read) {
  const auto range = at<std::uint32_t>(read);
  const std::string wanted = std::to_string(range & 0xffffU) + "-" + std::to_string(range >> 16U);
  return row["value"].string() == wanted || (range == 0 && row["value"].string().empty()) ? ""
                                                                                          : unequal(wanted);
}

/// IP_MULTICAST_IF: an address is all that the kernel gives.
std::string same_interface_address(const json::Value& row, const OptionRead& read) {
  Address wanted = ip_address("127.0.0.1", 0);
  reinterpret_cast<sockaddr_in*>(&wanted.storage)->sin_addr.s_addr = at<std::uint32_t>(read);
  return row["value"].string() == wanted.text() ? "" : unequal(wanted.text());
}

std::string same_peer_name(const json::Value& row, const OptionRead& read) {
  Address wanted;
  wanted.length = read.length;
  std::memcpy(&wanted.storage, read.bytes, read.length);
  const bool holds = row["value"].string().find(wanted.text()) != std::string::npos;
  return holds ? "" : unequal(wanted.text());
}

struct InfoField {
  const char* name;
  size_t offset;
  size_t size;
};

#define INFO_FIELD(name) {#name, offsetof(tcp_info, tcpi_##name), sizeof(tcp_info::tcpi_##name)}
// Those that stand still while nothing is sent.
constexpr InfoField info_fields[] = {
    INFO_FIELD(retransmits),    INFO_FIELD(rto),
    INFO_FIELD(snd_mss),        INFO_FIELD(rcv_mss),
    INFO_FIELD(unacked),        INFO_FIELD(sacked),
    INFO_FIELD(lost),           INFO_FIELD(pmtu),
    INFO_FIELD(rcv_ssthresh),   INFO_FIELD(rtt),
    INFO_FIELD(rttvar),         INFO_FIELD(snd_ssthresh),
    INFO_FIELD(snd_cwnd),       INFO_FIELD(advmss),
    INFO_FIELD(reordering),     INFO_FIELD(rcv_space),
    INFO_FIELD(total_retrans),  INFO_FIELD(bytes_acked),
    INFO_FIELD(bytes_received), INFO_FIELD(segs_out),
    INFO_FIELD(segs_in),        INFO_FIELD(notsent_bytes),
    INFO_FIELD(data_segs_in),   INFO_FIELD(data_segs_out),
    INFO_FIELD(delivered),      INFO_FIELD(bytes_sent),
    INFO_FIELD(bytes_retrans),  INFO_FIELD(snd_wnd),
};
#undef INFO_FIELD

std::string same_tcp_info(const json::Value& row, const OptionRead& read) {
  const json::Value& value = row["value"];
  std::string result;
  for (const InfoField& field : info_fields) {
    if (field.offset + field.size > read.length) continue;
    const unsigned long long wanted = field.size == 8   ? at<std::uint64_t>(read, field.offset)
                                      : field.size == 4 ? at<std::uint32_t>(read, field.offset)
                                                        : at<std::uint8_t>(read, field.offset);
    const std::string differs = same_count(value[field.name], wanted);
    if (!differs.empty()) result += std::string(field.name) + ": " + differs + "; ";
  }
  return result;
}

struct Type {
  const char* name;  ///< as the row says it
  unsigned size;     ///< of the buffer
  std::string (*compare)(const json::Value& row, const OptionRead& read);
};

std::string same_u64(const json::Value& row, const OptionRead& read) {
  return same_count(row["value"], at<std::uint64_t>(read));
}

std::string same_u32(const json::Value& row, const OptionRead& read) {
  return same_count(row["value"], at<std::uint32_t>(read));
}

/// Structs of single protocols: their members have tests of their own, with values that were set. Here it
/// only counts that both can be read.
std::string anything(const json::Value& row, const OptionRead& /*read*/) {
  return row["value"].is_null() ? "there is a value" : "";
}

constexpr Type types[] = {
    {"int", sizeof(int), same_int},
    {"unsigned int", sizeof(int), same_u32},
    {"uint32_t", sizeof(int), same_port_range},
    {"uint64_t", sizeof(std::uint64_t), same_u64},
    {"struct timeval", sizeof(timeval), same_timeval},
    {"struct linger", sizeof(linger), same_linger},
    {"struct ucred", sizeof(ucred), same_credentials},
    {"char[]", 64, same_text},
    {"gid_t[]", 256, same_groups},
    {"uint32_t[]", 9 * sizeof(int), same_memory},
    {"struct ip_mreqn", sizeof(in_addr), same_interface_address},
    {"struct sockaddr", 0, same_peer_name},
    {"struct tcp_info", 512, same_tcp_info},
    {"union tcp_cc_info", 128, anything},
    {"unsigned char[]", 512, anything},
    {"struct so_timestamping", 8, anything},
    {"struct sock_txtime", 8, anything},
    {"struct icmp_filter", 4, anything},
    {"struct icmp6_filter", 32, anything},
    {"struct cmsghdr[]", 512, anything},
    {"struct in6_pktinfo", 20, anything},
    {"struct ip6_mtuinfo", 32, anything},
    {"struct mptcp_info", 512, anything},
    {"struct mptcp_full_info", 512, anything},
    {"struct mptcp_subflow_data, struct tcp_info[]", 512, anything},
    {"struct mptcp_subflow_data, struct mptcp_subflow_addrs[]", 512, anything},
    {"struct tcp_repair_window", 20, anything},
    {"struct tcp_ao_info_opt", 64, anything},
    {"struct tcp_ao_getsockopt[]", 512, anything},
    {"struct tcp_ao_repair", 20, anything},
};

/// Those whose first bytes tell the kernel what is wanted: a buffer of zeros gets another error than theirs.
const std::set<std::string> asks_with_a_struct = {"struct tcp_zerocopy_receive",
                                                  "struct in6_flowlabel_req",
                                                  "struct group_filter",
                                                  "struct ip_msfilter",
                                                  "struct sock_fprog",
                                                  "struct mptcp_full_info",
                                                  "struct mptcp_subflow_data, struct tcp_info[]",
                                                  "struct mptcp_subflow_data, struct mptcp_subflow_addrs[]",
                                                  "struct tcp_ao_getsockopt[]"};

const Type* type_of(const std::string& name) {
  for (const Type& type : types) {
    if (name == type.name) return &type;
  }
  return nullptr;
}

unsigned size_of(const std::string& option, const Type& type, const OptionReader& reader) {
  // It refuses a longer buffer than its value: the shortest that holds an address of each family is tried.
  if (option != "SO_PEERNAME") return type.size;
  for (unsigned size : {128U, 112U, 28U, 16U, 12U, 8U, 2U}) {
    if (reader(SOL_SOCKET, SO_PEERNAME, size).error == 0) return size;
  }
  return type.size;
}

std::string compared(const json::Value& row, const OptionReader& reader) {
  const std::string& option = row["name"].string();
  const std::string& name = row["type"].string();
  if (asks_with_a_struct.contains(name)) return {};
  const Type* type = type_of(name);
  if (type == nullptr) return "no reference for a " + name;
  const OptionRead read = reader(levels.at(row["level"].string()), static_cast<int>(row["number"].integer()),
                                 size_of(option, *type, reader));
  if (!row["error"].is_null()) {
    const std::string wanted = read.error == 0 ? "a value" : strerrorname_np(read.error);
    return row["error"]["code"].string() == wanted ? "" : unequal(wanted);
  }
  if (read.error != 0) return unequal(strerrorname_np(read.error));
  return type->compare(row, read);
}

}  // namespace

OptionRead read_option(int fd, int level, int number, unsigned size) {
  OptionRead read;
  read.length = size;
  if (size > sizeof read.bytes) fail("a longer buffer than there is");
  if (getsockopt(fd, level, number, read.bytes, &read.length) < 0) read.error = errno;
  return read;
}

std::string difference(const json::Value& row, const OptionReader& reader) {
  std::string differs;
  try {
    differs = compared(row, reader);
  } catch (const std::exception& exception) {
    differs = exception.what();
  }
  return differs.empty()
             ? ""
             : row["level"].string() + " " + row["name"].string() + ": " + differs + ": " + row.text();
}

}  // namespace test
