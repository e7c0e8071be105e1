#include "cmd/connect_backoff.hh"

#include <string>
#include <utility>

#include "cmd/output.hh"
#include "net/base/text.hh"

namespace cmd {

Document retry_document(std::uint64_t attempt, net::Duration pause, const net::Error& error) {
  Document document;
  document.tone = Tone::waiting;
  document.label = "retry";
  document.subject = error.subject;
  document.text = "try " + std::to_string(attempt + 1) + " in " + net::duration_text(pause);
  document.event = "retry";
  document.json = {{"attempt", attempt}, {"wait_ms", net::to_ms(pause)}, {"error", error_value(error)}};
  return document;
}

std::string tries_text(std::uint64_t tries, net::Duration span) {
  return std::to_string(tries) + (tries == 1 ? " try in " : " tries in ") + net::duration_text(span);
}

net::Error after_tries(net::Error error, std::uint64_t tries, net::Duration span) {
  error.detail = error.message() + ", after " + tries_text(tries, span);
  error.said_by.clear();
  return error;
}

}  // namespace cmd
