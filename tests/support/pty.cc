#include "tests/support/pty.hh"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace test {
namespace {

// Settings of the master are the slave's; so they can be changed when the slave is closed here.
termios settings(int fd) {
  termios result = {};
  if (tcgetattr(fd, &result) < 0) fail_errno("tcgetattr");
  return result;
}

void apply(int fd, const termios& wanted) {
  if (tcsetattr(fd, TCSANOW, &wanted) < 0) fail_errno("tcsetattr");
}

}  // namespace

Pty::Pty() : master_(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)) {
  if (!master_.valid()) fail_errno("posix_openpt");
  char name[128];
  if (grantpt(master()) < 0 || unlockpt(master()) < 0) fail_errno("unlockpt");
  if (ptsname_r(master(), name, sizeof name) != 0) fail_errno("ptsname");
  path_ = name;
  slave_ = Fd(open(name, O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!slave_.valid()) fail_errno("open " + path_);
}

void Pty::raw() {
  termios wanted = settings(master());
  cfmakeraw(&wanted);
  apply(master(), wanted);
}

void Pty::echo(bool on) {
  termios wanted = settings(master());
  if (on) {
    wanted.c_lflag |= static_cast<tcflag_t>(ECHO);
  } else {
    wanted.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  }
  apply(master(), wanted);
}

void Pty::window(unsigned short columns, unsigned short rows) {
  winsize size = {};
  size.ws_col = columns;
  size.ws_row = rows;
  if (ioctl(master(), TIOCSWINSZ, &size) < 0) fail_errno("TIOCSWINSZ");
}

void Pty::write(std::string_view bytes, Duration timeout) {
  Deadline deadline(timeout);
  while (!bytes.empty()) {
    ssize_t n = ::write(master(), bytes.data(), bytes.size());
    if (n > 0) bytes.remove_prefix(static_cast<size_t>(n));
    if (n < 0 && errno != EAGAIN && errno != EINTR) fail_errno("write to the terminal");
    if (n <= 0 && !poll_one(master(), POLLOUT, deadline)) fail("the terminal takes no more");
  }
}

std::string Pty::read_some(Duration timeout) {
  if (!unread_.empty()) return std::exchange(unread_, {});
  Deadline deadline(timeout);
  char buffer[16384];
  for (;;) {
    ssize_t n = read(master(), buffer, sizeof buffer);
    if (n >= 0) return {buffer, static_cast<size_t>(n)};
    if (errno == EIO) return {};  // how a master says that the last slave is closed
    if (errno != EAGAIN && errno != EINTR) fail_errno("read from the terminal");
    if (!poll_one(master(), POLLIN, deadline)) fail("nothing came from the terminal");
  }
}

std::string Pty::read_until(std::string_view text, Duration timeout) {
  Deadline deadline(timeout);
  std::string seen;
  for (;;) {
    size_t at = seen.find(text);
    if (at != std::string::npos) {
      unread_ = seen.substr(at + text.size());
      seen.resize(at + text.size());
      return seen;
    }
    std::string more;
    try {
      more = read_some(Duration(deadline.poll_ms()));
    } catch (const std::exception& exception) {
      fail(std::string(exception.what()) + "; seen: " + seen);
    }
    if (more.empty()) fail("the terminal ended; seen: " + seen);
    seen += more;
  }
}

}  // namespace test
