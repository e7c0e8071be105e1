#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cmd/connect_options.hh"
#include "cmd/results.hh"
#include "net/kern/services_db.hh"
#include "net/probe/scan.hh"

namespace cmd {

/// Shows what a scan finds.
class ScanView final : public net::ScanSink {
 public:
  /// With `quiet` the text is of open ports alone.
  ScanView(Results& results, const ConnectFlags& flags, bool quiet);

  void take(const net::PortResult& result) override;
  void host_failed(const net::ScanHost& host, const net::Endpoint& address, const net::Error& error) override;
  void network_failed(const net::ScanHost& host, std::size_t hosts, const net::Error& error) override;
  void icmp_limited(const net::ScanHost& host, net::Duration interval, std::size_t left) override;
  [[nodiscard]] bool full() const override { return results_.full(); }
  net::Task<bool> flush() override;

  /// The last line. `untried` are the ports whose turn never came, or nothing where nobody knows how many.
  void summary(const net::ScanFigures& figures, net::Duration duration, std::optional<std::uint64_t> untried);
  /// stdout cannot be written.
  [[nodiscard]] bool failed() const { return failed_; }

 private:
  [[nodiscard]] std::string line(const net::PortResult& result, std::string_view service);
  [[nodiscard]] std::string host_column(const net::ScanHost& host);
  [[nodiscard]] std::string_view service_of(std::uint16_t port) const;

  Results& results_;
  bool quiet_;
  const ConnectFlags& flags_;
  net::Transport transport_;
  net::DialOptions dial_;
  net::kern::ServiceMap services_{};
  std::optional<net::Endpoint> shown_{};  ///< the host of the last line
  std::string shown_name_{};
  std::size_t port_width_ = 10;  ///< of the longest port that is asked, and no less
  std::size_t host_width_ = 0;
  std::uint64_t failed_hosts_ = 0;
  bool failed_ = false;
};

}  // namespace cmd
