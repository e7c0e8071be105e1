#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "cmd/port_facts.hh"
#include "cmd/port_words.hh"
#include "cmd/results.hh"

namespace cmd {

/// Ports as blocks of text, one after the other. Of a range those that follow each other and are alike, with
/// no socket on any of them, are one line.
class PortBlocks {
 public:
  /// `width` is that of the longest label.
  PortBlocks(Results& results, std::size_t width) : results_(results), width_(width) {}

  void begin(const PortSpan& span);
  void add(PortFacts facts);
  /// Writes what is still held back of the span, and keeps what it means for the end.
  void end();
  /// The closing sentences of all spans.
  void conclude();

 private:
  struct Stretch {
    PortFacts first;
    std::uint16_t last;
  };
  void flush();
  void line(const std::string& label, const std::string& text);
  void row(std::string_view label, const std::string& text);
  void block(const PortFacts& facts);
  void rows(const PortFacts& facts);

  Results& results_;
  std::size_t width_;
  PortSpan span_{};
  std::optional<Stretch> stretch_{};
  std::vector<std::size_t> counts_ = std::vector<std::size_t>(4);
  struct Sentence {
    std::string text;
    Tone tone;
  };
  std::vector<Sentence> sentences_{};
};

/// How wide the label of a span is: "8000-8010/tcp".
[[nodiscard]] std::size_t label_width(const PortSpan& span);

/// Ports that are listened on as a table: port, name, addresses, who.
void print_listening(Results& results, const std::vector<PortFacts>& ports);

}  // namespace cmd
