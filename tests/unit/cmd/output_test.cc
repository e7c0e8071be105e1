#include "cmd/output.hh"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <string>
#include <vector>

#include "net/dns/status.hh"
#include "tests/support/fd.hh"
#include "tests/support/json.hh"
#include "tests/unit/cmd/capture.hh"

namespace cmd {
namespace {

net::Error refused() {
  return {"connect", "192.0.2.1:81/tcp", net::errno_code(ECONNREFUSED)};
}

/// What `work` writes to stderr with these options.
template <class Work>
std::string written(const OutputOptions& options, Work work) {
  const Capture capture(STDERR_FILENO);
  Output out(options);
  work(out);
  return capture.text();
}

TEST(ExitStatus, ByBlame) {
  struct Case {
    net::Error error;
    int status;
  };
  const Case cases[] = {
      {refused(), 1},
      {{"resolve", "x", net::dns::Status::no_such_name}, 1},
      {{"connect", "x", net::errno_code(EHOSTUNREACH), net::Blame::remote}, 1},
      {{"usage", "", net::errno_code(EINVAL), net::Blame::usage}, 2},
      {{"connect", "x", net::errno_code(ETIMEDOUT)}, 3},
      {{"resolve", "x", net::dns::Status::timed_out}, 3},
      {{"connect", "x", net::errno_code(ENETUNREACH)}, 4},
      {{"bind", "x", net::errno_code(EADDRINUSE)}, 4},
      {{"bind", "x", net::errno_code(EACCES)}, 4},
      {{"accept", "", net::errno_code(EMFILE)}, 4},
  };
  for (const Case& c : cases) EXPECT_EQ(exit_status(c.error), c.status) << c.error.message();
}

TEST(Output, ErrorLine) {
  const auto say = [](Output& out) { out.error(refused(), "is it on?"); };
  EXPECT_EQ(written({}, say),
            "nettool: connect 192.0.2.1:81/tcp: connection refused (ECONNREFUSED)\nhint: is it on?\n");
  // Quiet drops hints, never errors.
  EXPECT_EQ(written({.quiet = true}, say),
            "nettool: connect 192.0.2.1:81/tcp: connection refused (ECONNREFUSED)\n");
  EXPECT_EQ(written({}, [](Output& out) { out.error({"accept", "", net::errno_code(EMFILE)}); }),
            "nettool: accept: too many open files (EMFILE)\n");
}

TEST(Output, UsageErrorsNameNoErrno) {
  net::Error error("usage", "", net::errno_code(EINVAL), net::Blame::usage);
  error.detail = "no such option: --foo";
  EXPECT_EQ(written({}, [&](Output& out) { out.error(error); }), "nettool: usage: no such option: --foo\n");
}

TEST(Output, ErrorsAreEscaped) {
  net::Error error("connect", "ev\x1b[2Jil\n", net::errno_code(ECONNREFUSED));
  error.detail = "reason\r\xff";
  EXPECT_EQ(written({}, [&](Output& out) { out.error(error, "hint\x07"); }),
            "nettool: connect ev\\x1b[2Jil\\x0a: reason\\x0d\\xff (ECONNREFUSED)\nhint: hint\\x07\n");
}

TEST(Output, ErrorAsJson) {
  const std::string line = written({.json = true}, [](Output& out) { out.error(refused(), "is it on?"); });
  const test::json::Value event = test::json::only_event(line, "error");
  EXPECT_EQ(event.keys(), (std::vector<std::string>{"event", "time", "error"}));
  const test::json::Value& error = event["error"];
  EXPECT_EQ(error.keys(), (std::vector<std::string>{"op", "subject", "code", "message", "hint"}));
  EXPECT_EQ(error["op"].string(), "connect");
  EXPECT_EQ(error["subject"].string(), "192.0.2.1:81/tcp");
  EXPECT_EQ(error["code"].string(), "ECONNREFUSED");
  EXPECT_EQ(error["message"].string(), "connection refused");
  EXPECT_EQ(error["hint"].string(), "is it on?");
}

TEST(Output, JsonHintIsNullWithoutOne) {
  for (const bool quiet : {false, true}) {
    const std::string line = written({.json = true, .quiet = quiet},
                                     [&](Output& out) { out.error(refused(), quiet ? "dropped" : ""); });
    EXPECT_TRUE(test::json::only_event(line, "error")["error"]["hint"].is_null());
  }
}

Document text_document(Audience audience) {
  Document document;
  document.audience = audience;
  document.label = "label";
  document.text = "text";
  document.event = "thing";
  document.json = {{"key", 1}};
  return document;
}

TEST(Output, Audiences) {
  struct Case {
    Audience audience;
    OutputOptions options;
    bool shown;
  };
  constexpr Case cases[] = {
      {Audience::everybody, {}, true},
      {Audience::everybody, {.quiet = true}, true},
      {Audience::not_quiet, {}, true},
      {Audience::not_quiet, {.quiet = true}, false},
      {Audience::not_quiet, {.verbose = true}, true},
      {Audience::verbose, {}, false},
      {Audience::verbose, {.verbose = true}, true},
      {Audience::verbose, {.quiet = true}, false},
  };
  for (const Case& c : cases) {
    const std::string text = written(c.options, [&](Output& out) { out.print(text_document(c.audience)); });
    EXPECT_EQ(text, c.shown ? "label    text\n" : "") << static_cast<int>(c.audience);
  }
}

// The events of JSON are all printed, verbose or not.
TEST(Output, JsonShowsEveryEvent) {
  for (const bool verbose : {false, true}) {
    const std::string line = written({.json = true, .verbose = verbose},
                                     [](Output& out) { out.print(text_document(Audience::verbose)); });
    const test::json::Value event = test::json::only_event(line, "thing");
    EXPECT_EQ(event.keys(), (std::vector<std::string>{"event", "time", "key"}));
    EXPECT_EQ(event["time"].string().size(), 27U);
    EXPECT_EQ(event["key"].integer(), 1);
  }
}

TEST(Output, EmptyFormsAreNotPrinted) {
  Document text_only = text_document(Audience::everybody);
  text_only.event = "";
  EXPECT_EQ(written({.json = true}, [&](Output& out) { out.print(text_only); }), "");
  Document json_only = text_document(Audience::everybody);
  json_only.label.clear();
  json_only.text.clear();
  EXPECT_EQ(written({}, [&](Output& out) { out.print(json_only); }), "");
}

TEST(Output, Notes) {
  const auto say = [](Output& out) { out.note("something"); };
  EXPECT_EQ(written({}, say), "note: something\n");
  EXPECT_EQ(written({.quiet = true}, say), "");
  EXPECT_EQ(written({.json = true}, say), "") << "text among JSON Lines would break them";
}

TEST(PrintStdout, Whole) {
  const Capture capture(STDOUT_FILENO);
  EXPECT_EQ(print_stdout("some text\n"), 0);
  EXPECT_EQ(capture.text(), "some text\n");
}

TEST(PrintStdout, FullDeviceIsReported) {
  const Capture err(STDERR_FILENO);
  const test::Fd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  const Redirect redirect(STDOUT_FILENO, full.get());
  EXPECT_EQ(print_stdout("text"), 4);
  EXPECT_EQ(err.text(), "nettool: write stdout: no space left on device (ENOSPC)\n");
}

TEST(PrintStdout, AClosedPipeIsNot) {
  auto* const before = std::signal(SIGPIPE, SIG_IGN);
  {
    const Capture err(STDERR_FILENO);
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    const test::Fd writer(ends[1]);
    ::close(ends[0]);
    const Redirect redirect(STDOUT_FILENO, writer.get());
    EXPECT_EQ(print_stdout("text"), 4);
    EXPECT_EQ(err.text(), "");
  }
  std::signal(SIGPIPE, before);
}

}  // namespace
}  // namespace cmd
