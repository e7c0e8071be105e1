#include "cmd/sockopt_explain.hh"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <utility>

#include "cmd/columns.hh"
#include "cmd/sockopt_rows.hh"
#include "net/kern/sysctl.hh"
#include "net/sock/sockopt_codec.hh"

namespace cmd {
namespace {

using net::OptionNature;
using net::SocketOption;

template <class Enum, std::size_t Count>
std::string_view word_of(Enum value, const std::array<std::string_view, Count>& words) {
  return words.at(static_cast<std::size_t>(value));
}

// In the order of the enumerators.
constexpr std::array<std::string_view, 4> natures{
    "a setting", "state", "a setting, and state once connected",
    "a setting when set by hand; until then the kernel tunes it (TCP)"};
constexpr std::array<std::string_view, 5> phases{"at any time", "before bind", "before listen",
                                                 "before connect", "once connected"};
constexpr std::array<std::string_view, 4> origins{"POSIX", "BSD", "Linux", "RFC"};

struct KindWord {
  std::uint16_t bit;
  std::string_view word;
};
constexpr std::array<KindWord, 9> kind_words{{{net::on_tcp, "tcp"},
                                              {net::on_mptcp, "mptcp"},
                                              {net::on_udp, "udp"},
                                              {net::on_udplite, "udplite"},
                                              {net::on_raw, "raw"},
                                              {net::on_unix_stream, "unix"},
                                              {net::on_unix_dgram, "unix-dgram"},
                                              {net::on_unix_seqpacket, "unix-seqpacket"},
                                              {net::on_other, "other"}}};

std::vector<std::string_view> kinds_of(const SocketOption& option) {
  std::vector<std::string_view> words;
  for (const KindWord& kind : kind_words) {
    if ((option.kinds & kind.bit) != 0) words.push_back(kind.word);
  }
  return words;
}

std::string kinds_text(const SocketOption& option) {
  std::string text;
  for (const std::string_view word : kinds_of(option)) {
    text += text.empty() ? "" : " ";
    text += word;
  }
  if (option.kinds == net::on_all) text = "all";
  if (option.family == AF_INET) text += ", over IPv4 only";
  if (option.family == AF_INET6) text += ", over IPv6 only";
  return text;
}

std::string access_text(const SocketOption& option) {
  std::string text = option.readable ? option.settable ? "read and set" : "read only" : "set only";
  if (option.destructive) text += "; reading it takes it from the socket's owner";
  if (!option.capability.empty()) text += "; setting needs " + std::string(option.capability);
  return text;
}

bool has_least(const SocketOption& option) {
  return option.least != std::numeric_limits<std::int64_t>::min();
}

bool has_most(const SocketOption& option) {
  return option.most != std::numeric_limits<std::int64_t>::max();
}

std::string range_text(const SocketOption& option) {
  if (has_least(option) && has_most(option)) {
    return std::to_string(option.least) + " to " + std::to_string(option.most);
  }
  if (has_least(option)) return std::to_string(option.least) + " or more";
  return has_most(option) ? std::to_string(option.most) + " or less" : "";
}

std::string words_text(const SocketOption& option) {
  std::string text;
  for (const net::OptionWord& word : option.words) {
    text += text.empty() ? "" : ", ";
    text += word.name;
  }
  return text;
}

std::string sysctl_words(const SocketOption& option) {
  if (option.sysctl.empty()) return {};
  auto value = net::kern::sysctl_text(option.sysctl);
  if (!value) return std::string(option.sysctl) + " (not on this kernel)";
  std::ranges::replace(*value, '\t', ' ');
  return std::string(option.sysctl) + " = " + *value;
}

Value text_or_null(std::string_view text) {
  return text.empty() ? Value(nullptr) : Value(text);
}

Object option_object(const SocketOption& option) {
  List kinds;
  for (const std::string_view word : kinds_of(option)) kinds.emplace_back(word);
  List words;
  for (const net::OptionWord& word : option.words) words.emplace_back(word.name);
  const net::OptionCodec& codec = net::codec_of(option.type);
  return {{"level", option.level_name},
          {"level_number", option.level},
          {"name", option.name},
          {"number", option.number},
          {"alias", text_or_null(option.alias)},
          {"type", codec.c_type},
          {"syntax", codec.syntax},
          {"kind", option.nature == OptionNature::state ? "state" : "setting"},
          {"nature", word_of(option.nature, natures)},
          {"sockets", std::move(kinds)},
          {"family", option.family == AF_INET    ? Value("AF_INET")
                     : option.family == AF_INET6 ? Value("AF_INET6")
                                                 : Value(nullptr)},
          {"readable", option.readable},
          {"settable", option.settable},
          {"destructive", option.destructive},
          {"inherited", option.inherited},
          {"when", word_of(option.phase, phases)},
          {"capability", text_or_null(option.capability)},
          {"unit", text_or_null(net::unit_name(net::unit_of(option)))},
          {"minimum", has_least(option) ? Value(option.least) : Value(nullptr)},
          {"maximum", has_most(option) ? Value(option.most) : Value(nullptr)},
          {"words", std::move(words)},
          {"sysctl", text_or_null(option.sysctl)},
          {"since", text_or_null(option.since)},
          {"portability", word_of(option.origin, origins)},
          {"meaning", option.meaning},
          {"caution", text_or_null(option.caution)}};
}

constexpr std::size_t line_width = 80;
constexpr std::size_t label_width = 11;

std::string column(std::string_view text, std::size_t width) {
  return padded(std::string(text), width) + "  ";
}

}  // namespace

void print_option_list(Results& results, const std::vector<const SocketOption*>& named) {
  std::vector<const SocketOption*> rows = named;
  if (rows.empty()) {
    for (const SocketOption& option : net::option_table()) rows.push_back(&option);
  }
  std::size_t level = 0;
  std::size_t name = 0;
  for (const SocketOption* option : rows) {
    level = std::max(level, option->level_name.size());
    name = std::max(name, option->name.size());
  }
  for (const SocketOption* option : rows) {
    results.object(option_object(*option));
    results.line(column(option->level_name, level) + column(option->name, name) +
                 column(std::to_string(option->number), 3) + std::string(option->meaning));
  }
}

void explain_option(Results& results, const SocketOption& option) {
  results.object(option_object(option));
  const net::OptionCodec& codec = net::codec_of(option.type);
  const std::string level = std::string(option.level_name) + " (" + std::to_string(option.level) + ")";
  const std::string type =
      std::string(codec.c_type) + (option.settable ? ", written " + std::string(codec.syntax) : "");
  const std::pair<std::string_view, std::string> lines[] = {
      {"meaning", std::string(option.meaning)},
      {"caution", std::string(option.caution)},
      {"level", level},
      {"number", std::to_string(option.number)},
      {"also called", std::string(option.alias)},
      {"type", type},
      {"unit", std::string(net::unit_name(net::unit_of(option)))},
      {"words", words_text(option)},
      {"range", range_text(option)},
      {"sockets", kinds_text(option)},
      {"access", access_text(option)},
      {"kind", std::string(word_of(option.nature, natures))},
      {"when", option.settable ? std::string(word_of(option.phase, phases)) : ""},
      {"accept",
       option.settable ? option.inherited ? "hands it on to the new socket" : "does not hand it on" : ""},
      {"sysctl", sysctl_words(option)},
      {"portability", std::string(word_of(option.origin, origins))},
      {"since", option.since.empty() ? "" : "Linux " + std::string(option.since)}};
  results.line(option.name);
  for (const auto& [label, text] : lines) {
    std::string head = "  " + column(label, label_width);
    if (text.empty()) continue;
    for (const std::string& line : wrapped(text, line_width - head.size(), " ")) {
      results.line(head + line);
      head.assign(head.size(), ' ');
    }
  }
}

}  // namespace cmd
