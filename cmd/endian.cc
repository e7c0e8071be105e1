#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <memory>
#include <string>
#include <vector>

#include "cmd/command.hh"
#include "cmd/endian_text.hh"
#include "cmd/endian_value.hh"
#include "cmd/endian_words.hh"
#include "cmd/inputs.hh"
#include "cmd/options.hh"
#include "net/base/byte_order.hh"
#include "net/base/ieee754.hh"

namespace cmd {
namespace {

net::Parsed<int> parse_width(std::string_view text) {
  const auto width = net::parse_number(text);
  if (!width) return std::unexpected(width.error());
  for (const int known : net::integer_widths) {
    if (*width == static_cast<std::uint64_t>(known)) return known;
  }
  return std::unexpected("not one of 8 16 32 64 128");
}

class Endian final : public Command, private InputHandler {
 public:
  void declare(CLI::App& app) override;
  int run(const std::vector<std::string>& words, Output& out) override;

 private:
  [[nodiscard]] net::Parsed<void> check(std::string_view text) const override;
  net::Parsed<int> answer(std::string_view text, Source source, Results& results) override;

  EndianFlags flags_{};
  bool quiet_ = false;
};

void Endian::declare(CLI::App& app) {
  add_parsed(app, "--width", "BITS", flags_.width, parse_width,
             "8, 16, 32, 64 or 128; else what is written, or what holds the value");
  add_flag(app, "--float", flags_.floating, "values are numbers of IEEE 754, or (0x, 0b, 0o) their bits");
  add_flag(app, "--text", flags_.text, "values are strings of up to 16 bytes");
}

int Endian::run(const std::vector<std::string>& words, Output& out) {
  if (flags_.text && flags_.floating) throw UsageError("--text and --float exclude each other");
  if (flags_.text && flags_.width != 0) throw UsageError("--width: with --text the bytes are the width");
  if (flags_.floating && flags_.width != 0 && net::float_format(flags_.width) == nullptr) {
    throw UsageError("--width " + std::to_string(flags_.width) + ": with --float it is 16, 32 or 64");
  }
  quiet_ = out.options().quiet;
  return answer_inputs(words, "endian", out, *this);
}

net::Parsed<void> Endian::check(std::string_view text) const {
  const auto value = parse_endian_value(text, flags_);
  if (!value) return std::unexpected(value.error());
  return {};
}

net::Parsed<int> Endian::answer(std::string_view text, Source source, Results& results) {
  const auto value = parse_endian_value(text, flags_);
  if (!value) return std::unexpected(value.error());
  if (results.json()) {
    results.object(endian_object(text, *value));
  } else if (quiet_) {
    results.line(endian_swapped_here(*value));
  } else if (source == Source::line) {
    results.line(endian_line(text, *value));
  } else {
    print_endian(results, text, *value);
  }
  return status_ok;
}

}  // namespace

std::unique_ptr<Command> make_endian() {
  return std::make_unique<Endian>();
}

}  // namespace cmd
