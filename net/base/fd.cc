#include "net/base/fd.hh"

#include <unistd.h>

namespace net {

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

void Fd::close() {
  // Linux frees the descriptor whatever close() answers, EINTR included: never repeat it.
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

}  // namespace net
