#include "net/serve/handover.hh"

#include <fcntl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

#include "net/base/text.hh"
#include "net/stream/datagram_stream.hh"

namespace net {
namespace {

// A peer that takes nothing (a Unix socket whose queue is full) holds nobody up for longer.
constexpr Duration last_words = std::chrono::seconds(1);

/// The acceptor's end of the pair. Datagram sockets have no end: once the worker has ended, this one is
/// there when nothing is left to read.
class PairEnd final : public Stream {
 public:
  PairEnd(Reactor& reactor, Socket socket) : inner_(reactor, std::move(socket), SOCK_DGRAM) {}
  void worker_ended() {
    worker_ended_ = true;
    inner_.in().set();
  }
  [[nodiscard]] Io read(std::span<std::byte> into) override {
    const Io got = inner_.read(into);
    at_end_ = !got && would_block(got.error()) && worker_ended_;
    return at_end_ ? Io(0) : got;
  }
  [[nodiscard]] Io write(std::span<const std::byte> from) override { return inner_.write(from); }
  [[nodiscard]] std::error_code finish() override { return {}; }
  [[nodiscard]] Event& in() override { return inner_.in(); }
  [[nodiscard]] Event& out() override { return inner_.out(); }
  [[nodiscard]] Event& gone() override { return inner_.gone(); }
  [[nodiscard]] bool keeps_boundaries() const override { return true; }
  [[nodiscard]] bool has_end() const override { return at_end_; }

 private:
  DatagramStream inner_;
  bool worker_ended_ = false;
  bool at_end_ = false;
};

struct Pair {
  Socket acceptors;
  Socket workers;
};

Result<Pair> make_pair() {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) < 0) {
    return fail("socketpair");
  }
  std::array<Fd, 2> owned{Fd(ends[0]), Fd(ends[1])};
  auto acceptors = Socket::adopt(std::move(owned[0]), AF_UNIX, SOCK_DGRAM);
  if (!acceptors) return std::unexpected(acceptors.error());
  auto workers = Socket::adopt(std::move(owned[1]), AF_UNIX, SOCK_DGRAM);
  if (!workers) return std::unexpected(workers.error());
  return Pair{std::move(*acceptors), std::move(*workers)};
}

}  // namespace

ClientStop::ClientStop(Reactor& reactor, Stop& server, Stream& peer) : stop_(reactor), heeding_(reactor) {
  heeding_.add(follow(server));
  heeding_.add(heed(peer));
}

Task<> ClientStop::follow(Stop& server) {
  co_await server.event().wait();
  stop_.now(server.reason());
}

Task<> ClientStop::heed(Stream& peer) {
  co_await peer.gone().wait();
  stop_.now(EndReason::idle_timeout);
}

/// Between a peer and the worker's socket.
struct Handover::Bridge {
  Bridge(Reactor& reactor, Stop& server, Connection& connection, Pair pair)
      : peer(std::move(connection.peer)),
        subject(subject_text(connection.client.peer, connection.client.transport)),
        pair_end(reactor, std::move(pair.acceptors)),
        workers(std::move(pair.workers)),
        to_worker(reactor, *peer, pair_end, {}),
        to_peer(reactor, pair_end, *peer, {}),
        own(reactor, server, *peer),
        sent(reactor),
        moving(reactor) {
    moving.add(to_worker.run());
    moving.add(move_to_peer());
  }

  Task<> move_to_peer() {
    co_await to_peer.run();
    if (to_peer.flow.write_error) {
      const bool ours = usual_blame(to_peer.flow.write_error) == Blame::local;
      own.stop().now(ours ? EndReason::local_error : EndReason::reset);
    }
    sent.set();
  }

  std::unique_ptr<Stream> peer;
  std::string subject;
  PairEnd pair_end;
  // Kept open: with it the kernel would throw away what the worker sent.
  Socket workers;
  MessageSender to_worker;
  MessageSender to_peer;
  ClientStop own;
  Event sent;
  Group<> moving;
};

Handover::Handover(Reactor& reactor, Stop& server) : reactor_(reactor), server_(server) {}

Handover::~Handover() = default;

Result<void> Handover::begin(Connection& connection) {
  if (connection.socket) return {};
  auto pair = make_pair();
  if (!pair) return std::unexpected(pair.error());
  Fd copy(fcntl(pair->workers.fd(), F_DUPFD_CLOEXEC, 3));
  if (copy.get() < 0) return fail("dup");
  auto socket = Socket::adopt(std::move(copy), AF_UNIX, SOCK_DGRAM);
  if (!socket) return std::unexpected(socket.error());
  bridge_ = std::make_unique<Bridge>(reactor_, server_, connection, std::move(*pair));
  connection.socket.emplace(std::move(*socket));
  return {};
}

Stop& Handover::stop() {
  return bridge_ ? bridge_->own.stop() : server_;
}

Task<> Handover::finish(Served& served) {
  if (!bridge_) co_return;
  bridge_->pair_end.worker_ended();
  co_await wait_until(reactor_, bridge_->sent, saturating_add(reactor_.now(), last_words));
  const std::error_code error = bridge_->to_peer.flow.write_error;
  if (!error) co_return;
  served.closed.reason = usual_blame(error) == Blame::local ? EndReason::local_error : EndReason::reset;
  if (served.closed.reason == EndReason::local_error) served.error.emplace("serve", bridge_->subject, error);
}

}  // namespace net
