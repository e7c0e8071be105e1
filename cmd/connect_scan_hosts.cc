#include "cmd/connect_scan_hosts.hh"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "cmd/relay_report.hh"
#include "cmd/why.hh"
#include "net/base/words.hh"

namespace cmd {
namespace {

// Names that are looked up at a time: a slow name server must not hold the scan up at each of them.
constexpr std::size_t ahead = 16;

net::Endpoint endpoint_of(const net::IpAddress& address) {
  const net::IpAddress::Bytes bytes = address.bytes();
  const net::ByteView view = bytes.view();
  return address.is_v4() ? net::Endpoint::ipv4(view.first<4>(), 0) : net::Endpoint::ipv6(view.first<16>(), 0);
}

}  // namespace

ScanHosts::ScanHosts(net::Reactor& reactor, Results& results, const ConnectFlags& flags)
    : reactor_(reactor), results_(results), flags_(flags), dial_(dial_options(flags)), found_(reactor) {}

net::Result<void> ScanHosts::open() {
  if (flags_.scan.file.empty()) return {};
  auto lines = LineReader::open(reactor_, flags_.scan.file);
  if (!lines) return std::unexpected(std::move(lines.error()));
  lines_ = std::move(*lines);
  lines_ended_ = false;
  return {};
}

std::optional<net::ScanHost> ScanHosts::next() {
  for (;;) {
    fill();
    if (pending_.empty()) return std::nullopt;
    Pending& first = *pending_.front();
    if (first.lookup && !first.found) return std::nullopt;
    if (auto host = next_of(first)) return host;
    pending_.pop_front();
  }
}

net::Task<bool> ScanHosts::more() {
  if (!pending_.empty()) {
    found_.reset();
    co_await found_.wait();
    co_return true;
  }
  if (lines_ended_) co_return false;
  lines_ended_ = !co_await lines_->more();
  co_return true;
}

std::uint64_t ScanHosts::skip_network() {
  if (pending_.empty() || !pending_.front()->word.network) return 0;
  Pending& pending = *pending_.front();
  const net::IpRange& range = *pending.word.network;
  const net::Uint128 last = range.last.value() - range.first.value();
  const net::Uint128 left = last - pending.taken.value_or(last);
  pending.taken = last;
  return net::high64(left) == 0 ? net::low64(left) : UINT64_MAX;
}

void ScanHosts::stop() {
  pending_.clear();
}

void ScanHosts::fill() {
  while (pending_.size() < ahead) {
    if (words_read_ < flags_.scan.hosts.size()) {
      add(read_scan_host(flags_.scan.hosts[words_read_++], flags_.relay.numeric, dial_.family));
    } else if (const auto line = lines_ ? lines_->next() : std::nullopt) {
      read(*line);
    } else {
      return;
    }
  }
}

void ScanHosts::add(ScanHostWord word) {
  auto& pending = *pending_.emplace_back(std::make_unique<Pending>(std::move(word)));
  if (pending.word.address || pending.word.network) return;
  pending.lookup.emplace(look_up(pending));
  pending.lookup->start();
}

net::Task<> ScanHosts::look_up(Pending& pending) {
  const auto told = [this](const net::dns::Answer& answer) { results_.event(resolved_document(answer)); };
  auto found = co_await net::find_addresses(reactor_, pending.word.text, 0, dial_, told);
  pending.found.emplace(std::move(found));
  found_.set();
}

std::optional<net::ScanHost> ScanHosts::next_of(Pending& pending) {
  const ScanHostWord& word = pending.word;
  if (word.network) {
    const net::IpAddress& first = word.network->first;
    const net::Uint128 number = pending.taken ? *pending.taken + 1 : net::Uint128{0};
    if (pending.taken && first.value() + *pending.taken == word.network->last.value()) return std::nullopt;
    pending.taken = number;
    const net::IpAddress address(first.family(), first.value() + number);
    net::ScanHost host = host_at(address.text(), endpoint_of(address));
    host.network = word.text;
    return host;
  }
  if (pending.taken) return std::nullopt;
  pending.taken = 0;
  if (word.address) return host_at(word.text, *word.address);
  if (*pending.found) return host_at(word.text, (*pending.found)->front());
  const net::Error& error = pending.found->error();
  failed_by_.insert(error.blame);
  results_.error(error, connect_hint(error, nullptr, dial_));
  return std::nullopt;
}

net::ScanHost ScanHosts::host_at(const std::string& name, net::Endpoint address) const {
  // A link-local address means nothing without its interface.
  if (address.is_link_local() && address.scope() == 0) {
    address = address.with_scope(net::interface_index(dial_.interface).value_or(0));
  }
  return {name, address};
}

std::optional<std::uint64_t> ScanHosts::count() const {
  if (lines_) return std::nullopt;
  std::uint64_t count = 0;
  for (const std::string& text : flags_.scan.hosts) {
    const ScanHostWord word = read_scan_host(text, flags_.relay.numeric, dial_.family);
    const net::AddressCount size = word.network ? word.network->size() : net::Uint128{1};
    if (!size || net::high64(*size + count) != 0) return std::nullopt;
    count += net::low64(*size);
  }
  return count;
}

std::optional<net::Error> ScanHosts::error() const {
  return lines_ ? lines_->error() : std::nullopt;
}

void ScanHosts::read(const LineReader::Line& line) {
  if (line.too_long) return complain(line, "longer than 4096 bytes");
  const std::string_view text = std::string_view(line.text).substr(0, line.text.find('#'));
  const std::vector<std::string_view> words = net::split_words(text, " \t");
  if (words.empty()) return;
  if (words.size() > 1) return complain(line, "one host a line, not '" + std::string(words[1]) + "' too");
  try {
    add(read_scan_host(std::string(words.front()), flags_.relay.numeric, dial_.family));
  } catch (const UsageError& error) {
    complain(line, error.what());
  } catch (const StartError& error) {
    complain(line, "'" + std::string(words.front()) + "': " + error.error().message());
  }
}

void ScanHosts::complain(const LineReader::Line& line, std::string why) {
  bad_lines_ = true;
  net::Error error("scan", "line " + std::to_string(line.number), net::errno_code(EINVAL), net::Blame::usage);
  error.detail = std::move(why);
  results_.error(error);
}

}  // namespace cmd
