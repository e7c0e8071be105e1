#include "cmd/results.hh"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <span>
#include <utility>

#include "cmd/json_out.hh"
#include "cmd/text_out.hh"
#include "net/base/escape.hh"

namespace cmd {
namespace {

constexpr std::size_t flush_at = 65536;

}  // namespace

void Results::line(std::string_view text, Tone tone) {
  if (json()) return;
  has_lines_ = true;
  const std::string escaped = net::escape_terminal(text);
  pending_ += out_.options().colour_results ? painted(escaped, tone) : escaped;
  pending_ += '\n';
}

void Results::event(const Document& document) {
  if (json()) return object(event_object(document));
  if (!out_.shows(document)) return;
  has_lines_ = true;
  pending_ += to_text(document, out_.options().colour_results) + '\n';
}

void Results::object(const Object& object) {
  if (!json()) return;
  append_json(pending_, object);
  pending_ += '\n';
}

bool Results::full() const {
  return pending_.size() >= flush_at;
}

bool Results::fail(const net::Error& error) {
  failed_ = true;
  if (error.code.value() != EPIPE) out_.error(error);
  return false;
}

void Results::error(const net::Error& error, std::string_view hint) {
  diagnostics_.push_back(Diagnostic{pending_.size(), error, std::string(hint)});
}

void Results::note(std::string_view text) {
  diagnostics_.push_back(Diagnostic{pending_.size(), std::nullopt, std::string(text)});
}

void Results::tell(const Diagnostic& diagnostic) {
  if (diagnostic.error) {
    out_.error(*diagnostic.error, diagnostic.text);
  } else {
    out_.note(diagnostic.text);
  }
}

net::Task<bool> Results::write_until(std::size_t end) {
  if (failed_) co_return false;
  if (written_ >= end) co_return true;
  if (!stream_) {
    auto stream = net::FdStream::standard(reactor_, STDOUT_FILENO);
    if (!stream) co_return fail(stream.error());
    stream_ = std::move(*stream);
  }
  // On stderr's terminal a status line would be in the way.
  Terminal& terminal = out_.terminal();
  const bool shared = terminal.is_also(STDOUT_FILENO);
  if (shared) terminal.hide_status();
  while (written_ < end) {
    const net::Io put = stream_->write(std::as_bytes(std::span(pending_)).subspan(written_, end - written_));
    if (put) {
      written_ += *put;
    } else if (net::would_block(put.error())) {
      co_await stream_->out().wait();
    } else {
      co_return fail(net::Error("write", "stdout", put.error()));
    }
  }
  if (shared) terminal.show_status();
  co_return true;
}

net::Task<void> Results::reader_gone() {
  if (!stream_) {
    auto stream = net::FdStream::standard(reactor_, STDOUT_FILENO);
    if (!stream) co_return;
    stream_ = std::move(*stream);
  }
  co_await stream_->gone().wait();
}

net::Task<bool> Results::flush() {
  // More may come while a reader keeps us waiting; diagnostics are told even when stdout is gone.
  while (!diagnostics_.empty() || (!failed_ && written_ < pending_.size())) {
    co_await write_until(diagnostics_.empty() ? pending_.size() : diagnostics_.front().offset);
    if (diagnostics_.empty()) continue;
    const Diagnostic diagnostic = std::move(diagnostics_.front());
    diagnostics_.pop_front();
    tell(diagnostic);
  }
  pending_.clear();
  written_ = 0;
  co_return !failed_;
}

}  // namespace cmd
