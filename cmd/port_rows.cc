#include "cmd/port_rows.hh"

#include <algorithm>
#include <array>
#include <chrono>
#include <tuple>

#include "cmd/columns.hh"
#include "cmd/port_text.hh"
#include "net/base/text.hh"

namespace cmd {
namespace {

using net::kern::SocketState;

Tone tone_of(PortState state) {
  constexpr std::array tones{Tone::good, Tone::bad, Tone::waiting, Tone::waiting};
  return tones.at(static_cast<std::size_t>(state));
}

std::string span_label(const PortSpan& span) {
  std::string label = std::to_string(span.ports.first);
  if (span.ports.last != span.ports.first) label += "-" + std::to_string(span.ports.last);
  return label + "/" + std::string(span.transport.name());
}

/// Nothing to tell of it that is not true of its neighbours too.
bool is_plain(const PortFacts& facts) {
  return !facts.has_sockets() && state_of(facts) != PortState::held;
}

/// What a line about a stretch says.
auto kind_of(const PortFacts& facts) {
  return std::tuple(state_of(facts), port_class(facts.port), facts.port == 0, facts.privileged(),
                    facts.policy.is_ephemeral(facts.port), facts.policy.is_reserved(facts.port));
}

/// Behind the class of a port that is; what it means stands at the end.
std::string free_text(const PortFacts& facts) {
  return facts.port == 0 ? "" : facts.probe ? "; free" : "; nobody has it";
}

/// How many are in each state, and whose they are where nobody else has the port.
std::string connections_text(const PortFacts& facts) {
  std::string text;
  for (const auto& [state, count] : facts.states) {
    if (state == SocketState::listen || state == SocketState::close || state == SocketState::time_wait)
      continue;
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + std::string(state_name(state));
  }
  if (facts.has_holders()) return text;
  std::vector<std::string> names;
  for (const HolderGroup& group : by_process(facts.connected)) names.push_back(holder_text(group.holder));
  return text + ", held by " + some_of(names);
}

}  // namespace

std::size_t label_width(const PortSpan& span) {
  if (span.ports.first == span.ports.last) return span_label(span).size();
  // The last port has the most digits.
  const std::size_t digits = std::to_string(span.ports.last).size();
  return digits + span_label({span.transport, {0, span.ports.last}}).size() - 1;
}

void PortBlocks::begin(const PortSpan& span) {
  span_ = span;
  std::ranges::fill(counts_, 0);
}

void PortBlocks::add(PortFacts facts) {
  const PortState state = state_of(facts);
  ++counts_.at(static_cast<std::size_t>(state));
  if (span_.ports.first == span_.ports.last) {
    sentences_.push_back({port_label(facts) + ": " + meaning(facts), tone_of(state)});
  }
  if (stretch_ && (!is_plain(facts) || kind_of(facts) != kind_of(stretch_->first))) flush();
  if (!is_plain(facts)) {
    block(facts);
  } else if (stretch_) {
    stretch_->last = facts.port;
  } else {
    const std::uint16_t port = facts.port;
    stretch_ = Stretch{std::move(facts), port};
  }
}

void PortBlocks::flush() {
  if (!stretch_) return;
  const PortFacts& facts = stretch_->first;
  if (stretch_->last == facts.port) {
    block(facts);
  } else {
    const PortSpan span{facts.transport, {facts.port, stretch_->last}};
    const bool is_free = state_of(facts) == PortState::free;
    line(span_label(span), class_text(facts, true) + (is_free ? free_text(facts) : "; " + meaning(facts)));
  }
  stretch_.reset();
}

void PortBlocks::end() {
  flush();
  if (span_.ports.first == span_.ports.last) return;
  std::string text;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    if (counts_[i] == 0) continue;
    text += (text.empty() ? "" : ", ") + std::to_string(counts_[i]) + " " +
            std::string(state_word(static_cast<PortState>(i)));
  }
  sentences_.push_back({span_label(span_) + ": " + text, Tone::plain});
}

void PortBlocks::conclude() {
  results_.line("");
  for (const Sentence& sentence : sentences_) results_.line(sentence.text, sentence.tone);
}

void PortBlocks::line(const std::string& label, const std::string& text) {
  results_.line(padded(label, width_ + 2) + text);
}

void PortBlocks::row(std::string_view label, const std::string& text) {
  line("", padded(std::string(label), 11) + text);
}

void PortBlocks::block(const PortFacts& facts) {
  const bool is_free = state_of(facts) == PortState::free && !facts.has_sockets();
  line(port_label(facts), class_text(facts) + (is_free ? free_text(facts) : ""));
  if (!is_free) rows(facts);
}

void PortBlocks::rows(const PortFacts& facts) {
  const bool datagrams = facts.transport.type == SOCK_DGRAM;
  for (const HolderGroup& group : by_process(facts.listeners)) {
    row("held by", holder_text(group.holder) + (datagrams ? ", receiving on " : ", listening on ") +
                       addresses_text(group.addresses));
  }
  for (const HolderGroup& group : by_process(facts.bound_only)) {
    row("held by",
        holder_text(group.holder) + ", bound to " + addresses_text(group.addresses) + ", not listening");
  }
  if (!facts.connected.empty()) row("connected", connections_text(facts));
  if (const std::size_t waiting = facts.in_state(SocketState::time_wait); waiting > 0) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(facts.last_expiry);
    row("TIME_WAIT", net::count_text(waiting, "connection") + ", the last for " +
                         net::duration_text(seconds) + " and up to 2 s more");
  }
  row("bind", bind_text(facts));
}

void print_listening(Results& results, const std::vector<PortFacts>& ports) {
  std::vector<std::array<std::string, 4>> lines;
  std::array<std::size_t, 4> widths{};
  for (const PortFacts& facts : ports) {
    for (const HolderGroup& group : by_process(facts.listeners)) {
      const auto& line = lines.emplace_back(
          std::array{port_label(facts), facts.service ? facts.service->name : std::string("-"),
                     addresses_text(group.addresses), holder_text(group.holder)});
      for (std::size_t i = 0; i < line.size(); ++i) widths.at(i) = std::max(widths.at(i), line.at(i).size());
    }
  }
  for (const auto& [label, name, addresses, holder] : lines) {
    results.line(padded(label, widths[0] + 2) + padded(name, widths[1] + 2) +
                 padded(addresses, widths[2] + 2) + holder);
  }
}

}  // namespace cmd
