#pragma once

#include <optional>
#include <string>

#include "net/base/bytes.hh"
#include "net/base/error.hh"
#include "net/loop/reactor.hh"
#include "net/sock/endpoint.hh"
#include "net/stream/fd_stream.hh"

namespace net::dns {

/// DNS over TCP: messages behind a length of two bytes (RFC 1035, 4.2.2; RFC 7766). Whatever does not happen
/// by `until` is an error with Status::timed_out.
class TcpChannel {
 public:
  /// `subject` names the question and the server in errors.
  TcpChannel(Reactor& reactor, std::string subject) : reactor_(reactor), subject_(std::move(subject)) {}

  Task<Result<void>> open(Endpoint server, std::optional<Endpoint> source, TimePoint until);
  Task<Result<void>> send(Buffer message, TimePoint until);
  /// The next message; an end in its middle, or before it, is an error.
  Task<Result<Buffer>> receive(TimePoint until);

 private:
  Task<Result<void>> fill(std::span<std::uint8_t> into, TimePoint until);
  [[nodiscard]] std::unexpected<Error> failed(std::error_code code, std::string detail = {}) const;

  Reactor& reactor_;
  std::string subject_;
  std::optional<FdStream> stream_{};
};

}  // namespace net::dns
