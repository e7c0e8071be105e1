#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/wait.hh"

namespace test {

class Pty;

/// What one of a program's three standard streams is connected to.
struct Stdio {
  enum class Kind { pipe, null, closed, file, fd, pty };
  Kind kind = Kind::pipe;
  std::string path = {};
  int descriptor = -1;

  [[nodiscard]] static Stdio pipe() { return {}; }
  [[nodiscard]] static Stdio null() { return {Kind::null}; }
  [[nodiscard]] static Stdio closed() { return {Kind::closed}; }
  /// Read from its start (stdin), or created and truncated (stdout, stderr): for large transfers.
  [[nodiscard]] static Stdio file(std::string path) { return {Kind::file, std::move(path)}; }
  /// A duplicate of an open descriptor; the caller keeps the original.
  [[nodiscard]] static Stdio fd(int descriptor) { return {Kind::fd, {}, descriptor}; }
  /// The program's terminal, one for all streams that ask for it; it is also its controlling terminal.
  [[nodiscard]] static Stdio pty() { return {Kind::pty}; }
};

struct Options {
  Stdio in = Stdio::pipe();
  Stdio out = Stdio::pipe();
  Stdio err = Stdio::pipe();
  /// Added to, or replacing, what the test itself has.
  std::vector<std::pair<std::string, std::string>> env = {};
  std::vector<std::string> unset = {};
  /// Runs in the child just before exec: setuid, setrlimit, setns. What it throws is thrown by Program().
  std::function<void()> before_exec = {};
};

enum class Stream { out, err };

/// How a program ended and all that it wrote to pipes or a pty.
struct Outcome {
  /// As the shell's $?: the exit code, or 128 + N when signal N ended it.
  int status = -1;
  /// The signal that ended it, or 0.
  int signal = 0;
  std::string out = {};
  std::string err = {};
  rusage usage = {};
  /// From its start until wait() saw its end: call wait() at once where time matters.
  double seconds = 0;
};

/// A running command. The child has the descriptors 0-2 alone, an empty signal mask, default dispositions
/// (SIGPIPE too) and dies with the thread that made it (PR_SET_PDEATHSIG), so nothing is left behind.
/// Pipes are read only by read_until() and wait(): a test that calls neither is a stalled reader.
/// ASAN_OPTIONS and UBSAN_OPTIONS get exitcode=99 unless set, so that a sanitizer's report is no status 1.
class Program {
 public:
  explicit Program(std::vector<std::string> argv, Options options = {});
  Program(Program&&) noexcept;
  Program& operator=(Program&&) noexcept;
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  /// Kills (SIGKILL) and reaps it if it still runs.
  ~Program();

  [[nodiscard]] pid_t pid() const;
  [[nodiscard]] bool still_running() const;
  void signal(int number) const;

  /// Writes all of it, reading nothing meanwhile; throws when the program ends or stalls before.
  void write_stdin(std::string_view bytes, Duration timeout = patience);
  /// Writes what is taken within `timeout` and returns how much that was: a full pipe is no error here.
  [[nodiscard]] size_t offer_stdin(std::string_view bytes, Duration timeout);
  /// Has wait() and read_until() write it as they go, and close stdin after it (an early end is no error).
  void queue_stdin(std::string bytes);
  /// End of input; on a pty in line mode this types ^D.
  void close_stdin();

  /// Reads that stream alone until `text` was seen. Returns what came since the last match, up to and with
  /// `text`; throws with all seen so far at the end of the stream or after `timeout`.
  std::string read_until(Stream stream, std::string_view text, Duration timeout = patience);
  std::string read_line(Stream stream, Duration timeout = patience) {
    return read_until(stream, "\n", timeout);
  }
  /// Reads until `bytes` further ones have come.
  std::string read_exact(Stream stream, size_t bytes, Duration timeout = patience);
  /// Closes the reading end, as `| head -1` does.
  void close_reader(Stream stream);

  /// The test's ends of the pipes, or the pty's master; -1 where there is none.
  [[nodiscard]] int stdin_fd() const;
  [[nodiscard]] int stdout_fd() const;
  [[nodiscard]] int stderr_fd() const;
  /// Throws when no stream is a pty.
  [[nodiscard]] Pty& pty();

  /// Reads both outputs until it has ended and returns everything since its start. After `timeout` it is
  /// killed and an exception shows what it had written. stdin stays as it is: close it where that is needed.
  Outcome wait(Duration timeout = patience);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Runs a command to its end with `stdin_text` as all its input.
Outcome run(std::vector<std::string> argv, std::string stdin_text = {}, Duration timeout = patience);
Outcome run(std::vector<std::string> argv, Options options, std::string stdin_text = {},
            Duration timeout = patience);

/// As run(), for test set-up: throws unless the status is 0, and returns stdout.
std::string run_ok(std::vector<std::string> argv, std::string stdin_text = {}, Duration timeout = patience);

}  // namespace test
