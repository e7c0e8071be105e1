#include "net/sock/unix_path.hh"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace net {
namespace {

/// What stands in the way of a Unix path: nothing (any more), a living socket, or something else.
Result<void> clear_stale_path(const Endpoint& path) {
  struct stat status{};
  const std::string name = path.text();
  if (::lstat(name.c_str(), &status) < 0) {
    if (errno == ENOENT) return {};
    return fail("bind", name);
  }
  if (!S_ISSOCK(status.st_mode)) {
    Error error("bind", name, errno_code(EEXIST));
    error.detail = "it exists and is not a socket";
    return std::unexpected(std::move(error));
  }
  // A datagram socket asks without being accepted by anybody: a stream socket that lives is EPROTOTYPE to it,
  // whether it listens or not.
  const auto probe = Socket::open(AF_UNIX, SOCK_DGRAM);
  if (!probe) return std::unexpected(probe.error());
  const auto connected = probe->connect(path);
  // Refused: the socket that made the file is closed. Anything else means that it lives, or that we cannot
  // know.
  if (connected || connected.error().code.value() != ECONNREFUSED) {
    return fail("bind", name, errno_code(EADDRINUSE));
  }
  if (::unlink(name.c_str()) < 0 && errno != ENOENT) return fail("unlink", name);
  return {};
}

/// Sets the umask to nothing while it lives: bind(2) takes it off the mode that we asked for.
class NoUmask {
 public:
  NoUmask() : before_(::umask(0)) {}
  NoUmask(const NoUmask&) = delete;
  NoUmask& operator=(const NoUmask&) = delete;
  ~NoUmask() { ::umask(before_); }

 private:
  mode_t before_;
};

}  // namespace

Result<BoundPath> BoundPath::bind(const Socket& socket, const Endpoint& path, std::optional<mode_t> mode) {
  BoundPath bound;
  const bool leaves_file = !path.is_abstract() && path.size() > sizeof(sa_family_t);
  if (leaves_file) {
    if (const auto clear = clear_stale_path(path); !clear) {
      return std::unexpected(clear.error());
    }
  }
  // The file gets the mode that the socket has.
  if (mode && ::fchmod(socket.fd(), *mode) < 0) return fail("chmod", path.text());
  std::optional<NoUmask> guard;
  if (mode) guard.emplace();
  if (const auto done = socket.bind(path); !done) return std::unexpected(done.error());
  struct stat status{};
  if (!leaves_file || ::lstat(path.text().c_str(), &status) < 0) return bound;
  bound.path_ = path.text();
  bound.device_ = status.st_dev;
  bound.inode_ = status.st_ino;
  return bound;
}

BoundPath::BoundPath(BoundPath&& other) noexcept
    : path_(std::exchange(other.path_, {})), device_(other.device_), inode_(other.inode_) {}

BoundPath& BoundPath::operator=(BoundPath&& other) noexcept {
  if (this != &other) {
    remove();
    path_ = std::exchange(other.path_, {});
    device_ = other.device_;
    inode_ = other.inode_;
  }
  return *this;
}

BoundPath::~BoundPath() {
  remove();
}

void BoundPath::remove() {
  struct stat status{};
  if (path_.empty() || ::lstat(path_.c_str(), &status) < 0) return;
  // Somebody may have put another in its place.
  if (status.st_dev == device_ && status.st_ino == inode_) ::unlink(path_.c_str());
}

}  // namespace net
