#pragma once

#include <memory>
#include <system_error>

#include "net/probe/scan.hh"
#include "net/probe/scan_walk.hh"

namespace net {

/// What this host itself may not ask, and how much is left out for it. A rule may be about one port, so only
/// that one is; but a host of which nothing can be asked, and a network of such hosts, is not walked to the
/// end.
class ScanRefusals {
 public:
  ScanRefusals(ScanWalk& walk, ScanSink& sink, ScanFigures& figures)
      : walk_(walk), sink_(sink), figures_(figures) {}

  /// A probe to this target is out.
  void asked(const ScanTarget& target);
  /// None could be sent to the target that was just taken from the walk.
  void refused(const ScanTarget& target, const Error& error);

 private:
  void begin(const std::shared_ptr<const ScanHost>& host);
  void skip(std::uint64_t ports);

  ScanWalk& walk_;
  ScanSink& sink_;
  ScanFigures& figures_;
  std::shared_ptr<const ScanHost> host_{};  ///< of the last target
  bool was_asked_ = false;                  ///< any port of it
  bool told_ = false;                       ///< that one could not be
  std::error_code code_{};                  ///< of the last refusal
  std::size_t ports_ = 0;                   ///< refused in a row, of this host
  std::size_t hosts_ = 0;                   ///< before it in a row, of its network, that could not be asked
};

}  // namespace net
