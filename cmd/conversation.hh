#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "cmd/output.hh"
#include "cmd/progress.hh"
#include "cmd/relay_options.hh"
#include "cmd/relay_report.hh"
#include "net/base/fd.hh"
#include "net/loop/reactor.hh"
#include "net/stream/exchange.hh"
#include "net/stream/stream.hh"

namespace cmd {

/// Where --hexdump goes. Opened before anything else is done.
class Hexdump {
 public:
  Hexdump(Output& out, std::string file) : out_(out), file_(std::move(file)) {}
  /// Opens the file; nothing to do for "-" or no file.
  [[nodiscard]] net::Result<void> open();
  /// Adds the filter to a pump, if there is a dump to make.
  void attach(net::Pump& pump, char mark);
  /// True after a write that failed (which was reported).
  [[nodiscard]] bool failed() const { return failed_; }
  /// Its own, which a process that writes to it needs.
  [[nodiscard]] std::vector<int> descriptors() const;

 private:
  void write(std::string_view lines);
  void write_some(std::string_view lines);

  Output& out_;
  std::string file_;
  net::Fd fd_{};
  std::mutex mutex_{};  ///< clients in threads of their own share it
  bool failed_ = false;
};

/// Puts what --crlf, --telnet and --hexdump do on the way to a peer, if there is one, and from it.
void attach_filters(const RelayOptions& options, Hexdump& hexdump, net::Stream& peer, net::Pump* to_peer,
                    net::Pump& from_peer);

/// What a conversation is between.
struct ConversationEnds {
  net::Stream& peer;
  net::Stream* input;         ///< null: stdin is left alone
  net::Stream* output;        ///< null: what arrives is dropped
  int fd;                     ///< of the socket, for TCP_INFO and its queue
  std::string subject;        ///< "192.0.2.1:80/tcp", for errors
  net::Endpoint own_address;  ///< of a connected socket: an ICMP message from it is this host's own
  net::Transport transport{};
  bool serving = false;  ///< listen's rules for an empty stdin, and for when idleness begins
  std::optional<net::Duration> first_reply{};
  net::Endpoint peer_address{};  ///< whom to name in a hint; no address: no hint
};

/// stdin and stdout with one peer, from the first byte to the report. It must outlive the task that run()
/// returns: interrupted, it still knows the figures.
class Conversation {
 public:
  Conversation(net::Reactor& reactor, Output& out, const RelayOptions& options, Hexdump& hexdump,
               const ConversationEnds& ends);

  /// Relays until it is over, reports what went wrong, and gives the exit status.
  net::Task<int> run();
  /// The figures, with the reason of run() or the one given.
  [[nodiscard]] net::Closed closed(std::optional<net::EndReason> reason = std::nullopt) const {
    return exchange_->closed(reason);
  }
  /// True once our input has ended.
  [[nodiscard]] bool input_ended() const { return input_ended_; }

 private:
  void make_pumps();
  [[nodiscard]] net::RelayOptions relay_options() const;
  [[nodiscard]] int report(const net::RelayEnd& end);
  /// Says that the connection was cut, with what was moved; the status for it.
  [[nodiscard]] int report_reset(const net::RelayEnd& end) const;
  void report_local(std::error_code reason) const;

  net::Reactor& reactor_;
  Output& out_;
  const RelayOptions& options_;
  Hexdump& hexdump_;
  ConversationEnds ends_;
  net::TimePoint began_;
  std::unique_ptr<net::Pump> up_;
  std::unique_ptr<net::Pump> down_;
  std::optional<net::Exchange> exchange_;
  std::optional<Progress> progress_;
  bool input_ended_ = false;
};

}  // namespace cmd
