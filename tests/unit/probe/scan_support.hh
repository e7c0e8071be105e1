#pragma once

#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "net/probe/scan.hh"

namespace net {

/// Hosts from a list, as addresses in digits.
class ListedHosts final : public ScanSource {
 public:
  explicit ListedHosts(const std::vector<std::string>& hosts) : hosts_(hosts.begin(), hosts.end()) {}

  std::optional<ScanHost> next() override {
    if (hosts_.empty()) return std::nullopt;
    ++given;
    ScanHost host{hosts_.front(), *Endpoint::parse_ip(hosts_.front(), 0)};
    hosts_.pop_front();
    return host;
  }
  Task<bool> more() override { co_return false; }

  std::size_t given = 0;

 private:
  std::deque<std::string> hosts_;
};

/// Keeps results as "host:port state".
class KeptResults final : public ScanSink {
 public:
  void take(const PortResult& result) override {
    lines.push_back(result.address.text() + " " + std::string(name_of(result.state)));
    errors.push_back(result.error ? result.error->message() : "");
    banners.push_back(result.banner);
    if (taken) taken();
  }
  void host_failed(const ScanHost& host, const Endpoint& /*address*/, const Error& error) override {
    failures.push_back(host.name + " " + error.symbol());
  }
  void network_failed(const ScanHost& host, std::size_t hosts, const Error& error) override {
    networks.push_back(host.network + " " + std::to_string(hosts) + " " + error.symbol());
  }
  void icmp_limited(const ScanHost& host, Duration interval, std::size_t /*left*/) override {
    limits.push_back(host.name + " " + std::to_string(interval / std::chrono::milliseconds(100)));
  }
  [[nodiscard]] bool full() const override { return false; }
  Task<bool> flush() override { co_return wants_more; }

  std::vector<std::string> lines;
  std::vector<std::string> errors;
  std::vector<std::string> banners;
  std::vector<std::string> failures;
  std::vector<std::string> networks;
  std::vector<std::string> limits;  ///< "host interval", in tenths of a second
  std::function<void()> taken;
  bool wants_more = true;
};

}  // namespace net
