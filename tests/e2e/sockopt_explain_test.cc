// What the table says of an option: --list, --explain.

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <set>

#include "tests/e2e/sockopt_run.hh"
#include "tests/support/files.hh"

namespace test {
namespace {

/// What stands behind "label" in a block of --explain, its lines made one.
std::string told(const std::string& text, const std::string& label) {
  std::string found;
  for (const std::string& line : lines_of(text)) {
    const bool continues = line.starts_with("    ");
    if (!found.empty() && !continues) break;
    const std::string words = folded_spaces(line);
    if (!found.empty()) found += " " + words;
    if (!continues && words.starts_with(label + " ")) found = words.substr(label.size() + 1);
  }
  return found;
}

TEST(SockoptExplain, AllThatIsKnownOfOne) {
  Outcome outcome = sockopt({"--explain", "rcvbuf"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(lines_of(outcome.out).at(0), "SO_RCVBUF");
  EXPECT_TRUE(told(outcome.out, "level").starts_with("SOL_SOCKET")) << outcome.out;
  EXPECT_EQ(told(outcome.out, "number"), std::to_string(SO_RCVBUF));
  EXPECT_TRUE(told(outcome.out, "type").starts_with("int")) << outcome.out;
  EXPECT_EQ(told(outcome.out, "unit"), "bytes");
  EXPECT_EQ(told(outcome.out, "portability"), "POSIX");
  const std::string limit = read_file("/proc/sys/net/core/rmem_max");
  EXPECT_TRUE(
      contains(told(outcome.out, "sysctl"), "net.core.rmem_max = " + limit.substr(0, limit.find('\n'))))
      << outcome.out;
  EXPECT_GT(told(outcome.out, "meaning").size(), 20U) << outcome.out;
  EXPECT_TRUE(contains(told(outcome.out, "caution") + told(outcome.out, "meaning"), "oubled")) << outcome.out;
}

TEST(SockoptExplain, SeveralAreABlockEach) {
  Outcome outcome = sockopt({"--explain", "TCP_NODELAY", "--explain=so_linger"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  const Words lines = lines_of(outcome.out);
  EXPECT_EQ(lines.at(0), "TCP_NODELAY");
  const auto second = std::ranges::find(lines, "SO_LINGER");
  ASSERT_NE(second, lines.end()) << outcome.out;
  EXPECT_EQ(*std::prev(second), "");
}

// The rule that the manual does not tell: the old socket must have had it too.
TEST(SockoptExplain, TimeWaitAndReuseAddress) {
  Outcome outcome = sockopt({"--explain", "SO_REUSEADDR"});
  const std::string caution = told(outcome.out, "caution");
  EXPECT_TRUE(contains(caution, "TIME_WAIT")) << outcome.out;
  EXPECT_TRUE(contains(caution, "had this set too") || contains(caution, "both")) << outcome.out;
}

TEST(SockoptExplain, InJson) {
  Outcome outcome = sockopt({"--json", "--explain", "SO_RCVBUF", "--explain", "TCP_INFO"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  const Rows rows = json::parse_lines(outcome.out);
  ASSERT_EQ(rows.size(), 2U);
  const json::Value& row = rows[0];
  EXPECT_EQ(row["level"].string(), "SOL_SOCKET");
  EXPECT_EQ(row["name"].string(), "SO_RCVBUF");
  EXPECT_EQ(row["number"].integer(), SO_RCVBUF);
  EXPECT_EQ(row["unit"].string(), "bytes");
  EXPECT_EQ(row["sysctl"].string(), "net.core.rmem_max");
  EXPECT_TRUE(row["settable"].boolean());
  EXPECT_FALSE(row["meaning"].string().empty());
  EXPECT_FALSE(rows[1]["settable"].boolean());
  EXPECT_EQ(rows[1]["kind"].string(), "state");
  EXPECT_EQ(rows[0].keys(), rows[1].keys());
}

TEST(SockoptList, TheWholeTable) {
  Outcome outcome = sockopt({"--json", "--list"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  const Rows rows = json::parse_lines(outcome.out);
  EXPECT_GE(rows.size(), 150U);
  std::set<std::pair<std::string, long long>> numbers;
  std::set<std::string> names;
  for (const json::Value& row : rows) {
    EXPECT_TRUE(numbers.emplace(row["level"].string(), row["number"].integer()).second) << row.text();
    // The options of multicast groups have one name at two levels.
    const bool fresh = names.insert(row["name"].string()).second;
    EXPECT_TRUE(fresh || row["name"].string().starts_with("MCAST_")) << row.text();
    EXPECT_FALSE(row["meaning"].string().empty()) << row.text();
    EXPECT_LE(row["meaning"].string().size(), 90U) << row.text();
    EXPECT_TRUE(row["readable"].boolean() || row["settable"].boolean()) << row.text();
    EXPECT_EQ(row.keys(), rows[0].keys());
  }
  for (const char* name :
       {"SO_RCVBUF", "SO_PEERCRED", "SO_COOKIE", "IP_TTL", "IP_MULTICAST_IF", "IPV6_V6ONLY",
        "IPV6_UNICAST_HOPS", "TCP_INFO", "TCP_ULP", "TCP_AO_INFO", "UDP_SEGMENT", "MPTCP_INFO"}) {
    EXPECT_TRUE(names.contains(name)) << name;
  }
}

TEST(SockoptList, InText) {
  Outcome outcome = sockopt({"--list"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  const Words lines = lines_of(outcome.out);
  EXPECT_EQ(lines.size(), json::parse_lines(sockopt({"--json", "--list"}).out).size());
  for (const std::string& line : lines) {
    EXPECT_LE(line.size(), 140U) << line;
    EXPECT_TRUE(line.starts_with("SOL_") || line.starts_with("IPPROTO_")) << line;
  }
}

// Every name that is listed is taken by the command itself and by --explain.
TEST(SockoptList, EachNameIsTaken) {
  Words words = {"--json"};
  Words names;
  for (const json::Value& row : json::parse_lines(sockopt({"--json", "--list"}).out)) {
    const std::string& name = row["name"].string();
    // A group option of both families is known by its level.
    names.push_back(row["level"].string() + ":" + name);
    words.insert(words.end(), {"--explain", names.back()});
  }
  Outcome outcome = sockopt(words);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(json::parse_lines(outcome.out).size(), names.size());
}

// It is the table of one kernel's options that this one has or not; a reader on a pipe may end early.
TEST(SockoptList, AReaderThatLeavesEarly) {
  Program program(nettool("sockopt", "--list"));
  program.read_line(Stream::out);
  program.close_reader(Stream::out);
  EXPECT_EQ(program.wait().err, "");
}

}  // namespace
}  // namespace test
