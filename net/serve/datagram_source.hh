#pragma once

#include <cstddef>
#include <memory>

#include "net/serve/source.hh"

namespace net {

struct DatagramSourceOptions {
  /// How many peers are served: for one more the one that was silent the longest is let go.
  std::size_t max_peers = 1024;
  /// We answer whatever comes. Peers that might do so too are denied, or two servers would talk with each
  /// other for ever (CERT CA-1996-01): those on the ports of the simple services, and on our own.
  bool answers_everything = false;
};

/// Clients of an unconnected datagram socket, which all of them share. A client is whoever sends from one
/// address and port to one address of ours; it comes with its first datagram, and is known for as long as its
/// stream lives. Its datagrams wait for it in a queue: of one that does not take them in time the queue fills
/// up, and what comes then is dropped, as the kernel does. It is answered from the address that it asked.
///
/// After close() clients go on, and whoever else sends something is rejected.
[[nodiscard]] std::unique_ptr<Source> make_datagram_source(Reactor& reactor, Listener listener,
                                                           Transport transport, Gate& gate,
                                                           SourceObserver& observer,
                                                           const DatagramSourceOptions& options);

}  // namespace net
