#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "net/sock/socket_stage.hh"
#include "net/sock/sockopt.hh"

namespace net {

/// The text of a sysctl by its name ("net.core.rmem_max"), or nothing; handed in, since /proc/sys has its
/// door elsewhere.
using SysctlLookup = std::function<std::optional<std::string>(std::string_view name)>;

/// One thing that the kernel does to a number before it keeps it.
enum class EffectStep : std::uint8_t {
  doubled,              ///< twice the number
  bounded,              ///< at most `operand`
  bounded_by_sysctl,    ///< at most `operand` times the sysctl
  half_receive_buffer,  ///< at most half of SO_RCVBUF if that was set by hand, else half of the sysctl
  raised,               ///< at least `operand`
  raised_unless_zero,   ///< the same, and 0 stays 0
  floored,              ///< at least a number that differs among kernels, and is no more than `operand`
  default_for,          ///< `operand` asks for the kernel's default, which the sysctl may tell
  low_bits,             ///< only the bits of `operand` count
  keeps_bits,           ///< the bits of `operand` stay what they were
  adds_bits,            ///< bits of `operand` are there, asked for or not
  ticks,                ///< up to a whole number of the kernel's timer ticks; `operand` units are a second
  pages,                ///< up to a whole number of pages
  retransmissions,      ///< up to a time at which TCP sends a SYN-ACK again
  ignored,              ///< it is 0, whatever was asked for
};

struct EffectRow {
  std::string_view option;
  EffectStep step;
  std::int64_t operand = 0;
  std::string_view why{};  ///< where the step's own words do not do
  std::string_view sysctl{};
  std::uint16_t kinds = on_all;  ///< of OptionKinds: the sockets where it happens
};

/// What the kernel does, option by option, in its order (sockopt_effect_table.cc).
[[nodiscard]] std::span<const EffectRow> effect_table();

/// How often the kernel's timer ticks in a second (CONFIG_HZ), which is how fine it counts time; 0 if that
/// cannot be told.
[[nodiscard]] std::int64_t ticks_per_second();

/// A value as the number that it stands for (a word of the option's, a set of flags, on and off too), if it
/// stands for one.
[[nodiscard]] std::optional<std::int64_t> option_number(const OptionValue& value, const SocketOption& option);

struct Effect {
  std::string why{};
  std::string_view bounded_by{};
};

/// How `requested` became `effective`: the steps of the table that lead exactly there, else what the option's
/// own row (its sysctl, its range) accounts for. Nothing when neither does.
[[nodiscard]] std::optional<Effect> explain_effect(const SocketOption& option, std::int64_t requested,
                                                   std::int64_t effective, const SocketStage& stage,
                                                   const SysctlLookup& sysctl);

}  // namespace net
