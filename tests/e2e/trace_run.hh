#pragma once

#include <string>
#include <vector>

#include "tests/support/json.hh"
#include "tests/support/nettool.hh"
#include "tests/support/topology.hh"
#include "tests/support/user.hh"

/// `nettool connect --trace` in a Topology, by somebody without any privilege.

namespace test {

/// One hop in a few words: "1 10.77.1.2", "3 *", "3 10.77.3.2 open", "2 10.77.2.2 filtered 3/13".
[[nodiscard]] inline std::string hop_words(const json::Value& hop) {
  std::string words = std::to_string(hop["ttl"].integer());
  words += " " + (hop["address"].is_null() ? "*" : hop["address"].string());
  if (!hop["state"].is_null()) words += " " + hop["state"].string();
  if (!hop["state"].is_null() && !hop["icmp"].is_null()) {
    words += " " + std::to_string(hop["icmp"]["type"].integer()) + "/" +
             std::to_string(hop["icmp"]["code"].integer());
  }
  return words;
}

struct TraceRun {
  Outcome outcome;
  std::vector<json::Value> hops{};
  [[nodiscard]] std::vector<std::string> words() const {
    std::vector<std::string> all;
    for (const json::Value& hop : hops) all.push_back(hop_words(hop));
    return all;
  }
};

class Tracer {
 public:
  /// In the namespace of `client`, which it must not outlive.
  explicit Tracer(const Namespace& client) : client_(client) {}

  [[nodiscard]] Options options() const {
    return {.in = Stdio::null(), .before_exec = [enter = client_.enter_hook(), change = become(nobody)] {
              enter();
              change();
            }};
  }
  [[nodiscard]] std::vector<std::string> argv(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {program_, "connect", "--trace"});
    return arguments;
  }
  [[nodiscard]] Outcome run(std::vector<std::string> arguments) const {
    return test::run(argv(std::move(arguments)), options());
  }
  /// To be finished(), with others beside it.
  [[nodiscard]] Program start(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"--json", "-n"});
    return Program(argv(std::move(arguments)), options());
  }
  [[nodiscard]] static TraceRun finished(Program program) {
    TraceRun run{program.wait()};
    run.hops = json::events(run.outcome.out, "hop");
    return run;
  }
  [[nodiscard]] TraceRun json(std::vector<std::string> arguments) const {
    return finished(start(std::move(arguments)));
  }

 private:
  const Namespace& client_;
  TempDir dir_{};
  std::string program_ = copy_for_anybody(dir_);
};

}  // namespace test
