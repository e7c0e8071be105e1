#include <netinet/in.h>
#include <netinet/tcp.h>

#include "tests/unit/sock/sockopt_samples.hh"

namespace net {
namespace {

constexpr OptionNumber numbers[] = {
    OPTION_NUMBER(TCP_CONGESTION),       OPTION_NUMBER(TCP_CORK),
    OPTION_NUMBER(TCP_DEFER_ACCEPT),     OPTION_NUMBER(TCP_FASTOPEN),
    OPTION_NUMBER(TCP_FASTOPEN_CONNECT), OPTION_NUMBER(TCP_KEEPCNT),
    OPTION_NUMBER(TCP_KEEPIDLE),         OPTION_NUMBER(TCP_KEEPINTVL),
    OPTION_NUMBER(TCP_LINGER2),          OPTION_NUMBER(TCP_MAXSEG),
    OPTION_NUMBER(TCP_NODELAY),          OPTION_NUMBER(TCP_NOTSENT_LOWAT),
    OPTION_NUMBER(TCP_QUICKACK),         OPTION_NUMBER(TCP_SYNCNT),
    OPTION_NUMBER(TCP_USER_TIMEOUT),     OPTION_NUMBER(TCP_WINDOW_CLAMP),
};

constexpr Sample samples[] = {
    {"TCP_CONGESTION", "reno", "reno"},
    {"TCP_CORK", "on", "on"},
    // Rounded up to the time of a retransmission.
    {.name = "TCP_DEFER_ACCEPT", .value = "4", .reads = "7 s", .of_listener = true},
    {.name = "TCP_FASTOPEN", .value = "5", .reads = "5", .of_listener = true},
    {"TCP_FASTOPEN_CONNECT", "on", "on"},
    {"TCP_KEEPCNT", "3", "3"},
    {"TCP_KEEPIDLE", "1m", "60 s"},
    {"TCP_KEEPINTVL", "5s", "5 s"},
    {"TCP_LINGER2", "30", "30 s"},
    {"TCP_MAXSEG", "1000", "1000 B"},
    {"TCP_NODELAY", "on", "on"},
    {"TCP_NOTSENT_LOWAT", "16K", "16 KiB"},
    {"TCP_QUICKACK", "off", "off"},
    {"TCP_SYNCNT", "2", "2"},
    {"TCP_USER_TIMEOUT", "2500", "2500 ms"},
    {"TCP_WINDOW_CLAMP", "20000", "20000 B"},
};

}  // namespace

LevelSamples tcp_samples() {
  return {.level = "IPPROTO_TCP", .number = IPPROTO_TCP, .numbers = numbers, .samples = samples};
}

}  // namespace net
