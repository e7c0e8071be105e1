#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "tests/lint/rules.hh"
#include "tests/lint/scanner.hh"

// The rules of rules.hh hold for the whole tree, and, so that this can fail,
// the scanner finds what breaks them.
namespace lint {
namespace {

std::string read_file(const std::string& path) {
  std::ifstream in(std::filesystem::path(NETTOOL_SOURCE_DIR) / path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

using Scanner = std::vector<Violation> (*)(std::string_view, std::string_view);

// A line for each violation in the tree; "" is what is hoped for.
std::string violations_in_tree(Scanner scan) {
  std::ostringstream report;
  for (const std::string& path : source_files(NETTOOL_SOURCE_DIR)) {
    for (const Violation& violation : scan(path, read_file(path))) {
      report << violation << '\n';
    }
  }
  return report.str();
}

TEST(Lint, CodeRules) {
  EXPECT_EQ(violations_in_tree(scan_code), "");
}

TEST(Lint, TextRules) {
  EXPECT_EQ(violations_in_tree(scan_text), "");
}

// A wrong root would let the two above pass on nothing.
TEST(Lint, SeesTheTree) {
  const std::vector<std::string> files = source_files(NETTOOL_SOURCE_DIR);
  for (const char* path :
       {"CMakeLists.txt", ".ci/run", "packaging/bootstrap", "cmd/main.cc", "tests/lint/rules.hh"}) {
    EXPECT_EQ(std::ranges::count(files, path), 1) << path;
  }
  EXPECT_TRUE(std::ranges::none_of(files, [](const std::string& path) { return path.starts_with(".git/"); }));
}

struct Case {
  std::string_view path;
  std::string_view text;
  std::string_view expect;  // a part of what is said; "" when nothing is wrong
};

void check(Scanner scan, const Case& c) {
  SCOPED_TRACE(std::string(c.path) + ": " + std::string(c.text));
  const std::vector<Violation> found = scan(c.path, c.text);
  if (c.expect.empty()) {
    EXPECT_TRUE(found.empty()) << found.front();
    return;
  }
  ASSERT_EQ(found.size(), 1U);
  EXPECT_NE(found.front().what.find(c.expect), std::string::npos) << found.front();
}

void check_all(Scanner scan, std::span<const Case> cases) {
  for (const Case& c : cases) {
    check(scan, c);
  }
}

TEST(Lint, FindsBadIncludes) {
  constexpr Case kCases[] = {
      {"net/base/a.cc", R"(#include "net/base/fd.hh")", ""},
      {"net/dns/a.cc", R"(#include "net/stream/pump.hh")", ""},
      {"net/dial/a.cc", R"(#include "net/kern/netlink.hh")", ""},
      {"net/kern/a.cc", R"(#include "net/sock/socket.hh")", ""},
      {"cmd/connect.cc", R"(#include "net/kern/sock_diag.hh")", ""},
      {"tests/unit/a.cc", R"(#include "cmd/connect.hh")", ""},
      {"net/base/a.cc", R"(#include <net/if.h>)", ""},
      {"net/base/a.cc", R"(// #include "net/dns/name.hh")", ""},

      {"net/base/a.cc", R"(#include "net/loop/reactor.hh")", "net/base must not include net/loop"},
      {"net/loop/a.cc", R"(  #  include "net/sock/socket.hh")", "net/loop must not include net/sock"},
      {"net/stream/a.cc", R"(#include "net/dns/name.hh")", "must not include"},
      {"net/sock/a.cc", R"(#include "net/kern/netlink.hh")", "must not include"},
      {"net/kern/a.cc", R"(#include "net/loop/task.hh")", "must not include"},
      {"net/serve/a.cc", R"(#include "net/probe/scan.hh")", "must not include"},
      {"net/probe/a.cc", R"(#include "net/serve/server.hh")", "must not include"},
      {"net/dial/a.cc", R"(#include "cmd/app.hh")", "net/dial must not include cmd"},
      {"cmd/app.cc", R"(#include "tests/support/program.hh")", "cmd must not include tests"},
      {"net/base/a.cc", R"(#include "fd.hh")", "rooted"},
      {"net/base/a.cc", R"(#include "../loop/task.hh")", "rooted"},
      {"net/a.cc", "int a;", "no such room"},
      {"net/misc/a.cc", "int a;", "no such room"},
  };
  check_all(scan_code, kCases);
}

TEST(Lint, FindsCommandsThatIncludeCommands) {
  constexpr Case kCases[] = {
      {"cmd/connect.cc", R"(#include "cmd/connect.hh")", ""},
      {"cmd/listen_udp.cc", R"(#include "cmd/listen.hh")", ""},
      {"cmd/listen.cc", R"(#include "cmd/common_options.hh")", ""},
      {"cmd/app.cc", R"(#include "cmd/connect.hh")", ""},

      {"cmd/listen.cc", R"(#include "cmd/connect.hh")", "listen must not include command connect"},
      {"cmd/listen_udp.cc", R"(#include "cmd/connect_report.hh")", "must not include command"},
      {"cmd/addr.cc", R"(#include "cmd/port.hh")", "must not include command"},
  };
  check_all(scan_code, kCases);
}

TEST(Lint, FindsForeignHeadersOutsideTheirDoor) {
  constexpr Case kCases[] = {
      {"net/dns/ares_channel.cc", "#include <ares.h>", ""},
      {"net/loop/reactor.cc", "#include <sys/epoll.h>", ""},
      {"net/dns/libc_view.cc", "#include <netdb.h>", ""},
      {"net/kern/services_db.cc", "#include <netdb.h>", ""},
      {"cmd/listen.cc", "#include <CLI/CLI.hpp>", ""},
      {"tests/support/a.cc", "#include <netdb.h>", ""},

      {"net/dns/ares_channel.hh", "#pragma once\n#include <ares.h>", "net/dns/ares_channel.cc"},
      {"net/dns/query.cc", "#include <ares_dns.h>", "another door"},
      {"net/sock/socket.cc", "#include <sys/epoll.h>", "another door"},
      {"cmd/app.cc", "#include <netdb.h>", "another door"},
      {"cmd/common_options.hh", "#pragma once\n#include <CLI/CLI.hpp>", "another door"},
      {"net/base/a.cc", "#include <CLI/App.hpp>", "another door"},
      {"net/dial/dialer.cc", "#include <openssl/ssl.h>", "another door"},
  };
  check_all(scan_code, kCases);
}

TEST(Lint, FindsBannedNames) {
  constexpr Case kCases[] = {
      {"net/base/a.cc", "std::snprintf(b, n, f);", ""},
      {"net/base/a.cc", "loop.exit(); loop->exit();", ""},
      {"net/base/a.cc", "std::system_category(); exit_code(1);", ""},
      {"net/base/a.cc", "// never calls getenv()", ""},
      {"net/base/a.cc", "/* std::cerr\n printf( */ int a;", ""},
      {"net/base/a.cc", R"x(f("exit(1)", '"', "\"", "getenv");)x", ""},
      {"net/base/a.cc", "int a = 1'000; // system('", ""},
      {"net/serve/a.cc", "_exit(1);", ""},
      {"cmd/main.cc", R"(std::printf("x"); std::getenv("NO_COLOR");)", ""},
      {"README.md", "system(3)", ""},

      {"net/base/a.cc", "std::cerr << 1;", "prints nothing"},
      {"net/base/a.cc", R"(std::printf ("x");)", "prints nothing"},
      {"net/base/a.cc", R"(f('\''); fprintf(stderr, "x");)", "prints nothing"},
      {"net/base/a.cc", "int a = 1'000'000; std::exit(a);", "ends no process"},
      {"net/loop/a.cc", "::_exit(1);", "forked child"},
      {"net/dns/a.cc", R"(auto x = std::getenv("LOCALDOMAIN");)", "no environment"},
      {"net/dns/a.cc", "R\"(\n)\"; auto x = &std::getenv;", "no environment"},
      {"cmd/main.cc", R"(system("ls");)", "no shell"},
      {"tests/e2e/a.cc", R"(std::system("ls");)", "no shell"},
  };
  check_all(scan_code, kCases);
}

TEST(Lint, FindsHeadersWithoutPragmaOnce) {
  check(scan_code, {"net/base/a.hh", "#pragma once\nint a;", ""});
  check(scan_code, {"net/base/a.hh", "int a;", "#pragma once"});
  check(scan_code, {"net/base/a.hh", "// #pragma once\n", "#pragma once"});
}

TEST(Lint, FindsLongFiles) {
  const std::string most(static_cast<std::size_t>(kMaxLines), '\n');
  check(scan_code, {"net/sock/a.cc", most, ""});
  check(scan_code, {"net/sock/a.cc", most + "int a;", "351 lines"});
  check(scan_code, {"net/sock/sockopt_table.cc", most + "int a;", ""});
}

TEST(Lint, FindsPhrases) {
  const std::string outside = std::string("see ..") + "/shared/x";
  const std::string machine = std::string("cd /wor") + "k/main";
  const std::string note = std::string("# TO") + "DO: more";
  check(scan_text, {"README.md", "nothing", ""});
  check(scan_text, {"README.md", note, ""});
  check(scan_text, {"README.md", outside, "by itself"});
  check(scan_text, {".ci/run", "\n" + machine, "one machine"});
  check(scan_text, {"packaging/bootstrap", note, "issues"});
  check(scan_text, {"man/nettool.1", std::string("FIX") + "ME", "issues"});
}

TEST(Lint, SaysWhere) {
  const auto found = scan_code("net/base/a.cc", "int a;\n\nint b = system(0);\n");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.front().line, 3);
}

}  // namespace
}  // namespace lint
