#include "tests/support/program.hh"

#include <poll.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "tests/support/program_state.hh"

namespace test {

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
