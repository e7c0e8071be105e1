#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cmd/connect_options.hh"
#include "cmd/line_reader.hh"
#include "cmd/results.hh"
#include "net/addr/ip_prefix.hh"
#include "net/dial/addresses.hh"
#include "net/probe/scan.hh"

namespace cmd {

/// The hosts of a scan: those of argv, then those of the file's lines. Networks are walked address by
/// address; names are looked up some at a time ahead of their turn, and the first address counts. Lines that
/// are none and names without an address are reported and passed over.
class ScanHosts final : public net::ScanSource {
 public:
  ScanHosts(net::Reactor& reactor, Results& results, const ConnectFlags& flags);

  /// Opens the file, if there is one.
  [[nodiscard]] net::Result<void> open();
  std::optional<net::ScanHost> next() override;
  net::Task<bool> more() override;
  std::uint64_t skip_network() override;
  /// Ends all look-ups.
  void stop();

  /// How many hosts there are in all, where that can be known beforehand: without a file.
  [[nodiscard]] std::optional<std::uint64_t> count() const;
  [[nodiscard]] bool saw_bad_lines() const { return bad_lines_; }
  /// Whether a look-up failed by that one's "no".
  [[nodiscard]] bool failed_by(net::Blame blame) const { return failed_by_.contains(blame); }
  /// Why the file ended too early.
  [[nodiscard]] std::optional<net::Error> error() const;

 private:
  struct Pending {
    ScanHostWord word;
    std::optional<net::Uint128> taken{};  ///< of the network, the number of the last address
    std::optional<net::Result<std::vector<net::Endpoint>>> found{};
    std::optional<net::Task<>> lookup{};  ///< last: it writes into the others
  };

  void fill();
  void add(ScanHostWord word);
  void read(const LineReader::Line& line);
  void complain(const LineReader::Line& line, std::string why);
  net::Task<> look_up(Pending& pending);
  [[nodiscard]] std::optional<net::ScanHost> next_of(Pending& pending);
  [[nodiscard]] net::ScanHost host_at(const std::string& name, net::Endpoint address) const;

  net::Reactor& reactor_;
  Results& results_;
  const ConnectFlags& flags_;
  net::DialOptions dial_;
  std::unique_ptr<LineReader> lines_{};
  std::size_t words_read_ = 0;
  bool lines_ended_ = true;
  bool bad_lines_ = false;
  std::set<net::Blame> failed_by_{};
  net::Event found_;
  std::deque<std::unique_ptr<Pending>> pending_{};
};

}  // namespace cmd
