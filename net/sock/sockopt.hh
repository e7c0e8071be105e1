#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "net/base/error.hh"
#include "net/base/parse.hh"
#include "net/sock/option_value.hh"

namespace net {

/// How a value is written by people and laid out by the kernel; the codecs are in sockopt_codec.cc.
enum class OptionType : std::uint8_t {
  boolean,               ///< on, off: an int
  integer,               ///< an int, signed
  unsigned_integer,      ///< a 32-bit number
  counter,               ///< a 64-bit number
  bytes,                 ///< an int that counts bytes: 64K
  seconds,               ///< an int of seconds; a bare number or a duration
  milliseconds,          ///< an int of milliseconds; a bare number is milliseconds, or a duration
  microseconds,          ///< an int of microseconds; a bare number is microseconds, or a duration
  rate,                  ///< 64-bit bytes per second
  timeval,               ///< struct timeval; a bare number is seconds
  linger,                ///< struct linger: off, or the seconds
  action,                ///< an int that is not looked at: setting it does something, once
  device,                ///< an interface by its name, as SO_BINDTODEVICE wants it; "" for none
  error,                 ///< an int: an errno, shown by its symbol
  descriptor,            ///< an int: a descriptor of this process
  meminfo,               ///< nine counts of memory (SK_MEMINFO_*)
  timestamping,          ///< struct so_timestamping: flags, and bind_phc=N
  txtime,                ///< struct sock_txtime: a clock and flags
  bpf_filter,            ///< struct sock_fprog: classic BPF, as tcpdump -ddd prints it
  dmabuf_tokens,         ///< struct dmabuf_token[]: TOKEN or TOKEN+COUNT
  peer_cred,             ///< struct ucred: pid, uid, gid
  peer_groups,           ///< gid_t[]
  peer_name,             ///< struct sockaddr of the length that the peer's address has
  peer_pid,              ///< a pidfd, read as the id of its process and closed again
  string,                ///< bytes without a terminator
  word,                  ///< an int with names
  flags,                 ///< an int whose bits have names: a,b
  interface,             ///< an int: the index of an interface, written by name or number
  interface_be,          ///< the same in network byte order
  multicast_if,          ///< struct ip_mreqn: an IPv4 address or an interface
  packet_info6,          ///< struct in6_pktinfo: ADDRESS or ADDRESS,INTERFACE
  path_mtu,              ///< struct ip6_mtuinfo: its bytes
  port_range,            ///< LOW-HIGH in one 32-bit value
  membership4,           ///< struct ip_mreqn: GROUP or GROUP,INTERFACE
  membership6,           ///< struct ipv6_mreq: GROUP or GROUP,INTERFACE
  anycast6,              ///< struct ipv6_mreq: ADDRESS or ADDRESS,INTERFACE
  source4,               ///< struct ip_mreq_source: GROUP,SOURCE or GROUP,SOURCE,LOCAL
  source_filter4,        ///< struct ip_msfilter: GROUP[,LOCAL],include|exclude[,SOURCE...]
  group,                 ///< struct group_req: GROUP or GROUP,INTERFACE, of the level's family
  group_source,          ///< struct group_source_req: GROUP,SOURCE or GROUP,SOURCE,INTERFACE
  group_filter,          ///< struct group_filter: GROUP[,INTERFACE],include|exclude[,SOURCE...]
  traffic_class,         ///< an int: the byte in the IP header, or the name of its DSCP
  flow_label,            ///< struct in6_flowlabel_req: LABEL,DESTINATION and how it is shared
  packet_options,        ///< control messages (cmsg(3)): destination, TTL and TOS
  ipsec_policy,          ///< struct xfrm_userpolicy_info: in,allow
  icmp_filter,           ///< struct icmp_filter: which of 32 types are passed
  icmp6_filter,          ///< struct icmp6_filter: which of 256 types are passed
  hex,                   ///< bytes as hexadecimal: IP options, extension headers, keys
  tcp_info,              ///< struct tcp_info, by its members
  tcp_cc_info,           ///< union tcp_cc_info, by the congestion control that fills it
  tcp_md5sig,            ///< struct tcp_md5sig: ADDRESS,KEY
  tcp_repair_options,    ///< an array of struct tcp_repair_opt
  tcp_repair_window,     ///< struct tcp_repair_window
  tcp_zerocopy_receive,  ///< struct tcp_zerocopy_receive, asked without a mapping
  tcp_ao_add,            ///< struct tcp_ao_add
  tcp_ao_del,            ///< struct tcp_ao_del
  tcp_ao_info,           ///< struct tcp_ao_info_opt
  tcp_ao_keys,           ///< an array of struct tcp_ao_getsockopt
  tcp_ao_repair,         ///< struct tcp_ao_repair
  mptcp_info,            ///< struct mptcp_info, by its members
  mptcp_tcp_infos,       ///< struct tcp_info of each subflow
  mptcp_addresses,       ///< both addresses of each subflow
  mptcp_full_info,       ///< all three
};

/// Which sockets have an option, as bits.
enum OptionKinds : std::uint16_t {
  on_tcp = 1,
  on_udp = 2,
  on_unix_stream = 4,
  on_unix_dgram = 8,
  on_unix_seqpacket = 16,
  on_mptcp = 32,
  on_raw = 64,
  on_udplite = 128,
  on_other = 256,  ///< a socket of another family (netlink, packet): what SOL_SOCKET has for all
  on_unix = on_unix_stream | on_unix_dgram | on_unix_seqpacket,
  on_inet = on_tcp | on_udp | on_mptcp | on_raw | on_udplite,
  on_all = on_inet | on_unix | on_other,
};

/// Whether a difference from a fresh socket was made by somebody, or comes by itself.
enum class OptionNature : std::uint8_t {
  setting,
  state,                 ///< counters, what the connection came to, what the kernel decides
  state_once_connected,  ///< set before, negotiated or measured after connecting
  autotuned,             ///< a TCP buffer, until it is set by hand (SO_BUF_LOCK)
};

/// When setting an option has its effect; a later setting is refused, or taken and without effect.
enum class OptionPhase : std::uint8_t { any, before_bind, before_listen, before_connect, once_connected };

/// Where an option comes from, and so how portable it is.
enum class OptionOrigin : std::uint8_t { posix, bsd, linux_only, rfc };

/// A name for one value of a `word`, or one bit (or group of bits) of `flags`.
struct OptionWord {
  std::string_view name;
  int value;
};

/// One row of the table of socket options (socket(7), ip(7), ipv6(7), tcp(7), udp(7), unix(7), raw(7)).
struct SocketOption {
  std::string_view name;  ///< "SO_RCVBUF"
  int number = 0;
  OptionType type = OptionType::integer;
  std::uint16_t kinds = on_all;  ///< of OptionKinds
  int family = 0;                ///< AF_INET or AF_INET6 when only sockets of that family have it

  bool readable = true;      ///< false: getsockopt refuses it
  bool settable = true;      ///< false: setsockopt refuses it
  bool destructive = false;  ///< reading it takes something away from the socket's owner
  bool inherited = true;     ///< accept(2) hands it on to the new socket; see hands_on()
  OptionNature nature = OptionNature::setting;
  OptionPhase phase = OptionPhase::any;
  std::uint8_t buffer_lock = 0;  ///< the bit of SO_BUF_LOCK that ends autotuning

  Unit unit = Unit::none;  ///< where the type does not say it
  std::int64_t least = std::numeric_limits<std::int64_t>::min();
  std::int64_t most = std::numeric_limits<std::int64_t>::max();
  std::string_view sysctl{};      ///< what bounds it or gives its default, or nothing
  std::string_view capability{};  ///< what setting it takes: "CAP_NET_ADMIN"
  std::string_view since{};       ///< the first kernel that has it, where that is later than 2.6.12
  OptionOrigin origin = OptionOrigin::linux_only;
  std::string_view alias{};             ///< a second name in the headers
  std::span<const OptionWord> words{};  ///< of `word` and `flags`
  std::string_view meaning{};           ///< one line
  std::string_view caution{};           ///< one line, or nothing

  int level = 0;                  ///< by its level's table
  std::string_view level_name{};  ///< "SOL_SOCKET"
};

/// The whole table, by level and name.
[[nodiscard]] std::span<const SocketOption> option_table();

/// The row of a name: any case, with or without its prefix ("SO_RCVBUF", "rcvbuf"), or behind its level
/// ("IPPROTO_IPV6:MCAST_JOIN_GROUP"). A name that fits several rows is refused with all of them.
[[nodiscard]] Parsed<const SocketOption*> find_option(std::string_view name);

/// A value to set: the row and the bytes for setsockopt(2).
struct OptionSetting {
  const SocketOption* option = nullptr;
  std::vector<std::byte> bytes{};
  std::string written{};  ///< the value as the user gave it
};

/// "NAME=VALUE", or "NAME" alone for an on/off option or an action.
[[nodiscard]] Parsed<OptionSetting> parse_option(std::string_view text);

/// setsockopt(2); a refusal names the option and the value.
[[nodiscard]] Result<void> set_option(int fd, const OptionSetting& setting);

/// getsockopt(2) with the length that the option wants.
[[nodiscard]] Result<OptionValue> get_option(int fd, const SocketOption& option);

}  // namespace net
