// The filters of raw ICMP sockets: raw(7), RFC 3542 section 3.2. A bit that is set keeps its type away.
#include <algorithm>
#include <array>

#include "net/sock/sockopt_codecs.hh"
#include "net/sock/sockopt_layout.hh"

namespace net {
namespace {

using Encoded = Parsed<OptionBytes>;

/// One 32-bit word for 32 types.
template <std::size_t Types>
using Blocked = std::array<std::uint32_t, Types / 32>;

template <std::size_t Types>
bool is_blocked(const Blocked<Types>& blocked, std::size_t type) {
  return ((blocked.at(type / 32) >> (type % 32)) & 1U) != 0;
}

Parsed<std::size_t> parse_type(std::string_view text, std::size_t types, const SocketOption& option) {
  const auto type = parse_word(text, option.words);
  if (!type) return std::unexpected(type.error());
  const auto number = static_cast<std::size_t>(*type);
  if (number >= types) return std::unexpected("no ICMP type above " + std::to_string(types - 1));
  return number;
}

/// "pass-all", "block-all", "block,TYPE..." or "pass,TYPE...": these and no other.
template <std::size_t Types>
Encoded encode_filter(std::string_view text, const SocketOption& option) {
  const auto parts = comma_parts(text);
  const bool block = parts[0] == "block" || parts[0] == "pass-all";
  const bool all = parts[0].ends_with("-all");
  if ((!block && parts[0] != "pass" && parts[0] != "block-all") || all != (parts.size() == 1)) {
    return std::unexpected("neither pass-all, block-all, nor block or pass with types");
  }
  Blocked<Types> blocked{};
  blocked.fill(block ? 0 : UINT32_MAX);
  for (const std::string_view part : std::span(parts).subspan(1)) {
    const auto type = parse_type(part, Types, option);
    if (!type) return std::unexpected(type.error());
    const std::uint32_t bit = 1U << (*type % 32);
    std::uint32_t& word = blocked.at(*type / 32);
    word = block ? word | bit : word & ~bit;
  }
  return bytes_of_value(blocked);
}

std::string type_text(std::size_t type, const SocketOption& option) {
  const auto word = std::ranges::find(option.words, static_cast<int>(type), &OptionWord::value);
  return word == option.words.end() ? std::to_string(type) : std::string(word->name);
}

/// By the shorter of the two lists.
template <std::size_t Types>
OptionValue decode_filter(OptionView bytes, const SocketOption& option) {
  const auto blocked = value_from<Blocked<Types>>(bytes);
  std::size_t count = 0;
  for (std::size_t type = 0; type < Types; ++type) count += is_blocked<Types>(blocked, type) ? 1 : 0;
  const bool block = count <= Types / 2;
  OptionValue::List types;
  std::string text = block ? "block" : "pass";
  for (std::size_t type = 0; type < Types; ++type) {
    if (is_blocked<Types>(blocked, type) != block) continue;
    types.push_back({.data = type_text(type, option)});
    text += "," + type_text(type, option);
  }
  if (types.empty()) text = block ? "pass-all" : "block-all";
  return {.data = OptionValue::Fields{{"rule", {.data = std::string(block ? "block" : "pass")}},
                                      {"types", {.data = std::move(types)}}},
          .text = std::move(text)};
}

constexpr std::size_t types4 = 32;
constexpr std::size_t types6 = 256;
constexpr std::string_view syntax = "pass-all|block-all|pass,TYPE...|block,TYPE...";

constexpr std::array codecs{
    OptionCodec{OptionType::icmp_filter, "struct icmp_filter", syntax, sizeof(Blocked<types4>), Unit::none,
                encode_filter<types4>, decode_filter<types4>},
    OptionCodec{OptionType::icmp6_filter, "struct icmp6_filter", syntax, sizeof(Blocked<types6>), Unit::none,
                encode_filter<types6>, decode_filter<types6>},
};

}  // namespace

std::span<const OptionCodec> icmp_codecs() {
  return codecs;
}

}  // namespace net
