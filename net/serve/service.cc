#include "net/serve/service.hh"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "net/serve/service_messages.hh"
#include "net/stream/memory_stream.hh"

namespace net {
namespace {

constexpr std::size_t line_length = 72;
constexpr char first_printable = ' ';
constexpr std::size_t printable = 95;

/// The lines of RFC 864 for as long as somebody reads them.
class CharacterGenerator final : public Stream {
 public:
  explicit CharacterGenerator(Reactor& reactor) : ready_(reactor), gone_(reactor) {
    ready_.set();
    for (std::size_t line = 0; line < printable; ++line) pattern_ += chargen_line(line);
  }
  [[nodiscard]] Io read(std::span<std::byte> into) override {
    for (std::byte& each : into) {
      each = static_cast<std::byte>(pattern_[next_]);
      if (++next_ == pattern_.size()) next_ = 0;
    }
    return into.size();
  }
  [[nodiscard]] Io write(std::span<const std::byte> from) override { return from.size(); }
  [[nodiscard]] std::error_code finish() override { return {}; }
  [[nodiscard]] Event& in() override { return ready_; }
  [[nodiscard]] Event& out() override { return ready_; }
  [[nodiscard]] Event& gone() override { return gone_; }

 private:
  Event ready_;
  Event gone_;
  std::string pattern_{};
  std::size_t next_ = 0;
};

/// From a stream back to it: a write that fails is a failure of that same peer.
class EchoPump final : public StreamPump {
 public:
  EchoPump(Reactor& reactor, Stream& peer) : StreamPump(reactor, peer, peer) {}
  Task<> run() override {
    co_await StreamPump::run();
    if (flow.write_error) flow.read_error = std::exchange(flow.write_error, {});
  }
};

class Service final : public Handler {
 public:
  Service(ServiceKind kind, const ServeOptions& options, WallClock clock)
      : kind_(kind), options_(options), clock_(std::move(clock)) {}

  Task<Served> serve(Session session) override {
    // Whatever it is that discard drops.
    if (session.peer.keeps_boundaries() && kind_ != ServiceKind::discard) {
      co_return co_await serve_messages(kind_, options_, clock_, session);
    }
    if (kind_ == ServiceKind::echo) co_return co_await echo(session);
    co_return co_await tell(session);
  }

 private:
  Task<Served> echo(Session session);
  /// The others say what they have to say, or nothing, and drop what comes.
  Task<Served> tell(Session session);
  [[nodiscard]] std::unique_ptr<Stream> words(Reactor& reactor) const;

  ServiceKind kind_;
  ServeOptions options_;
  WallClock clock_;
};

Task<Served> Service::echo(Session session) {
  EchoPump pump(session.reactor, session.peer);
  if (options_.attach) options_.attach(session.peer, &pump, pump);
  RelayOptions relay;
  relay.idle = options_.idle;
  Served served = co_await exchange(session, nullptr, pump, relay);
  served.closed.sent = pump.flow.written;
  served.closed.unsent += pump.flow.pending;
  co_return served;
}

Task<Served> Service::tell(Session session) {
  const std::unique_ptr<Stream> source = words(session.reactor);
  std::optional<StreamPump> up;
  if (source) up.emplace(session.reactor, *source, session.peer);
  DropPump down(session.reactor, session.peer);
  if (options_.attach) options_.attach(session.peer, up ? &*up : nullptr, down);
  RelayOptions relay;
  relay.idle = options_.idle;
  relay.drain = forever;
  // Having said all, these servers close (RFC 867, RFC 868).
  relay.quit_after = Duration::zero();
  Served served = co_await exchange(session, up ? &*up : nullptr, down, relay);
  if (served.closed.reason == EndReason::quit) served.closed.reason = EndReason::eof;
  co_return served;
}

std::unique_ptr<Stream> Service::words(Reactor& reactor) const {
  if (kind_ == ServiceKind::discard) return nullptr;
  if (kind_ == ServiceKind::chargen) return std::make_unique<CharacterGenerator>(reactor);
  auto text = std::make_unique<MemoryStream>(reactor);
  text->feed(kind_ == ServiceKind::daytime ? daytime_text(clock_()) : time_bytes(clock_()));
  text->end_input();
  return text;
}

}  // namespace

std::string daytime_text(std::time_t now) {
  std::tm parts{};
  localtime_r(&now, &parts);
  std::array<char, 128> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%A, %B %d, %Y %H:%M:%S-%Z\r\n", &parts);
  return {text.data(), size};
}

std::string time_bytes(std::time_t now) {
  // From 1900 to 1970: 70 years, of which 17 were leap years.
  constexpr std::uint64_t to_unix_epoch = (70ULL * 365 + 17) * 86400;
  const auto seconds = static_cast<std::uint32_t>(static_cast<std::uint64_t>(now) + to_unix_epoch);
  std::string bytes;
  for (const unsigned shift : {24U, 16U, 8U, 0U}) bytes += static_cast<char>(seconds >> shift);
  return bytes;
}

std::string chargen_line(std::size_t number) {
  std::string line;
  for (std::size_t column = 0; column < line_length; ++column) {
    line += static_cast<char>(first_printable + static_cast<char>((number + column) % printable));
  }
  return line + "\r\n";
}

std::unique_ptr<Handler> make_service(ServiceKind kind, const ServeOptions& options, WallClock clock) {
  return std::make_unique<Service>(kind, options, std::move(clock));
}

}  // namespace net
