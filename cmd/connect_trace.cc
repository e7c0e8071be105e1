#include <cerrno>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cmd/connect_mode.hh"
#include "cmd/connect_trace_report.hh"
#include "cmd/relay_report.hh"
#include "cmd/why.hh"
#include "net/base/text.hh"
#include "net/dial/addresses.hh"
#include "net/dns/hostent.hh"
#include "net/probe/trace.hh"

namespace cmd {
namespace {

/// How long a hop waits for the name of its address.
constexpr net::Duration name_patience = std::chrono::seconds(1);

/// The way to a port (--trace): hops are printed as they become known, each with its name.
class ConnectTrace final : public ConnectMode {
 public:
  explicit ConnectTrace(const ConnectContext& context)
      : ConnectMode(context), names_(reactor_), changed_(reactor_) {}

  net::Task<int> run() override;
  int interrupted(const Ending& ending) override;

 private:
  struct Row {
    net::Hop hop;
    std::string name{};
    bool named = false;
  };

  net::Task<int> fail(const net::Error& error, const net::Attempt* attempt = nullptr);
  net::Task<> collect(net::Trace& trace);
  net::Task<> find_name(Row& row);
  net::Task<bool> print_rows();
  void print(const Row& row);
  [[nodiscard]] net::Error unreached(std::string why) const;

  std::optional<net::Endpoint> target_{};
  std::deque<Row> rows_{};  ///< that are known
  std::size_t printed_ = 0;
  bool ended_ = false;
  std::optional<net::Error> failure_{};
  net::Group<> names_;
  net::Event changed_;
};

net::Task<int> ConnectTrace::fail(const net::Error& error, const net::Attempt* attempt) {
  results_.error(error, connect_hint(error, attempt, dial_options(flags_)));
  co_await results_.flush();
  co_return exit_status(error);
}

net::Task<int> ConnectTrace::run() {
  const net::DialOptions dial = dial_options(flags_);
  const auto told = [this](const net::dns::Answer& answer) { results_.event(resolved_document(answer)); };
  const auto addresses = co_await net::find_addresses(reactor_, flags_.host, flags_.port, dial, told);
  if (!addresses) co_return co_await fail(addresses.error());
  target_ = addresses->front();
  net::TraceOptions options;
  options.dial = dial;
  options.max_hops = flags_.trace.max_hops;
  options.wait = flags_.timeout.value_or(options.wait);
  net::Trace trace(reactor_, options, *target_);
  net::Group<> collecting(reactor_);
  collecting.add(collect(trace));
  if (!co_await print_rows()) co_return status_local;
  if (failure_) co_return co_await fail(*failure_, trace.failure());
  const net::Hop& last = rows_.back().hop;
  if (!last.state) {
    co_return co_await fail(unreached("not reached in " + net::count_text(last.ttl, "hop")));
  }
  co_return trace_status(last);
}

net::Task<> ConnectTrace::collect(net::Trace& trace) {
  for (;;) {
    const auto hop = co_await trace.next();
    if (!hop) failure_ = hop.error();
    if (!hop || !*hop) break;
    Row& row = rows_.emplace_back();
    row.hop = **hop;
    row.named = flags_.relay.numeric || !row.hop.address;
    if (!row.named) names_.add(find_name(row));
    changed_.set();
  }
  ended_ = true;
  changed_.set();
}

net::Task<> ConnectTrace::find_name(Row& row) {
  const net::TimePoint until = reactor_.now() + name_patience;
  const auto answer =
      co_await net::with_deadline(reactor_, until, net::dns::look_up_address(reactor_, *row.hop.address));
  if (answer && !answer->error) row.name = answer->official_name;
  row.named = true;
  changed_.set();
}

/// Until the last row is out; false when nobody takes them.
net::Task<bool> ConnectTrace::print_rows() {
  for (;;) {
    while (printed_ < rows_.size() && rows_[printed_].named) print(rows_[printed_++]);
    if (!co_await results_.flush()) co_return false;
    const bool waits_for_name = printed_ < rows_.size() && !rows_[printed_].named;
    if (printed_ < rows_.size() && !waits_for_name) continue;
    if (ended_ && printed_ == rows_.size()) co_return true;
    changed_.reset();
    co_await changed_.wait();
  }
}

void ConnectTrace::print(const Row& row) {
  results_.event(hop_document(row.hop, target_->family(), row.name));
}

net::Error ConnectTrace::unreached(std::string why) const {
  const std::string subject = target_ ? net::subject_text(*target_, flags_.relay.transport()) : flags_.host;
  net::Error error("trace", subject, net::errno_code(ETIMEDOUT));
  error.detail = std::move(why);
  return error;
}

int ConnectTrace::interrupted(const Ending& ending) {
  while (printed_ < rows_.size()) print(rows_[printed_++]);
  const std::string far =
      rows_.empty() ? "before the first hop" : "after hop " + std::to_string(rows_.back().hop.ttl);
  if (ending.kind == Ending::Kind::signal) {
    results_.note("ended by a signal " + far);
    return 0;
  }
  results_.error(
      unreached("the deadline of " + net::duration_text(flags_.relay.deadline) + " passed " + far));
  return status_silence;
}

}  // namespace

std::unique_ptr<ConnectMode> make_trace_mode(const ConnectContext& context) {
  return std::make_unique<ConnectTrace>(context);
}

}  // namespace cmd
