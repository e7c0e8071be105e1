#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/support/fd.hh"
#include "tests/support/program.hh"
#include "tests/support/pty.hh"

namespace test {

/// One output of a program as the test sees it.
struct Reader {
  Fd own;
  bool on_pty = false;
  bool ended = true;
  std::string seen;
  size_t used = 0;  ///< what read_until() has handed out

  void opened(Fd fd) {
    own = std::move(fd);
    ended = false;
  }
  /// Takes what is there; false when there was nothing now.
  bool take(int fd);
};

/// A Program's insides: its descriptors, what has been read and what is still to be written.
struct Program::State {
  std::string name;
  pid_t pid = -1;
  Fd pidfd;
  Stopwatch clock;
  std::unique_ptr<Pty> pty;
  Fd in;
  bool in_on_pty = false;
  std::string queued;
  size_t queued_sent = 0;
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
  /// Waits for more of that output alone; throws at its end, and at the deadline, naming what was `wanted`.
  void read_more(Reader& reader, const Deadline& deadline, const std::string& wanted);
  /// Writes until all is written, the deadline or the reader's end (`broken`); returns how much.
  size_t write_some(std::string_view bytes, const Deadline& deadline, bool& broken);
  /// Writes what is queued as far as it is taken now.
  void feed();
  void end_input();
  void reap();
  /// One turn of wait(): sleeps until something can be done, and does it.
  void turn(const Deadline& deadline);
  /// After the program's end: reads what is left.
  void drain(Reader& reader);
  /// For the words of an exception: the command and what it has written.
  [[nodiscard]] std::string everything() const;
};

}  // namespace test
