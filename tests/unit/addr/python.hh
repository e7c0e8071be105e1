#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/support/program.hh"
#include "tests/support/require.hh"
#include "tests/support/words.hh"

namespace net {

/// Questions for Python's ipaddress with the answers that are expected, all asked of one process.
class PythonOracle {
 public:
  /// `question`: the name of a function of ipaddress_oracle.py and its arguments.
  void expect(const test::Words& question, std::string answer) {
    for (std::size_t i = 0; i < question.size(); ++i) input_ += (i == 0 ? "" : "\t") + question[i];
    input_ += '\n';
    answers_.push_back(std::move(answer));
  }

  /// Asks, and shows the first few answers that are others.
  void ask() {
    const std::string script = std::string(NETTOOL_SOURCE_DIR) + "/tests/unit/addr/ipaddress_oracle.py";
    const auto theirs = test::lines_of(test::run_ok({"python3", script}, input_, std::chrono::seconds(100)));
    ASSERT_EQ(theirs.size(), answers_.size());
    const auto questions = test::lines_of(input_);
    int shown = 0;
    for (std::size_t i = 0; i < answers_.size() && shown < 5; ++i) {
      if (theirs[i] == answers_[i]) continue;
      ++shown;
      ADD_FAILURE() << "asked:    " << questions[i] << "\npython:   " << theirs[i]
                    << "\nexpected: " << answers_[i];
    }
  }

 private:
  std::string input_;
  std::vector<std::string> answers_;
};

}  // namespace net
