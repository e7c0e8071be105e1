#include "net/stream/filter.hh"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <utility>

namespace net {
namespace {

class Crlf {
 public:
  void operator()(std::span<const std::byte> bytes, std::vector<std::byte>& out) {
    for (const std::byte byte : bytes) {
      if (byte == std::byte{'\n'} && last_ != std::byte{'\r'}) out.push_back(std::byte{'\r'});
      out.push_back(byte);
      last_ = byte;
    }
  }

 private:
  std::byte last_{};
};

// RFC 854.
constexpr std::uint8_t subnegotiation_end = 240;
constexpr std::uint8_t subnegotiation = 250;
constexpr std::uint8_t will = 251;
constexpr std::uint8_t wont = 252;
constexpr std::uint8_t do_ = 253;
constexpr std::uint8_t dont = 254;
constexpr std::uint8_t iac = 255;

class Telnet {
 public:
  explicit Telnet(std::function<void(std::string_view)> reply) : reply_(std::move(reply)) {}

  void operator()(std::span<const std::byte> bytes, std::vector<std::byte>& out) {
    for (const std::byte byte : bytes) take(std::to_integer<std::uint8_t>(byte), out);
  }

 private:
  enum class State : std::uint8_t { data, command, option, inside, inside_command };

  void take(std::uint8_t byte, std::vector<std::byte>& out) {
    switch (state_) {
      case State::data:
        if (byte == iac) {
          state_ = State::command;
        } else {
          out.push_back(std::byte{byte});
        }
        break;
      case State::command:
        command_ = byte;
        if (byte == iac) out.push_back(std::byte{iac});
        state_ = byte >= will && byte <= dont ? State::option
                 : byte == subnegotiation     ? State::inside
                                              : State::data;
        break;
      case State::option:
        refuse(byte);
        state_ = State::data;
        break;
      case State::inside:
        if (byte == iac) state_ = State::inside_command;
        break;
      case State::inside_command:
        state_ = byte == subnegotiation_end ? State::data : State::inside;
        break;
    }
  }

  /// WONT and DONT are never answered: that is how two refusing ends stop.
  void refuse(std::uint8_t option) const {
    if (command_ != will && command_ != do_) return;
    const std::string answer{static_cast<char>(iac), static_cast<char>(command_ == do_ ? wont : dont),
                             static_cast<char>(option)};
    reply_(answer);
  }

  std::function<void(std::string_view)> reply_;
  State state_ = State::data;
  std::uint8_t command_ = 0;
};

class Hexdump {
 public:
  Hexdump(char mark, std::function<void(std::string_view)> sink) : mark_(mark), sink_(std::move(sink)) {}

  void operator()(std::span<const std::byte> bytes, std::vector<std::byte>& out) {
    out.insert(out.end(), bytes.begin(), bytes.end());
    std::string lines;
    while (!bytes.empty()) {
      const std::size_t count = std::min<std::size_t>(bytes.size(), 16);
      append_line(lines, bytes.first(count));
      bytes = bytes.subspan(count);
      offset_ += count;
    }
    sink_(lines);
  }

 private:
  void append_line(std::string& lines, std::span<const std::byte> row) const {
    constexpr std::string_view digits = "0123456789abcdef";
    std::array<char, 24> head{};
    const int length = std::snprintf(head.data(), head.size(), "%c %08llx ", mark_,
                                     static_cast<unsigned long long>(offset_));
    lines.append(head.data(), static_cast<std::size_t>(length));
    std::string text;
    for (std::size_t i = 0; i < 16; ++i) {
      lines += i == 8 ? "  " : " ";
      if (i >= row.size()) {
        lines += "  ";
        continue;
      }
      const auto byte = std::to_integer<unsigned char>(row[i]);
      lines += digits[byte >> 4U];
      lines += digits[byte & 0xfU];
      text += byte >= 0x20 && byte < 0x7f ? static_cast<char>(byte) : '.';
    }
    lines += "  |" + text + "|\n";
  }

  char mark_;
  std::function<void(std::string_view)> sink_;
  std::uint64_t offset_ = 0;
};

}  // namespace

Filter crlf_filter() {
  return Crlf();
}

Filter telnet_filter(std::function<void(std::string_view)> reply) {
  return Telnet(std::move(reply));
}

Filter hexdump_filter(char mark, std::function<void(std::string_view)> sink) {
  return Hexdump(mark, std::move(sink));
}

}  // namespace net
