#include "net/serve/broker.hh"

#include <algorithm>
#include <cerrno>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "net/base/text.hh"
#include "net/loop/group.hh"
#include "net/serve/chat_lines.hh"

namespace net {
namespace {

// How much of what one client sent may be on its way to others before it has to wait.
constexpr std::size_t window_size = std::size_t{256} << 10U;
// What a message takes beside its bytes, or empty ones would be free.
constexpr std::size_t message_cost = 64;

/// What one client has sent and others have not got yet.
struct Window {
  explicit Window(Reactor& reactor) : room(reactor) { room.set(); }
  std::size_t filled = 0;
  Event room;
};

/// What one client sent, shared by all who are to get it.
class Message {
 public:
  Message(std::shared_ptr<Window> window, std::string bytes)
      : window_(std::move(window)), bytes_(std::move(bytes)) {
    window_->filled += cost();
  }
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;
  ~Message() {
    window_->filled -= cost();
    if (window_->filled < window_size / 2) window_->room.set();
  }
  [[nodiscard]] std::string_view bytes() const { return bytes_; }
  [[nodiscard]] std::size_t cost() const { return bytes_.size() + message_cost; }
  [[nodiscard]] const Window& window() const { return *window_; }

 private:
  std::shared_ptr<Window> window_;
  std::string bytes_;
};

class Member;

/// How many bytes have reached each member.
using Progress = std::map<const Member*, std::uint64_t>;

/// All who are there.
class Room {
 public:
  void enter(Member& member) { members_.push_back(&member); }
  void leave(Member& member) { members_.remove(&member); }
  void tell(const Member& from, const std::shared_ptr<const Message>& message);
  /// What each has got so far.
  [[nodiscard]] Progress progress() const;
  /// Drops all who still have to read something of `window` and have hardly got anything `since`.
  void drop_those_behind(const Window& window, const Progress& since);

 private:
  std::list<Member*> members_{};
};

/// A client as the broker has it. As a Stream: what is written to it goes to all others, and what they write
/// is read from it.
class Member final : public Stream {
 public:
  Member(Session session, Room& room, BrokerKind kind)
      : session_(session),
        room_(room),
        stop_(session.reactor),
        in_(session.reactor),
        full_(session.reactor),
        gone_(session.reactor),
        window_(std::make_shared<Window>(session.reactor)) {
    if (kind == BrokerKind::lines) lines_.emplace(name());
    room_.enter(*this);
  }
  Member(const Member&) = delete;
  Member& operator=(const Member&) = delete;
  ~Member() override { room_.leave(*this); }

  [[nodiscard]] Io read(std::span<std::byte> into) override;
  [[nodiscard]] Io write(std::span<const std::byte> from) override;
  [[nodiscard]] std::error_code finish() override { return {}; }
  [[nodiscard]] Event& in() override { return in_; }
  [[nodiscard]] Event& out() override { return window_->room; }
  [[nodiscard]] Event& gone() override { return gone_; }
  [[nodiscard]] bool keeps_boundaries() const override { return session_.peer.keeps_boundaries(); }
  [[nodiscard]] bool has_end() const override { return session_.peer.has_end(); }

  void queue(const std::shared_ptr<const Message>& message);
  [[nodiscard]] bool awaits(const Window& window) const;
  /// Bytes that have reached the client, as far as the kernel tells: its buffers hide what goes on behind
  /// them.
  [[nodiscard]] std::uint64_t received() const;
  /// `pump` moves what is read from this to the client.
  void moved_by(const Pump& pump) { pump_ = &pump; }
  void drop();
  /// What its client said last, if that was not a whole line.
  void say_rest();
  /// Gets what is in its queue, and nothing more.
  void take_leave();
  /// Drops those who keep this one waiting; never ends.
  Task<> watch_others();

  [[nodiscard]] Stop& stop() { return stop_; }
  [[nodiscard]] bool dropped() const { return dropped_; }
  [[nodiscard]] std::uint64_t waiting() const { return waiting_; }

 private:
  [[nodiscard]] std::string name() const;
  void say(std::string bytes);
  [[nodiscard]] std::size_t take(std::span<std::byte> into);

  Session session_;
  Room& room_;
  Stop stop_;
  Event in_;
  Event full_;  ///< set while this one has to wait for others
  Event gone_;
  const Pump* pump_ = nullptr;
  std::shared_ptr<Window> window_;
  std::optional<ChatLines> lines_{};
  std::deque<std::shared_ptr<const Message>> queue_{};
  std::size_t taken_ = 0;      ///< of the first in the queue
  std::size_t cost_ = 0;       ///< of all that is in the queue
  std::uint64_t waiting_ = 0;  ///< bytes in the queue
  bool leaving_ = false;
  bool dropped_ = false;
};

void Room::tell(const Member& from, const std::shared_ptr<const Message>& message) {
  for (Member* const member : members_) {
    if (member != &from) member->queue(message);
  }
}

Progress Room::progress() const {
  Progress progress;
  for (const Member* const member : members_) progress[member] = member->received();
  return progress;
}

void Room::drop_those_behind(const Window& window, const Progress& since) {
  for (Member* const member : members_) {
    const auto before = since.find(member);
    const bool known = before != since.end() && member->awaits(window);
    if (known && member->received() < before->second + broker_least) member->drop();
  }
}

std::string Member::name() const {
  const Endpoint& peer = session_.client.peer;
  return peer.is_ip() ? peer.text() : "client " + std::to_string(session_.client.id);
}

void Member::queue(const std::shared_ptr<const Message>& message) {
  if (leaving_ || dropped_) return;
  queue_.push_back(message);
  cost_ += message->cost();
  waiting_ += message->bytes().size();
  in_.set();
  if (cost_ > broker_queue) drop();
}

bool Member::awaits(const Window& window) const {
  return std::ranges::any_of(queue_,
                             [&window](const auto& message) { return &message->window() == &window; });
}

std::uint64_t Member::received() const {
  if (pump_ == nullptr) return 0;
  const std::uint64_t on_its_way = session_.tcp_fd >= 0 ? unacknowledged_bytes(session_.tcp_fd, false) : 0;
  return pump_->flow.written - std::min(pump_->flow.written, on_its_way);
}

void Member::drop() {
  dropped_ = true;
  queue_.clear();
  stop_.now(EndReason::local_error);
}

std::size_t Member::take(std::span<std::byte> into) {
  const std::string_view bytes = queue_.front()->bytes().substr(taken_);
  const std::size_t count = std::min(into.size(), bytes.size());
  std::ranges::copy(std::as_bytes(std::span(bytes)).first(count), into.begin());
  taken_ += count;
  waiting_ -= count;
  // A message that does not fit is cut, as by recv(2).
  if (count == bytes.size() || keeps_boundaries()) {
    cost_ -= queue_.front()->cost();
    waiting_ -= bytes.size() - count;
    taken_ = 0;
    queue_.pop_front();
  }
  return count;
}

Io Member::read(std::span<std::byte> into) {
  if (queue_.empty()) {
    if (leaving_) return 0;
    in_.reset();
    return std::unexpected(errno_code(EAGAIN));
  }
  std::size_t count = take(into);
  while (!keeps_boundaries() && count < into.size() && !queue_.empty()) count += take(into.subspan(count));
  return count;
}

void Member::say(std::string bytes) {
  if (bytes.empty() && lines_) return;
  room_.tell(*this, std::make_shared<const Message>(window_, std::move(bytes)));
}

Io Member::write(std::span<const std::byte> from) {
  if (window_->filled >= window_size) {
    window_->room.reset();
    full_.set();
    return std::unexpected(errno_code(EAGAIN));
  }
  std::string bytes(reinterpret_cast<const char*>(from.data()), from.size());
  if (lines_) {
    std::string said = lines_->feed(bytes);
    if (keeps_boundaries()) said += lines_->finish();
    bytes = std::move(said);
  }
  say(std::move(bytes));
  return from.size();
}

void Member::say_rest() {
  if (lines_) say(lines_->finish());
}

void Member::take_leave() {
  leaving_ = true;
  in_.set();
}

Task<> Member::watch_others() {
  Reactor& reactor = session_.reactor;
  for (;;) {
    co_await full_.wait();
    full_.reset();
    bool eased = false;
    while (!eased) {
      const Progress before = room_.progress();
      eased = co_await wait_until(reactor, window_->room, reactor.now() + broker_patience);
      if (!eased) room_.drop_those_behind(*window_, before);
    }
  }
}

Task<std::optional<Served>> as_served(Task<Served> task) {
  co_return co_await task;
}

Task<std::optional<Served>> watch(Member& member) {
  co_await member.watch_others();
  co_return std::nullopt;
}

Task<std::optional<Served>> stop_with(Stop& all, Stop& one, Reactor& reactor) {
  co_await all.event().wait();
  one.now(all.reason());
  co_await reactor.sleep(forever);
  co_return std::nullopt;
}

class Broker final : public Handler {
 public:
  Broker(Reactor& reactor, BrokerKind kind, ServeOptions options)
      : reactor_(reactor), kind_(kind), options_(std::move(options)) {}
  Task<Served> serve(Session session) override;

 private:
  Reactor& reactor_;
  BrokerKind kind_;
  ServeOptions options_;
  Room room_{};
};

Task<Served> Broker::serve(Session session) {
  Member member(session, room_, kind_);
  const std::unique_ptr<Pump> up = make_pump(reactor_, member, session.peer, options_.framing);
  const std::unique_ptr<Pump> down = make_pump(reactor_, session.peer, member, options_.framing);
  member.moved_by(*up);
  if (options_.attach) options_.attach(session.peer, up.get(), *down);
  RelayOptions relay;
  relay.idle = options_.idle;
  relay.idle_by_peer = !session.peer.has_end();
  relay.drain = forever;
  relay.peer_ended = [&member, &down] {
    member.say_rest();
    if (down->flow.read > 0) member.take_leave();
  };
  const Session own{session.reactor, session.client, session.peer, session.tcp_fd, member.stop()};
  Group<std::optional<Served>> running(reactor_);
  running.add(as_served(exchange(own, up.get(), *down, relay)));
  running.add(stop_with(session.stop, member.stop(), reactor_));
  running.add(watch(member));
  std::optional<Served> ended = co_await running.next();
  Served served = std::move(*ended);
  member.say_rest();
  served.closed.unsent += member.waiting();
  if (member.dropped()) {
    close_by_reset(session.tcp_fd);
    const auto& client = session.client;
    served.error.emplace("broker", subject_text(client.peer, client.transport), errno_code(ENOBUFS));
    served.error->detail = "client " + std::to_string(client.id) +
                           " does not read fast enough: dropped with " + size_text(served.closed.unsent) +
                           " unread";
  }
  co_return served;
}

}  // namespace

std::unique_ptr<Handler> make_broker(Reactor& reactor, BrokerKind kind, ServeOptions options) {
  return std::make_unique<Broker>(reactor, kind, std::move(options));
}

}  // namespace net
