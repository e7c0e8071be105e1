#include "net/serve/service_messages.hh"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <random>
#include <string>
#include <utility>

#include "net/stream/memory_stream.hh"

namespace net {
namespace {

// So many answers may wait for the peer before no more questions are read.
constexpr std::size_t most_waiting = 16;
constexpr std::size_t most_characters = 512;  // RFC 864
// A connection that is closed with something unread cuts off what was sent: the client has so long to close
// first.
constexpr Duration parting = std::chrono::seconds(1);

using Answerer = std::function<std::string(std::span<const std::byte> message)>;

/// One message in, one out.
class Answers final : public Stream {
 public:
  Answers(Reactor& reactor, Answerer answerer)
      : answerer_(std::move(answerer)), in_(reactor), out_(reactor), gone_(reactor) {
    out_.set();
  }
  /// No more questions: what was asked is answered, and that is the end.
  void end() {
    ended_ = true;
    in_.set();
  }
  [[nodiscard]] Io read(std::span<std::byte> into) override {
    at_end_ = waiting_.empty() && ended_;
    if (at_end_) return 0;
    if (waiting_.empty()) {
      in_.reset();
      return std::unexpected(errno_code(EAGAIN));
    }
    const std::string answer = std::move(waiting_.front());
    waiting_.pop_front();
    out_.set();
    const std::size_t size = std::min(into.size(), answer.size());
    std::memcpy(into.data(), answer.data(), size);
    return size;
  }
  [[nodiscard]] Io write(std::span<const std::byte> from) override {
    if (waiting_.size() >= most_waiting) {
      out_.reset();
      return std::unexpected(errno_code(EAGAIN));
    }
    waiting_.push_back(answerer_(from));
    in_.set();
    return from.size();
  }
  [[nodiscard]] std::error_code finish() override { return {}; }
  [[nodiscard]] Event& in() override { return in_; }
  [[nodiscard]] Event& out() override { return out_; }
  [[nodiscard]] Event& gone() override { return gone_; }
  [[nodiscard]] bool keeps_boundaries() const override { return true; }
  // An empty answer is not the end.
  [[nodiscard]] bool has_end() const override { return at_end_; }

 private:
  Answerer answerer_;
  std::deque<std::string> waiting_{};
  bool ended_ = false;
  bool at_end_ = false;
  Event in_;
  Event out_;
  Event gone_;
};

/// The pattern of RFC 864, a line a message, for as long as somebody reads.
class Lines final : public Stream {
 public:
  explicit Lines(Reactor& reactor) : ready_(reactor), gone_(reactor) { ready_.set(); }
  [[nodiscard]] Io read(std::span<std::byte> into) override {
    const std::string line = chargen_line(next_++);
    const std::size_t size = std::min(into.size(), line.size());
    std::memcpy(into.data(), line.data(), size);
    return size;
  }
  [[nodiscard]] Io write(std::span<const std::byte> from) override { return from.size(); }
  [[nodiscard]] std::error_code finish() override { return {}; }
  [[nodiscard]] Event& in() override { return ready_; }
  [[nodiscard]] Event& out() override { return ready_; }
  [[nodiscard]] Event& gone() override { return gone_; }
  [[nodiscard]] bool keeps_boundaries() const override { return true; }

 private:
  Event ready_;
  Event gone_;
  std::size_t next_ = 0;
};

/// As many characters as chance will have it, each time from another line on.
class RandomCharacters {
 public:
  std::string operator()(std::span<const std::byte> /*message*/) {
    const std::size_t size = length_(chance_);
    std::string text;
    for (std::size_t line = next_++; text.size() < size; ++line) text += chargen_line(line);
    text.resize(size);
    return text;
  }

 private:
  std::minstd_rand chance_{std::random_device()()};
  std::uniform_int_distribution<std::size_t> length_{0, most_characters};
  std::size_t next_ = 0;
};

std::string same(std::span<const std::byte> message) {
  return {reinterpret_cast<const char*>(message.data()), message.size()};
}

Answerer answerer(ServiceKind kind, const WallClock& clock) {
  if (kind == ServiceKind::echo) return same;
  if (kind == ServiceKind::chargen) return RandomCharacters();
  return [kind, &clock](std::span<const std::byte> /*message*/) {
    return kind == ServiceKind::daytime ? daytime_text(clock()) : time_bytes(clock());
  };
}

Task<Served> answer(ServiceKind kind, const ServeOptions& options, const WallClock& clock, Session session) {
  Answers answers(session.reactor, answerer(kind, clock));
  MessageSender up(session.reactor, answers, session.peer, {});
  MessageSender down(session.reactor, session.peer, answers, {});
  if (options.attach) options.attach(session.peer, &up, down);
  RelayOptions relay;
  relay.idle = options.idle;
  relay.drain = forever;
  relay.peer_ended = [&answers] { answers.end(); };
  co_return co_await exchange(session, &up, down, relay);
}

std::unique_ptr<Stream> words(ServiceKind kind, const WallClock& clock, Reactor& reactor) {
  if (kind == ServiceKind::chargen) return std::make_unique<Lines>(reactor);
  auto text = std::make_unique<MemoryStream>(reactor);
  text->feed(kind == ServiceKind::daytime ? daytime_text(clock()) : time_bytes(clock()));
  text->end_input();
  return text;
}

Task<Served> tell(ServiceKind kind, const ServeOptions& options, const WallClock& clock, Session session) {
  const std::unique_ptr<Stream> source = words(kind, clock, session.reactor);
  MessageSender up(session.reactor, *source, session.peer, {});
  DropPump down(session.reactor, session.peer);
  if (options.attach) options.attach(session.peer, &up, down);
  RelayOptions relay;
  relay.idle = options.idle;
  relay.drain = forever;
  relay.quit_after = parting;
  Served served = co_await exchange(session, &up, down, relay);
  if (served.closed.reason == EndReason::quit) served.closed.reason = EndReason::eof;
  co_return served;
}

}  // namespace

Task<Served> serve_messages(ServiceKind kind, const ServeOptions& options, const WallClock& clock,
                            Session session) {
  // Where there is no connection there is nobody before something came.
  if (kind == ServiceKind::echo || !session.peer.has_end()) {
    co_return co_await answer(kind, options, clock, session);
  }
  co_return co_await tell(kind, options, clock, session);
}

}  // namespace net
