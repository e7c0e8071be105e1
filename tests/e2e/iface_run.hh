#pragma once

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/netns.hh"
#include "tests/support/nettool.hh"
#include "tests/support/require.hh"
#include "tests/support/words.hh"

/// What the tests of `nettool iface` share.
namespace test {

/// One a line, for ip(8).
[[nodiscard]] inline std::string batch(const Words& commands) {
  std::string text;
  for (const std::string& command : commands) text += command + "\n";
  return text;
}

/// A network of its own in which interfaces are made; two, so that a cable can have an end elsewhere.
class IfaceTest : public testing::Test {
 protected:
  void SetUp() override {
    REQUIRE_NAMESPACES();
    ns_.emplace();
  }

  [[nodiscard]] Namespace& ns() { return *ns_; }
  [[nodiscard]] const Namespace& ns() const { return *ns_; }

  /// ip(8) with many commands, all of which must succeed.
  void ip(const Words& commands) const {
    const Outcome outcome = ns_->run({"ip", "-batch", "-"}, batch(commands));
    if (outcome.status != 0) fail("ip -batch: " + outcome.err);
  }

  /// `nettool iface WORDS` in there.
  [[nodiscard]] Outcome iface(const Words& words = {}) const {
    return ns_->run(nettool_argv(Words{"iface"} + words));
  }

  /// What it prints; throws unless it succeeds without a word on stderr.
  [[nodiscard]] std::string shown(const Words& words = {}) const {
    Outcome outcome = iface(words);
    if (outcome.status != 0 || !outcome.err.empty()) {
      fail("iface: status " + std::to_string(outcome.status) + "\n" + outcome.out + outcome.err);
    }
    return outcome.out;
  }

  [[nodiscard]] std::vector<json::Value> objects(const Words& words = {}) const {
    return json::parse_lines(shown(Words{"--json"} + words));
  }
  [[nodiscard]] json::Value object(const std::string& name) const {
    const std::vector<json::Value> all = objects({name});
    if (all.size() != 1) fail(std::to_string(all.size()) + " objects instead of one");
    return all[0];
  }

  /// The lines of a block, but for the counters, which the kernel may change at any time.
  [[nodiscard]] Words block(const std::string& name) const {
    Words lines;
    for (const std::string& line : lines_of(shown({name}))) {
      if (line.empty()) break;
      if (!line.starts_with("  received ") && !line.starts_with("  sent ")) lines.push_back(line);
    }
    return lines;
  }

 private:
  std::optional<Namespace> ns_;
};

/// The strings of an array.
[[nodiscard]] inline Words strings(const json::Value& list) {
  Words out;
  for (const json::Value& each : list.elements()) out.push_back(each.string());
  return out;
}

}  // namespace test
