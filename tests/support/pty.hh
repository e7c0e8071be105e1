#pragma once

#include <string>
#include <string_view>

#include "tests/support/fd.hh"
#include "tests/support/wait.hh"

namespace test {

/// A pseudo-terminal: the test holds the master, a program gets the slave.
/// In line mode (as it starts) the terminal echoes, \n is written as \r\n, and ^C and ^D mean what they say.
class Pty {
 public:
  Pty();

  [[nodiscard]] int master() const { return master_.get(); }
  [[nodiscard]] int slave() const { return slave_.get(); }
  [[nodiscard]] const std::string& path() const { return path_; }

  /// No echo, no signals, no translation: bytes go through as they are.
  void raw();
  void echo(bool on);
  void window(unsigned short columns, unsigned short rows);
  /// Closes the test's own slave, so that the master sees the end when the last program has gone.
  void close_slave() { slave_.close(); }
  /// Closes the master: the terminal hangs up.
  void hang_up() { master_.close(); }

  /// Types; throws when the terminal does not take it in time.
  void write(std::string_view bytes, Duration timeout = patience);
  /// What has come, at least one byte; empty at the end (all slaves closed). Throws after `timeout`.
  [[nodiscard]] std::string read_some(Duration timeout = patience);
  /// Reads until `text` was seen and returns all up to and with it.
  std::string read_until(std::string_view text, Duration timeout = patience);

 private:
  Fd master_, slave_;
  std::string path_;
  std::string unread_;
};

}  // namespace test
