#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "net/base/error.hh"
#include "net/sock/socket.hh"

namespace net {

/// The file that bind(2) made for a Unix socket: removed when this goes, if it is still the one that was
/// made.
class BoundPath {
 public:
  BoundPath() = default;
  BoundPath(BoundPath&& other) noexcept;
  BoundPath& operator=(BoundPath&& other) noexcept;
  BoundPath(const BoundPath&) = delete;
  BoundPath& operator=(const BoundPath&) = delete;
  ~BoundPath();

  /// Binds `socket` to `path`. A stale file (its socket is closed) is replaced; one that somebody has open is
  /// EADDRINUSE; anything else of that name stays untouched and is EEXIST. The file has `mode`, whatever the
  /// umask, from its first moment. Abstract names leave no file.
  static Result<BoundPath> bind(const Socket& socket, const Endpoint& path, std::optional<mode_t> mode);

 private:
  void remove();

  std::string path_{};
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace net
