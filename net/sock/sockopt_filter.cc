#include <linux/filter.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <string>

#include "net/sock/sockopt_codecs.hh"
#include "net/sock/sockopt_layout.hh"

namespace net {
namespace {

using Encoded = Parsed<OptionBytes>;

// What follows is written in lists, whose items end at a comma, or at a line's end in tcpdump's output.
std::string_view next_item(std::string_view& rest) {
  const std::size_t end = std::min(rest.find_first_of(",\n"), rest.size());
  const std::string_view item = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return item;
}

template <class Item>
void append(OptionBytes& bytes, const Item& item) {
  const auto raw = bytes_of_value(item);
  bytes.insert(bytes.end(), raw.begin(), raw.end());
}

/// How many whole items of that type there are, copied out of the bytes.
template <class Item>
std::vector<Item> items_from(OptionView bytes) {
  std::vector<Item> items;
  for (; bytes.size() >= sizeof(Item); bytes = bytes.subspan(sizeof(Item))) {
    items.push_back(value_from<Item>(bytes));
  }
  return items;
}

/// "CODE JT JF K": one instruction (include/uapi/linux/filter.h).
Parsed<sock_filter> parse_instruction(std::string_view text) {
  constexpr std::array<std::uint64_t, 4> most{UINT16_MAX, UINT8_MAX, UINT8_MAX, UINT32_MAX};
  std::array<std::uint64_t, 4> numbers{};
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const std::size_t end = i + 1 < numbers.size() ? text.find(' ') : text.size();
    if (end == std::string_view::npos) return std::unexpected("an instruction is CODE JT JF K");
    const auto number = parse_number(text.substr(0, end), most.at(i));
    if (!number) return std::unexpected("an instruction is CODE JT JF K: " + number.error());
    numbers.at(i) = *number;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return sock_filter{.code = static_cast<std::uint16_t>(numbers[0]),
                     .jt = static_cast<std::uint8_t>(numbers[1]),
                     .jf = static_cast<std::uint8_t>(numbers[2]),
                     .k = static_cast<std::uint32_t>(numbers[3])};
}

Encoded encode_filter(std::string_view text, const SocketOption& /*option*/) {
  OptionBytes bytes;
  if (text == "none") return bytes;
  // tcpdump -ddd and iptables' bpf match say first how many there are.
  std::optional<std::uint64_t> count;
  std::string_view rest = text;
  const std::string_view first = next_item(rest);
  if (!first.contains(' ')) {
    const auto number = parse_number(first, BPF_MAXINSNS);
    if (!number) return std::unexpected("an instruction is CODE JT JF K");
    count = *number;
  } else {
    rest = text;
  }
  while (!rest.empty()) {
    const auto instruction = parse_instruction(next_item(rest));
    if (!instruction) return std::unexpected(instruction.error());
    append(bytes, *instruction);
  }
  const std::size_t found = bytes.size() / sizeof(sock_filter);
  if (count.value_or(found) != found)
    return std::unexpected(std::to_string(found) + " instructions, not " + std::to_string(*count));
  if (found == 0 || found > BPF_MAXINSNS) return std::unexpected("1 to 4096 instructions");
  return bytes;
}

OptionValue decode_filter(OptionView bytes, const SocketOption& /*option*/) {
  OptionValue::List list;
  for (const sock_filter& each : items_from<sock_filter>(bytes)) {
    list.push_back({.data = std::to_string(each.code) + " " + std::to_string(each.jt) + " " +
                            std::to_string(each.jf) + " " + std::to_string(each.k)});
  }
  return {.data = std::move(list)};
}

/// Lengths are counted in instructions here, not in bytes.
std::expected<OptionBytes, std::error_code> read_filter(int fd, const SocketOption& option) {
  OptionBytes bytes(BPF_MAXINSNS * sizeof(sock_filter));
  socklen_t count = BPF_MAXINSNS;
  if (getsockopt(fd, option.level, option.number, bytes.data(), &count) < 0) {
    return std::unexpected(errno_code());
  }
  bytes.resize(std::min(bytes.size(), std::size_t{count} * sizeof(sock_filter)));
  return bytes;
}

/// What takes away a program that the option attached; that there was none is as well.
std::error_code detach(int fd, const SocketOption& option) {
  const int number = option.number == SO_ATTACH_FILTER ? SO_DETACH_FILTER : SO_DETACH_REUSEPORT_BPF;
  const int unused = 1;
  const bool done = setsockopt(fd, option.level, number, &unused, sizeof unused) == 0 || errno == ENOENT;
  return done ? std::error_code() : errno_code();
}

std::error_code write_filter(int fd, const SocketOption& option, OptionView bytes) {
  if (bytes.empty()) return detach(fd, option);
  auto instructions = items_from<sock_filter>(bytes);
  const sock_fprog program{.len = static_cast<unsigned short>(instructions.size()),
                           .filter = instructions.data()};
  const int done = setsockopt(fd, option.level, option.number, &program, sizeof program);
  return done < 0 ? errno_code() : std::error_code();
}

/// struct dmabuf_token (include/uapi/linux/uio.h of Linux 6.12).
struct DmabufToken {
  std::uint32_t start;
  std::uint32_t count;
};

Encoded encode_tokens(std::string_view text, const SocketOption& /*option*/) {
  OptionBytes bytes;
  do {
    const std::string_view item = next_item(text);
    const std::size_t plus = item.find('+');
    const auto start = parse_number(item.substr(0, plus), UINT32_MAX);
    const auto count = plus == std::string_view::npos ? Parsed<std::uint64_t>(1)
                                                      : parse_number(item.substr(plus + 1), UINT32_MAX);
    if (!start || !count) return std::unexpected("a token is NUMBER or NUMBER+COUNT");
    append(bytes, DmabufToken{static_cast<std::uint32_t>(*start), static_cast<std::uint32_t>(*count)});
  } while (!text.empty());
  return bytes;
}

OptionValue decode_tokens(OptionView bytes, const SocketOption& /*option*/) {
  OptionValue::List list;
  for (const DmabufToken& token : items_from<DmabufToken>(bytes)) {
    list.push_back({.data = std::to_string(token.start) + "+" + std::to_string(token.count)});
  }
  return {.data = std::move(list)};
}

constexpr std::array codecs{
    OptionCodec{OptionType::bpf_filter, "struct sock_fprog", "[COUNT,]CODE JT JF K[,CODE JT JF K]|none", 0,
                Unit::none, encode_filter, decode_filter, read_filter, write_filter},
    OptionCodec{OptionType::dmabuf_tokens, "struct dmabuf_token[]", "TOKEN[+COUNT][,TOKEN[+COUNT]]",
                sizeof(DmabufToken), Unit::none, encode_tokens, decode_tokens},
};

}  // namespace

std::span<const OptionCodec> filter_codecs() {
  return codecs;
}

}  // namespace net
