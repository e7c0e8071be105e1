#include "net/base/error.hh"

#include <cctype>
#include <cstring>
#include <string_view>
#include <utility>

namespace net {
namespace {

/// A character that goes on an address, so that what stands before it is another one.
bool goes_on(char c, bool v6) {
  const auto byte = static_cast<unsigned char>(c);
  return v6 ? std::isxdigit(byte) != 0 || c == ':' : std::isdigit(byte) != 0 || c == '.';
}

/// Whether a subject ("192.0.2.1:80/tcp", "[::1]:80/tcp", "www.test. A @192.0.2.1#53") names that address.
/// (192.0.2.10 is another.)
bool is_about(std::string_view subject, std::string_view address) {
  const bool v6 = address.contains(':');
  for (std::size_t at = subject.find(address); at != std::string_view::npos;
       at = subject.find(address, at + 1)) {
    const std::size_t end = at + address.size();
    const bool begins = at == 0 || !goes_on(subject[at - 1], v6);
    if (begins && (end == subject.size() || !goes_on(subject[end], v6))) return true;
  }
  return false;
}

}  // namespace

Blame usual_blame(const std::error_code& code) {
  if (const auto* named = dynamic_cast<const NamedCategory*>(&code.category())) {
    return named->is_silence(code.value()) ? Blame::silence : Blame::remote;
  }
  switch (code.value()) {
    case ECONNREFUSED:
    case ECONNRESET:
    case ECONNABORTED:
    case EPIPE:
    case EPROTO:
      return Blame::remote;
    case ETIMEDOUT:
      return Blame::silence;
    default:
      return Blame::local;
  }
}

Error::Error(std::string_view operation, std::string what, std::error_code reason)
    : Error(operation, std::move(what), reason, usual_blame(reason)) {}

Error::Error(std::string_view operation, std::string what, std::error_code reason, Blame who)
    : op(operation), subject(std::move(what)), code(reason), blame(who) {}

std::string Error::message() const {
  std::string words = detail.empty() ? code.message() : detail;
  // "Connection refused" becomes "connection refused"; "RPC ..." stays.
  if (words.size() > 1 && std::islower(static_cast<unsigned char>(words[1])) != 0) {
    words[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(words[0])));
  }
  if (!said_by.empty() && !is_about(subject, said_by)) words += ", said by " + said_by;
  return words;
}

std::string Error::symbol() const {
  if (code.category() == std::system_category()) {
    const char* name = strerrorname_np(code.value());
    return name != nullptr ? name : "errno " + std::to_string(code.value());
  }
  if (const auto* named = dynamic_cast<const NamedCategory*>(&code.category())) {
    return named->symbol(code.value());
  }
  return std::string(code.category().name()) + " " + std::to_string(code.value());
}

std::error_code errno_code(int value) {
  return {value, std::system_category()};
}

std::unexpected<Error> fail(std::string_view op, std::string subject, std::error_code code) {
  return std::unexpected(Error(op, std::move(subject), code));
}

bool would_block(const std::error_code& code) {
  return code.category() == std::system_category() && (code.value() == EAGAIN || code.value() == EWOULDBLOCK);
}

}  // namespace net
