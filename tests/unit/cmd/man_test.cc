// The pages of man/ and the parser name the same options: what nettool takes is documented, and nothing is
// promised that it does not take. (How the pages are written is mandoc's and groff's to judge, in .ci/run.)

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "cmd/app.hh"
#include "net/sock/sockopt.hh"

namespace cmd {
namespace {

using Names = std::vector<std::string>;

const std::filesystem::path& man_folder() {
  static const std::filesystem::path folder = std::filesystem::path(NETTOOL_SOURCE_DIR) / "man";
  return folder;
}

std::string read_page(const std::string& name) {
  std::ifstream in(man_folder() / name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// "nettool.1" for "", which is nettool itself.
std::string page_name(std::string_view command) {
  return command.empty() ? "nettool.1" : "nettool-" + std::string(command) + ".1";
}

Names sorted(Names names) {
  std::ranges::sort(names);
  return names;
}

/// What `a` has and `b` has not. A name that `a` has once more than `b` counts.
Names difference(const Names& a, const Names& b) {
  Names out;
  std::ranges::set_difference(sorted(a), sorted(b), std::back_inserter(out));
  return out;
}

/// The words of the lines that begin with `.It MACRO`, that macro first.
std::vector<Names> items(const std::string& page, const std::string& macro) {
  std::vector<Names> out;
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream text(line);
    Names words{std::istream_iterator<std::string>(text), {}};
    if (words.size() < 3 || words[0] != ".It" || words[1] != macro) continue;
    out.emplace_back(std::next(words.begin()), words.end());
  }
  return out;
}

/// The options that have an item of their own in a page's lists: `.It Fl w , Fl Fl timeout Ar D` is -w and
/// --timeout. An option that is only mentioned in the text is not documented by that.
Names documented_options(const std::string& page) {
  Names out;
  for (const Names& words : items(page, "Fl")) {
    std::string dashes;
    for (const std::string& word : words) {
      if (word == "Fl") {
        dashes += '-';
      } else {
        if (!dashes.empty()) out.push_back(dashes + word);
        dashes.clear();
      }
    }
  }
  return out;
}

/// The options of a page's subject: of a subcommand those that are not global, which are nettool.1's.
Names parsed_options(std::string_view command) {
  const Names own = option_names(command);
  if (command.empty()) return own;
  const Names global = option_names("");
  Names out;
  std::ranges::copy_if(own, std::back_inserter(out), [&global](const std::string& name) {
    return std::ranges::find(global, name) == global.end();
  });
  return out;
}

// The names of all pages that there should be: nettool itself, and each subcommand.
std::vector<std::string_view> subjects() {
  std::vector<std::string_view> out = command_names();
  out.insert(out.begin(), "");
  return out;
}

TEST(ManPages, OptionsAreThoseOfTheParser) {
  for (const std::string_view command : subjects()) {
    SCOPED_TRACE(page_name(command));
    const Names documented = documented_options(read_page(page_name(command)));
    const Names parsed = parsed_options(command);
    EXPECT_FALSE(parsed.empty());
    EXPECT_EQ(difference(parsed, documented), Names()) << "the parser takes them, the page lacks them";
    EXPECT_EQ(difference(documented, parsed), Names())
        << "the page has them, or has them twice; the parser does not";
  }
}

TEST(ManPages, EveryCommandHasAPageAndAPlaceInTheFirstOne) {
  const std::string first = read_page("nettool.1");
  EXPECT_TRUE(first.contains("\n.Dt NETTOOL 1\n"));
  for (const std::string_view command : command_names()) {
    SCOPED_TRACE(command);
    std::string title = "NETTOOL-" + std::string(command);
    std::ranges::transform(title, title.begin(), [](unsigned char c) { return std::toupper(c); });
    EXPECT_TRUE(read_page(page_name(command)).contains("\n.Dt " + title + " 1\n"));
    EXPECT_TRUE(first.contains("\n.It Cm " + std::string(command) + "\n"));
    EXPECT_TRUE(first.contains("\n.Xr nettool-" + std::string(command) + " 1 "));
  }
}

TEST(ManPages, EveryPageHasACommand) {
  Names expected;
  for (const std::string_view command : subjects()) expected.push_back(page_name(command));
  Names found;
  for (const auto& entry : std::filesystem::directory_iterator(man_folder())) {
    found.push_back(entry.path().filename().string());
  }
  EXPECT_EQ(difference(found, expected), Names());
}

/// Every word of a page that is written like a socket option: IP_TTL.
Names option_words(const std::string& page) {
  static const std::regex pattern("\\b(SO|IP|IPV6|TCP|UDP|UDPLITE|MPTCP|MCAST)_[A-Z0-9_]+");
  Names out;
  for (std::sregex_iterator at(page.begin(), page.end(), pattern), end; at != end; ++at) {
    out.push_back(at->str());
  }
  return out;
}

// These pages name a few socket options; those that they name, the table has.
TEST(ManPages, SocketOptionsOfThePagesAreInTheTable) {
  for (const std::string_view command : {"connect", "listen", "sockopt"}) {
    SCOPED_TRACE(page_name(command));
    for (const std::string& name : option_words(read_page(page_name(command)))) {
      const auto option = net::find_option(name);
      // One that stands at two levels is written behind its level.
      EXPECT_TRUE(option || option.error().contains("ambiguous")) << name;
    }
  }
  EXPECT_FALSE(option_words(read_page("nettool-connect.1")).empty());
  EXPECT_FALSE(option_words(read_page("nettool-sockopt.1")).empty());
}

// So that the tests above can fail.
TEST(ManPages, AMissingAndASuperfluousOptionAreSeen) {
  const std::string page =
      ".Dd November 21, 2026\n"
      ".Sh DESCRIPTION\n"
      ".Nm nettool x\n"
      ".Fl Fl mentioned\n"
      "in the text only.\n"
      ".Bl -tag -width Ds\n"
      ".It Fl 4\n"
      "IPv4 only.\n"
      ".It Fl w , Fl Fl timeout Ar D\n"
      "Not an item: .It Fl z\n"
      ".It Fl Fl no-race\n"
      ".It Fl o , Fl Fl option Ar NAME Ns Op = Ns Ar VALUE\n"
      ".It Cm stream\n"
      ".It Fl Fl extra , Fl Fl no-race\n"
      ".El\n";
  const Names documented = documented_options(page);
  EXPECT_EQ(documented,
            (Names{"-4", "-w", "--timeout", "--no-race", "-o", "--option", "--extra", "--no-race"}));
  const Names parsed{"-4", "-w", "--timeout", "--no-race", "-o", "--option", "--mentioned", "-z"};
  EXPECT_EQ(difference(parsed, documented), (Names{"--mentioned", "-z"}));
  EXPECT_EQ(difference(documented, parsed), (Names{"--extra", "--no-race"}));
}

}  // namespace
}  // namespace cmd
