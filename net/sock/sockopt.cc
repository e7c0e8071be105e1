#include "net/sock/sockopt.hh"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>

#include "net/sock/sockopt_codec.hh"
#include "net/sock/sockopt_read.hh"
#include "net/sock/sockopt_tables.hh"

namespace net {
namespace {

// In no libc of Debian 12.
constexpr int sol_mptcp = 284;

struct Level {
  std::string_view name;
  int number;
  std::span<const SocketOption> (*rows)();
};

constexpr Level levels[] = {
    {"SOL_SOCKET", SOL_SOCKET, socket_options},
    {"IPPROTO_IP", IPPROTO_IP, ip_options},
    {"IPPROTO_IPV6", IPPROTO_IPV6, ipv6_options},
    {"IPPROTO_TCP", IPPROTO_TCP, tcp_options},
    {"IPPROTO_UDP", IPPROTO_UDP, udp_options},
    {"IPPROTO_UDPLITE", IPPROTO_UDPLITE, udplite_options},
    {"SOL_MPTCP", sol_mptcp, mptcp_options},
    {"SOL_RAW", SOL_RAW, raw_options},
    {"IPPROTO_ICMPV6", IPPROTO_ICMPV6, icmpv6_options},
};

std::string_view without_prefix(std::string_view name) {
  return name.substr(name.find('_') + 1);
}

bool called(const SocketOption& row, std::string_view name) {
  return equal_ignoring_case(row.name, name) || (!row.alias.empty() && equal_ignoring_case(row.alias, name));
}

/// The rows that `fits` picks; one is the answer, several are told apart by their level and name.
template <class Fits>
Parsed<const SocketOption*> only_one(Fits fits) {
  const SocketOption* found = nullptr;
  std::string several;
  for (const SocketOption& row : option_table()) {
    if (!fits(row)) continue;
    if (found != nullptr) {
      if (several.empty()) several = std::string(found->level_name) + ":" + std::string(found->name);
      several += " or " + std::string(row.level_name) + ":" + std::string(row.name);
    }
    found = &row;
  }
  if (!several.empty()) return std::unexpected("ambiguous: " + several);
  return found;
}

std::error_code plain_write(int fd, const SocketOption& option, OptionView bytes) {
  const auto length = static_cast<socklen_t>(bytes.size());
  const int done = setsockopt(fd, option.level, option.number, bytes.data(), length);
  return done < 0 ? errno_code() : std::error_code();
}

}  // namespace

std::span<const SocketOption> option_table() {
  static const std::vector<SocketOption> table = [] {
    std::vector<SocketOption> all;
    for (const Level& level : levels) {
      for (SocketOption row : level.rows()) {
        row.level = level.number;
        row.level_name = level.name;
        all.push_back(row);
      }
    }
    return all;
  }();
  return table;
}

Parsed<const SocketOption*> find_option(std::string_view name) {
  const std::size_t colon = name.find(':');
  if (colon == 0) return std::unexpected("empty level");
  const std::string_view level = colon == std::string_view::npos ? "" : name.substr(0, colon);
  const std::string_view own = colon == std::string_view::npos ? name : name.substr(colon + 1);
  const auto of_level = [&](const SocketOption& row) {
    return level.empty() || equal_ignoring_case(row.level_name, level);
  };
  auto found = only_one([&](const SocketOption& row) { return of_level(row) && called(row, own); });
  if (found && *found == nullptr) {
    found = only_one([&](const SocketOption& row) {
      return of_level(row) && equal_ignoring_case(without_prefix(row.name), own);
    });
  }
  if (found && *found == nullptr) return std::unexpected("no such socket option");
  return found;
}

Parsed<OptionSetting> parse_option(std::string_view text) {
  const std::size_t equals = text.find('=');
  const auto option = find_option(text.substr(0, equals));
  if (!option) return std::unexpected(option.error());
  OptionSetting setting;
  setting.option = *option;
  const OptionType type = setting.option->type;
  const bool bare = type == OptionType::boolean || type == OptionType::action;
  if (equals == std::string_view::npos && !bare) {
    return std::unexpected("needs a value: " + std::string(setting.option->name) + "=VALUE");
  }
  setting.written = equals == std::string_view::npos ? "on" : std::string(text.substr(equals + 1));
  if (setting.written.empty()) return std::unexpected("empty value");
  auto bytes = encode_option(setting.written, *setting.option);
  if (!bytes) return std::unexpected(bytes.error());
  setting.bytes = std::move(*bytes);
  return setting;
}

Result<void> set_option(int fd, const OptionSetting& setting) {
  const SocketOption& option = *setting.option;
  const auto write = codec_of(option.type).write;
  const std::error_code refused =
      write != nullptr ? write(fd, option, setting.bytes) : plain_write(fd, option, setting.bytes);
  if (!refused) return {};
  // Whatever the code, it is this host's kernel that said it.
  return std::unexpected(
      Error("setsockopt", std::string(option.name) + "=" + setting.written, refused, Blame::local));
}

Result<OptionValue> get_option(int fd, const SocketOption& option) {
  const auto bytes = read_option_bytes(fd, option);
  if (!bytes) return fail("getsockopt", std::string(option.name), bytes.error());
  return decode_option(*bytes, option);
}

}  // namespace net
