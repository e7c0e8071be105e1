#include "net/sock/sockopt_read.hh"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "net/sock/socket.hh"

namespace net {
namespace {

struct KindRow {
  OptionKinds bit;
  std::string_view name;
  std::string_view words;
  bool unix_domain;
  int type;
  int protocol;  ///< of an IP socket; 0 for any
};

constexpr std::array<KindRow, 8> kind_rows{
    {{on_mptcp, "mptcp", "an MPTCP socket", false, SOCK_STREAM, mptcp_protocol},
     {on_tcp, "tcp", "a TCP socket", false, SOCK_STREAM, IPPROTO_TCP},
     {on_udplite, "udplite", "a UDP-Lite socket", false, SOCK_DGRAM, IPPROTO_UDPLITE},
     {on_udp, "udp", "a UDP socket", false, SOCK_DGRAM, IPPROTO_UDP},
     {on_raw, "raw", "a raw socket", false, SOCK_RAW, 0},
     {on_unix_stream, "unix", "a Unix socket", true, SOCK_STREAM, 0},
     {on_unix_dgram, "unix-dgram", "a Unix datagram socket", true, SOCK_DGRAM, 0},
     {on_unix_seqpacket, "unix-seqpacket", "a Unix seqpacket socket", true, SOCK_SEQPACKET, 0}}};

const KindRow* row_of(const SocketKind& kind) {
  const bool unix_domain = kind.family == AF_UNIX;
  if (!unix_domain && kind.family != AF_INET && kind.family != AF_INET6) return nullptr;
  const auto* const row = std::ranges::find_if(kind_rows, [&](const KindRow& candidate) {
    return candidate.unix_domain == unix_domain && candidate.type == kind.type &&
           (candidate.protocol == 0 || candidate.protocol == kind.protocol);
  });
  return row == kind_rows.end() ? nullptr : row;
}

// No option is longer; a kernel that wants more is not believed.
constexpr std::size_t longest_value = 65536;

}  // namespace

std::uint16_t SocketKind::bit() const {
  const KindRow* const row = row_of(*this);
  return row == nullptr ? on_other : row->bit;
}

std::string_view SocketKind::name() const {
  const KindRow* const row = row_of(*this);
  return row == nullptr ? "other" : row->name;
}

Result<SocketKind> socket_kind(int fd) {
  SocketKind kind;
  for (const auto& [number, into, name] :
       {std::tuple(SO_DOMAIN, &kind.family, "SO_DOMAIN"), std::tuple(SO_TYPE, &kind.type, "SO_TYPE"),
        std::tuple(SO_PROTOCOL, &kind.protocol, "SO_PROTOCOL")}) {
    socklen_t length = sizeof(int);
    if (getsockopt(fd, SOL_SOCKET, number, into, &length) < 0) return fail("getsockopt", name);
  }
  return kind;
}

std::string no_such_option_text(const SocketKind& kind, const SocketOption& option) {
  const KindRow* const row = row_of(kind);
  std::string text(row == nullptr ? "a socket of this family" : row->words);
  const bool of_other_family = row != nullptr && (option.kinds & row->bit) != 0;
  if (of_other_family) text += kind.family == AF_INET ? " over IPv4" : " over IPv6";
  return text + " has no such option";
}

bool has_option(const SocketKind& kind, const SocketOption& option) {
  if ((option.kinds & kind.bit()) == 0) return false;
  // A raw IPv6 socket has no IPv4 level; TCP and UDP ones do, for peers of ::ffff:0:0/96.
  if (option.level == IPPROTO_IP && kind.family == AF_INET6 && kind.type == SOCK_RAW) return false;
  return option.family == 0 || option.family == kind.family;
}

bool hands_on(const SocketKind& kind, const SocketOption& option) {
  // Of a Unix listener the new socket has only what IP knows nothing of: what its messages carry.
  return option.inherited && (kind.family != AF_UNIX || (option.kinds & on_inet) == 0);
}

std::expected<OptionBytes, std::error_code> read_option_bytes(int fd, const SocketOption& option) {
  const OptionCodec& codec = codec_of(option.type);
  if (codec.read != nullptr) return codec.read(fd, option);
  OptionBytes bytes(codec.size);
  for (;;) {
    auto length = static_cast<socklen_t>(bytes.size());
    if (getsockopt(fd, option.level, option.number, bytes.data(), &length) == 0) {
      bytes.resize(std::min<std::size_t>(length, bytes.size()));
      return bytes;
    }
    // A list of unknown length: the kernel says how much it is.
    const std::error_code why = errno_code();
    const bool longer = why == errno_code(ERANGE) && length > bytes.size() && length <= longest_value;
    if (!longer) return std::unexpected(why);
    bytes.resize(length);
  }
}

std::vector<RawOption> read_options(int fd, std::span<const SocketOption* const> options, bool destructive) {
  std::vector<RawOption> read;
  read.reserve(options.size());
  for (const SocketOption* option : options) {
    RawOption& raw = read.emplace_back(option);
    raw.skipped = !option->readable || (option->destructive && !destructive);
    if (raw.skipped) continue;
    auto bytes = read_option_bytes(fd, *option);
    if (bytes) {
      raw.bytes = std::move(*bytes);
    } else {
      raw.error = bytes.error();
    }
  }
  return read;
}

}  // namespace net
