#include "tests/support/program.hh"

#include <fcntl.h>
#include <poll.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <optional>

#include "tests/support/fd.hh"
#include "tests/support/pty.hh"
#include "tests/support/spawn.hh"

namespace test {
namespace {

/// The last part of what a program wrote, enough to see why a test failed.
std::string shown(const std::string& text) {
  constexpr size_t most = 4000;
  if (text.size() <= most) return text;
  return "(" + std::to_string(text.size()) + " bytes, the last of them) " + text.substr(text.size() - most);
}

/// One output of the program as the test sees it.
struct Reader {
  Fd own;
  bool on_pty = false;
  bool ended = true;
  std::string seen;
  size_t used = 0;  // what read_until() has handed out

  void opened(Fd fd) {
    own = std::move(fd);
    ended = false;
  }
  /// Takes what is there; false when there was nothing now.
  bool take(int fd) {
    char buffer[65536];
    ssize_t n = read(fd, buffer, sizeof buffer);
    if (n > 0) seen.append(buffer, static_cast<size_t>(n));
    if (n == 0 || (n < 0 && errno == EIO)) ended = true;
    if (n < 0 && errno != EIO && errno != EAGAIN && errno != EINTR) fail_errno("read a program's output");
    return n > 0;
  }
};

}  // namespace

struct Program::State {
  std::string name;
  pid_t pid = -1;
  Fd pidfd;
  Stopwatch clock;
  std::unique_ptr<Pty> pty;
  Fd in;
  bool in_on_pty = false;
  std::string queued;
  bool close_after_queue = false;
  Reader out, err;
  bool reaped = false;
  int wait_status = 0;
  Outcome outcome;

  void start(std::vector<std::string> argv, const Options& options);
  int child_end(const Stdio& stdio, int which, Fd& keep);
  int reader_fd(const Reader& reader) const { return reader.on_pty ? pty->master() : reader.own.get(); }
  int input_fd() const { return in_on_pty ? pty->master() : in.get(); }
  Reader& reader(Stream stream) { return stream == Stream::out ? out : err; }
  void read_more(Reader& reader, const Deadline& deadline, const std::string& wanted);
  size_t write_some(std::string_view bytes, const Deadline& deadline, bool& broken);
  void feed();
  void end_input();
  void reap();
  void turn(const Deadline& deadline);
  void drain(Reader& reader);
  std::string everything() const {
    return name + "\n--- stdout: " + shown(out.seen) + "\n--- stderr: " + shown(err.seen);
  }
};

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
  pidfd = Fd(pidfd_open(pid, 0));
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
  size_t sent = write_some(queued, Deadline(Duration::zero()), broken);
  queued.erase(0, broken ? queued.size() : sent);
  if (queued.empty() && close_after_queue) end_input();
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

/// One turn of wait(): sleeps until something can be done, and does it.
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

Program::Program(std::vector<std::string> argv, Options options) : state_(std::make_unique<State>()) {
  state_->start(std::move(argv), options);
}

Program::Program(Program&&) noexcept = default;

Program& Program::operator=(Program&& other) noexcept {
  std::swap(state_, other.state_);
  return *this;
}

Program::~Program() {
  if (!state_ || state_->pid < 0 || state_->reaped) return;
  kill(state_->pid, SIGKILL);
  waitpid(state_->pid, nullptr, 0);
}

pid_t Program::pid() const {
  return state_->pid;
}

bool Program::still_running() const {
  return !state_->reaped && !poll_one(state_->pidfd.get(), POLLIN, Deadline(Duration::zero()));
}

void Program::signal(int number) const {
  if (state_->reaped) fail("cannot signal what has ended: " + state_->name);
  if (kill(state_->pid, number) < 0) fail_errno("signal " + state_->name);
}

void Program::write_stdin(std::string_view bytes, Duration timeout) {
  bool broken = false;
  size_t sent = state_->write_some(bytes, Deadline(timeout), broken);
  if (sent == bytes.size()) return;
  fail("stdin " + std::string(broken ? "was closed" : "stalled") + " after " + std::to_string(sent) + " of " +
       std::to_string(bytes.size()) + " bytes: " + state_->everything());
}

size_t Program::offer_stdin(std::string_view bytes, Duration timeout) {
  bool broken = false;
  return state_->write_some(bytes, Deadline(timeout), broken);
}

void Program::queue_stdin(std::string bytes) {
  state_->queued += bytes;
  state_->close_after_queue = true;
  state_->feed();
}

void Program::close_stdin() {
  state_->end_input();
}

std::string Program::read_until(Stream stream, std::string_view text, Duration timeout) {
  Reader& reader = state_->reader(stream);
  Deadline deadline(timeout);
  size_t from = reader.used;
  for (;;) {
    size_t at = reader.seen.find(text, from);
    if (at != std::string::npos) {
      size_t begin = std::exchange(reader.used, at + text.size());
      return reader.seen.substr(begin, reader.used - begin);
    }
    // What was searched in vain is not searched again, but for a match that is cut in two.
    if (reader.seen.size() >= text.size()) from = std::max(from, reader.seen.size() - text.size() + 1);
    state_->read_more(reader, deadline, "\"" + std::string(text) + "\"");
  }
}

std::string Program::read_exact(Stream stream, size_t bytes, Duration timeout) {
  Reader& reader = state_->reader(stream);
  Deadline deadline(timeout);
  while (reader.seen.size() - reader.used < bytes) {
    state_->read_more(reader, deadline, std::to_string(bytes) + " bytes");
  }
  reader.used += bytes;
  return reader.seen.substr(reader.used - bytes, bytes);
}

void Program::close_reader(Stream stream) {
  Reader& reader = state_->reader(stream);
  if (reader.on_pty) fail("a terminal has no reader to close: use pty().hang_up()");
  reader.own.close();
  reader.ended = true;
}

int Program::stdin_fd() const {
  return state_->in_on_pty ? state_->pty->master() : state_->in.get();
}
int Program::stdout_fd() const {
  return state_->reader_fd(state_->out);
}
int Program::stderr_fd() const {
  return state_->reader_fd(state_->err);
}

Pty& Program::pty() {
  if (!state_->pty) fail("no stream of this program is a pty: " + state_->name);
  return *state_->pty;
}

Outcome Program::wait(Duration timeout) {
  Deadline deadline(timeout);
  while (!state_->reaped) {
    state_->turn(deadline);
    if (state_->reaped || !deadline.passed()) continue;
    kill(state_->pid, SIGKILL);
    state_->reap();
    state_->drain(state_->out);
    state_->drain(state_->err);
    fail("did not end within " + std::to_string(timeout.count()) + " ms: " + state_->everything());
  }
  state_->drain(state_->out);
  state_->drain(state_->err);
  state_->outcome.out = state_->out.seen;
  state_->outcome.err = state_->err.seen;
  return state_->outcome;
}

Outcome run(std::vector<std::string> argv, Options options, std::string stdin_text, Duration timeout) {
  bool has_input = options.in.kind == Stdio::Kind::pipe || options.in.kind == Stdio::Kind::pty;
  Program program(std::move(argv), std::move(options));
  if (has_input) program.queue_stdin(std::move(stdin_text));
  return program.wait(timeout);
}

Outcome run(std::vector<std::string> argv, std::string stdin_text, Duration timeout) {
  return run(std::move(argv), Options{}, std::move(stdin_text), timeout);
}

std::string run_ok(std::vector<std::string> argv, std::string stdin_text, Duration timeout) {
  std::string name = argv.empty() ? "" : argv.front();
  Outcome outcome = run(std::move(argv), std::move(stdin_text), timeout);
  if (outcome.status != 0) fail(name + ": status " + std::to_string(outcome.status) + ": " + outcome.err);
  return outcome.out;
}

}  // namespace test
