#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <climits>

#include "net/sock/sockopt_codecs.hh"
#include "net/sock/sockopt_layout.hh"

namespace net {
namespace {

using Encoded = Parsed<OptionBytes>;

Encoded encode_timeval(std::string_view text, const SocketOption& /*option*/) {
  const auto span = parse_duration(text);
  if (!span) return std::unexpected(span.error());
  timeval value{};
  value.tv_sec = *span / std::chrono::seconds(1);
  value.tv_usec = (*span % std::chrono::seconds(1)) / std::chrono::microseconds(1);
  return bytes_of_value(value);
}

OptionValue decode_timeval(OptionView bytes, const SocketOption& option) {
  const auto value = value_from<timeval>(bytes);
  return number_value((std::int64_t{value.tv_sec} * 1'000'000) + value.tv_usec, option);
}

Encoded encode_linger(std::string_view text, const SocketOption& /*option*/) {
  if (text == "off") return bytes_of_value(linger{0, 0});
  const auto span = parse_duration(text);
  if (!span) return std::unexpected("neither 'off' nor a number of seconds");
  if (*span % std::chrono::seconds(1) != Duration::zero()) return std::unexpected("whole seconds only");
  if (*span / std::chrono::seconds(1) > INT_MAX) return std::unexpected("too long");
  return bytes_of_value(linger{1, static_cast<int>(*span / std::chrono::seconds(1))});
}

OptionValue decode_linger(OptionView bytes, const SocketOption& /*option*/) {
  const auto value = value_from<linger>(bytes);
  const bool on = value.l_onoff != 0;
  return {
      .data = OptionValue::Fields{{"on", {.data = on}}, {"seconds", {.data = std::int64_t{value.l_linger}}}},
      .text = on ? std::to_string(value.l_linger) + " s" : "off"};
}

constexpr std::array codecs{
    OptionCodec{OptionType::timeval, "struct timeval", "DURATION", sizeof(timeval), Unit::microseconds,
                encode_timeval, decode_timeval},
    OptionCodec{OptionType::linger, "struct linger", "off|SECONDS", sizeof(linger), Unit::none, encode_linger,
                decode_linger},
};

}  // namespace

std::span<const OptionCodec> struct_codecs() {
  return codecs;
}

}  // namespace net
