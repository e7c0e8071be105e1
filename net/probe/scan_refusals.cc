#include "net/probe/scan_refusals.hh"

#include <cerrno>

namespace net {
namespace {

// So many of the same kind in a row, and none that could be asked, speak for the rest.
constexpr std::size_t most_ports = 16;
constexpr std::size_t most_hosts = 64;

}  // namespace

void ScanRefusals::begin(const std::shared_ptr<const ScanHost>& host) {
  if (host == host_) return;
  const bool same_network = host_ && !host->network.empty() && host->network == host_->network;
  hosts_ = same_network && told_ && !was_asked_ ? hosts_ + 1 : 0;
  host_ = host;
  was_asked_ = told_ = false;
  ports_ = 0;
}

void ScanRefusals::asked(const ScanTarget& target) {
  begin(target.host);
  was_asked_ = true;
}

void ScanRefusals::refused(const ScanTarget& target, const Error& error) {
  begin(target.host);
  skip(1);
  if (code_ != error.code) ports_ = hosts_ = 0;
  code_ = error.code;
  ++ports_;
  if (!told_) {
    told_ = true;
    ++figures_.failed_hosts;
    sink_.host_failed(*host_, host_->address.with_port(target.port), error);
  }
  // No socket of that family at all depends on no port.
  const bool whole_host = ports_ >= most_ports || error.code == errno_code(EAFNOSUPPORT);
  if (was_asked_ || (!whole_host && hosts_ + 1 < most_hosts)) return;
  skip(walk_.skip_host());
  if (hosts_ + 1 < most_hosts) return;
  if (const std::uint64_t left = walk_.skip_network(); left > 0) {
    skip(left);
    sink_.network_failed(*host_, hosts_ + 1, error);
  }
}

void ScanRefusals::skip(std::uint64_t ports) {
  if (__builtin_add_overflow(figures_.skipped, ports, &figures_.skipped)) figures_.skipped = UINT64_MAX;
}

}  // namespace net
