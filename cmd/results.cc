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
  const std::string escaped = net::escape_terminal(text);
  pending_ += out_.options().colour_results ? painted(escaped, tone) : escaped;
  pending_ += '\n';
}

void Results::object(const Object& object) {
  if (!json()) return;
  pending_ += to_json(object);
  pending_ += '\n';
}

bool Results::full() const {
  return pending_.size() >= flush_at;
}

bool Results::fail(const net::Error& error) {
  failed_ = true;
  pending_.clear();
  if (error.code.value() != EPIPE) out_.error(error);
  return false;
}

net::Task<bool> Results::flush() {
  if (failed_) co_return false;
  if (pending_.empty()) co_return true;
  if (!stream_) {
    auto stream = net::FdStream::standard(reactor_, STDOUT_FILENO);
    if (!stream) co_return fail(stream.error());
    stream_ = std::move(*stream);
  }
  std::size_t written = 0;
  while (written < pending_.size()) {
    const net::Io put = stream_->write(std::as_bytes(std::span(pending_)).subspan(written));
    if (put) {
      written += *put;
    } else if (net::would_block(put.error())) {
      co_await stream_->out().wait();
    } else {
      co_return fail(net::Error("write", "stdout", put.error()));
    }
  }
  pending_.clear();
  co_return true;
}

}  // namespace cmd
