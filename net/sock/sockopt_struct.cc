#include <linux/net_tstamp.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <climits>
#include <ctime>

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
  // The kernel keeps timeouts of many more years than 64 bits have microseconds for.
  constexpr std::int64_t longest = INT64_MAX / 1'000'000 - 1;
  const std::int64_t seconds = std::clamp<std::int64_t>(value.tv_sec, -longest, longest);
  const std::int64_t rest = std::clamp<std::int64_t>(value.tv_usec, -1'000'000, 1'000'000);
  return number_value((seconds * 1'000'000) + rest, option);
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

/// struct so_timestamping (Linux 5.13); older kernels have the flags alone.
struct Timestamping {
  int flags;
  int bind_phc;
};

// The one flag that goes with a number: the PTP clock to stamp by.
constexpr std::string_view phc_prefix = "bind_phc=";

Encoded encode_timestamping(std::string_view text, const SocketOption& option) {
  Timestamping value{};
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t end = std::min(rest.find(','), rest.size());
    const std::string_view item = rest.substr(0, end);
    const bool clock = item.starts_with(phc_prefix);
    const auto flags = clock ? Parsed<int>(SOF_TIMESTAMPING_BIND_PHC) : parse_flags(item, option.words);
    if (!flags) return std::unexpected(flags.error());
    value.flags |= *flags;
    if (clock) {
      const auto index = parse_number(item.substr(phc_prefix.size()), INT_MAX);
      if (!index) return std::unexpected(std::string(phc_prefix) + ": " + index.error());
      value.bind_phc = static_cast<int>(*index);
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return bytes_of_value(value);
}

OptionValue decode_timestamping(OptionView bytes, const SocketOption& option) {
  const auto value = value_from<Timestamping>(bytes);
  OptionValue::List flags = flag_names(static_cast<std::uint32_t>(value.flags), option.words);
  if ((value.flags & SOF_TIMESTAMPING_BIND_PHC) != 0) {
    flags.push_back({.data = std::string(phc_prefix) + std::to_string(value.bind_phc)});
  }
  return {.data = std::move(flags)};
}

// The clocks that sockets take (clock_gettime(2)); the option's own words are the flags.
constexpr std::array<OptionWord, 3> clocks{
    {{"realtime", CLOCK_REALTIME}, {"monotonic", CLOCK_MONOTONIC}, {"tai", CLOCK_TAI}}};

Encoded encode_txtime(std::string_view text, const SocketOption& option) {
  const std::size_t comma = text.find(',');
  const auto clock = parse_word(text.substr(0, comma), clocks);
  if (!clock) return std::unexpected("clock: " + clock.error());
  const auto flags =
      comma == std::string_view::npos ? Parsed<int>(0) : parse_flags(text.substr(comma + 1), option.words);
  if (!flags) return std::unexpected(flags.error());
  return bytes_of_value(sock_txtime{.clockid = *clock, .flags = static_cast<std::uint32_t>(*flags)});
}

OptionValue decode_txtime(OptionView bytes, const SocketOption& option) {
  const auto value = value_from<sock_txtime>(bytes);
  const auto* const clock = std::ranges::find(clocks, value.clockid, &OptionWord::value);
  std::string name = clock != clocks.end() ? std::string(clock->name) : std::to_string(value.clockid);
  OptionValue flags{.data = flag_names(value.flags, option.words)};
  std::string text = value.flags == 0 ? name : name + "," + option_text(flags);
  return {.data = OptionValue::Fields{{"clock", {.data = std::move(name)}}, {"flags", std::move(flags)}},
          .text = std::move(text)};
}

OptionValue decode_meminfo(OptionView bytes, const SocketOption& /*option*/) {
  // In the order of SK_MEMINFO_*, named as ss -m documents them; all but the last count bytes.
  constexpr std::array<std::string_view, 9> names{"rmem_alloc", "rcvbuf",    "wmem_alloc",
                                                  "sndbuf",     "fwd_alloc", "wmem_queued",
                                                  "optmem",     "backlog",   "drops"};
  OptionValue::Fields fields;
  for (const std::string_view name : names) {
    if (bytes.size() < sizeof(std::uint32_t)) break;
    const Unit unit = name == "drops" ? Unit::packets : Unit::bytes;
    // Forward allocation may be below zero for a moment; the others never are.
    fields.emplace_back(name,
                        OptionValue{.data = std::int64_t{value_from<std::int32_t>(bytes)}, .unit = unit});
    bytes = bytes.subspan(sizeof(std::uint32_t));
  }
  return {.data = std::move(fields)};
}

constexpr std::size_t meminfo_size = 9 * sizeof(std::uint32_t);

constexpr std::array codecs{
    OptionCodec{OptionType::timeval, "struct timeval", "DURATION", sizeof(timeval), Unit::microseconds,
                encode_timeval, decode_timeval},
    OptionCodec{OptionType::linger, "struct linger", "off|SECONDS", sizeof(linger), Unit::none, encode_linger,
                decode_linger},
    OptionCodec{OptionType::meminfo, "uint32_t[]", "", meminfo_size, Unit::none, nullptr, decode_meminfo},
    OptionCodec{OptionType::timestamping, "struct so_timestamping", "FLAG[,FLAG][,bind_phc=N]|none",
                sizeof(Timestamping), Unit::none, encode_timestamping, decode_timestamping},
    OptionCodec{OptionType::txtime, "struct sock_txtime", "realtime|monotonic|tai[,FLAG]",
                sizeof(sock_txtime), Unit::none, encode_txtime, decode_txtime},
};

}  // namespace

std::span<const OptionCodec> struct_codecs() {
  return codecs;
}

}  // namespace net
