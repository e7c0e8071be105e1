#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <functional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/dns_server.hh"
#include "tests/support/files.hh"
#include "tests/support/json.hh"
#include "tests/support/net.hh"
#include "tests/support/nettool.hh"
#include "tests/support/proc.hh"

// resolve -f against the scripted server: none lost, none doubled, and everything else goes on meanwhile.
namespace test {
namespace {

/// "n0.test", "n1.test", ... one a line, with what else stands on each.
std::string lines_of(int count, const std::string& rest = " A") {
  std::string out;
  for (int i = 0; i < count; ++i) out += "n" + std::to_string(i) + ".test" + rest + "\n";
  return out;
}

std::vector<std::string> split_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// The names of all objects on stdout, in their order.
std::vector<std::string> names_in(const std::string& out) {
  std::vector<std::string> names;
  for (const std::string& line : split_lines(out)) names.push_back(json::parse(line)["name"].string());
  return names;
}

std::vector<std::string> expected_names(int count) {
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) names.push_back("n" + std::to_string(i) + ".test.");
  return names;
}

class ResolveBulk : public testing::Test {
 protected:
  std::vector<std::string> bulk(std::vector<std::string> more) const {
    std::vector<std::string> arguments = {"resolve", "@127.0.0.1:" + std::to_string(server_.port())};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return nettool_argv(arguments);
  }
  std::string file(const std::string& text) const {
    write_file(dir_ / "names", text);
    return dir_ / "names";
  }
  void answer_all() { server_.add_addresses("n0.test", {"192.0.2.1"}); }

  DnsServer server_;
  TempDir dir_;
};

TEST_F(ResolveBulk, NoneLostNoneDoubled) {
  constexpr int count = 20000;
  const Outcome done = run(bulk({"-f", file(lines_of(count)), "--json"}), "", 60s);
  EXPECT_EQ(done.status, 1) << "none of the names is there";
  EXPECT_EQ(done.err, "");
  std::vector<std::string> names = names_in(done.out);
  std::vector<std::string> expected = expected_names(count);
  std::ranges::sort(names);
  std::ranges::sort(expected);
  EXPECT_EQ(names.size(), expected.size());
  EXPECT_TRUE(names == expected);
}

TEST_F(ResolveBulk, OrderedIsTheOrderOfTheInput) {
  // Every seventh comes late.
  Behaviour late;
  late.delay = 20ms;
  for (int i = 0; i < 500; i += 7) server_.behave("n" + std::to_string(i) + ".test", late);
  const Outcome ordered = run(bulk({"-f", "-", "--json", "--ordered"}), lines_of(500));
  EXPECT_EQ(names_in(ordered.out), expected_names(500));
  const Outcome as_they_come = run(bulk({"-f", "-", "--json"}), lines_of(500));
  EXPECT_EQ(names_in(as_they_come.out).size(), 500U);
  EXPECT_NE(names_in(as_they_come.out), expected_names(500));
}

TEST_F(ResolveBulk, TypesOfALine) {
  server_.add_addresses("both.test", {"192.0.2.1", "2001:db8::1"});
  server_.add("mail.test", Record::mx(10, "mx.test"));
  server_.add("7.2.0.192.in-addr.arpa", Record::ptr("back.test"));
  const std::string input = "\xef\xbb\xbf# a comment\n\nboth.test\r\nmail.test MX # another\n192.0.2.7\n";
  const Outcome done = run(bulk({"-f", "-", "--short", "--ordered"}), input);
  EXPECT_EQ(done.status, 0) << done.err;
  EXPECT_EQ(done.out, "192.0.2.1\n2001:db8::1\n10 mx.test.\nback.test.\n");
}

TEST_F(ResolveBulk, EveryServerIsAskedForEveryLine) {
  answer_all();
  DnsServer other;
  const std::string second = "@127.0.0.1:" + std::to_string(other.port());
  const Outcome done = run(bulk({second, "-f", "-", "-t", "A", "--json", "--ordered"}), "n0.test\nn1.test\n");
  EXPECT_EQ(done.status, 1) << done.err;
  std::vector<std::string> seen;
  for (const std::string& line : split_lines(done.out)) {
    const json::Value object = json::parse(line);
    const bool from_second = object["port"].integer() == other.port();
    seen.push_back(object["name"].string() + (from_second ? " second " : " first ") +
                   object["rcode"].string());
  }
  EXPECT_EQ(seen, (std::vector<std::string>{"n0.test. first NOERROR", "n0.test. second NXDOMAIN",
                                            "n1.test. first NXDOMAIN", "n1.test. second NXDOMAIN"}));
}

TEST_F(ResolveBulk, AnsweredByOneOfItsTypes) {
  server_.add_addresses("four.test", {"192.0.2.1"});
  EXPECT_EQ(run(bulk({"-f", "-"}), "four.test\n").status, 0) << "no AAAA, but an A";
  EXPECT_EQ(run(bulk({"-f", "-"}), "four.test AAAA\n").status, 1);
  EXPECT_EQ(run(bulk({"-f", "-", "-t", "MX"}), "four.test\n").status, 1);
  EXPECT_EQ(run(bulk({"-f", "-"}), "four.test\nnone.test\n").status, 1);
}

TEST_F(ResolveBulk, BadLinesAreToldAndPassedOver) {
  server_.add_addresses("good.test", {"192.0.2.1"});
  const std::string input = "a..test\ngood.test A\ngood.test NOPE\n" + std::string(10000, 'x') +
                            "\ngood.test AXFR\n\x1b[31m.test A\xff\ngood.test A\n";
  const Outcome done = run(bulk({"-f", "-", "--short"}), input);
  EXPECT_EQ(done.status, 2);
  EXPECT_EQ(done.out, "192.0.2.1\n192.0.2.1\n");
  for (const int line : {1, 3, 4, 5, 6}) {
    EXPECT_NE(done.err.find("line " + std::to_string(line) + ":"), std::string::npos) << line << done.err;
  }
  EXPECT_EQ(split_lines(done.err).size(), 5U) << done.err;
  EXPECT_EQ(done.err.find('\x1b'), std::string::npos);
}

TEST_F(ResolveBulk, FailuresAreResults) {
  Behaviour silent;
  silent.silent = true;
  server_.behave("n1.test", silent);
  const auto arguments = bulk({"-f", file(lines_of(3)), "-w", "300ms", "--ordered"});
  const Outcome text = run(arguments);
  EXPECT_EQ(text.status, 3);
  EXPECT_EQ(text.err, "");
  const auto lines = split_lines(text.out);
  ASSERT_EQ(lines.size(), 3U) << text.out;
  EXPECT_TRUE(lines[1].starts_with(";; n1.test. IN A @127.0.0.1#" + std::to_string(server_.port()) +
                                   "/udp: no answer in 30"));
  auto with_json = arguments;
  with_json.emplace_back("--json");
  const Outcome object = run(with_json);
  EXPECT_EQ(json::parse(split_lines(object.out).at(1))["error"]["code"].string(), "ETIMEDOUT");
}

TEST_F(ResolveBulk, ResultsComeWhileStdinIsOpen) {
  Program program(bulk({"-f", "-", "--json"}));
  program.write_stdin("n0.test A\n");
  EXPECT_EQ(json::parse(program.read_line(Stream::out))["name"].string(), "n0.test.");
  program.write_stdin("n1.test A\nn2.te");
  EXPECT_EQ(json::parse(program.read_line(Stream::out))["name"].string(), "n1.test.");
  program.write_stdin("st A");
  program.close_stdin();
  EXPECT_EQ(json::parse(program.read_line(Stream::out))["name"].string(), "n2.test.");
  EXPECT_EQ(program.wait().status, 1);
}

TEST_F(ResolveBulk, ASignalEndsItAtOnce) {
  // Nothing is answered any more, and stdin stays open.
  Behaviour silent;
  silent.silent = true;
  server_.behave("*", silent);
  Program program(bulk({"-f", "-", "-w", "60s"}));
  program.write_stdin(lines_of(5000));
  server_.wait_asked("n50.test");
  const Stopwatch watch;
  program.signal(SIGINT);
  EXPECT_EQ(program.wait().signal, SIGINT);
  EXPECT_LT(watch.seconds(), 5);
}

TEST_F(ResolveBulk, ASignalEndsItWhileStdoutIsStalled) {
  Program program(bulk({"-f", file(lines_of(20000)), "--json"}));
  // 64 KiB fit into the pipe; then it waits, with what it may hold at most.
  server_.wait_asked("n100.test");
  wait_idle(program.pid());
  const std::size_t asked = server_.questions().size();
  EXPECT_LT(asked, 5000U) << "it asked on for a reader that does not read";
  program.signal(SIGTERM);
  EXPECT_EQ(program.wait().signal, SIGTERM);
}

TEST_F(ResolveBulk, AStalledReaderLosesNothing) {
  Program program(bulk({"-f", file(lines_of(3000)), "--json", "--ordered"}));
  server_.wait_asked("n100.test");
  wait_idle(program.pid());
  const Outcome done = program.wait(60s);
  EXPECT_EQ(names_in(done.out), expected_names(3000));
}

TEST_F(ResolveBulk, AReaderThatIsGoneEndsIt) {
  Program program(bulk({"-f", file(lines_of(20000)), "--json"}));
  program.close_reader(Stream::out);
  const Outcome done = program.wait();
  EXPECT_EQ(done.status, 4);
  EXPECT_EQ(done.err, "");
}

TEST_F(ResolveBulk, ProgressOnStderr) {
  const Outcome text = run(bulk({"-f", file(lines_of(100)), "--progress"}));
  EXPECT_EQ(text.err.find("100 asked, 100 answered, 0 failed"), 0U) << text.err;
  const Outcome object = run(bulk({"-f", file(lines_of(100)), "--progress", "--json"}));
  const json::Value last = json::events(object.err, "progress").back();
  EXPECT_EQ(last["asked"].integer(), 100);
  EXPECT_EQ(last["answered"].integer(), 100);
  EXPECT_EQ(last["sent"].integer(), 100);
}

TEST_F(ResolveBulk, TheRateIsKept) {
  const Outcome done = run(bulk({"-f", file(lines_of(100)), "--rate", "100"}));
  EXPECT_GE(done.seconds, 0.95);
  EXPECT_LT(done.seconds, 3);
}

TEST_F(ResolveBulk, MemoryDoesNotGrowWithTheFile) {
  const auto peak = [this](int count) {
    const Outcome done = run(
        bulk({"-f", file(lines_of(count)), "--json"}),
        {.out = Stdio::file("/dev/null"),
         // Freed memory, which the sanitizer would keep for a while, shall not count.
         .env = {{"ASAN_OPTIONS", "exitcode=99:quarantine_size_mb=1:thread_local_quarantine_size_kb=64"}}},
        "", 170s);
    EXPECT_EQ(done.status, 1);
    return done.usage.ru_maxrss;
  };
  const long small = peak(10000);
  const long large = peak(40000);
  EXPECT_LT(large, small + small / 5) << small << " and " << large << " KiB";
}

TEST_F(ResolveBulk, WhatCannotBeRead) {
  const Outcome missing = run(bulk({"-f", "/nowhere/names"}));
  EXPECT_EQ(missing.status, 4);
  EXPECT_NE(missing.err.find("/nowhere/names: no such file or directory (ENOENT)"), std::string::npos)
      << missing.err;
  EXPECT_EQ(run(bulk({"-f", "/"})).status, 4);
  EXPECT_EQ(run(bulk({"-f", "/dev/null"})).status, 0) << "no names, no failure";
}

}  // namespace
}  // namespace test
