#include "tests/support/program_state.hh"

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <utility>

#include "tests/support/spawn.hh"

namespace test {
namespace {

/// The last part of what a program wrote, enough to see why a test failed.
std::string shown(const std::string& text) {
  constexpr size_t most = 4000;
  if (text.size() <= most) return text;
  return "(" + std::to_string(text.size()) + " bytes, the last of them) " + text.substr(text.size() - most);
}

}  // namespace

bool Reader::take(int fd) {
  char buffer[65536];
  ssize_t n = read(fd, buffer, sizeof buffer);
  if (n > 0) seen.append(buffer, static_cast<size_t>(n));
  if (n == 0 || (n < 0 && errno == EIO)) ended = true;
  if (n < 0 && errno != EIO && errno != EAGAIN && errno != EINTR) fail_errno("read a program's output");
  return n > 0;
}

/// Opens one stream; returns the child's end (held by `keep` until the child has it).
int Program::State::child_end(const Stdio& stdio, int which, Fd& keep) {
  Reader* reader = which == 1 ? &out : which == 2 ? &err : nullptr;
  switch (stdio.kind) {
    case Stdio::Kind::closed:
      return -1;
    case Stdio::Kind::fd:
      return stdio.descriptor;
    case Stdio::Kind::null:
      keep = Fd(open("/dev/null", O_RDWR | O_CLOEXEC));
      return keep.get();
    case Stdio::Kind::file:
      keep = Fd(open(stdio.path.c_str(),
                     (reader == nullptr ? O_RDONLY : O_WRONLY | O_CREAT | O_TRUNC) | O_CLOEXEC | O_NOCTTY,
                     0644));
      if (!keep.valid()) fail_errno("open " + stdio.path);
      return keep.get();
    case Stdio::Kind::pty:
      if (!pty) pty = std::make_unique<Pty>();
      if (reader == nullptr) {
        in_on_pty = true;
      } else if (reader == &out || !out.on_pty) {  // what both write comes by one master, as stdout
        reader->on_pty = true;
        reader->ended = false;
      }
      return pty->slave();
    case Stdio::Kind::pipe:
      break;
  }
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) fail_errno("pipe");
  int ours = reader == nullptr ? 1 : 0;
  keep = Fd(ends[1 - ours]);
  Fd mine(ends[ours]);
  fcntl(mine.get(), F_SETFL, O_NONBLOCK);  // this end alone: the child's is a file description of its own
  if (reader == nullptr) {
    in = std::move(mine);
  } else {
    reader->opened(std::move(mine));
  }
  return keep.get();
}

void Program::State::start(std::vector<std::string> argv, const Options& options) {
  // A write to a program that has gone is an error here, not the end of all tests.
  static const bool ignored = ::signal(SIGPIPE, SIG_IGN) != SIG_ERR;
  if (!ignored) fail_errno("ignore SIGPIPE");
  for (const std::string& argument : argv) name += (name.empty() ? "" : " ") + argument;
  Fd keep[3];
  SpawnRequest request;
  request.argv = std::move(argv);
  request.options = &options;
  const Stdio* streams[3] = {&options.in, &options.out, &options.err};
  for (int i = 0; i < 3; ++i) request.streams[i] = child_end(*streams[i], i, keep[i]);
  if (pty) request.terminal = pty->slave();
  clock = Stopwatch();
  pid = spawn(request);
  if (pty) pty->close_slave();
  pidfd = Fd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));  // glibc 2.36 forgets extern "C"
  if (!pidfd.valid()) fail_errno("pidfd_open");
}

void Program::State::read_more(Reader& reader, const Deadline& deadline, const std::string& wanted) {
  if (reader.ended) fail("the stream ended before " + wanted + " came: " + everything());
  int input = queued.empty() ? -1 : input_fd();
  pollfd entries[] = {{reader_fd(reader), POLLIN, 0}, {input, POLLOUT, 0}};
  if (poll(entries, 2, deadline.poll_ms()) <= 0 && deadline.passed()) {
    fail("in this time " + wanted + " did not come: " + everything());
  }
  if (entries[1].revents != 0) feed();
  if (entries[0].revents != 0) reader.take(entries[0].fd);
}

size_t Program::State::write_some(std::string_view bytes, const Deadline& deadline, bool& broken) {
  size_t sent = 0;
  while (sent < bytes.size()) {
    ssize_t n = write(input_fd(), bytes.data() + sent, bytes.size() - sent);
    if (n > 0) sent += static_cast<size_t>(n);
    broken = n < 0 && (errno == EPIPE || errno == EIO);
    if (broken) break;
    if (n < 0 && errno != EAGAIN && errno != EINTR) fail_errno("write to " + name);
    if (n <= 0 && !poll_one(input_fd(), POLLOUT, deadline)) break;
  }
  return sent;
}

void Program::State::feed() {
  bool broken = false;
  queued_sent += write_some(std::string_view(queued).substr(queued_sent), Deadline(Duration::zero()), broken);
  if (!broken && queued_sent < queued.size()) return;
  queued.clear();
  queued_sent = 0;
  if (close_after_queue) end_input();
}

void Program::State::end_input() {
  close_after_queue = false;
  if (in_on_pty) {
    pty->write("\x04");
  } else {
    in.close();
  }
}

void Program::State::reap() {
  if (wait4(pid, &wait_status, 0, &outcome.usage) != pid) fail_errno("wait for " + name);
  reaped = true;
  outcome.seconds = clock.seconds();
  outcome.signal = WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : 0;
  outcome.status = outcome.signal != 0 ? 128 + outcome.signal : WEXITSTATUS(wait_status);
}

void Program::State::turn(const Deadline& deadline) {
  int input = queued.empty() ? -1 : input_fd();
  pollfd entries[] = {{out.ended ? -1 : reader_fd(out), POLLIN, 0},
                      {err.ended ? -1 : reader_fd(err), POLLIN, 0},
                      {input, POLLOUT, 0},
                      {pidfd.get(), POLLIN, 0}};
  if (poll(entries, 4, deadline.poll_ms()) < 0 && errno != EINTR) fail_errno("poll");
  if (entries[0].revents != 0) out.take(entries[0].fd);
  if (entries[1].revents != 0) err.take(entries[1].fd);
  if (entries[2].revents != 0) feed();
  if (entries[3].revents != 0) reap();
}

/// After the program's end: what it wrote itself is in the pipe by now, so "nothing there" is the end even if
/// a grandchild still holds the pipe. A terminal hands it over a little later and then says EIO.
void Program::State::drain(Reader& reader) {
  Deadline deadline(1s);
  while (!reader.ended) {
    if (reader.take(reader_fd(reader)) || reader.ended) continue;
    if (!reader.on_pty || !poll_one(reader_fd(reader), POLLIN, deadline)) return;
  }
}

std::string Program::State::everything() const {
  return name + "\n--- stdout: " + shown(out.seen) + "\n--- stderr: " + shown(err.seen);
}

}  // namespace test
