#include "net/serve/datagram_source.hh"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <utility>
#include <vector>

#include "net/loop/group.hh"
#include "net/serve/recent_peers.hh"
#include "net/sock/datagram.hh"

namespace net {
namespace {

// What waits for one peer, and for all of them together.
constexpr std::size_t queue_datagrams = 512;
constexpr std::size_t queue_bytes = std::size_t{1} << 20U;
constexpr std::size_t all_queue_bytes = std::size_t{64} << 20U;
// How many peers may wait to be served.
constexpr std::size_t most_waiting = 1024;
// After so many datagrams those whom they are for have a turn.
constexpr unsigned turn_datagrams = 16;
constexpr std::size_t receive_buffer = 65536;
constexpr Duration error_pause = std::chrono::milliseconds(1);

class DatagramSource;

/// One peer: reads take from its queue, writes go to it through the shared socket.
class PeerStream final : public Stream {
 public:
  PeerStream(Reactor& reactor, DatagramSource& source, const Client& client, const PeerPath& path,
             const std::optional<PacketInfo>& arrived_at)
      : source_(source),
        client_(client),
        path_(path),
        arrived_at_(arrived_at),
        in_(reactor),
        gone_(reactor) {}
  PeerStream(const PeerStream&) = delete;
  PeerStream& operator=(const PeerStream&) = delete;
  ~PeerStream() override;

  [[nodiscard]] Io read(std::span<std::byte> into) override;
  [[nodiscard]] Io write(std::span<const std::byte> from) override;
  [[nodiscard]] std::error_code finish() override { return {}; }
  [[nodiscard]] Event& in() override { return in_; }
  [[nodiscard]] Event& out() override;
  /// Set once it was let go for others.
  [[nodiscard]] Event& gone() override { return gone_; }
  [[nodiscard]] bool keeps_boundaries() const override { return true; }
  [[nodiscard]] bool has_end() const override { return false; }

  void add(std::span<const std::byte> datagram);
  /// It is not in the table any more.
  void let_go() {
    known_ = false;
    gone_.set();
  }
  [[nodiscard]] Client& client() { return client_; }
  [[nodiscard]] const PeerPath& path() const { return path_; }

 private:
  DatagramSource& source_;
  Client client_;
  PeerPath path_;
  std::optional<PacketInfo> arrived_at_;
  bool known_ = true;
  bool told_of_drops_ = false;
  std::deque<std::vector<std::byte>> queue_{};
  std::size_t queued_ = 0;
  Event in_;
  Event gone_;
};

class DatagramSource final : public Source {
 public:
  DatagramSource(Reactor& reactor, Listener listener, Transport transport, Gate& gate,
                 SourceObserver& observer, const DatagramSourceOptions& options)
      : reactor_(reactor),
        listener_(std::move(listener)),
        local_(listener_.local()),
        datagram_(listener_.take_socket()),
        transport_(transport),
        gate_(gate),
        observer_(observer),
        options_(options),
        buffer_(receive_buffer),
        came_(reactor),
        in_(reactor),
        out_(reactor),
        watch_(reactor, datagram_.socket().fd(), in_, out_),
        receiving_(reactor) {
    receiving_.add(receive());
  }

  Task<std::optional<Connection>> next() override;
  void close() override {
    closed_ = true;
    came_.set();
  }

 private:
  friend class PeerStream;
  Task<> receive();
  void deliver(const Datagram::Received& received);
  [[nodiscard]] PeerStream* admit(const PeerPath& path, const Datagram::Received& received);
  [[nodiscard]] std::optional<Rejection> refuses(const Endpoint& peer) const;
  [[nodiscard]] bool may_answer_back(const Endpoint& peer) const;
  void reject(const Endpoint& peer, Rejection reason);
  /// Somebody waits: if no more may be served, the one that was silent the longest makes room.
  void make_room();
  /// Whether the socket will not say when it can send again: a Unix one does once three quarters of its
  /// buffer are free, and what somebody does not read stays in it.
  [[nodiscard]] bool keeps_silent() const;

  Reactor& reactor_;
  Listener listener_;
  Endpoint local_;
  Datagram datagram_;
  Transport transport_;
  Gate& gate_;
  SourceObserver& observer_;
  DatagramSourceOptions options_;
  std::vector<std::byte> buffer_;
  RecentPeers<PeerStream*> served_{};
  RecentPeers<PeerStream*> not_served_{};  ///< those in waiting_
  std::size_t all_queued_ = 0;
  std::deque<std::unique_ptr<PeerStream>> waiting_{};  ///< for next()
  ToldOnce told_{};
  std::uint64_t last_id_ = 0;
  bool closed_ = false;
  Event came_;
  Event in_;
  Event out_;
  Watch watch_;
  Group<> receiving_;
};

PeerStream::~PeerStream() {
  source_.all_queued_ -= queued_;
  if (!known_) return;
  source_.served_.remove(path_);
  source_.not_served_.remove(path_);
}

Event& PeerStream::out() {
  return source_.out_;
}

void PeerStream::add(std::span<const std::byte> datagram) {
  const bool full = queue_.size() >= queue_datagrams || queued_ + datagram.size() > queue_bytes ||
                    source_.all_queued_ + datagram.size() > all_queue_bytes;
  if (full) {
    if (!std::exchange(told_of_drops_, true)) source_.observer_.dropped(client_);
    return;
  }
  queue_.emplace_back(datagram.begin(), datagram.end());
  queued_ += datagram.size();
  source_.all_queued_ += datagram.size();
  in_.set();
}

Io PeerStream::read(std::span<std::byte> into) {
  if (queue_.empty()) {
    in_.reset();
    return std::unexpected(errno_code(EAGAIN));
  }
  const std::vector<std::byte> datagram = std::move(queue_.front());
  queue_.pop_front();
  queued_ -= datagram.size();
  source_.all_queued_ -= datagram.size();
  const std::size_t size = std::min(into.size(), datagram.size());
  if (size > 0) std::memcpy(into.data(), datagram.data(), size);
  return size;
}

Io PeerStream::write(std::span<const std::byte> from) {
  // Who has no name cannot be answered.
  const bool unnamed = path_.peer.is_unix() && path_.peer.size() <= sizeof(sa_family_t);
  if (unnamed) return std::unexpected(errno_code(ECONNRESET));
  const Datagram& datagram = source_.datagram_;
  std::error_code error = datagram.send_to(from, path_.peer, arrived_at_);
  // The socket tells an ICMP error once, to whoever asks next: it may be about another peer (IP_RECVERR).
  if (error && !would_block(error)) error = datagram.send_to(from, path_.peer, arrived_at_);
  if (!error) return from.size();
  if (would_block(error)) {
    // Nothing signals that there is room again: to be tried now and then.
    if (source_.keeps_silent()) return std::unexpected(errno_code(ENOBUFS));
    source_.out_.reset();
  }
  // Its socket file is gone, and so is it.
  if (path_.peer.is_unix() && error.value() == ENOENT) error = errno_code(ECONNREFUSED);
  return std::unexpected(error);
}

Task<std::optional<Connection>> DatagramSource::next() {
  std::optional<Connection> connection;
  while (!closed_ && !connection) {
    if (waiting_.empty()) {
      came_.reset();
      co_await came_.wait();
      continue;
    }
    std::unique_ptr<PeerStream> peer = std::move(waiting_.front());
    waiting_.pop_front();
    // Others of its address may have come in since it sent its first datagram.
    if (const auto reason = gate_.refuses(peer->client().peer)) {
      reject(peer->path().peer, *reason);
      continue;
    }
    not_served_.remove(peer->path());
    served_.add(peer->path(), peer.get());
    peer->client().id = ++last_id_;
    connection.emplace();
    connection->client = peer->client();
    connection->peer = std::move(peer);
  }
  if (!connection) waiting_.clear();
  co_return connection;
}

Task<> DatagramSource::receive() {
  for (unsigned moved = 0;; ++moved) {
    const auto received = datagram_.receive(buffer_);
    if (received) {
      deliver(*received);
      if (moved % turn_datagrams == 0) co_await reactor_.yield();
    } else if (would_block(received.error())) {
      in_.reset();
      co_await in_.wait();
    } else {
      // An ICMP error of some peer, or no memory: the next call knows nothing of it.
      co_await reactor_.sleep(error_pause);
    }
  }
}

void DatagramSource::deliver(const Datagram::Received& received) {
  PeerPath path{received.peer, local_};
  if (received.arrived_at) {
    path.local = received.arrived_at->local.with_port(local_.port());
    if (path.local.is_link_local()) path.local = path.local.with_scope(received.arrived_at->interface);
  }
  PeerStream* const* known = served_.heard(path);
  if (known == nullptr) known = not_served_.heard(path);
  PeerStream* const peer = known != nullptr ? *known : admit(path, received);
  if (peer == nullptr) return;
  peer->add(std::span(buffer_).first(received.size));
  if (peer->client().id == 0) make_room();
}

PeerStream* DatagramSource::admit(const PeerPath& path, const Datagram::Received& received) {
  if (const auto reason = refuses(path.peer)) {
    reject(path.peer, *reason);
    return nullptr;
  }
  if (waiting_.size() >= most_waiting) return nullptr;
  const Client client{0, path.peer.unmapped(), path.local.unmapped(), transport_};
  waiting_.push_back(std::make_unique<PeerStream>(reactor_, *this, client, path, received.arrived_at));
  came_.set();
  return not_served_.add(path, waiting_.back().get());
}

std::optional<Rejection> DatagramSource::refuses(const Endpoint& peer) const {
  if (closed_) return Rejection::not_the_client;
  if (options_.answers_everything && may_answer_back(peer)) return Rejection::denied;
  return gate_.refuses(peer.unmapped());
}

bool DatagramSource::may_answer_back(const Endpoint& peer) const {
  // echo, discard, daytime, quote of the day, chargen, time
  constexpr std::array<std::uint16_t, 6> simple_services{7, 9, 13, 17, 19, 37};
  if (peer.is_unix()) return peer == local_;
  const bool simple = std::ranges::find(simple_services, peer.port()) != simple_services.end();
  return simple || peer.port() == local_.port();
}

void DatagramSource::reject(const Endpoint& peer, Rejection reason) {
  if (told_.is_new(peer)) observer_.rejected(peer.unmapped(), reason);
}

bool DatagramSource::keeps_silent() const {
  int unread = 0;
  int room = 0;
  socklen_t length = sizeof room;
  const int fd = datagram_.socket().fd();
  return transport_.unix_domain && ioctl(fd, SIOCOUTQ, &unread) == 0 &&
         getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, &length) == 0 && unread > room / 4;
}

void DatagramSource::make_room() {
  if (!served_.empty() && served_.size() + waiting_.size() > options_.max_peers) {
    served_.take_oldest()->let_go();
  }
}

}  // namespace

std::unique_ptr<Source> make_datagram_source(Reactor& reactor, Listener listener, Transport transport,
                                             Gate& gate, SourceObserver& observer,
                                             const DatagramSourceOptions& options) {
  return std::make_unique<DatagramSource>(reactor, std::move(listener), transport, gate, observer, options);
}

}  // namespace net
