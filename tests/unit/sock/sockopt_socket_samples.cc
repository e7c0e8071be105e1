#include <sys/socket.h>

#include "tests/unit/sock/sockopt_samples.hh"

namespace net {
namespace {

constexpr OptionNumber numbers[] = {
    OPTION_NUMBER(SO_BINDTODEVICE), OPTION_NUMBER(SO_BROADCAST),       OPTION_NUMBER(SO_BUSY_POLL),
    OPTION_NUMBER(SO_DONTROUTE),    OPTION_NUMBER(SO_KEEPALIVE),       OPTION_NUMBER(SO_LINGER),
    OPTION_NUMBER(SO_MARK),         OPTION_NUMBER(SO_MAX_PACING_RATE), OPTION_NUMBER(SO_OOBINLINE),
    OPTION_NUMBER(SO_PRIORITY),     OPTION_NUMBER(SO_RCVBUF),          OPTION_NUMBER(SO_RCVBUFFORCE),
    OPTION_NUMBER(SO_RCVLOWAT),     OPTION_NUMBER(SO_RCVTIMEO),        OPTION_NUMBER(SO_REUSEADDR),
    OPTION_NUMBER(SO_REUSEPORT),    OPTION_NUMBER(SO_SNDBUF),          OPTION_NUMBER(SO_SNDBUFFORCE),
    OPTION_NUMBER(SO_SNDTIMEO),     OPTION_NUMBER(SO_TIMESTAMP),       OPTION_NUMBER(SO_ZEROCOPY),
};

constexpr Sample samples[] = {
    {"SO_BINDTODEVICE", "lo", "lo"},
    {"SO_BROADCAST", "on", "on"},
    {"SO_BUSY_POLL", "50", "50"},
    {"SO_DONTROUTE", "on", "on"},
    {"SO_KEEPALIVE", "on", "on"},
    {"SO_LINGER", "7", "7 s"},
    {"SO_MARK", "5", "5"},
    {"SO_MAX_PACING_RATE", "1M", "1 MiB/s"},
    {"SO_OOBINLINE", "on", "on"},
    {"SO_PRIORITY", "3", "3"},
    // The kernel doubles what it is given, for its own bookkeeping (socket(7)).
    {"SO_RCVBUF", "50000", "100000 B"},
    {"SO_RCVBUFFORCE", "50000", ""},
    {"SO_RCVLOWAT", "2", "2 B"},
    {"SO_RCVTIMEO", "2", "2 s"},
    {"SO_REUSEADDR", "on", "on"},
    {"SO_REUSEPORT", "on", "on"},
    {"SO_SNDBUF", "50000", "100000 B"},
    {"SO_SNDBUFFORCE", "50000", ""},
    {"SO_SNDTIMEO", "1.5", "1500 ms"},
    {"SO_TIMESTAMP", "on", "on"},
    {"SO_ZEROCOPY", "on", "on"},
};

}  // namespace

LevelSamples socket_samples() {
  return {.level = "SOL_SOCKET", .number = SOL_SOCKET, .numbers = numbers, .samples = samples};
}

}  // namespace net
