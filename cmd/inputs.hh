#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cmd/output.hh"
#include "cmd/results.hh"
#include "net/base/parse.hh"

namespace cmd {

/// A command that answers one input after another, each by itself: addr and endian.
class InputHandler {
 public:
  /// Where an input came from: the lines of a stream are answered in one line each.
  enum class Source { word, line };

  InputHandler() = default;
  InputHandler(const InputHandler&) = delete;
  InputHandler& operator=(const InputHandler&) = delete;
  virtual ~InputHandler() = default;

  /// Why a text is none of the command's inputs, or nothing. Answers nothing.
  [[nodiscard]] virtual net::Parsed<void> check(std::string_view text) const = 0;
  /// Answers one input and gives the status it comes to; or why the text is none, with nothing said yet.
  virtual net::Parsed<int> answer(std::string_view text, Source source, Results& results) = 0;
  /// What can be said only once all inputs are known; the status it comes to.
  virtual int finish(Results& /*results*/) { return status_ok; }
};

/// Answers the words of a command line, and where a word is "-" the lines of stdin in its place. The words
/// are all checked first: a bad one is a UsageError and nothing is answered. A bad line is reported (with
/// --json as an object among the results, {"input", "error"}; else on stderr with its number) and passed
/// over; the status is then 2 at the end. Blanks around a line, empty lines and those that begin with # are
/// passed over in silence. Answers are written as soon as nothing more is to be read for the moment. Gives
/// the status to end with, 128 + N after signal N. Memory does not grow with the stream.
[[nodiscard]] int answer_inputs(const std::vector<std::string>& words, std::string_view op, Output& out,
                                InputHandler& handler);

}  // namespace cmd
