#include "cmd/connect_repeat_options.hh"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <string_view>

#include "cmd/options.hh"

namespace cmd {
namespace {

net::Parsed<std::uint64_t> parse_retries(std::string_view text) {
  if (text == "forever") return RepeatFlags::endless;
  return parse_count(text);
}

}  // namespace

void declare_repeat_flags(CLI::App& app, RepeatFlags& flags) {
  add_flag(app, "--ping", flags.ping, "connect again and again, and tell how long each took");
  add_parsed(app, "--count", "N", flags.count, parse_count, "--ping: end after this many probes");
  add_parsed(app, "--resolve-every", "N", flags.resolve_every, parse_count,
             "--ping: look the name up again each N probes");
  add_flag(app, "--wait", flags.wait, "try until the port opens, and close it again");
  add_parsed(app, "--retry", "N", flags.retries, parse_retries,
             "connect up to N times again (or forever) before giving up");
  add_parsed(app, "--interval", "D", flags.interval, net::parse_duration,
             "between --ping's probes (1s), first pause of --retry (1s), longest of --wait (250ms)");
}

}  // namespace cmd
