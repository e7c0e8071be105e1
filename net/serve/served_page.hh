#pragma once

#include <optional>

#include "net/serve/client.hh"

namespace net {

/// A page of memory that a process shares with the child that it forks (mmap(2), MAP_SHARED): the child
/// leaves its figures there as its last deed, so that they are either whole or not there.
class ServedPage {
 public:
  ServedPage();
  ServedPage(const ServedPage&) = delete;
  ServedPage& operator=(const ServedPage&) = delete;
  ~ServedPage();

  /// In the child. Words of an error are cut where they do not fit.
  void write(const Served& served);
  /// In the parent, once the child has ended: nothing if it never came to write.
  [[nodiscard]] std::optional<Served> read() const;

 private:
  struct Image;
  Image* image_;
};

}  // namespace net
