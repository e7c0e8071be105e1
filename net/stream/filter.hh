#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "net/stream/pump.hh"

namespace net {

/// LF becomes CR LF; a CR LF that is there already stays, over the border of two reads too.
[[nodiscard]] Filter crlf_filter();

/// Takes TELNET commands (RFC 854) out of what arrives and refuses every option: DO is answered with WONT,
/// WILL with DONT, handed to `reply`. An escaped 255 is one byte of data. A subnegotiation is dropped.
[[nodiscard]] Filter telnet_filter(std::function<void(std::string_view bytes)> reply);

/// Passes everything on and hands a dump of it to `sink`, whole lines at a time: `mark`, offset, sixteen
/// bytes in hex, and the same as ASCII.
[[nodiscard]] Filter hexdump_filter(char mark, std::function<void(std::string_view lines)> sink);

}  // namespace net
