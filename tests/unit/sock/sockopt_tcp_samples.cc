#include "tests/unit/sock/sockopt_samples.hh"

namespace net {
namespace {

constexpr Sample samples[] = {
    {"TCP_CONGESTION", "reno", "reno"},
    {"TCP_CORK", "on", "on"},
    // Rounded up to the time of a retransmission.
    {"TCP_DEFER_ACCEPT", "4", "7 s"},
    {"TCP_FASTOPEN", "5", "5"},
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

std::span<const Sample> tcp_samples() {
  return samples;
}

}  // namespace net
