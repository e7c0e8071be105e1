#include "net/sock/sockopt.hh"

#include <sys/socket.h>

#include <array>

#include "net/sock/sockopt_codec.hh"

namespace net {

Parsed<const SocketOption*> find_option(std::string_view name) {
  const SocketOption* found = nullptr;
  for (const SocketOption& row : option_table()) {
    if (equal_ignoring_case(row.name, name)) return &row;
    if (!equal_ignoring_case(row.name.substr(row.name.find('_') + 1), name)) continue;
    if (found != nullptr) {
      return std::unexpected("ambiguous: " + std::string(found->name) + " or " + std::string(row.name));
    }
    found = &row;
  }
  if (found == nullptr) return std::unexpected("no such socket option");
  return found;
}

Parsed<OptionSetting> parse_option(std::string_view text) {
  const std::size_t equals = text.find('=');
  const auto option = find_option(text.substr(0, equals));
  if (!option) return std::unexpected(option.error());
  OptionSetting setting;
  setting.option = *option;
  if (equals == std::string_view::npos && setting.option->type != OptionType::boolean) {
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
  if (setsockopt(fd, option.level, option.number, setting.bytes.data(),
                 static_cast<socklen_t>(setting.bytes.size())) < 0) {
    return fail("setsockopt", std::string(option.name) + "=" + setting.written);
  }
  return {};
}

Result<OptionValue> get_option(int fd, const SocketOption& option) {
  std::array<std::byte, 64> buffer{};
  auto length = static_cast<socklen_t>(option_value_size(option));
  if (getsockopt(fd, option.level, option.number, buffer.data(), &length) < 0) {
    return fail("getsockopt", std::string(option.name));
  }
  return decode_option(std::span(buffer).first(length), option);
}

std::string option_text(const OptionValue& value) {
  if (const bool* flag = std::get_if<bool>(&value)) return *flag ? "on" : "off";
  if (const std::int64_t* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  return std::get<std::string>(value);
}

}  // namespace net
