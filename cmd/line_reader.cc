#include "cmd/line_reader.hh"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace cmd {
namespace {

constexpr std::size_t read_size = 65536;
// Lists from elsewhere begin with it (UTF-8).
constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

}  // namespace

net::Result<std::unique_ptr<LineReader>> LineReader::open(net::Reactor& reactor, const std::string& file) {
  std::unique_ptr<LineReader> reader(new LineReader(reactor, file == "-" ? "stdin" : file));
  if (file != "-") {
    // A pipe with a name would hold everything up until somebody writes to it.
    reader->fd_ = net::Fd(::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (!reader->fd_.valid()) return net::fail("open", file);
  }
  if (auto attached = reader->attach(); !attached) return std::unexpected(std::move(attached.error()));
  return reader;
}

net::Result<void> LineReader::attach() {
  const int fd = fd_.valid() ? fd_.get() : STDIN_FILENO;
  struct stat status{};
  if (fstat(fd, &status) < 0) return net::fail("read", file_);
  if (S_ISDIR(status.st_mode)) return net::fail("read", file_, net::errno_code(EISDIR));
  is_pipe_ = S_ISFIFO(status.st_mode);
  auto stream = net::FdStream::standard(reactor_, fd);
  if (!stream) return std::unexpected(std::move(stream.error()));
  stream_ = std::move(*stream);
  return {};
}

std::optional<LineReader::Line> LineReader::next() {
  for (;;) {
    const std::size_t end = buffer_.find('\n', at_);
    const bool whole = end != std::string::npos;
    const std::size_t length = (whole ? end : buffer_.size()) - at_;
    if (!whole && !(ended_ && length > 0) && length <= longest + 1) return std::nullopt;
    std::string_view text = std::string_view(buffer_).substr(at_, std::min(length, longest + 1));
    if (text.ends_with('\r')) text.remove_suffix(1);
    if (number_ == 0 && text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    Line line{number_ + 1, std::string(text), text.size() > longest};
    at_ += length + (whole ? 1 : 0);
    // What is too long is told once, at its beginning.
    const bool told = std::exchange(skipping_, !whole && !ended_);
    if (whole || ended_) ++number_;
    if (!told) return line;
  }
}

net::Task<bool> LineReader::more() {
  buffer_.erase(0, at_);
  at_ = 0;
  if (ended_) co_return false;
  // A pipe that nobody has written to yet would look like one that has ended.
  if (is_pipe_) co_await stream_->in().wait();
  std::array<std::byte, read_size> bytes;  // NOLINT: filled by the kernel
  for (;;) {
    const net::Io got = stream_->read(bytes);
    if (got) {
      ended_ = *got == 0;
      buffer_.append(reinterpret_cast<const char*>(bytes.data()), *got);
      // A file is always ready: everything else has its turn between two reads.
      co_await reactor_.yield();
      co_return !ended_ || !buffer_.empty();
    }
    if (!net::would_block(got.error())) {
      error_ = net::Error("read", file_, got.error());
      ended_ = true;
      co_return !buffer_.empty();
    }
    co_await stream_->in().wait();
  }
}

}  // namespace cmd
