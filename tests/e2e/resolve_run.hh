#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/support/dns_message.hh"
#include "tests/support/dns_server.hh"
#include "tests/support/netns.hh"
#include "tests/support/nettool.hh"
#include "tests/support/words.hh"

/// What the tests of `nettool resolve` on the wire share.
namespace test {

/// "@127.0.0.1:5353": that server as argv takes it.
[[nodiscard]] inline std::string at(const DnsServer& server, const std::string& address = "127.0.0.1") {
  return "@" + address + ":" + std::to_string(server.port());
}

/// `nettool resolve WORDS @SERVER`, as text.
[[nodiscard]] inline Outcome resolve(const DnsServer& server, const Words& words) {
  return run(nettool_argv(Words{"resolve"} + words + Words{at(server)}));
}

/// The same with --json.
[[nodiscard]] inline Outcome resolve_json(const DnsServer& server, const Words& words) {
  return resolve(server, Words{"--json"} + words);
}

/// The one object on stdout; throws with everything when there is another number of them.
[[nodiscard]] inline json::Value only(const Outcome& outcome) {
  std::vector<json::Value> all = json::parse_lines(outcome.out);
  if (all.size() != 1) {
    fail(std::to_string(all.size()) + " objects instead of one: " + outcome.out + outcome.err);
  }
  return all[0];
}

/// The data of a section's records, in order.
[[nodiscard]] inline Words data_of(const json::Value& section) {
  Words out;
  for (const json::Value& record : section.elements()) out.push_back(record["data"].string());
  return out;
}

/// All warnings of a response, a line each.
[[nodiscard]] inline std::string warnings_of(const json::Value& response) {
  std::string out;
  for (const json::Value& warning : response["warnings"].elements()) out += warning.string() + "\n";
  return out;
}

/// The query that came in last, taken apart; throws when none did.
[[nodiscard]] inline dns::Query last_query(const DnsServer& server) {
  std::vector<Question> asked = server.questions();
  if (asked.empty()) fail("nothing was asked");
  return dns::parse_query(asked.back().message).value();
}

/// Runs until it took no more than a twentieth too long, or several times did: a busy machine may be late
/// once, a wrong span is late each time. Too early is wrong at once. What starting and ending the program
/// costs right now is no part of the time and is taken off.
inline Outcome ends_after(double seconds, const std::function<Outcome()>& work) {
  Outcome outcome;
  double taken = 0;
  for (int round = 0; round < 5; ++round) {
    outcome = work();
    EXPECT_GE(outcome.seconds, seconds * 0.95) << outcome.out << outcome.err;
    taken = outcome.seconds - run(nettool("--version")).seconds;
    if (taken <= seconds * 1.05) return outcome;
  }
  EXPECT_LE(taken, seconds * 1.05) << outcome.out << outcome.err;
  return outcome;
}

}  // namespace test
