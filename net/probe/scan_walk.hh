#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "net/probe/scan.hh"

namespace net {

/// A port of a host that is to be asked.
struct ScanTarget {
  std::shared_ptr<const ScanHost> host;
  std::uint16_t port = 0;
};

/// Every port of every host, in that order, host after host as the source gives them.
class ScanWalk {
 public:
  ScanWalk(ScanSource& source, std::vector<kern::PortRange> ports)
      : source_(source), ports_(std::move(ports)) {}

  /// The next target without taking it; null when more() must come first. Valid until the next call.
  [[nodiscard]] const ScanTarget* peek();
  void take();
  /// Waits until peek() has one; false when there are no more.
  Task<bool> more() { return source_.more(); }
  /// Leaves out what is left of the host of peek(); how many ports that is.
  std::uint64_t skip_host();
  /// Leaves out the hosts that are left of its network; how many ports that is, or the largest number.
  std::uint64_t skip_network();

 private:
  ScanSource& source_;
  std::vector<kern::PortRange> ports_;
  ScanTarget target_{};
  std::size_t range_ = 0;   ///< of ports_
  std::uint16_t port_ = 0;  ///< in it
};

}  // namespace net
