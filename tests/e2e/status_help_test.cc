// --help and --version: results on stdout with status 0, and 4 where they cannot be written.

#include <fcntl.h>
#include <gtest/gtest.h>

#include <regex>
#include <sstream>

#include "tests/support/fd.hh"
#include "tests/support/nettool.hh"

namespace test {
namespace {

using Words = std::vector<std::string>;

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

const std::vector<Words> help_lines = {{"--help"},
                                       {"-h"},
                                       {"connect", "--help"},
                                       {"connect", "-h"},
                                       {"listen", "--help"},
                                       {"--help", "listen"},
                                       // Asked for help, nothing else is checked.
                                       {"connect", "--help", "127.0.0.1"},
                                       {"connect", "127.0.0.1", "1", "--help"},
                                       {"--json", "--help"},
                                       {"-v", "listen", "-h"}};

const std::vector<Words> version_lines = {{"--version"},
                                          {"connect", "--version"},
                                          {"--version", "listen"},
                                          {"-v", "--version"},
                                          {"--json", "--version"}};

TEST(StatusHelp, HelpIsAResult) {
  for (const Words& words : help_lines) {
    SCOPED_TRACE(testing::PrintToString(words));
    Outcome outcome = run(nettool_argv(words));
    EXPECT_EQ(outcome.status, 0);
    EXPECT_EQ(outcome.err, "");
    EXPECT_NE(outcome.out.find("Usage: "), std::string::npos);
    EXPECT_NE(outcome.out.find("--help"), std::string::npos);
    EXPECT_TRUE(outcome.out.ends_with('\n'));
  }
}

TEST(StatusHelp, EveryCommandIsListedAndHelpsItself) {
  std::string help = run_ok(nettool("--help"));
  for (const char* command : {"connect", "listen"}) {
    EXPECT_NE(help.find(command), std::string::npos);
    std::string own = run_ok(nettool(command, "--help"));
    EXPECT_NE(own.find(std::string(command) + " [OPTIONS] "), std::string::npos) << own;
  }
  // Global options are good after the command too, so its help has to name them or say where they are.
  for (const char* option : {"--json", "--color", "--verbose", "--quiet", "--version"}) {
    EXPECT_NE(help.find(option), std::string::npos) << option;
  }
}

// Words of the parser's own default help must not show.
TEST(StatusHelp, HelpIsOurs) {
  for (const Words& words : help_lines) {
    std::string out = run_ok(nettool_argv(words));
    for (const char* foreign : {"TEXT", "UINT", "INT:", "REQUIRED", "SUBCOMMAND]", "Positionals"}) {
      EXPECT_EQ(out.find(foreign), std::string::npos) << foreign << "\n" << out;
    }
  }
}

TEST(StatusHelp, VersionBeginsWithNameAndNumber) {
  const std::regex exact("nettool [0-9]+\\.[0-9]+\\.[0-9]+");
  for (const Words& words : version_lines) {
    SCOPED_TRACE(testing::PrintToString(words));
    Outcome outcome = run(nettool_argv(words));
    EXPECT_EQ(outcome.status, 0);
    EXPECT_EQ(outcome.err, "");
    EXPECT_TRUE(std::regex_match(first_line(outcome.out), exact)) << outcome.out;
    // The next lines name features and library versions.
    EXPECT_NE(outcome.out.find("c-ares 1."), std::string::npos) << outcome.out;
    EXPECT_NE(outcome.out.find("CLI11 2."), std::string::npos) << outcome.out;
  }
}

TEST(StatusHelp, AFullDevice) {
  Fd full(open("/dev/full", O_WRONLY | O_CLOEXEC));
  for (const std::vector<Words>* lines : {&help_lines, &version_lines}) {
    for (const Words& words : *lines) {
      SCOPED_TRACE(testing::PrintToString(words));
      Options options;
      options.out = Stdio::fd(full.get());
      Outcome outcome = run(nettool_argv(words), options);
      EXPECT_EQ(outcome.status, 4);
      EXPECT_EQ(outcome.err, "nettool: write stdout: no space left on device (ENOSPC)\n");
    }
  }
}

TEST(StatusHelp, AClosedStdout) {
  for (const char* word : {"--help", "--version"}) {
    Options options;
    options.out = Stdio::closed();
    Outcome outcome = run(nettool(word), options);
    EXPECT_EQ(outcome.status, 4);
    EXPECT_NE(outcome.err.find("stdout"), std::string::npos) << outcome.err;
  }
}

// `nettool --help | head -0`: the reader went away on purpose, and nothing is said.
TEST(StatusHelp, AReaderThatHasGone) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  Fd reader(ends[0]);
  Fd writer(ends[1]);
  reader.close();
  for (const char* word : {"--help", "--version"}) {
    Options options;
    options.out = Stdio::fd(writer.get());
    Outcome outcome = run(nettool(word), options);
    EXPECT_EQ(outcome.status, 4);
    EXPECT_EQ(outcome.signal, 0);
    EXPECT_EQ(outcome.err, "");
  }
}

// A line that is too broad for a terminal of 120 columns wraps where nobody expects it.
TEST(StatusHelp, LinesFitTheScreen) {
  for (const Words& words : {Words{"--help"}, Words{"connect", "--help"}, Words{"listen", "--help"}}) {
    std::istringstream lines(run_ok(nettool_argv(words)));
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 120U) << line;
  }
}

}  // namespace
}  // namespace test
