#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "cmd/connect_mode.hh"
#include "cmd/connect_scan_hosts.hh"
#include "cmd/connect_scan_progress.hh"
#include "cmd/connect_scan_view.hh"
#include "net/base/text.hh"
#include "net/loop/group.hh"
#include "net/probe/scan.hh"

namespace cmd {
namespace {

using namespace std::chrono_literals;

net::ScanOptions scan_options(const ConnectFlags& flags) {
  net::ScanOptions options;
  options.dial = dial_options(flags);
  options.ports = flags.scan.ports;
  options.concurrency = flags.scan.concurrency;
  options.rate = flags.scan.rate;
  options.timeout = flags.timeout.value_or(1s);
  options.banner = flags.scan.banner;
  options.all = flags.scan.all;
  return options;
}

class ConnectScan final : public ConnectMode {
 public:
  explicit ConnectScan(const ConnectContext& context)
      : ConnectMode(context),
        hosts_(reactor_, results_, flags_),
        view_(results_, flags_, out_.options().quiet),
        scan_((flags_.relay.udp ? net::make_udp_scan : net::make_tcp_scan)(reactor_, scan_options(flags_),
                                                                           hosts_, view_)),
        began_(reactor_.now()) {}

  net::Task<int> run() override;
  int interrupted(const Ending& ending) override;

 private:
  net::Task<std::optional<net::Error>> work();
  net::Task<std::optional<net::Error>> show_progress();
  net::Task<std::optional<net::Error>> until_reader_gone();
  [[nodiscard]] std::optional<std::uint64_t> total() const;
  [[nodiscard]] int status(bool failed) const;

  ScanHosts hosts_;
  ScanView view_;
  std::unique_ptr<net::Scan> scan_;
  net::TimePoint began_;
};

/// The ports of all hosts, where that is known.
std::optional<std::uint64_t> ConnectScan::total() const {
  const auto hosts = hosts_.count();
  if (!hosts) return std::nullopt;
  net::Uint128 ports = 0;
  for (const auto& range : flags_.scan.ports) ports += range.last - range.first + 1U;
  const net::Uint128 total = ports * *hosts;
  return net::high64(total) == 0 ? std::optional(net::low64(total)) : std::nullopt;
}

net::Task<std::optional<net::Error>> ConnectScan::work() {
  const auto ended = co_await scan_->run();
  if (!ended) co_return ended.error();
  co_return hosts_.error();
}

net::Task<std::optional<net::Error>> ConnectScan::show_progress() {
  const bool wanted =
      flags_.relay.progress || (out_.terminal().interactive() && !results_.json() && !out_.options().quiet);
  ScanProgress progress(reactor_, out_, scan_->figures(), total());
  if (!wanted) co_await reactor_.sleep(net::forever);
  co_await progress.run();
  co_return std::nullopt;
}

net::Task<std::optional<net::Error>> ConnectScan::until_reader_gone() {
  co_await results_.reader_gone();
  co_return net::Error("write", "stdout", net::errno_code(EPIPE));
}

/// What the answers come to; `failed`: this host could not go on.
int ConnectScan::status(bool failed) const {
  const net::ScanFigures& figures = scan_->figures();
  if (figures.open > 0) return status_ok;
  if (hosts_.saw_bad_lines()) return status_usage;
  const bool answered = figures.closed > 0 || figures.filtered > figures.silent;
  if (answered || hosts_.failed_by(net::Blame::remote)) return failed ? status_local : status_refused;
  const bool silent = figures.decided() > 0 || hosts_.failed_by(net::Blame::silence);
  if (silent && !failed) return status_silence;
  const bool own = figures.failed_hosts > 0 || hosts_.failed_by(net::Blame::local);
  return failed || own ? status_local : status_refused;
}

net::Task<int> ConnectScan::run() {
  if (const auto opened = hosts_.open(); !opened) {
    out_.error(opened.error());
    co_return exit_status(opened.error());
  }
  std::optional<net::Error> error;
  {
    net::Group<std::optional<net::Error>> tasks(reactor_);
    tasks.add(show_progress());
    tasks.add(until_reader_gone());
    tasks.add(work());
    error = co_await tasks.next();
  }
  if (view_.failed() || (error && error->op == "write")) co_return status_local;
  if (error) results_.error(*error);
  view_.summary(scan_->figures(), reactor_.now() - began_, 0);
  if (!co_await results_.flush()) co_return status_local;
  co_return status(error.has_value());
}

int ConnectScan::interrupted(const Ending& ending) {
  hosts_.stop();
  scan_->hand_over_rest();
  const net::ScanFigures& figures = scan_->figures();
  if (ending.kind == Ending::Kind::deadline) {
    net::Error error("scan", "", net::errno_code(ETIMEDOUT));
    error.detail = "the deadline of " + net::duration_text(flags_.relay.deadline) + " passed";
    if (figures.open == 0) results_.error(error);
    if (figures.open > 0) results_.note(error.detail);
  }
  const auto all = total();
  const std::uint64_t known = figures.decided() + figures.skipped + figures.unanswered;
  view_.summary(figures, reactor_.now() - began_,
                all ? std::optional(*all - std::min(*all, known)) : std::nullopt);
  return figures.open > 0 ? status_ok : status_silence;
}

}  // namespace

std::unique_ptr<ConnectMode> make_scan_mode(const ConnectContext& context) {
  return std::make_unique<ConnectScan>(context);
}

}  // namespace cmd
