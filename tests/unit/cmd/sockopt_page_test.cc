#include <gtest/gtest.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "cmd/app.hh"
#include "cmd/sockopt_options.hh"
#include "cmd/sockopt_own.hh"
#include "net/sock/sockopt_codec.hh"
#include "tests/support/json.hh"
#include "tests/unit/cmd/capture.hh"

// What the pages and README.md say of sockopt: each example is a command line that the parser takes, with
// options that the table has; each word of a value's syntax and each key of JSON is explained.
namespace cmd {
namespace {

using Words = std::vector<std::string>;
using Set = std::set<std::string>;

constexpr std::string_view own_page = "man/nettool-sockopt.1";

std::string read_text(std::string_view name) {
  std::ifstream in(std::filesystem::path(NETTOOL_SOURCE_DIR) / name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// The part of a page between the headline and the next one.
std::string section(std::string_view title) {
  const std::string page = read_text(own_page);
  const std::size_t begin = page.find("\n.Sh " + std::string(title) + "\n");
  if (begin == std::string::npos) return {};
  return page.substr(begin + 1, page.find("\n.Sh ", begin + 1) - begin);
}

/// All that matches, which is the expression's first group.
Set matches(const std::string& text, const char* pattern) {
  const std::regex expression(pattern);
  Set out;
  for (std::sregex_iterator at(text.begin(), text.end(), expression), end; at != end; ++at) {
    out.insert(at->str(1));
  }
  return out;
}

/// The words in capitals of each syntax: what may be written as a value.
Set syntax_words() {
  Set out;
  for (const net::SocketOption& option : net::option_table()) {
    if (option.settable) {
      out.merge(matches(std::string(net::codec_of(option.type).syntax), "([A-Z]+)"));
    }
  }
  return out;
}

/// The words behind "nettool sockopt" as a shell would give them, as far as examples go: quotes around whole
/// words, and nothing of what follows the command.
Words words_of(std::string line) {
  for (const std::string_view mark : {" | ", " >", " <", " &", "; ", " # "}) {
    line.resize(std::min(line.find(mark), line.size()));
  }
  line = std::regex_replace(line, std::regex(R"(\\-)"), "-");
  line = std::regex_replace(line, std::regex(R"(\\\(aq|['"])"), "");
  std::istringstream text(line);
  return {std::istream_iterator<std::string>(text), {}};
}

/// The lines of literal blocks that run the command: in mdoc as they stand, in Markdown behind "$ ".
std::vector<Words> examples(std::string_view name) {
  const bool page = name.ends_with(".1");
  const std::string program = page ? "nettool sockopt " : "$ nettool sockopt ";
  std::vector<Words> out;
  std::istringstream lines(read_text(name));
  bool literal = false;
  for (std::string line; std::getline(lines, line);) {
    if (page ? line.starts_with(".Bd -literal") || line == ".Ed" : line.starts_with("```")) {
      literal = !literal;
    } else if (literal && line.starts_with(program)) {
      out.push_back(words_of(line.substr(program.size())));
    }
  }
  return out;
}

/// What the command line is refused for; empty when it is taken.
std::string complaint(Words arguments) {
  // Global options are the program's, not the command's.
  std::erase_if(arguments, [](const std::string& word) { return word == "--json" || word == "--quiet"; });
  SockoptFlags flags;
  CLI::App app;
  Words words;
  declare_sockopt_flags(app, flags);
  add_words(app, words);
  std::ranges::reverse(arguments);
  try {
    app.parse(arguments);
    read_sockopt_words(flags, words);
    check_own_target(flags);
    if (flags.live()) static_cast<void>(flags.query());
  } catch (const UsageError& error) {
    return error.what();
  } catch (const CLI::ParseError& error) {
    return error.what();
  }
  return {};
}

TEST(SockoptPage, ExamplesAreTaken) {
  for (const std::string_view name : {"man/nettool.1", "man/nettool-sockopt.1", "README.md"}) {
    SCOPED_TRACE(name);
    const auto found = examples(name);
    EXPECT_FALSE(found.empty());
    for (const Words& words : found) EXPECT_EQ(complaint(words), "") << testing::PrintToString(words);
  }
}

TEST(SockoptPage, EveryWordOfAValueIsExplained) {
  Set explained;
  for (const std::string& item : matches(section("NAMES AND VALUES"), "\\.It Ar ([^\n]*)\n")) {
    explained.merge(matches(item, "([A-Z]+)"));
  }
  // In the text of ADDRESS.
  explained.insert("PREFIX");
  EXPECT_EQ(explained, syntax_words());
}

TEST(SockoptPage, EveryKeyOfJsonIsThere) {
  const std::string page = section("JSON");
  Set explained;
  for (const std::string& line : matches(page, "\n\\.(?:It )?Cm ([^\n]*)")) {
    explained.merge(matches(line, "([a-z_]+)"));
  }
  for (const Words& words : {Words{"rcvbuf"}, Words{"rcvbuf=10000"}, Words{"--explain", "rcvbuf"},
                             Words{"--listen", "127.0.0.1:0", "rcvbuf"}}) {
    SCOPED_TRACE(words.back());
    const Capture out(STDOUT_FILENO);
    Words arguments{"--json", "sockopt"};
    arguments.insert(arguments.end(), words.begin(), words.end());
    EXPECT_EQ(run(arguments), 0);
    const auto lines = test::json::parse_lines(out.text());
    ASSERT_EQ(lines.size(), 1U);
    auto keys = lines[0].keys();
    if (lines[0].has("socket")) {
      for (const std::string& key : lines[0]["socket"].keys()) keys.push_back(key);
    }
    for (const std::string& key : keys) EXPECT_TRUE(explained.contains(key)) << key;
  }
}

// So that the tests above can fail.
TEST(SockoptPage, ASlipIsSeen) {
  EXPECT_EQ(words_of("\\-\\-local \\(aq*:80\\(aq --changed | head"), (Words{"--local", "*:80", "--changed"}));
  EXPECT_TRUE(complaint({"SO_NOTHING"}).contains("no such socket option"));
  EXPECT_NE(complaint({"--nothing"}), "");
  EXPECT_TRUE(complaint({"--pid", "1", "nodelay=on"}).contains("--set-live"));
  EXPECT_TRUE(complaint({"--connect", "localhost"}).contains("PORT"));
  EXPECT_TRUE(syntax_words().contains("DURATION"));
  EXPECT_EQ(matches(".It Ar A , B\nc\n.It Ar D\n", "\\.It Ar ([^\n]*)\n"), (Set{"A , B", "D"}));
}

}  // namespace
}  // namespace cmd
