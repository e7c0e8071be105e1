#include <netinet/in.h>

#include "tests/unit/sock/sockopt_samples.hh"

namespace net {
namespace {

constexpr OptionNumber numbers[] = {
    OPTION_NUMBER(IP_ADD_MEMBERSHIP), OPTION_NUMBER(IP_BIND_ADDRESS_NO_PORT),
    OPTION_NUMBER(IP_FREEBIND),       {"IP_LOCAL_PORT_RANGE", 51},  // newer than the headers
    OPTION_NUMBER(IP_MINTTL),         OPTION_NUMBER(IP_MTU_DISCOVER),
    OPTION_NUMBER(IP_MULTICAST_ALL),  OPTION_NUMBER(IP_MULTICAST_IF),
    OPTION_NUMBER(IP_MULTICAST_LOOP), OPTION_NUMBER(IP_MULTICAST_TTL),
    OPTION_NUMBER(IP_RECVERR),        OPTION_NUMBER(IP_TOS),
    OPTION_NUMBER(IP_TRANSPARENT),    OPTION_NUMBER(IP_TTL),
};

constexpr Sample samples[] = {
    {"IP_ADD_MEMBERSHIP", "239.1.2.3,lo", ""},
    {"IP_BIND_ADDRESS_NO_PORT", "on", "on"},
    {"IP_FREEBIND", "on", "on"},
    {"IP_LOCAL_PORT_RANGE", "40000-40999", "40000-40999"},
    {"IP_MINTTL", "5", "5"},
    {"IP_MTU_DISCOVER", "probe", "probe"},
    {"IP_MULTICAST_ALL", "off", "off"},
    {"IP_MULTICAST_IF", "127.0.0.1", "127.0.0.1"},
    {"IP_MULTICAST_LOOP", "off", "off"},
    {"IP_MULTICAST_TTL", "9", "9"},
    {"IP_RECVERR", "on", "on"},
    {"IP_TOS", "0x10", "16"},
    {"IP_TRANSPARENT", "on", "on"},
    {"IP_TTL", "33", "33"},
};

}  // namespace

LevelSamples ip_samples() {
  return {.level = "IPPROTO_IP", .number = IPPROTO_IP, .numbers = numbers, .samples = samples};
}

}  // namespace net
