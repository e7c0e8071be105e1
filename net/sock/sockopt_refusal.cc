#include "net/sock/sockopt_refusal.hh"

#include <sys/socket.h>
#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <vector>

#include "net/sock/capability.hh"
#include "net/sock/endpoint.hh"
#include "net/sock/socket.hh"
#include "net/sock/sockopt_codec.hh"

namespace net {
namespace {

const SocketOption& option_of(const RefusedSetting& refusal) {
  return *refusal.setting.option;
}

std::optional<std::int64_t> number_asked_for(const RefusedSetting& refusal) {
  return option_number(decode_option(refusal.setting.bytes, option_of(refusal)), option_of(refusal));
}

std::string not_on_this_kind(const RefusedSetting& refusal) {
  const SocketKind& kind = refusal.stage.kind;
  const bool lacks = refusal.stage.known() && !has_option(kind, option_of(refusal));
  return lacks ? no_such_option_text(kind, option_of(refusal)) : "";
}

/// Words that are all there is; other types have them beside their numbers.
bool has_words_alone(const SocketOption& option) {
  return option.type == OptionType::word || option.type == OptionType::flags;
}

bool in_range(std::int64_t number, const SocketOption& option) {
  return number >= option.least && number <= option.most;
}

std::string outside_of_range(const RefusedSetting& refusal) {
  const SocketOption& option = option_of(refusal);
  const auto number = number_asked_for(refusal);
  if (!number || has_words_alone(option) || in_range(*number, option)) return "";
  const auto text = [&](std::int64_t bound) { return option_text(number_value(bound, option)); };
  if (option.least == option.most) return "takes " + text(option.least);
  if (option.least == std::numeric_limits<std::int64_t>::min()) return "takes at most " + text(option.most);
  if (option.most == std::numeric_limits<std::int64_t>::max()) return "takes at least " + text(option.least);
  return "takes " + text(option.least) + " to " + text(option.most);
}

/// "a, b or c", of those words that are in the option's range.
std::string names_of(const SocketOption& option, std::string_view conjunction) {
  std::vector<std::string_view> names;
  for (const OptionWord& word : option.words) {
    if (in_range(word.value, option)) names.push_back(word.name);
  }
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? conjunction : ", ";
    text += names[i];
  }
  return text;
}

std::string not_a_word_of_it(const RefusedSetting& refusal) {
  const SocketOption& option = option_of(refusal);
  const auto number = number_asked_for(refusal);
  if (!number || !has_words_alone(option)) return "";
  if (option.type == OptionType::word) {
    const bool known = std::ranges::find(option.words, *number, &OptionWord::value) != option.words.end();
    return known && in_range(*number, option) ? "" : "takes " + names_of(option, " or ");
  }
  std::int64_t all = 0;
  for (const OptionWord& word : option.words) all |= word.value;
  return (*number & ~all) != 0 ? "takes no flags but " + names_of(option, " and ") : "";
}

std::string phase_has_passed(const RefusedSetting& refusal) {
  const SocketStage& stage = refusal.stage;
  const OptionPhase phase = option_of(refusal).phase;
  // MPTCP takes most options before it has subflows alone.
  const bool by_kind = stage.kind.bit() == on_mptcp && phase == OptionPhase::any;
  const bool by_phase = phase != OptionPhase::any && phase != OptionPhase::once_connected;
  if (!by_kind && !by_phase) return "";
  // What binding forbids is forbidden by it, however far the socket has come since.
  const std::string text =
      phase == OptionPhase::before_bind && stage.bound ? "too late: the socket is bound" : too_late(stage);
  return !text.empty() && fresh_socket_takes(refusal) ? text : "";
}

std::string is_connected(const RefusedSetting& refusal) {
  return refusal.stage.connected ? "too late: the socket is connected" : "";
}

std::string is_not_connected(const RefusedSetting& refusal) {
  return refusal.stage.connected ? "" : "the socket is not connected";
}

std::string lacks_capability(const RefusedSetting& refusal) {
  const std::string_view capability = option_of(refusal).capability;
  if (capability.empty()) return "";
  if (!has_capability(capability)) return "needs " + std::string(capability);
  // What is left when the capability is there and was not enough.
  if (!in_own_user_namespace()) return "";
  return "needs " + std::string(capability) + " outside of this user namespace";
}

struct Version {
  int major = 0;
  int minor = 0;
  friend auto operator<=>(const Version&, const Version&) = default;
};

/// "6.11", and whatever follows it.
Version version_of(std::string_view text) {
  Version version;
  const auto* const dot = std::from_chars(text.begin(), text.end(), version.major).ptr;
  if (dot != text.end()) std::from_chars(dot + 1, text.end(), version.minor);
  return version;
}

std::string newer_than_this_kernel(const RefusedSetting& refusal) {
  utsname running{};
  const std::string since(option_of(refusal).since);
  if (since.empty() || uname(&running) < 0) return "";
  if (version_of(running.release) >= version_of(since)) return "";
  return "it came with Linux " + since + ", and this is " + running.release;
}

std::string absent(const RefusedSetting& /*refusal*/) {
  return "this kernel or this kind of socket does not have it";
}

/// The kernel's own index is what is left of an interface's name that is no interface.
bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string interface_is_missing(const RefusedSetting& refusal) {
  const OptionValue value = decode_option(refusal.setting.bytes, option_of(refusal));
  const auto* text = std::get_if<std::string>(&value.data);
  if (text == nullptr) return "";
  switch (option_of(refusal).type) {
    case OptionType::interface:
    case OptionType::interface_be:
      return is_number(*text) ? "no such interface" : "";
    case OptionType::multicast_if:
      return is_number(*text) ? "no such interface" : "no interface of this host has that address";
    case OptionType::membership4:
    case OptionType::membership6:
    case OptionType::group: {
      const std::size_t comma = text->find(',');
      if (comma == std::string::npos)
        return "no route to the group names an interface: give one, GROUP,INTERFACE";
      return is_number(std::string_view(*text).substr(comma + 1)) ? "no such interface" : "";
    }
    default:
      return "";
  }
}

/// Asked in this order; the first to answer is believed.
constexpr std::array common_rows{
    RefusalRow{"", EINVAL, not_on_this_kind},
    RefusalRow{"", ENOPROTOOPT, not_on_this_kind},
    RefusalRow{"", EOPNOTSUPP, not_on_this_kind},
    RefusalRow{"", EPROTO, not_on_this_kind},
    RefusalRow{"", EINVAL, outside_of_range},
    RefusalRow{"", EINVAL, not_a_word_of_it},
    RefusalRow{"", ENOPROTOOPT, not_a_word_of_it},
    RefusalRow{"", EINVAL, phase_has_passed},
    RefusalRow{"", EISCONN, is_connected},
    RefusalRow{"", ENOTCONN, is_not_connected},
    RefusalRow{"", EPERM, lacks_capability},
    RefusalRow{"", EACCES, lacks_capability},
    RefusalRow{"", ENOPROTOOPT, newer_than_this_kernel},
    RefusalRow{"", EOPNOTSUPP, newer_than_this_kernel},
    RefusalRow{"", ENOPROTOOPT, absent},
    RefusalRow{"", EOPNOTSUPP, absent},
    RefusalRow{"", ENODEV, interface_is_missing},
    RefusalRow{"", EADDRNOTAVAIL, interface_is_missing},
};

}  // namespace

std::string explain_refusal(int fd, const OptionSetting& setting, const std::error_code& code,
                            const SysctlLookup& sysctl) {
  const RefusedSetting refusal{fd, setting, sysctl, socket_stage(fd)};
  const std::span<const RefusalRow> common(common_rows);
  for (const auto& rows : {socket_refusals(), ip_refusals(), tcp_refusals(), common}) {
    for (const RefusalRow& row : rows) {
      if (code != errno_code(row.code)) continue;
      if (!row.option.empty() && row.option != setting.option->name) continue;
      if (std::string said = row.said(refusal); !said.empty()) return said;
    }
  }
  return "";
}

int int_of(const RefusedSetting& refusal, std::string_view option) {
  const auto row = find_option(option);
  int value = 0;
  socklen_t length = sizeof value;
  if (!row || getsockopt(refusal.fd, (*row)->level, (*row)->number, &value, &length) < 0) return 0;
  return value;
}

std::string bound_interface(const RefusedSetting& refusal) {
  const int index = int_of(refusal, "SO_BINDTOIFINDEX");
  return index == 0 ? "" : interface_name(static_cast<std::uint32_t>(index));
}

bool fresh_socket_takes(const RefusedSetting& refusal) {
  const SocketKind& kind = refusal.stage.kind;
  const auto fresh = Socket::open(kind.family, kind.type, kind.protocol);
  return fresh && set_option(fresh->fd(), refusal.setting);
}

std::string too_late(const SocketStage& stage) {
  if (stage.connected) return "too late: the socket is connected";
  if (stage.listening) return "too late: the socket is listening";
  return stage.bound ? "too late: the socket is bound" : "";
}

}  // namespace net
