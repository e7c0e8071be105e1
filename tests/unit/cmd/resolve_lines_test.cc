#include "cmd/resolve_lines.hh"

#include <gtest/gtest.h>

#include "tests/support/files.hh"
#include "tests/unit/hand_clock.hh"

namespace cmd {
namespace {

net::Task<std::vector<LineReader::Line>> all_lines(LineReader& reader) {
  std::vector<LineReader::Line> lines;
  for (;;) {
    if (auto line = reader.next()) {
      lines.push_back(std::move(*line));
    } else if (!co_await reader.more()) {
      co_return lines;
    }
  }
}

std::vector<LineReader::Line> lines_of(const std::string& text) {
  const test::TempDir dir;
  test::write_file(dir / "lines", text);
  net::Reactor reactor;
  const auto reader = LineReader::open(reactor, dir / "lines");
  if (!reader) throw std::runtime_error(reader.error().message());
  return reactor.run(all_lines(**reader));
}

struct LineCase {
  std::string_view name;
  std::string text;
  std::vector<std::string> lines;  ///< "NUMBER text"
};
class Lines : public testing::TestWithParam<LineCase> {};

TEST_P(Lines, AreSplit) {
  std::vector<std::string> got;
  for (const auto& line : lines_of(GetParam().text)) {
    got.push_back(std::to_string(line.number) + " " +
                  (line.too_long ? "(" + std::to_string(line.text.size()) + ")" : line.text));
  }
  EXPECT_EQ(got, GetParam().lines);
}

const std::string long_line(4096, 'x');
const std::vector<LineCase> line_cases = {
    {"none", "", {}},
    {"one", "a\n", {"1 a"}},
    {"last_without_end", "a\nb", {"1 a", "2 b"}},
    {"empty", "\n\na\n\n", {"1 ", "2 ", "3 a", "4 "}},
    {"crlf", "a\r\nb\r\n", {"1 a", "2 b"}},
    {"nul", std::string("a\0b\n", 4), {std::string("1 a\0b", 5)}},
    {"longest", long_line + "\nb\n", {"1 " + long_line, "2 b"}},
    {"longest_crlf", long_line + "\r\nb", {"1 " + long_line, "2 b"}},
    {"too_long", long_line + "x\nb\n", {"1 (4097)", "2 b"}},
    {"far_too_long", std::string(1000000, 'x') + "\nb\n", {"1 (4097)", "2 b"}},
    {"too_long_at_the_end", "a\n" + std::string(200000, 'x'), {"1 a", "2 (4097)"}},
};
INSTANTIATE_TEST_SUITE_P(Cases, Lines, testing::ValuesIn(line_cases),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(LineReader, SaysWhatItCannotOpen) {
  net::Reactor reactor;
  const auto missing = LineReader::open(reactor, "/nowhere/at/all");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().symbol(), "ENOENT");
  const auto directory = LineReader::open(reactor, "/");
  ASSERT_FALSE(directory);
  EXPECT_EQ(directory.error().symbol(), "EISDIR");
}

struct QuestionCase {
  std::string_view name;
  std::string line;
  std::vector<std::string> types;  ///< of -t
  std::vector<std::string> questions;
};
class Questions : public testing::TestWithParam<QuestionCase> {};

TEST_P(Questions, AreRead) {
  const test::TempDir dir;
  test::write_file(dir / "lines", GetParam().line + "\n");
  net::Reactor reactor;
  const auto reader = LineReader::open(reactor, dir / "lines");
  ASSERT_TRUE(reader);
  OutputOptions options;
  options.quiet = true;
  Output out(options);
  ResolveFlags flags;
  for (const std::string& type : GetParam().types) flags.types.push_back(*parse_asked_type(type));
  NameStatuses statuses;
  QuestionLines source(**reader, out, flags, {net::dns::ServerRange{}}, statuses);
  std::vector<std::string> got;
  testing::internal::CaptureStderr();
  do {
    while (const auto question = source.next()) got.push_back(question_text(question->spec.question));
  } while (reactor.run(source.more()));
  testing::internal::GetCapturedStderr();
  EXPECT_EQ(got, GetParam().questions);
  const bool said_nothing = GetParam().line.empty() || GetParam().line.starts_with('#');
  EXPECT_EQ(source.saw_bad_lines(), got.empty() && !said_nothing);
}

const std::vector<QuestionCase> question_cases = {
    {"name", "a.test", {}, {"a.test. IN A", "a.test. IN AAAA"}},
    {"types",
     "a.test MX,TXT  NS\tSOA",
     {},
     {"a.test. IN MX", "a.test. IN TXT", "a.test. IN NS", "a.test. IN SOA"}},
    {"lower_case", "a.test mx", {}, {"a.test. IN MX"}},
    {"unknown_type", "a.test TYPE65280", {}, {"a.test. IN TYPE65280"}},
    {"flag", "a.test", {"MX"}, {"a.test. IN MX"}},
    {"line_before_flag", "a.test TXT", {"MX"}, {"a.test. IN TXT"}},
    {"blanks", "  a.test \t A  ", {}, {"a.test. IN A"}},
    {"comment", "# a.test", {}, {}},
    {"comment_behind", "a.test A # MX", {}, {"a.test. IN A"}},
    {"address", "192.0.2.7", {}, {"7.2.0.192.in-addr.arpa. IN PTR"}},
    {"address_with_type", "192.0.2.7 A", {}, {"192.0.2.7. IN A"}},
    {"no_type", "a.test NOPE", {}, {}},
    {"transfer", "a.test AXFR", {}, {}},
    {"no_name", "a..test", {}, {}},
    {"not_ascii",
     "b\xc3\xbc"
     "cher.test",
     {},
     {}},
    {"nothing", "", {}, {}},
};
INSTANTIATE_TEST_SUITE_P(Cases, Questions, testing::ValuesIn(question_cases),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(NameStatuses, ANameIsAnsweredByOneOfItsTypes) {
  NameStatuses statuses;
  statuses.open(1, 2);
  statuses.close(1, status_ok);
  statuses.close(1, status_refused);
  EXPECT_EQ(statuses.worst(), status_ok);
  statuses.open(2, 2);
  statuses.close(2, status_silence);
  EXPECT_EQ(statuses.worst(), status_ok) << "the other type may still have data";
  statuses.close(2, status_refused);
  EXPECT_EQ(statuses.worst(), status_silence);
}

}  // namespace
}  // namespace cmd
