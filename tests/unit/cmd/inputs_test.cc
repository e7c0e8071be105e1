#include "cmd/inputs.hh"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fcntl.h>
#include <string>
#include <string_view>
#include <vector>

#include "cmd/options.hh"
#include "tests/support/files.hh"
#include "tests/support/json.hh"
#include "tests/support/words.hh"
#include "tests/unit/cmd/capture.hh"

// One input after another, from the command line and from stdin.
namespace cmd {
namespace {

using Words = std::vector<std::string>;

/// Answers every text but those with a "bad" in them by repeating it; "no" is answered with status 1.
class Echo final : public InputHandler {
 public:
  [[nodiscard]] net::Parsed<void> check(std::string_view text) const override {
    if (text.contains("bad")) return std::unexpected("'" + std::string(text) + "': it is bad");
    return {};
  }
  net::Parsed<int> answer(std::string_view text, Source source, Results& results) override {
    if (const auto checked = check(text); !checked) return std::unexpected(checked.error());
    results.line((source == Source::line ? "line <" : "word <") + std::string(text) + ">");
    results.object({{"input", text}});
    return text == "no" ? status_refused : status_ok;
  }
  int finish(Results& results) override {
    results.line("end");
    return status_ok;
  }
};

struct Outcome {
  int status = -1;
  std::string out;
  std::string err;
};

Outcome run(const Words& words, const std::string& input, const OutputOptions& options = {.events = false}) {
  const test::TempDir dir;
  test::write_file(dir / "stdin", input);
  const test::Fd in(open((dir / "stdin").c_str(), O_RDONLY | O_CLOEXEC));
  const Redirect redirect(STDIN_FILENO, in.get());
  const Capture out(STDOUT_FILENO);
  const Capture err(STDERR_FILENO);
  Output output(options);
  Echo echo;
  const int status = answer_inputs(words, "echo", output, echo);
  return {status, out.text(), err.text()};
}

TEST(Inputs, WordsAndLinesKeepTheirOrder) {
  const Outcome outcome = run({"a", "-", "d"}, "b\nc\n");
  EXPECT_EQ(outcome.out, "word <a>\nline <b>\nline <c>\nword <d>\nend\n");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(run({"a"}, "b\n").out, "word <a>\nend\n") << "stdin is not touched without a -";
}

TEST(Inputs, TheWordsAreCheckedBeforeAnythingIsDone) {
  const auto refused = [](const Words& words) -> std::string {
    const Capture out(STDOUT_FILENO);
    Output output({});
    Echo echo;
    try {
      static_cast<void>(answer_inputs(words, "echo", output, echo));
    } catch (const UsageError& error) {
      return out.text() + error.what();
    }
    return "(it was taken)";
  };
  EXPECT_EQ(refused({"a", "-", "bad"}), "'bad': it is bad");
  EXPECT_EQ(refused({"a", "-", "-"}), "- (stdin) may stand there only once");
  EXPECT_EQ(refused({}), "nothing to answer: give an argument, or - for lines from stdin");
}

TEST(Inputs, WhatIsPassedOverInSilence) {
  const std::string input = "\xef\xbb\xbf# a comment\r\n\r\n  \t\n  one \r\n\ttwo words\v\f\n #no\n#\nlast";
  EXPECT_EQ(run({"-"}, input).out, "line <one>\nline <two words>\nline <last>\nend\n");
  EXPECT_EQ(run({"-"}, "\xef\xbb\xbfx\n\xef\xbb\xbfx\n").out, "line <x>\nline <\\xef\\xbb\\xbfx>\nend\n")
      << "a mark only counts at the beginning";
  EXPECT_EQ(run({"-"}, "").out, "end\n");
}

TEST(Inputs, BadLinesAreToldAndPassedOver) {
  const std::string input = "a\nbad 2\n# bad\n\nb\r\nbad \x1b\xff\r\n" + std::string(4097, 'x') + "\n" +
                            std::string(4096, 'y') + "\n" + std::string(100000, 'z');
  const Outcome outcome = run({"-", "c"}, input);
  EXPECT_EQ(outcome.out, "line <a>\nline <b>\nline <" + std::string(4096, 'y') + ">\nword <c>\nend\n");
  EXPECT_EQ(outcome.err,
            "nettool: echo stdin line 2: 'bad 2': it is bad\n"
            "nettool: echo stdin line 6: 'bad \\x1b\\xff': it is bad\n"
            "nettool: echo stdin line 7: longer than 4096 bytes\n"
            "nettool: echo stdin line 9: longer than 4096 bytes\n");
  EXPECT_EQ(outcome.status, 2);
}

TEST(Inputs, BadLinesAreObjectsAmongTheOthers) {
  const std::string input = "a\nbad\nb\n" + std::string(4097, 'x') + "\n";
  const Outcome outcome = run({"-"}, input, {.json = true, .events = false});
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(outcome.status, 2);
  const auto objects = test::json::parse_lines(outcome.out);
  ASSERT_EQ(objects.size(), 4U);
  EXPECT_EQ(objects[0].text(), R"({"input":"a"})");
  EXPECT_EQ(objects[1].text(),
            R"({"input":"bad","error":{"op":"echo","subject":"stdin line 2","code":"EINVAL",)"
            R"("message":"'bad': it is bad","hint":null}})");
  EXPECT_EQ(objects[2]["input"].string(), "b");
  EXPECT_EQ(objects[3]["error"]["message"].string(), "longer than 4096 bytes");
}

TEST(Inputs, TheWorstStatusCounts) {
  EXPECT_EQ(run({"no", "a"}, "").status, 1);
  EXPECT_EQ(run({"a", "-"}, "no\na\n").status, 1);
  EXPECT_EQ(run({"no", "-"}, "bad\nno\n").status, 2);
}

TEST(Inputs, AStdinThatCannotBeRead) {
  const test::Fd folder(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const Redirect redirect(STDIN_FILENO, folder.get());
  const Capture out(STDOUT_FILENO);
  const Capture err(STDERR_FILENO);
  Output output({});
  Echo echo;
  EXPECT_EQ(answer_inputs({"a", "-", "b"}, "echo", output, echo), 4);
  EXPECT_EQ(out.text(), "word <a>\nword <b>\nend\n");
  EXPECT_EQ(err.text(), "nettool: read stdin: is a directory (EISDIR)\n");
}

TEST(Inputs, AStdoutThatCannotBeWritten) {
  const test::Fd full(open("/dev/full", O_WRONLY | O_CLOEXEC));
  const Capture err(STDERR_FILENO);
  const Redirect redirect(STDOUT_FILENO, full.get());
  Output output({});
  Echo echo;
  EXPECT_EQ(answer_inputs({"a", "b"}, "echo", output, echo), 4);
  EXPECT_EQ(err.text(), "nettool: write stdout: no space left on device (ENOSPC)\n");
}

}  // namespace
}  // namespace cmd
