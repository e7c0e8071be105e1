#pragma once

#include <gtest/gtest.h>

#include <string>

namespace test {

/// Whether NETTOOL_REQUIRE_ALL is set (CI does): then what cannot run is a failure.
[[nodiscard]] bool must_run_all();
[[nodiscard]] bool is_root();
/// Whether PATH has a program of that name.
[[nodiscard]] bool has_program(const std::string& name);

}  // namespace test

/// In a test body: ends the test as skipped, or as failed where everything must run.
#define REQUIRE_THAT(condition, reason)                                      \
  do {                                                                       \
    if (!(condition)) {                                                      \
      if (::test::must_run_all()) FAIL() << "cannot run here: " << (reason); \
      GTEST_SKIP() << (reason);                                              \
    }                                                                        \
  } while (false)

#define REQUIRE_ROOT() REQUIRE_THAT(::test::is_root(), "needs root")
#define REQUIRE_PROGRAM(name) \
  REQUIRE_THAT(::test::has_program(name), std::string("needs the program ") + (name))
#define REQUIRE_NAMESPACES() REQUIRE_THAT(::test::Namespace::can_make(), "needs root and network namespaces")
