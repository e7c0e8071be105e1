#include <netinet/in.h>

#include "tests/unit/sock/sockopt_samples.hh"

namespace net {
namespace {

constexpr OptionNumber numbers[] = {
    OPTION_NUMBER(IP_ADD_MEMBERSHIP),
    OPTION_NUMBER(IP_ADD_SOURCE_MEMBERSHIP),
    OPTION_NUMBER(IP_BIND_ADDRESS_NO_PORT),
    OPTION_NUMBER(IP_BLOCK_SOURCE),
    OPTION_NUMBER(IP_CHECKSUM),
    OPTION_NUMBER(IP_DROP_MEMBERSHIP),
    OPTION_NUMBER(IP_DROP_SOURCE_MEMBERSHIP),
    OPTION_NUMBER(IP_FREEBIND),
    OPTION_NUMBER(IP_HDRINCL),
    {"IP_LOCAL_PORT_RANGE", 51},  // newer than the headers
    OPTION_NUMBER(IP_MINTTL),
    OPTION_NUMBER(IP_MSFILTER),
    OPTION_NUMBER(IP_MTU),
    OPTION_NUMBER(IP_MTU_DISCOVER),
    OPTION_NUMBER(IP_MULTICAST_ALL),
    OPTION_NUMBER(IP_MULTICAST_IF),
    OPTION_NUMBER(IP_MULTICAST_LOOP),
    OPTION_NUMBER(IP_MULTICAST_TTL),
    OPTION_NUMBER(IP_NODEFRAG),
    OPTION_NUMBER(IP_OPTIONS),
    OPTION_NUMBER(IP_PASSSEC),
    OPTION_NUMBER(IP_PKTINFO),
    OPTION_NUMBER(IP_PKTOPTIONS),
    {"IP_PROTOCOL", 52},  // newer than the headers
    OPTION_NUMBER(IP_RECVERR),
    OPTION_NUMBER(IP_RECVERR_RFC4884),
    OPTION_NUMBER(IP_RECVFRAGSIZE),
    OPTION_NUMBER(IP_RECVOPTS),
    OPTION_NUMBER(IP_RECVORIGDSTADDR),
    OPTION_NUMBER(IP_RECVTOS),
    OPTION_NUMBER(IP_RECVTTL),
    OPTION_NUMBER(IP_RETOPTS),
    OPTION_NUMBER(IP_ROUTER_ALERT),
    OPTION_NUMBER(IP_TOS),
    OPTION_NUMBER(IP_TRANSPARENT),
    OPTION_NUMBER(IP_TTL),
    OPTION_NUMBER(IP_UNBLOCK_SOURCE),
    OPTION_NUMBER(IP_UNICAST_IF),
    OPTION_NUMBER(IP_XFRM_POLICY),
    OPTION_NUMBER(MCAST_BLOCK_SOURCE),
    OPTION_NUMBER(MCAST_JOIN_GROUP),
    OPTION_NUMBER(MCAST_JOIN_SOURCE_GROUP),
    OPTION_NUMBER(MCAST_LEAVE_GROUP),
    OPTION_NUMBER(MCAST_LEAVE_SOURCE_GROUP),
    OPTION_NUMBER(MCAST_MSFILTER),
    OPTION_NUMBER(MCAST_UNBLOCK_SOURCE),
};

constexpr std::string_view join = "IPPROTO_IP:MCAST_JOIN_GROUP=239.1.2.3,lo";
constexpr std::string_view join_source = "IPPROTO_IP:MCAST_JOIN_SOURCE_GROUP=239.1.2.3,192.0.2.7,lo";
constexpr std::string_view block_source =
    "IPPROTO_IP:MCAST_JOIN_GROUP=239.1.2.3,lo;IPPROTO_IP:MCAST_BLOCK_SOURCE=239.1.2.3,192.0.2.7,lo";
constexpr std::uint16_t streams = on_tcp | on_mptcp;
constexpr std::uint16_t others = on_udp | on_udplite | on_raw;

constexpr Sample samples[] = {
    {"IP_ADD_MEMBERSHIP", "239.1.2.3,lo", ""},
    {"IP_ADD_MEMBERSHIP", "239.1.2.3,127.0.0.1", ""},
    {.name = "IP_ADD_MEMBERSHIP",
     .value = "239.1.2.3,lo",
     .reads = "",
     .refused = "EADDRINUSE",
     .first = join,
     .why = "joined already"},
    {"IP_ADD_SOURCE_MEMBERSHIP", "239.1.2.3,192.0.2.7,127.0.0.1", ""},
    {"IP_BIND_ADDRESS_NO_PORT", "on", "on"},
    {.name = "IP_BLOCK_SOURCE", .value = "239.1.2.3,192.0.2.7,127.0.0.1", .reads = "", .first = join},
    {.name = "IP_BLOCK_SOURCE",
     .value = "239.1.2.3,192.0.2.8,127.0.0.1",
     .reads = "",
     .refused = "EINVAL",
     .first = join_source,
     .why = "joined for single sources"},
    {"IP_CHECKSUM", "on", "on"},
    {.name = "IP_DROP_MEMBERSHIP", .value = "239.1.2.3,lo", .reads = "", .first = join},
    {.name = "IP_DROP_MEMBERSHIP",
     .value = "239.1.2.3,lo",
     .reads = "",
     .refused = "EADDRNOTAVAIL",
     .why = "not joined"},
    {.name = "IP_DROP_SOURCE_MEMBERSHIP",
     .value = "239.1.2.3,192.0.2.7,127.0.0.1",
     .reads = "",
     .first = join_source},
    {"IP_FREEBIND", "on", "on"},
    {"IP_HDRINCL", "on", "on"},
    {"IP_LOCAL_PORT_RANGE", "40000-40999", "40000-40999"},
    {"IP_LOCAL_PORT_RANGE", "0-40999", "0-40999"},
    {"IP_MINTTL", "5", "5 hops"},
    {.name = "IP_MSFILTER",
     .value = "239.1.2.3,127.0.0.1,exclude,192.0.2.7,192.0.2.8",
     .reads = "",
     .first = join},
    {.name = "IP_MSFILTER",
     .value = "239.1.2.3,127.0.0.1,include,192.0.2.7",
     .reads = "",
     .refused = "EINVAL",
     .why = "not joined"},
    {"IP_MTU_DISCOVER", "probe", "probe"},
    // Off by itself on IPv6 sockets.
    {.name = "IP_MULTICAST_ALL", .value = "off", .reads = "off", .family = AF_INET},
    {.name = "IP_MULTICAST_ALL", .value = "on", .reads = "on", .family = AF_INET6},
    {"IP_MULTICAST_IF", "127.0.0.1", "127.0.0.1"},
    {"IP_MULTICAST_LOOP", "off", "off"},
    {"IP_MULTICAST_TTL", "9", "9 hops"},
    {"IP_MULTICAST_TTL", "0", "0"},
    {"IP_MULTICAST_TTL", "-1", "1 hop"},
    {"IP_NODEFRAG", "on", "on"},
    // Record route, with room for one address; padded to a multiple of four.
    {"IP_OPTIONS", "07070400000000", "0707040000000000"},
    // One that the kernel does not know, for which it asks for the capability.
    {"IP_OPTIONS", "88040000", "88040000"},
    {.name = "IP_OPTIONS", .value = "none", .reads = "none", .first = "IP_OPTIONS=01010101"},
    // A loose source route over one router, which nobody else may ask for.
    {"IP_OPTIONS", "830704c0000207", "830704c000020700"},
    {.name = "IP_OPTIONS", .value = "0701", .reads = "none", .refused = "EINVAL", .why = "malformed"},
    {"IP_PASSSEC", "on", "on"},
    {"IP_PKTINFO", "on", "on"},
    {"IP_RECVERR", "on", "on"},
    {"IP_RECVERR_RFC4884", "on", "on"},
    {"IP_RECVFRAGSIZE", "on", "on"},
    {"IP_RECVOPTS", "on", "on"},
    {"IP_RECVORIGDSTADDR", "on", "on"},
    {"IP_RECVTOS", "on", "on"},
    {"IP_RECVTTL", "on", "on"},
    {"IP_RETOPTS", "on", "on"},
    {"IP_ROUTER_ALERT", "on", "on"},
    {"IP_TOS", "0x10", "16"},
    {"IP_TOS", "ef", "ef"},
    {"IP_TOS", "0xb8", "ef"},
    {.name = "IP_TOS", .value = "0xff", .reads = "252", .kinds = streams},
    {.name = "IP_TOS", .value = "0xff", .reads = "255", .kinds = others},
    {"IP_TRANSPARENT", "on", "on"},
    {"IP_TTL", "33", "33 hops"},
    {.name = "IP_TTL", .value = "0", .reads = "64 hops", .refused = "EINVAL"},
    {.name = "IP_TTL", .value = "-1", .reads = "64 hops", .first = "IP_TTL=33"},
    {.name = "IP_UNBLOCK_SOURCE",
     .value = "239.1.2.3,192.0.2.7,127.0.0.1",
     .reads = "",
     .first = block_source},
    {"IP_UNICAST_IF", "lo", "lo"},
    {"IP_XFRM_POLICY", "in,allow", ""},
    {"IP_XFRM_POLICY", "out,block", ""},
    {"IP_XFRM_POLICY", "none", ""},
    {.name = "MCAST_BLOCK_SOURCE", .value = "239.1.2.3,192.0.2.7,lo", .reads = "", .first = join},
    {"MCAST_JOIN_GROUP", "239.1.2.3,lo", ""},
    {"MCAST_JOIN_SOURCE_GROUP", "239.1.2.3,192.0.2.7,lo", ""},
    {.name = "MCAST_LEAVE_GROUP", .value = "239.1.2.3,lo", .reads = "", .first = join},
    {.name = "MCAST_LEAVE_SOURCE_GROUP",
     .value = "239.1.2.3,192.0.2.7,lo",
     .reads = "",
     .first = join_source},
    {.name = "MCAST_MSFILTER",
     .value = "239.1.2.3,lo,exclude,192.0.2.7,192.0.2.8",
     .reads = "",
     .first = join},
    {.name = "MCAST_UNBLOCK_SOURCE", .value = "239.1.2.3,192.0.2.7,lo", .reads = "", .first = block_source},
};

constexpr Refusal refusals[] = {
    {.name = "IP_MTU", .symbol = "ENOTCONN"},
    {.name = "IP_XFRM_POLICY", .symbol = "ENOPROTOOPT", .always = false, .why = "without CONFIG_XFRM"},
};

}  // namespace

LevelSamples ip_samples() {
  return {.level = "IPPROTO_IP",
          .number = IPPROTO_IP,
          .numbers = numbers,
          .samples = samples,
          .refusals = refusals,
          .finished = true};
}

}  // namespace net
