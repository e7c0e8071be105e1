#include "net/probe/scan_order.hh"

#include <utility>

namespace net {
namespace {

// At the pace of refusals on loopback about what one second of silence holds up: an entry is 16 bytes.
constexpr std::size_t most_entries = 65536;
// What is said about a port is larger.
constexpr std::size_t most_extras = 4096;
// Between so many results everything else has its turn.
constexpr std::size_t stride = 256;

}  // namespace

std::string_view name_of(PortState state) {
  switch (state) {
    case PortState::open:
      return "open";
    case PortState::closed:
      return "closed";
    case PortState::filtered:
      return "filtered";
    case PortState::open_filtered:
      return "open|filtered";
  }
  return {};
}

ScanOrder::ScanOrder(Reactor& reactor, const ScanOptions& options, ScanSink& sink)
    : sink_(sink), all_(options.all), reactor_(reactor), room_(reactor), news_(reactor) {}

bool ScanOrder::full() const {
  return entries_.size() >= most_entries || extras_.size() >= most_extras;
}

ScanOrder::Ticket ScanOrder::begin(const ScanTarget& target) {
  if (hosts_.empty() || hosts_.back().host != target.host) {
    hosts_.push_back({target.host});
    ++figures_.hosts;
  }
  ++hosts_.back().entries;
  Entry& entry = entries_.emplace_back();
  entry.host = first_host_ + static_cast<std::uint32_t>(hosts_.size() - 1);
  entry.port = target.port;
  return first_ + entries_.size() - 1;
}

void ScanOrder::decide(Ticket ticket, PortState state, Duration time) {
  Entry& entry = at(ticket);
  entry.time = time;
  entry.state = state;
  entry.stage = Stage::decided;
  count(state);
  if (ticket == first_) news_.set();
}

void ScanOrder::decide(Ticket ticket, PortState state, Duration time, std::optional<Error> error,
                       std::string banner) {
  if (!all_) error.reset();
  if (error || !banner.empty()) extras_.emplace(ticket, Extra{std::move(error), std::move(banner)});
  decide(ticket, state, time);
}

void ScanOrder::drop(Ticket ticket) {
  at(ticket).stage = Stage::dropped;
  if (ticket == first_) news_.set();
}

void ScanOrder::count(PortState state) {
  std::uint64_t ScanFigures::* figure = nullptr;
  switch (state) {
    case PortState::open:
      figure = &ScanFigures::open;
      break;
    case PortState::closed:
      figure = &ScanFigures::closed;
      break;
    case PortState::filtered:
      figure = &ScanFigures::filtered;
      break;
    case PortState::open_filtered:
      figure = &ScanFigures::open_filtered;
      break;
  }
  ++(figures_.*figure);
}

void ScanOrder::end() {
  ended_ = true;
  news_.set();
}

void ScanOrder::hand_over_front() {
  const Entry entry = entries_.front();
  const ScanHost& host = *hosts_[entry.host - first_host_].host;
  const auto extra = extras_.extract(first_);
  if (entry.stage == Stage::decided && (all_ || entry.state == PortState::open)) {
    PortResult result{host, host.address.with_port(entry.port), entry.state, entry.time};
    if (!extra.empty()) {
      result.error = std::move(extra.mapped().error);
      result.banner = std::move(extra.mapped().banner);
    }
    sink_.take(result);
  }
  --hosts_[entry.host - first_host_].entries;
  entries_.pop_front();
  ++first_;
  // The last one may have more to come.
  while (hosts_.size() > 1 && hosts_.front().entries == 0) {
    hosts_.pop_front();
    ++first_host_;
  }
  room_.set();
}

Task<bool> ScanOrder::deliver() {
  for (;;) {
    std::size_t handed = 0;
    while (has_next()) {
      hand_over_front();
      if (sink_.full() || ++handed == stride) break;
    }
    if (!co_await sink_.flush()) co_return true;
    if (has_next()) {
      co_await reactor_.yield();
      continue;
    }
    if (ended_ && entries_.empty()) co_return true;
    news_.reset();
    co_await news_.wait();
  }
}

void ScanOrder::hand_over_rest() {
  while (!entries_.empty()) {
    if (entries_.front().stage == Stage::begun) ++figures_.unanswered;
    hand_over_front();
  }
}

}  // namespace net
