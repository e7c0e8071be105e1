#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "cmd/results.hh"
#include "tests/unit/cmd/capture.hh"

namespace cmd {

/// What reaches stdout, and stderr.
struct Written {
  std::string out;
  std::string err;
};

/// What `work` has Results write.
template <class Work>
Written written(const OutputOptions& options, Work work) {
  const Capture out(STDOUT_FILENO);
  const Capture err(STDERR_FILENO);
  net::Reactor reactor;
  Output output(options);
  Results results(reactor, output);
  work(results);
  EXPECT_TRUE(reactor.run(results.flush()));
  return {out.text(), err.text()};
}

}  // namespace cmd
