#include "cmd/output.hh"

#include <unistd.h>

#include <cerrno>

#include "cmd/json_out.hh"
#include "cmd/text_out.hh"
#include "net/base/clock.hh"
#include "net/base/escape.hh"

namespace cmd {

int exit_status(const net::Error& error) {
  switch (error.blame) {
    case net::Blame::remote:
      return status_refused;
    case net::Blame::silence:
      return status_silence;
    case net::Blame::local:
      return status_local;
    case net::Blame::usage:
      return status_usage;
  }
  return status_local;
}

Object event_object(const Document& document) {
  Object object{{"event", document.event}, {"time", net::wall_clock_rfc3339()}};
  object.insert(object.end(), document.json.begin(), document.json.end());
  return object;
}

Value error_value(const net::Error& error, std::string_view hint) {
  Object object{
      {"op", error.op}, {"subject", error.subject}, {"code", error.symbol()}, {"message", error.message()}};
  object.emplace_back("hint", hint.empty() ? Value(nullptr) : Value(hint));
  return object;
}

void Output::print(const Document& document) {
  if (options_.json) {
    if (document.event.empty()) return;
    // Where there are results, what else -v tells is for people.
    if (!options_.events && document.audience != Audience::everybody) return;
    terminal_.line(to_json(event_object(document)));
  } else if (shows(document)) {
    terminal_.line(to_text(document, options_.colour));
  }
}

bool Output::shows(const Document& document) const {
  if (document.label.empty() && document.subject.empty() && document.text.empty()) return false;
  if (document.audience == Audience::verbose) return options_.verbose;
  return document.audience == Audience::everybody || !options_.quiet;
}

void Output::error(const net::Error& error, std::string_view hint, std::optional<std::uint64_t> client) {
  if (options_.json) {
    Document document;
    document.audience = Audience::everybody;
    document.event = "error";
    if (client) document.json.emplace_back("client", *client);
    document.json.emplace_back("error", error_value(error, options_.quiet ? std::string_view() : hint));
    if (options_.events) return print(document);
    return terminal_.line(to_json(document.json));
  }
  std::string line = "nettool: " + std::string(error.op);
  if (!error.subject.empty()) line += " " + error.subject;
  line += ": " + error.message();
  if (error.blame != net::Blame::usage) line += " (" + error.symbol() + ")";
  if (client) line += ", client " + std::to_string(*client);
  terminal_.line(net::escape_terminal(line));
  if (!hint.empty() && !options_.quiet) terminal_.line(net::escape_terminal("hint: " + std::string(hint)));
}

void Output::note(std::string_view text) {
  Document document;
  document.audience = Audience::not_quiet;
  document.text = "note: " + std::string(text);
  print(document);
}

int print_stdout(std::string_view text) {
  while (!text.empty()) {
    const ssize_t put = ::write(STDOUT_FILENO, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) {
      const int reason = errno;
      if (reason != EPIPE) {
        Output(OutputOptions{}).error(net::Error("write", "stdout", net::errno_code(reason)));
      }
      return status_local;
    }
    text.remove_prefix(static_cast<std::size_t>(put));
  }
  return status_ok;
}

}  // namespace cmd
