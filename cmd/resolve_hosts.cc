#include "cmd/resolve_hosts.hh"

#include <algorithm>
#include <cctype>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "cmd/options.hh"
#include "cmd/relay_options.hh"
#include "cmd/relay_report.hh"
#include "net/base/clock.hh"
#include "net/dns/hostent.hh"
#include "net/dns/name.hh"
#include "net/dns/status.hh"

namespace cmd {
namespace {

using net::dns::Answer;

bool is_digits(std::string_view text) {
  return text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// True for what inet_aton(3) reads as a number that others read differently: 010.0.0.1.
bool has_leading_zero(std::string_view word) {
  if (word.empty() || word.find_first_not_of("0123456789.") != std::string_view::npos) return false;
  for (std::size_t begin = 0; begin <= word.size();) {
    const std::string_view part = word.substr(begin, word.find('.', begin) - begin);
    if (part.size() > 1 && part.front() == '0' && is_digits(part)) return true;
    begin += part.size() + 1;
  }
  return false;
}

std::string_view family_name(int family) {
  return family == AF_INET ? "AF_INET" : "AF_INET6";
}

int address_length(int family) {
  return family == AF_INET ? 4 : 16;
}

std::vector<std::string> address_texts(const Answer& answer) {
  std::vector<std::string> texts;
  texts.reserve(answer.addresses.size());
  for (const net::Endpoint& address : answer.addresses) texts.push_back(address.address_text());
  return texts;
}

/// "label          first", the further values below the first.
void lines(Results& results, std::string_view label, const std::vector<std::string>& values) {
  constexpr std::size_t width = 15;
  std::string start(label);
  start.resize(width, ' ');
  if (values.empty()) results.line(start + "-");
  for (const std::string& value : values) {
    results.line(start + value);
    start.assign(width, ' ');
  }
}

void show(Results& results, const Answer& answer) {
  const std::vector<std::string> addresses = address_texts(answer);
  lines(results, "official name", {answer.official_name});
  lines(results, "aliases", answer.aliases);
  lines(results, "address type", {std::string(family_name(answer.family))});
  lines(results, "length", {std::to_string(address_length(answer.family))});
  lines(results, "addresses", addresses);
  List aliases(answer.aliases.begin(), answer.aliases.end());
  List address_list(addresses.begin(), addresses.end());
  results.object(Object{{"h_name", answer.official_name},
                        {"h_aliases", std::move(aliases)},
                        {"h_addrtype", family_name(answer.family)},
                        {"h_length", address_length(answer.family)},
                        {"h_addr_list", std::move(address_list)},
                        {"source", net::dns::source_name(answer.source)},
                        {"time_ms", net::to_ms(answer.time)}});
}

/// What -v says of one question, on stderr.
void tell(Output& out, const Answer& answer, bool backwards) {
  if (out.options().json || !out.options().verbose) return;
  Document document = resolved_document(answer);
  if (backwards) {
    document.subject = answer.host + " PTR";
    if (!answer.error) document.text = answer.official_name + "  (" + answer_origin(answer) + ")";
  }
  out.print(document);
}

/// The error that says most: somebody's "no" before silence, silence before a failure of our own.
net::Error nearest(const std::vector<net::Error>& errors) {
  return *std::ranges::min_element(errors, {}, &net::Error::blame);
}

net::Error reason(const Answer& answer) {
  net::Error error = *answer.error;
  if (answer.server && error.blame == net::Blame::remote) error.said_by = answer.server->address_text();
  return error;
}

net::Task<std::vector<Answer>> all_answers(net::Reactor& reactor, std::string name, int family) {
  std::vector<Answer> answers;
  if (const auto address = net::Endpoint::parse_ip(name, 0)) {
    answers.push_back(co_await net::dns::look_up_address(reactor, *address));
    co_return answers;
  }
  net::dns::HostLookup lookup(reactor, name, family);
  for (;;) {
    std::optional<Answer> answer = co_await lookup.next();
    if (!answer) break;
    answers.push_back(std::move(*answer));
  }
  std::ranges::sort(answers, {}, &Answer::family);
  co_return answers;
}

}  // namespace

void check_host_word(const std::string& word, int family) {
  if (std::ranges::any_of(word, [](unsigned char c) { return c >= 0x80; }))
    throw UsageError("'" + word + "': not ASCII: write its xn-- form");
  if (has_leading_zero(word))
    throw UsageError("'" + word + "': a leading zero is ambiguous (some read it as octal)");
  if (!word.contains(':') && !net::Endpoint::parse_ip(word, 0)) {
    if (const auto name = net::dns::Name::parse(word); !name)
      throw UsageError("'" + word + "': " + name.error());
    return;
  }
  const net::Endpoint address = ip_endpoint(word, 0);
  if (family != AF_UNSPEC && family != address.family())
    throw UsageError("'" + word + "': not of the address family asked for");
}

net::Task<int> resolve_hosts(net::Reactor& reactor, Results& results, Output& out, std::string name,
                             int family) {
  const bool backwards = net::Endpoint::parse_ip(name, 0).has_value();
  const std::vector<Answer> answers = co_await all_answers(reactor, name, family);
  std::vector<net::Error> errors;
  bool found = false;
  for (const Answer& answer : answers) {
    tell(out, answer, backwards);
    if (answer.error) {
      errors.push_back(reason(answer));
    } else if (family != AF_UNSPEC && family != answer.family) {
      // A number in an old form is of its own family, whichever was asked for.
      errors.emplace_back("resolve", name, net::dns::Status::no_data);
    } else {
      if (results.has_lines()) results.line("");
      found = true;
      show(results, answer);
    }
  }
  if (found) co_return status_ok;
  const net::Error error = nearest(errors);
  results.error(error);
  co_return exit_status(error);
}

}  // namespace cmd
