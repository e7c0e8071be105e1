#include "cmd/resolve_bulk.hh"

#include <algorithm>
#include <memory>
#include <utility>

#include "cmd/resolve_lines.hh"
#include "cmd/resolve_progress.hh"
#include "cmd/resolve_view.hh"
#include "cmd/resolve_wire.hh"
#include "net/dns/bulk.hh"
#include "net/loop/group.hh"

namespace cmd {
namespace {

// Fewer than dnsmasq takes at a time (150; it refuses more) and than unbound and BIND keep for all their
// clients (about 1000): who asks a server of his own may want ten times as many.
constexpr std::uint64_t usual_concurrency = 100;

/// Shows results and counts what the names came to.
class Shown final : public net::dns::BulkSink {
 public:
  Shown(Results& results, Output& out, bool shortened, NameStatuses& statuses)
      : results_(results), statuses_(statuses), view_(results, out, shortened), short_(shortened) {}

  void take(const net::dns::BulkQuestion& asked, const net::dns::QueryResult& result) override {
    const net::dns::Question& question = asked.spec.question;
    statuses_.close(asked.tag, result_status(question, result));
    if (result.error && !results_.json() && !short_) {
      failure(question, result);
    } else {
      view_.result(question, result);
    }
  }
  [[nodiscard]] bool full() const override { return results_.full(); }
  net::Task<bool> flush() override { return keep_flushing(); }

  [[nodiscard]] bool failed() const { return failed_; }

 private:
  /// One of many failures is a result like the others, and stands among them.
  void failure(const net::dns::Question& question, const net::dns::QueryResult& result) {
    const net::Error& error = *result.error;
    if (result.cut) view_.response(question, *result.cut, result.warnings);
    results_.line(";; " + error.subject + ": " + error.message() + " (" + error.symbol() + ")",
                  error.blame == net::Blame::silence ? Tone::waiting : Tone::bad);
  }

  net::Task<bool> keep_flushing() {
    if (!co_await results_.flush()) failed_ = true;
    co_return !failed_;
  }

  Results& results_;
  NameStatuses& statuses_;
  ResponseView view_;
  bool short_;
  bool failed_ = false;
};

net::Task<std::optional<net::Error>> work(net::dns::Bulk& bulk) {
  const auto ended = co_await bulk.run();
  if (!ended) co_return ended.error();
  co_return std::nullopt;
}

net::Task<std::optional<net::Error>> show_progress(BulkProgress& progress) {
  co_await progress.run();
  co_return std::nullopt;
}

net::dns::BulkOptions bulk_options(const ResolveFlags& flags, const ResolveWire& wire) {
  std::vector<net::Endpoint> servers;
  for (const auto& group : wire.server_groups()) servers.insert(servers.end(), group.begin(), group.end());
  net::dns::BulkOptions options;
  options.query = wire.query_options(std::move(servers), net::dns::Type::A);
  options.concurrency = flags.concurrency.value_or(usual_concurrency);
  options.rate = flags.rate;
  options.ordered = flags.ordered;
  return options;
}

/// Where each group's servers stand among all.
std::vector<net::dns::ServerRange> server_ranges(const ResolveWire& wire) {
  std::vector<net::dns::ServerRange> ranges;
  std::size_t first = 0;
  for (const auto& group : wire.server_groups()) {
    ranges.push_back(net::dns::ServerRange{first, group.size()});
    first += group.size();
  }
  return ranges;
}

}  // namespace

net::Task<int> resolve_bulk(net::Reactor& reactor, Results& results, Output& out, const ResolveFlags& flags) {
  ResolveWire wire(reactor, results, out, flags);
  if (const int failed = co_await wire.find_servers(); failed != status_ok) co_return failed;
  const auto lines = LineReader::open(reactor, flags.file);
  if (!lines) {
    out.error(lines.error());
    co_return exit_status(lines.error());
  }
  NameStatuses statuses;
  QuestionLines source(**lines, out, flags, server_ranges(wire), statuses);
  Shown sink(results, out, flags.shortened, statuses);
  net::dns::Bulk bulk(reactor, bulk_options(flags, wire), source, sink);
  std::optional<BulkProgress> progress;
  net::Group<std::optional<net::Error>> tasks(reactor);
  if (flags.progress) {
    progress.emplace(reactor, out, bulk);
    tasks.add(show_progress(*progress));
  }
  tasks.add(work(bulk));
  const std::optional<net::Error> error = co_await tasks.next();
  if (progress) progress->finish();
  for (const auto* reason : {&error, &(*lines)->error()}) {
    if (!*reason) continue;
    out.error(**reason);
    co_return exit_status(**reason);
  }
  if (sink.failed()) co_return status_local;
  co_return std::max<int>(statuses.worst(), source.saw_bad_lines() ? status_usage : status_ok);
}

}  // namespace cmd
