#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "net/sock/sockopt.hh"
#include "net/sock/sockopt_codec.hh"

// Options by name, and what their values hold.
namespace net {

inline const SocketOption& row_of(std::string_view name) {
  const auto row = find_option(name);
  if (!row) throw std::logic_error(std::string(name) + ": " + row.error());
  return **row;
}

/// Its value; a failed test and an empty one where it cannot be read.
inline OptionValue option_of(int fd, std::string_view name) {
  auto value = get_option(fd, row_of(name));
  EXPECT_TRUE(value) << name << ": " << value.error().symbol();
  return value.value_or(OptionValue{});
}

/// "NAME=VALUE": "" or the symbol of the refusal.
inline std::string set_to(int fd, std::string_view setting) {
  const auto parsed = parse_option(setting);
  if (!parsed) throw std::logic_error(std::string(setting) + ": " + parsed.error());
  const auto done = set_option(fd, *parsed);
  return done ? std::string() : done.error().symbol();
}

/// The bytes of a value as it is written.
inline OptionBytes encoded(std::string_view name, std::string_view value) {
  const auto bytes = encode_option(value, row_of(name));
  if (!bytes) throw std::logic_error(std::string(value) + ": " + bytes.error());
  return *bytes;
}

/// Why a value is not taken.
inline std::string complaint(std::string_view name, std::string_view value) {
  const auto bytes = encode_option(value, row_of(name));
  return bytes ? std::string() : bytes.error();
}

/// The member of that name, or null.
inline const OptionValue* find_field(const OptionValue& value, std::string_view name) {
  for (const auto& [own, field] : std::get<OptionValue::Fields>(value.data)) {
    if (own == name) return &field;
  }
  return nullptr;
}

inline const OptionValue& field_of(const OptionValue& value, std::string_view name) {
  const OptionValue* const found = find_field(value, name);
  if (found == nullptr) throw std::logic_error("no member " + std::string(name));
  return *found;
}

/// A number of any width.
inline std::uint64_t number_in(const OptionValue& value, std::string_view name) {
  const OptionValue& field = field_of(value, name);
  if (const auto* wide = std::get_if<std::uint64_t>(&field.data)) return *wide;
  return static_cast<std::uint64_t>(std::get<std::int64_t>(field.data));
}

inline std::string text_in(const OptionValue& value, std::string_view name) {
  return option_text(field_of(value, name));
}

}  // namespace net
