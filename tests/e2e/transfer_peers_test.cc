// 256 MiB arrive unchanged between nettool and every netcat there is, whoever calls and whoever sends.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/support/fd.hh"
#include "tests/support/files.hh"
#include "tests/support/net.hh"
#include "tests/support/nettool.hh"
#include "tests/support/program.hh"
#include "tests/support/require.hh"

namespace test {
namespace {

using Argv = std::vector<std::string>;

constexpr std::uint64_t size = std::uint64_t{256} << 20;
// Seconds are enough where nothing else runs; a sanitized build on a busy machine is another matter.
constexpr Duration long_enough = 90s;

enum class Family { v4, v6, unix_socket };
enum class Part { client, server };
enum class Task { send, receive };

/// Where the two meet.
struct Place {
  Family family = Family::v4;
  std::string address;
  std::string port;
  std::string path;
  [[nodiscard]] bool is_unix() const { return family == Family::unix_socket; }
};

Argv nettool_command(const Place& place, Part part, Task) {
  Argv argv = nettool(part == Part::server ? "listen" : "connect");
  for (const std::string& word : place.is_unix() ? Argv{"-U", place.path} : Argv{place.address, place.port}) {
    argv.push_back(word);
  }
  return argv;
}

Argv nc_command(const Place& place, Part part, Task task) {
  Argv argv = {"nc"};
  if (part == Part::server) argv.emplace_back("-l");
  if (task == Task::send) argv.emplace_back("-N");  // else it never ends its side
  for (const std::string& word : place.is_unix() ? Argv{"-U", place.path} : Argv{place.address, place.port}) {
    argv.push_back(word);
  }
  return argv;
}

Argv ncat_command(const Place& place, Part part, Task task) {
  Argv argv = nc_command(place, part, Task::receive);
  argv.front() = "ncat";
  argv.emplace_back(task == Task::send ? "--send-only" : "--recv-only");
  return argv;
}

Argv socat_command(const Place& place, Part part, Task task) {
  bool serves = part == Part::server;
  std::string address = place.family == Family::v6 ? "[" + place.address + "]" : place.address;
  std::string tcp = place.family == Family::v6 ? "TCP6" : "TCP4";
  std::string end;
  if (place.is_unix()) {
    end = (serves ? "UNIX-LISTEN:" : "UNIX-CONNECT:") + place.path;
  } else if (serves) {
    end = tcp + "-LISTEN:" + place.port + ",reuseaddr,bind=" + address;
  } else {
    end = tcp + ":" + address + ":" + place.port;
  }
  return task == Task::send ? Argv{"socat", "-u", "-", end} : Argv{"socat", "-u", end, "-"};
}

/// A program that can take either part.
struct Tool {
  const char* name;
  Argv (*command)(const Place& place, Part part, Task task);
};
constexpr Tool nettool_itself = {"nettool", nettool_command};
constexpr Tool nc = {"nc", nc_command};
constexpr Tool ncat = {"ncat", ncat_command};
constexpr Tool socat = {"socat", socat_command};

struct Pair {
  Tool client;
  Tool server;
  Family family;
  bool client_sends;
};

std::string name_of(const testing::TestParamInfo<Pair>& info) {
  const Pair& pair = info.param;
  const char* families[] = {"v4", "v6", "unix"};
  return std::string(pair.client.name) + (pair.client_sends ? "_to_" : "_from_") + pair.server.name + "_" +
         families[static_cast<int>(pair.family)];
}

std::vector<Pair> all_pairs() {
  std::vector<Pair> pairs;
  for (Family family : {Family::v4, Family::v6, Family::unix_socket}) {
    for (bool client_sends : {true, false}) {
      for (const Tool& tool : {nettool_itself, nc, ncat, socat}) {
        pairs.push_back({nettool_itself, tool, family, client_sends});
      }
      for (const Tool& tool : {nc, ncat, socat})
        pairs.push_back({tool, nettool_itself, family, client_sends});
    }
  }
  return pairs;
}

struct Sample {
  std::string path;
  std::string hash;
};

/// The bytes to send: made once and kept beside the program under test, as each test is a process.
Sample sample() {
  Sample result{std::filesystem::path(NETTOOL_BINARY).parent_path() / "random-256MiB", {}};
  std::string hash_file = result.path + ".sha256";
  Fd lock(open((result.path + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (flock(lock.get(), LOCK_EX) < 0) fail_errno("lock " + result.path);
  if (!exists(hash_file)) {
    random_file(result.path, size, 256);
    write_file(hash_file, sha256_of_file(result.path));
  }
  result.hash = read_file(hash_file);
  return result;
}

/// A local port as /proc/net/tcp shows it, with the beginning of the peer's.
std::string port_column(const std::string& port) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), ":%04X 0", static_cast<unsigned>(std::stoi(port)));
  return text.data();
}

/// Whether the kernel knows a listener there. Peers do not say when they listen, and a connection to find out
/// would be the one client that they take.
bool listens(const Place& place) {
  const char* tables[] = {"/proc/net/tcp", "/proc/net/tcp6", "/proc/net/unix"};
  std::ifstream table(tables[static_cast<int>(place.family)]);
  std::string port = place.is_unix() ? "" : port_column(place.port);
  for (std::string line; std::getline(table, line);) {
    bool found = place.is_unix() ? line.ends_with(" " + place.path) && line.contains(" 00010000 ")
                                 : line.contains(port) && line.contains(":0000 0A ");
    if (found) return true;
  }
  return false;
}

/// Starts the server and waits until it listens. The port was free a moment ago: should another process have
/// taken it since, the next is tried.
Program start_server(const Tool& tool, Task task, Place& place, const Options& options) {
  for (int attempt = 0;; ++attempt) {
    if (!place.is_unix()) place.port = std::to_string(closed_port(SOCK_STREAM, place.address));
    Program program(tool.command(place, Part::server, task), options);
    bool up = false;
    wait_until(std::string(tool.name) + " listens", [&] {
      up = listens(place);
      return up || !program.still_running();
    });
    if (up && program.still_running()) return program;
    if (attempt == 3) fail(std::string(tool.name) + " does not listen: " + program.wait().err);
  }
}

class TransferPeers : public testing::TestWithParam<Pair> {};

TEST_P(TransferPeers, SameSha256) {
  const Pair& pair = GetParam();
  for (const Tool& tool : {pair.client, pair.server}) {
    if (tool.name != std::string("nettool")) REQUIRE_PROGRAM(tool.name);
  }
  Sample bytes = sample();
  TempDir dir;
  Place place{pair.family, pair.family == Family::v6 ? "::1" : "127.0.0.1", "", dir / "socket"};

  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  Fd read_end(ends[0]), write_end(ends[1]);
  Program sum({"sha256sum"}, {.in = Stdio::fd(read_end.get())});
  read_end.close();
  Options sends{.in = Stdio::file(bytes.path)};
  Options receives{.in = Stdio::null(), .out = Stdio::fd(write_end.get())};

  Program server = start_server(pair.server, pair.client_sends ? Task::receive : Task::send, place,
                                pair.client_sends ? receives : sends);
  Argv argv = pair.client.command(place, Part::client, pair.client_sends ? Task::send : Task::receive);
  // A listening nc leaves at the client's FIN, whatever it has still to send: keep our side open.
  if (!pair.client_sends && pair.server.name == std::string("nc")) argv.emplace_back("-d");
  Program client(argv, pair.client_sends ? sends : receives);
  write_end.close();
  Outcome client_end = client.wait(long_enough);
  Outcome server_end = server.wait(long_enough);
  EXPECT_EQ(client_end.status, 0) << client_end.err;
  EXPECT_EQ(server_end.status, 0) << server_end.err;
  EXPECT_EQ(sum.wait(long_enough).out.substr(0, 64), bytes.hash);
}

INSTANTIATE_TEST_SUITE_P(All, TransferPeers, testing::ValuesIn(all_pairs()), name_of);

}  // namespace
}  // namespace test
