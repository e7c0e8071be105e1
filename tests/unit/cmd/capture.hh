#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "tests/support/fd.hh"

namespace cmd {

/// Descriptor 1 or 2 leads elsewhere while it lives.
class Redirect {
 public:
  Redirect(int fd, int to) : fd_(fd), before_(::dup(fd)) { ::dup2(to, fd); }
  Redirect(const Redirect&) = delete;
  Redirect& operator=(const Redirect&) = delete;
  ~Redirect() { ::dup2(before_.get(), fd_); }

 private:
  int fd_;
  test::Fd before_;
};

/// What is written to a descriptor while it lives.
class Capture {
 public:
  explicit Capture(int fd) : file_(memfd_create("capture", MFD_CLOEXEC)), redirect_(fd, file_.get()) {}
  [[nodiscard]] std::string text() const {
    std::string out(1U << 16U, '\0');
    const ssize_t got = pread(file_.get(), out.data(), out.size(), 0);
    out.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return out;
  }

 private:
  test::Fd file_;
  Redirect redirect_;
};

}  // namespace cmd
