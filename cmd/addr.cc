#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cmd/addr_input.hh"
#include "cmd/addr_report.hh"
#include "cmd/command.hh"
#include "cmd/inputs.hh"
#include "cmd/options.hh"
#include "net/addr/nat64.hh"

namespace cmd {
namespace {

/// What all inputs are together. Now and then they are brought to their fewest prefixes, so that it grows
/// with what there is to tell and not with how often it was said.
class Aggregation {
 public:
  void add(const net::IpRange& range) {
    ranges_.push_back(range);
    if (ranges_.size() < limit_) return;
    std::vector<net::IpRange> fewest;
    for (const net::IpPrefix& prefix : net::aggregate(std::move(ranges_))) {
      fewest.push_back(net::IpRange::of(prefix));
    }
    ranges_ = std::move(fewest);
    limit_ = std::max(least_limit, 2 * ranges_.size());
  }
  [[nodiscard]] std::vector<net::IpPrefix> prefixes() const { return net::aggregate(ranges_); }

 private:
  static constexpr std::size_t least_limit = 65536;
  std::size_t limit_ = least_limit;
  std::vector<net::IpRange> ranges_{};
};

class Addr final : public Command, public InputHandler {
 public:
  void declare(CLI::App& app) override;
  int run(const std::vector<std::string>& words, Output& out) override;

  [[nodiscard]] net::Parsed<void> check(std::string_view text) const override;
  net::Parsed<int> answer(std::string_view text, Source source, Results& results) override;
  int finish(Results& results) override;

 private:
  /// An input that the options can be asked of.
  [[nodiscard]] net::Parsed<AddrInput> read(std::string_view text) const;
  void show(const AddrReport& report, Source source, Results& results) const;

  AddrQuestions questions_{};
  std::string contains_{};
  bool sockaddr_ = false;
  std::optional<std::uint16_t> port_{};
  bool aggregate_ = false;
  bool legacy_ = false;
  bool quiet_ = false;
  Aggregation aggregation_{};
  bool first_ = true;  ///< nothing has been printed
};

Contained contained(const std::string& text, bool legacy) {
  auto input = parse_addr_input(text, legacy);
  if (!input) throw UsageError("--contains " + input.error());
  if (!input->range()) throw UsageError("--contains '" + text + "': a MAC address is in no prefix");
  return Contained{std::move(*input), text};
}

net::Parsed<std::optional<net::IpPrefix>> parse_nat64(std::string_view text) {
  const auto prefix = net::IpPrefix::parse(text);
  if (!prefix) return std::unexpected(prefix.error());
  const auto usable = net::nat64_synthesize(*prefix, net::IpAddress());
  if (!usable) return std::unexpected(usable.error());
  return *prefix;
}

net::Parsed<std::optional<int>> parse_length(std::string_view text) {
  if (text.starts_with('/')) text.remove_prefix(1);
  const auto length = net::parse_number(text, 128);
  if (!length) return std::unexpected(length.error());
  return static_cast<int>(*length);
}

net::Parsed<std::optional<std::uint16_t>> parse_port_number(std::string_view text) {
  return net::parse_port(text, [](std::string_view) { return std::nullopt; });
}

void Addr::declare(CLI::App& app) {
  add_parsed(app, "--contains", "ADDR", contains_, parse_text,
             "is ADDR (or a prefix, or a range) within it? (status 1 if not)");
  add_parsed(app, "--split", "LENGTH", questions_.split, parse_length, "the subnets of this prefix length");
  add_flag(app, "--aggregate", aggregate_, "the fewest prefixes that are all of it together");
  add_parsed(app, "--nat64", "PREFIX", questions_.nat64, parse_nat64,
             "IPv4 addresses as this translation prefix (RFC 6052) embeds them, and back");
  add_flag(app, "--sockaddr", sockaddr_, "the bytes of struct sockaddr_in or sockaddr_in6");
  add_parsed(app, "--port", "N", port_, parse_port_number, "the port in these bytes (default 0)");
  add_flag(app, "--legacy", legacy_, "take what inet_aton(3) takes as well: 127.1, 0x7f.1, 010.1.2.3");
}

net::Parsed<AddrInput> Addr::read(std::string_view text) const {
  auto input = parse_addr_input(text, legacy_);
  if (!input) return input;
  if (aggregate_ && (!input->range() || !input->zone.empty())) {
    const std::string what = input->range() ? "an address with a zone" : "a MAC address";
    return std::unexpected("'" + std::string(text) + "': " + what + " cannot be aggregated");
  }
  const auto sensible = check_questions(*input, questions_);
  if (!sensible) return std::unexpected("'" + std::string(text) + "': " + sensible.error());
  return input;
}

net::Parsed<void> Addr::check(std::string_view text) const {
  const auto input = read(text);
  if (!input) return std::unexpected(input.error());
  return {};
}

net::Parsed<int> Addr::answer(std::string_view text, Source source, Results& results) {
  auto input = read(text);
  if (!input) return std::unexpected(std::move(input.error()));
  if (aggregate_) {
    aggregation_.add(*input->range());
    return status_ok;
  }
  const auto report = make_report(text, std::move(*input), questions_);
  if (!report) {
    const net::Error& error = report.error();
    if (source == Source::line) return std::unexpected(error.subject + ": " + error.message());
    results.error(error);
    return exit_status(error);
  }
  show(*report, source, results);
  first_ = false;
  return report->contains.value_or(true) ? status_ok : status_refused;
}

void Addr::show(const AddrReport& report, Source source, Results& results) const {
  if (results.json()) return results.object(addr_object(report, questions_));
  if (quiet_) {
    for (const std::string& value : addr_values(report, questions_)) results.line(value);
    return;
  }
  if (source == Source::line) return results.line(addr_line(report, questions_));
  const std::vector<std::string> lines = addr_text(report, questions_);
  // Blocks have an empty line between them.
  if (!first_ && lines.size() > 1) results.line("");
  for (const std::string& line : lines) results.line(line);
}

int Addr::finish(Results& results) {
  if (!aggregate_) return status_ok;
  List cidrs;
  for (const net::IpPrefix& prefix : aggregation_.prefixes()) {
    if (results.json()) {
      cidrs.emplace_back(prefix.text());
    } else {
      results.line(prefix.text());
    }
  }
  results.object({{"cidrs", std::move(cidrs)}});
  return status_ok;
}

int Addr::run(const std::vector<std::string>& words, Output& out) {
  if (port_ && !sockaddr_) throw UsageError("--port is for --sockaddr");
  const int questions = (contains_.empty() ? 0 : 1) + (questions_.split ? 1 : 0) + (aggregate_ ? 1 : 0) +
                        (sockaddr_ ? 1 : 0) + (questions_.nat64 ? 1 : 0);
  if (questions > 1) {
    throw UsageError("only one of --contains, --split, --aggregate, --nat64 and --sockaddr at a time");
  }
  if (sockaddr_) questions_.sockaddr = port_.value_or(0);
  // Only now is it known whether --legacy was said.
  if (!contains_.empty()) questions_.contains = contained(contains_, legacy_);
  quiet_ = out.options().quiet;
  return answer_inputs(words, "addr", out, *this);
}

}  // namespace

std::unique_ptr<Command> make_addr() {
  return std::make_unique<Addr>();
}

}  // namespace cmd
