#include "net/sock/sockopt_effect.hh"

#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <vector>

#include "net/base/parse.hh"
#include "net/sock/sockopt_codec.hh"

namespace net {
namespace {

/// A number on its way through the steps, and what they have to say of it.
struct Way {
  const SocketOption& option;
  const SocketStage& stage;
  const SysctlLookup& sysctl;
  std::int64_t effective;  ///< where it must lead
  std::int64_t value;
  std::vector<std::string> reasons{};
  std::string_view bounded_by{};

  void become(std::int64_t next, std::string_view why) {
    if (next == value) return;
    value = next;
    reasons.emplace_back(why);
  }
};

std::string_view words_or(const EffectRow& row, std::string_view words) {
  return row.why.empty() ? words : row.why;
}

constexpr std::string_view raised_words = "raised to the kernel's minimum";
constexpr std::string_view lowered_words = "lowered to the kernel's maximum";

/// The last number of a sysctl, which of "least default most" is the most.
std::optional<std::int64_t> last_number(const SysctlLookup& sysctl, std::string_view name) {
  const auto text = name.empty() || !sysctl ? std::nullopt : sysctl(name);
  if (!text) return std::nullopt;
  const auto number =
      parse_signed(std::string_view(*text).substr(text->find_last_of(" \t") + 1), INT64_MIN, INT64_MAX);
  return number ? std::optional(*number) : std::nullopt;
}

/// "net.core.rmem_max = 4 MiB".
std::string sysctl_words(std::string_view name, std::int64_t number, const SocketOption& option) {
  return std::string(name) + " = " + option_text(number_value(number, option));
}

void double_it(Way& way, const EffectRow& row) {
  way.become(way.value * 2, words_or(row, "doubled by the kernel"));
}

void bound(Way& way, const EffectRow& row) {
  way.become(std::min(way.value, row.operand), words_or(row, lowered_words));
}

void bound_by_sysctl(Way& way, const EffectRow& row) {
  const auto most = last_number(way.sysctl, row.sysctl);
  if (!most || way.value <= *most * row.operand) return;
  way.become(*most * row.operand, "bounded by " + sysctl_words(row.sysctl, *most, way.option));
  way.bounded_by = row.sysctl;
}

void bound_by_half_receive_buffer(Way& way, const EffectRow& row) {
  const auto buffer = way.stage.receive_buffer;
  const auto most = buffer > 0 ? std::optional(buffer) : last_number(way.sysctl, row.sysctl);
  if (!most || way.value <= *most / 2) return;
  const std::string_view name = buffer > 0 ? "SO_RCVBUF" : row.sysctl;
  way.become(*most / 2, "bounded by half of " + sysctl_words(name, *most, way.option));
  if (buffer == 0) way.bounded_by = row.sysctl;
}

void raise(Way& way, const EffectRow& row) {
  way.become(std::max(way.value, row.operand), words_or(row, raised_words));
}

void raise_unless_zero(Way& way, const EffectRow& row) {
  if (way.value != 0) raise(way, row);
}

void floor_it(Way& way, const EffectRow& row) {
  if (way.value == 0 && way.effective == 0) return;
  if (way.effective <= way.value || way.effective > row.operand) return;
  // What was done to it before does not show.
  way.reasons.clear();
  way.become(way.effective, words_or(row, raised_words));
}

void take_default(Way& way, const EffectRow& row) {
  if (way.value != row.operand) return;
  const auto number = last_number(way.sysctl, row.sysctl);
  const bool told = number && *number == way.effective;
  way.become(
      way.effective,
      "the kernel's default" + (told ? ", " + sysctl_words(row.sysctl, *number, way.option) : std::string()));
}

void take_low_bits(Way& way, const EffectRow& row) {
  way.become(way.value & row.operand, row.why);
}

void keep_bits(Way& way, const EffectRow& row) {
  way.become((way.value & ~row.operand) | (way.effective & row.operand), row.why);
}

void add_bits(Way& way, const EffectRow& row) {
  way.become(way.value | (way.effective & row.operand), row.why);
}

void round_to_ticks(Way& way, const EffectRow& row) {
  const std::int64_t per_second = ticks_per_second();
  if (way.value < 0 || per_second == 0) return;
  const std::int64_t unit = row.operand / per_second;
  if (unit == 0) return;
  const std::int64_t whole = way.value / row.operand;
  const std::int64_t ticks = (whole * per_second) + (((way.value % row.operand) + unit - 1) / unit);
  const std::int64_t rounded =
      (ticks / per_second * row.operand) + (ticks % per_second * row.operand / per_second);
  way.become(rounded, "rounded up to the kernel's tick of " + option_text(number_value(unit, way.option)));
}

void round_to_pages(Way& way, const EffectRow& /*row*/) {
  const std::int64_t page = sysconf(_SC_PAGESIZE);
  way.become((way.value + page - 1) / page * page,
             "rounded up to whole pages of " + option_text(number_value(page, way.option)));
}

/// RFC 9293's timer as the kernel has it: 1 s, then twice as long each time, and never longer than 120 s.
void round_to_retransmissions(Way& way, const EffectRow& /*row*/) {
  constexpr int most_retransmissions = 255;
  std::int64_t timeout = 1;
  std::int64_t period = way.value > 0 ? timeout : 0;
  for (int sent = 1; way.value > period && sent < most_retransmissions; ++sent) {
    timeout = std::min<std::int64_t>(timeout * 2, 120);
    period += timeout;
  }
  way.become(period, period > way.value ? "rounded up to a retransmission time" : lowered_words);
}

void ignore(Way& way, const EffectRow& /*row*/) {
  way.become(0, "the kernel takes it and ignores it");
}

struct StepCode {
  EffectStep step;
  void (*take)(Way& way, const EffectRow& row);
};

constexpr std::array<StepCode, 15> steps{{
    {EffectStep::doubled, double_it},
    {EffectStep::bounded, bound},
    {EffectStep::bounded_by_sysctl, bound_by_sysctl},
    {EffectStep::half_receive_buffer, bound_by_half_receive_buffer},
    {EffectStep::raised, raise},
    {EffectStep::raised_unless_zero, raise_unless_zero},
    {EffectStep::floored, floor_it},
    {EffectStep::default_for, take_default},
    {EffectStep::low_bits, take_low_bits},
    {EffectStep::keeps_bits, keep_bits},
    {EffectStep::adds_bits, add_bits},
    {EffectStep::ticks, round_to_ticks},
    {EffectStep::pages, round_to_pages},
    {EffectStep::retransmissions, round_to_retransmissions},
    {EffectStep::ignored, ignore},
}};

std::string joined(const std::vector<std::string>& reasons) {
  std::string text;
  for (const std::string& reason : reasons) text += (text.empty() ? "" : ", ") + reason;
  return text;
}

/// One guess after the other that the row of an option allows which counts something.
void by_the_row(Way& way) {
  const SocketOption& option = way.option;
  const OptionType type = option.type;
  if (type == OptionType::boolean || type == OptionType::word || type == OptionType::flags) return;
  EffectRow row{option.name, EffectStep::bounded_by_sysctl, 1, {}, option.sysctl};
  const auto number = last_number(way.sysctl, option.sysctl);
  if (way.value > option.most && way.effective == option.most) way.become(option.most, lowered_words);
  if (way.value < option.least && way.effective == option.least) way.become(option.least, raised_words);
  if (!number || *number != way.effective) return;
  if (way.value > *number) return bound_by_sysctl(way, row);
  row.operand = way.value;
  if (way.value <= 0) take_default(way, row);
}

}  // namespace

std::int64_t ticks_per_second() {
  timespec tick{};
  // The coarse clock moves with the kernel's timer.
  if (clock_getres(CLOCK_MONOTONIC_COARSE, &tick) < 0 || tick.tv_nsec <= 0) return 0;
  return (1'000'000'000 + (tick.tv_nsec / 2)) / tick.tv_nsec;
}

std::optional<std::int64_t> option_number(const OptionValue& value, const SocketOption& option) {
  if (const auto* flag = std::get_if<bool>(&value.data)) return *flag ? 1 : 0;
  if (const auto* number = std::get_if<std::int64_t>(&value.data)) return *number;
  if (const auto* number = std::get_if<std::uint64_t>(&value.data)) return static_cast<std::int64_t>(*number);
  if (const auto* word = std::get_if<std::string>(&value.data)) {
    const auto found = std::ranges::find(option.words, *word, &OptionWord::name);
    if (found != option.words.end()) return found->value;
    const auto number = parse_signed(*word, INT64_MIN, INT64_MAX);
    return number ? std::optional(*number) : std::nullopt;
  }
  if (const auto* list = std::get_if<OptionValue::List>(&value.data)) {
    std::int64_t bits = 0;
    for (const OptionValue& item : *list) {
      const auto bit = option_number(item, option);
      if (!bit) return std::nullopt;
      bits |= *bit;
    }
    return bits;
  }
  return std::nullopt;
}

std::optional<Effect> explain_effect(const SocketOption& option, std::int64_t requested,
                                     std::int64_t effective, const SocketStage& stage,
                                     const SysctlLookup& sysctl) {
  Way way{option, stage, sysctl, effective, requested};
  const bool any_kind = !stage.known();
  bool known = false;
  for (const EffectRow& row : effect_table()) {
    if (row.option != option.name || !(any_kind || (row.kinds & stage.kind.bit()) != 0)) continue;
    known = true;
    std::ranges::find(steps, row.step, &StepCode::step)->take(way, row);
  }
  if (!known) by_the_row(way);
  if (way.value != effective || way.reasons.empty()) return std::nullopt;
  return Effect{joined(way.reasons), way.bounded_by};
}

}  // namespace net
