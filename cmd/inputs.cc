#include "cmd/inputs.hh"

#include <algorithm>
#include <memory>
#include <utility>

#include "cmd/line_reader.hh"
#include "cmd/options.hh"
#include "cmd/session.hh"

namespace cmd {
namespace {

constexpr std::string_view blanks = " \t\v\f\r";

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

/// One run over all inputs.
class Run {
 public:
  Run(net::Reactor& reactor, std::string_view op, Output& out, InputHandler& handler)
      : reactor_(reactor), op_(op), results_(reactor, out), handler_(handler) {}

  net::Task<int> work(const std::vector<std::string>& words) {
    for (const std::string& word : words) {
      const bool going_on = word == "-" ? co_await stream() : co_await one(word);
      if (!going_on) co_return status_;
    }
    worse(handler_.finish(results_));
    if (!co_await results_.flush()) worse(status_local);
    co_return status_;
  }

 private:
  void worse(int status) { status_ = std::max(status_, status); }

  /// False when stdout cannot be written.
  net::Task<bool> flush() {
    const bool written = co_await results_.flush();
    if (!written) status_ = status_local;
    co_return written;
  }

  net::Task<bool> one(const std::string& word) {
    const auto status = handler_.answer(word, InputHandler::Source::word, results_);
    worse(status.value_or(status_usage));
    if (!results_.full()) co_return true;
    co_return co_await flush();
  }

  net::Task<bool> stream() {
    const auto lines = LineReader::open(reactor_, "-");
    if (!lines) co_return fail(lines.error());
    do {
      while (const auto line = (*lines)->next()) {
        take(*line);
        if (results_.full() && !co_await flush()) co_return false;
      }
      // Whoever types a line waits for its answer.
      if (!co_await flush()) co_return false;
    } while (co_await (*lines)->more());
    if ((*lines)->error()) co_return fail(*(*lines)->error());
    co_return true;
  }

  bool fail(const net::Error& error) {
    results_.error(error);
    worse(exit_status(error));
    return true;
  }

  void take(const LineReader::Line& line) {
    const std::string_view text = trimmed(line.text);
    if (!line.too_long && (text.empty() || text.starts_with('#'))) return;
    const net::Parsed<int> status =
        line.too_long ? std::unexpected("longer than " + std::to_string(LineReader::longest) + " bytes")
                      : handler_.answer(text, InputHandler::Source::line, results_);
    if (status) {
      worse(*status);
    } else {
      complain(line, text, status.error());
    }
  }

  void complain(const LineReader::Line& line, std::string_view text, const std::string& why) {
    worse(status_usage);
    net::Error error(op_, "stdin line " + std::to_string(line.number), net::errno_code(EINVAL),
                     net::Blame::usage);
    error.detail = why;
    if (results_.json()) {
      results_.object({{"input", text}, {"error", error_value(error)}});
    } else {
      results_.error(error);
    }
  }

  net::Reactor& reactor_;
  std::string_view op_;
  Results results_;
  InputHandler& handler_;
  int status_ = status_ok;
};

}  // namespace

int answer_inputs(const std::vector<std::string>& words, std::string_view op, Output& out,
                  InputHandler& handler) {
  if (words.empty()) throw UsageError("nothing to answer: give an argument, or - for lines from stdin");
  if (std::ranges::count(words, "-") > 1) throw UsageError("- (stdin) may stand there only once");
  for (const std::string& word : words) {
    const auto checked = word == "-" ? net::Parsed<void>{} : handler.check(word);
    if (!checked) throw UsageError(checked.error());
  }
  net::Reactor reactor;
  Run run(reactor, op, out, handler);
  const Ending ending = run_session(reactor, run.work(words), net::forever);
  return ending.kind == Ending::Kind::signal ? 128 + ending.value : ending.value;
}

}  // namespace cmd
