// Status 2 for every malformed value of every option, before anything is done. CLI11's own exit codes (104 to
// 115) and words never show.

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "tests/support/nettool.hh"

namespace test {
namespace {

using Words = std::vector<std::string>;

/// An option as --help shows it.
struct Shown {
  std::string name;  ///< the long one, if it has one
  bool takes_value = false;
};

std::vector<Shown> options_in_help(const std::string& command) {
  std::vector<Shown> found;
  std::istringstream help(run_ok(nettool(command, "--help")));
  for (std::string line; std::getline(help, line);) {
    if (!line.starts_with("  -")) continue;
    std::istringstream words(line);
    std::string names;
    words >> names;
    // The column of descriptions begins at 34; what stands before it is the name and its value.
    std::string rest = line.substr(0, std::min<size_t>(34, line.size()));
    rest.erase(rest.find_last_not_of(' ') + 1);
    bool takes_value = rest.size() > names.size() + 2;
    size_t comma = names.rfind(',');
    found.push_back({comma == std::string::npos ? names : names.substr(comma + 1), takes_value});
  }
  return found;
}

Words target_of(const std::string& command) {
  return command == "connect" ? Words{"127.0.0.1", "1"} : Words{"127.0.0.1", "0"};
}

Words line(const std::string& command, Words options) {
  Words all = {command};
  all.insert(all.end(), options.begin(), options.end());
  for (const std::string& word : target_of(command)) all.push_back(word);
  return all;
}

std::string joined(const Words& words) {
  std::string out;
  for (const std::string& word : words) out += " '" + word + "'";
  return out;
}

/// The line is refused with status 2, in one line of error that holds `named`, and nothing on stdout.
void expect_refused(const Words& words, const std::string& named) {
  SCOPED_TRACE("nettool" + joined(words));
  Outcome outcome = run(nettool_argv(words), {}, 10s);
  EXPECT_EQ(outcome.status, 2) << outcome.err;
  EXPECT_EQ(outcome.out, "");
  std::istringstream lines(outcome.err);
  std::string first;
  std::getline(lines, first);
  EXPECT_TRUE(first.starts_with("nettool: ")) << outcome.err;
  EXPECT_NE(first.find(named), std::string::npos) << first << "\ndoes not name " << named;
  for (std::string more; std::getline(lines, more);) EXPECT_TRUE(more.starts_with("hint: ")) << more;
}

const Words bad_durations = {"x",   "-1",   "+1",  ".5", "5.",    "1.5.2", "1x",         "1 s",
                             "1e3", "0x10", "1,5", " 1", "1s ",   "1d",    "1S",         "inf",
                             "nan", "s",    "ms",  "١",  "1ms2s", "--",    "9999999999h"};
const Words bad_counts = {"0", "-1", "x", "1.5", "010", "0x", "0b2", "0o8", "1 ", "1K", "1000000001", "٣"};

struct Bad {
  std::string option;
  Words values;
  /// Beside the option, so that it makes sense at all.
  Words with = {};
};

const std::vector<Bad> bad_for_both = {
    {"--quit-after", bad_durations},
    {"--drain", bad_durations},
    {"--idle-timeout", bad_durations},
    {"--deadline", bad_durations},
    {"--quit-after", {"forever"}},
    {"--deadline", {"forever"}},
    {"--drain", {"Forever", "forever "}},
    {"--datagram-size", {"0", "-1", "x", "1.5K", "1KB", "65508", "1M", "010", "0x", "1 K", "K"}, {"-u"}},
    {"--type", {"x", "STREAM", "stream ", "raw", "stream,dgram"}},
    {"--color", {"x", "Auto", "yes", "1"}},
};

const std::vector<Bad> bad_for_connect = {
    {"--timeout", bad_durations},
    {"--timeout", {"forever"}},
    {"--source",
     {"x", "1.2.3", "127.1", "256.0.0.1", "127.0.0.01", "::g", "1::2::3", "localhost", "127.0.0.1:80"}},
    {"--source-port", {"-1", "65536", "1-2", "80,443", "0x50", " 80", "80 ", "1.5", "no-such-service"}},
    {"--shutdown", {"x", "RD", "rd,wr", "both"}},
    {"--count", bad_counts, {"--ping"}},
    {"--resolve-every", bad_counts, {"--ping"}},
    {"--interval", bad_durations, {"--ping"}},
    {"--retry", bad_counts},
    {"--retry", {"Forever", "forever "}},
    {"--concurrency", bad_counts, {"-z"}},
    {"--rate", bad_counts, {"-z"}},
    {"--max-hops", bad_counts, {"--trace"}},
};

const Words bad_rules = {"x",           "localhost",  "10.0.0",     "10.0.0.0/33", "10.0.0.0/",
                         "10.0.0.0/8 ", "fe80::1%lo", "10.0.0.1-9", "*",           "127.0.0.1:80"};

const std::vector<Bad> bad_for_listen = {
    {"--clients", bad_counts, {"-k"}},
    {"--max-clients", bad_counts, {"-u"}},
    {"--backlog", {"-1", "x", "1.0", "1048577", "010", "0x"}},
    {"--serve", {"x", "Echo", "echo,time", "echo "}},
    {"--model", {"x", "Fork", "fork,epoll", "select"}, {"--serve", "echo"}},
    {"--grace", bad_durations},
    {"--grace", {"Forever", "forever "}},
    {"--max-per-address", bad_counts},
    {"--allow", bad_rules},
    {"--deny", bad_rules},
    {"--forward", {"127.0.0.1:0", "unix:", "unix:@"}},
    {"--forward-udp", {"127.0.0.1:0", "unix:", "unix:@"}},
    {"--timeout", bad_durations, {"--forward", "127.0.0.1:1"}},
    {"--mode", {"8", "0999", "01000", "x", "-1", "u=rw", "0600 "}},
};

/// What -o refuses before a socket is made; `named` besides the value where that says more.
struct BadOption {
  std::string setting;
  std::string named;
  Words with = {};
};

const std::vector<BadOption> bad_socket_options = {
    {"NO_SUCH_OPTION=1", "NO_SUCH_OPTION"},
    {"=1", "=1"},
    {"TCP_NODELAY=", "TCP_NODELAY="},
    {"TCP_NODELAY=maybe", "maybe"},
    {"TCP_NODELAY=2", "TCP_NODELAY=2"},
    {"TCP_NODELAY =1", "TCP_NODELAY =1"},
    {"SO_RCVBUF", "SO_RCVBUF=VALUE"},
    {"SO_RCVBUF=x", "SO_RCVBUF=x"},
    {"SO_RCVBUF=-1", "SO_RCVBUF=-1"},
    {"SO_RCVBUF=3G", "SO_RCVBUF=3G"},
    {"SO_RCVBUF=64kb", "64kb"},
    {"IP_TTL=x", "IP_TTL=x"},
    {"IP_TTL=", "IP_TTL="},
    {"IP_TTL=1x", "1x"},
    {"IP_TTL=010", "010"},
    {"IP_TTL=99999999999", "99999999999"},
    {"SO_LINGER", "SO_LINGER=VALUE"},
    {"SO_LINGER=x", "SO_LINGER=x"},
    {"SO_LINGER=1.5", "1.5"},
    {"SO_LINGER=-1", "-1"},
    {"SO_RCVTIMEO=x", "SO_RCVTIMEO=x"},
    {"SO_RCVTIMEO=-1", "SO_RCVTIMEO=-1"},
    {"TCP_KEEPIDLE=500ms", "500ms"},
    {"TCP_KEEPIDLE=x", "TCP_KEEPIDLE=x"},
    {"TCP_USER_TIMEOUT=10us", "10us"},
    {"IP_MTU_DISCOVER=maybe", "maybe"},
    {"MTU_DISCOVER=do", "ambiguous"},
    {"IP_LOCAL_PORT_RANGE=5", "IP_LOCAL_PORT_RANGE=5"},
    {"IP_LOCAL_PORT_RANGE=1-70000", "1-70000"},
    {"SO_MAX_PACING_RATE=fast", "fast"},
    {"IP_ADD_MEMBERSHIP=192.0.2.1", "192.0.2.1", {"-u"}},
    {"IP_ADD_MEMBERSHIP=ff02::1", "ff02::1", {"-u"}},
    {"IP_ADD_MEMBERSHIP=224.0.0.1,nosuch0", "nosuch0", {"-u"}},
    {"IPV6_JOIN_GROUP=224.0.0.1", "224.0.0.1", {"-u"}},
    {"IP_MULTICAST_IF=nosuch0", "nosuch0", {"-u"}},
    // Options that no socket of this kind has.
    {"UDP_SEGMENT=100", "UDP_SEGMENT"},
    {"TCP_NODELAY", "TCP_NODELAY", {"-u"}},
    {"IPV6_TCLASS=1", "IPV6_TCLASS"},
    {"IPV6_TCLASS=1", "IPV6_TCLASS", {"-4"}},
};

void expect_all_refused(const std::string& command, const std::vector<Bad>& table) {
  for (const Bad& bad : table) {
    for (const std::string& value : bad.values) {
      Words options = bad.with;
      options.push_back(bad.option + "=" + value);
      expect_refused(line(command, options), "'" + value + "'");
    }
  }
}

TEST(StatusUsage, MalformedValuesOfOptionsThatBothHave) {
  expect_all_refused("connect", bad_for_both);
}

TEST(StatusUsage, MalformedValuesOfTheSameOptionsInListen) {
  expect_all_refused("listen", bad_for_both);
}

TEST(StatusUsage, MalformedValuesOfConnect) {
  expect_all_refused("connect", bad_for_connect);
}

TEST(StatusUsage, MalformedValuesOfListen) {
  expect_all_refused("listen", bad_for_listen);
}

TEST(StatusUsage, MalformedSocketOptions) {
  for (const std::string command : {"connect", "listen"}) {
    for (const BadOption& bad : bad_socket_options) {
      Words options = bad.with;
      options.insert(options.end(), {"-o", bad.setting});
      expect_refused(line(command, options), bad.named);
    }
  }
}

// A value of the next word or of its own: the same refusal.
TEST(StatusUsage, EveryWayToWriteAnOption) {
  for (const Words& written : {Words{"-i", "x"}, Words{"-ix"}, Words{"--idle-timeout", "x"},
                               Words{"--idle-timeout=x"}, Words{"-kd", "-ix"}, Words{"-kdix"}}) {
    expect_refused(line("listen", written), "x");
  }
}

// So that a new option cannot be forgotten above.
TEST(StatusUsage, TheTablesAboveKnowEveryOption) {
  std::set<std::string> known = {"--option", "--interface",  "--hexdump",  "--file",
                                 "--shell",  "--allow-file", "--deny-file"};
  for (const auto* table : {&bad_for_both, &bad_for_connect, &bad_for_listen}) {
    for (const Bad& bad : *table) known.insert(bad.option);
  }
  for (const std::string command : {"connect", "listen"}) {
    int with_value = 0;
    for (const Shown& option : options_in_help(command)) {
      if (!option.takes_value) continue;
      ++with_value;
      EXPECT_TRUE(known.contains(option.name)) << command << " " << option.name;
    }
    EXPECT_GE(with_value, 10);
  }
}

TEST(StatusUsage, EmptyValuesOfEveryOption) {
  for (const std::string command : {"connect", "listen"}) {
    for (const Shown& option : options_in_help(command)) {
      if (!option.name.starts_with("--")) continue;
      expect_refused(line(command, {option.name + "="}), option.name);
      if (option.takes_value && option.name != "--option") {
        expect_refused(line(command, {option.name, ""}), option.name);
      }
    }
  }
  expect_refused(line("connect", {"--option", ""}), "--option");
  expect_refused(line("connect", {"--json="}), "--json");
  expect_refused(line("connect", {"--color="}), "--color");
}

TEST(StatusUsage, FlagsTakeNoValue) {
  for (const std::string command : {"connect", "listen"}) {
    for (const Shown& option : options_in_help(command)) {
      if (option.takes_value || !option.name.starts_with("--") || option.name == "--help") continue;
      for (const char* value : {"=1", "=true", "=false", "=x"}) {
        expect_refused(line(command, {option.name + value}), option.name);
      }
    }
  }
  for (const char* flag : {"--json", "--verbose", "--quiet", "--version", "--help"}) {
    expect_refused(line("connect", {std::string(flag) + "=1"}), flag);
    expect_refused({std::string(flag) + "=1"}, flag);
  }
  expect_refused(line("connect", {"-4=1"}), "-4 takes no value");
}

TEST(StatusUsage, AValueThatIsMissingAtTheEnd) {
  for (const std::string command : {"connect", "listen"}) {
    for (const Shown& option : options_in_help(command)) {
      if (!option.takes_value) continue;
      Words words = line(command, {});
      words.push_back(option.name);
      expect_refused(words, option.name);
    }
  }
  expect_refused({"--color"}, "--color");
}

}  // namespace
}  // namespace test
