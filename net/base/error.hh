#pragma once

#include <cerrno>
#include <expected>
#include <string>
#include <string_view>
#include <system_error>

namespace net {

/// A category of error codes that have names in the field ("NXDOMAIN"), as errno values have.
class NamedCategory : public std::error_category {
 public:
  [[nodiscard]] virtual std::string symbol(int value) const = 0;
  /// Whose "no" a code of this category is, unless the caller knows better.
  [[nodiscard]] virtual bool is_silence(int value) const = 0;
};

/// Whose "no" an error is. It decides the exit status, so it is set where it is known, not guessed later.
enum class Blame {
  remote,   ///< the peer, a router or a name server said no
  silence,  ///< nobody said anything in time
  local,    ///< this host: no route, no permission, no descriptors, no such file
  usage,    ///< what was asked for makes no sense
};

/// The usual blame for a code: a refusal or reset is the peer's, ETIMEDOUT is silence, the rest is ours.
[[nodiscard]] Blame usual_blame(const std::error_code& code);

/// A failure as a value: what was tried, on what, and the reason. `subject` and `detail` may hold bytes from
/// argv or the network; whoever prints them escapes them.
struct Error {
  Error(std::string_view operation, std::string what, std::error_code reason);
  Error(std::string_view operation, std::string what, std::error_code reason, Blame who);

  std::string_view op;   ///< a literal: "connect", "bind", "resolve"
  std::string subject;   ///< "192.0.2.1:81/tcp"
  std::error_code code;  ///< errno, or a category of ours such as net::dns
  std::string detail{};  ///< says more than the code's own words, and stands in their place; or empty
  Blame blame;
  std::string said_by{};  ///< the router or host whose ICMP brought the news, where the kernel named it
  std::string hint{};     ///< the cause, where only the place that failed could know it; or empty

  /// The reason in lower-case words: detail, else the code's message; and who said so, if not the subject
  /// itself.
  [[nodiscard]] std::string message() const;
  /// "ECONNREFUSED", "NXDOMAIN": the name that the field knows the code by.
  [[nodiscard]] std::string symbol() const;
};

template <class T>
using Result = std::expected<T, Error>;

/// What a read or write that never blocks answers: bytes moved, or why not (`would_block` among the reasons).
using Io = std::expected<std::size_t, std::error_code>;

/// errno as an error_code (default: the calling thread's errno).
[[nodiscard]] std::error_code errno_code(int value = errno);

/// errno as a failed Result.
[[nodiscard]] std::unexpected<Error> fail(std::string_view op, std::string subject = {},
                                          std::error_code code = errno_code());

/// True for EAGAIN and EWOULDBLOCK.
[[nodiscard]] bool would_block(const std::error_code& code);

}  // namespace net
