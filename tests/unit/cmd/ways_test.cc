// What stands on a command line with several ways of working, and in which order it is read.

#include "cmd/ways.hh"

#include <gtest/gtest.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "cmd/listen_conflicts.hh"
#include "cmd/options.hh"

namespace cmd {
namespace {

using Words = std::vector<std::string>;

template <class Work>
std::string complaint_of(Work work) {
  try {
    work();
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

constexpr WayRow ways[] = {{2, "--left"}, {4, "--right"}, {4, "--rightmost"}};
constexpr WayOption options[] = {{"--usual", 1}, {"--turn", 2 | 4}, {"--slow", 1 | 2}};
constexpr WayTable table{1, ways, options};

TEST(Ways, OneAtATime) {
  EXPECT_EQ(table.way_of({}), 1U);
  EXPECT_EQ(table.way_of({"--other", "--usual", "--slow"}), 1U);
  EXPECT_EQ(table.way_of({"--left", "--turn", "--slow"}), 2U);
  EXPECT_EQ(table.way_of({"--right", "--rightmost"}), 4U);
  EXPECT_EQ(complaint_of([] { (void)table.way_of({"--rightmost", "--left"}); }),
            "--left and --rightmost exclude each other");
  EXPECT_EQ(complaint_of([] { (void)table.way_of({"--turn"}); }),
            "--turn is for --left, --right and --rightmost");
  EXPECT_EQ(complaint_of([] { (void)table.way_of({"--slow", "--right"}); }), "--slow is not for --right");
}

std::string listen_complaint(const Words& given, net::ModelKind model = net::ModelKind::epoll) {
  ListenFlags flags;
  flags.model = model;
  flags.relay.unix_domain = true;
  flags.relay.type = "seqpacket";  // of both worlds: accepted one by one, and messages
  return complaint_of([&] { (void)listen_way(given, flags); });
}

// Every option that does not do something in every way, in each of the ways.
TEST(ListenWays, WhichOptionMeansSomethingWhere) {
  const Words all = {"", "--serve", "--exec", "--shell", "--forward", "--forward-udp", "--broker", "--chat"};
  struct Case {
    Words options;
    Words ways;
  };
  const Case cases[] = {
      {{"--no-stdin", "--send-only", "--recv-only", "--no-shutdown", "--quit-after", "--drain", "--progress"},
       {""}},
      {{"--crlf"}, {"", "--exec", "--shell", "--broker", "--chat"}},
      {{"--telnet"}, {"", "--exec", "--shell"}},
      {{"--datagram-size", "--by-line"}, {"", "--exec", "--shell", "--forward", "--forward-udp"}},
      {{"--timeout"}, {"--forward", "--forward-udp"}},
      {{"--hexdump", "--grace", "--idle-timeout", "--deadline", "--keep-open", "--clients", "--max-clients",
        "--max-per-address", "--allow", "--deny", "--allow-file", "--deny-file", "--backlog", "--mode",
        "--option", "--udp", "--unix"},
       all},
  };
  for (const Case& c : cases) {
    for (const std::string& option : c.options) {
      for (const std::string& way : all) {
        const bool meant = std::ranges::find(c.ways, way) != c.ways.end();
        const Words given = way.empty() ? Words{option} : Words{way, option};
        const std::string complaint = listen_complaint(given);
        EXPECT_EQ(complaint.empty(), meant) << option << " " << way;
        if (!meant) EXPECT_TRUE(complaint.starts_with(option + (way.empty() ? " is for " : " is not for ")));
      }
    }
  }
}

TEST(ListenWays, Models) {
  using net::ModelKind;
  struct Case {
    Words ways;
    std::vector<ModelKind> models;
  };
  const Case cases[] = {
      {{""}, {ModelKind::iterative}},
      {{"--serve", "--exec", "--shell"},
       {ModelKind::iterative, ModelKind::fork, ModelKind::thread, ModelKind::epoll}},
      {{"--forward", "--forward-udp", "--broker", "--chat"}, {ModelKind::epoll}},
  };
  for (const Case& c : cases) {
    for (const std::string& way : c.ways) {
      for (const ModelKind model :
           {ModelKind::iterative, ModelKind::fork, ModelKind::thread, ModelKind::epoll}) {
        const bool fits = std::ranges::find(c.models, model) != c.models.end();
        const std::string complaint = listen_complaint({way, "--model"}, model);
        EXPECT_EQ(complaint.empty(), fits) << way << " " << complaint;
        if (!fits) EXPECT_TRUE(complaint.starts_with("--model: ")) << complaint;
      }
      EXPECT_EQ(listen_complaint({way}), "") << "the model that nobody asked for";
    }
  }
}

TEST(ListenWays, TwoAtOnce) {
  EXPECT_EQ(listen_complaint({"--serve", "--forward"}), "--serve and --forward exclude each other");
  EXPECT_EQ(listen_complaint({"--exec", "--shell"}), "--exec and --shell exclude each other");
  EXPECT_EQ(listen_complaint({"--forward", "--forward-udp"}),
            "--forward and --forward-udp exclude each other");
  EXPECT_EQ(listen_complaint({"--broker", "--serve"}), "--serve and --broker exclude each other");
  EXPECT_EQ(listen_complaint({"--broker", "--chat"}), "");
}

// --- options whose order counts -------------------------------------------------------------------------

/// What the options of `words` were taken as, in order.
std::string taken(const std::string& words) {
  CLI::App app;
  std::string order;
  bool flag = false;
  for (const char* name : {"-b,--beta", "-a,--alpha", "--gamma"}) {
    const std::string letter(1, std::string_view(name).substr(std::string_view(name).find("--") + 2).front());
    add_ordered(app, name, "V", "", [&order, letter](const std::string& value) -> std::string {
      if (value == "bad") return "no good";
      order += letter + value + " ";
      return {};
    });
  }
  add_flag(app, "--flag", flag, "");
  try {
    app.parse(words);
  } catch (const CLI::ParseError& error) {
    return order + "| " + error.what();
  }
  return order;
}

TEST(OrderedOptions, InTheOrderOfTheCommandLine) {
  EXPECT_EQ(taken("--alpha 1 --beta 2 --alpha 3"), "a1 b2 a3 ");
  EXPECT_EQ(taken("--beta 1 --beta 2 --alpha 3 --gamma 4 --beta 5"), "b1 b2 a3 g4 b5 ");
  EXPECT_EQ(taken("-a1 --flag -b 2 --gamma=3 -a 1 --alpha=1"), "a1 b2 g3 a1 a1 ");
  EXPECT_EQ(taken("--alpha 1 --beta bad --gamma 3"), "a1 | --beta 'bad': no good");
  EXPECT_EQ(taken(""), "");
}

TEST(OrderedOptions, AreAmongThoseGiven) {
  CLI::App app;
  const auto nothing = [](const std::string&) { return std::string(); };
  add_ordered(app, "-a,--alpha", "V", "", nothing);
  add_ordered(app, "--beta", "V", "", nothing);
  app.parse("-a 1 -a 2");
  EXPECT_EQ(given_options(app), Words{"--alpha"});
}

}  // namespace
}  // namespace cmd
