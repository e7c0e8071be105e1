// The classic lesson: a server that closes first cannot be started again without SO_REUSEADDR, nor with it if
// it had not set it before.

#include "tests/e2e/port_run.hh"

namespace test {
namespace {

/// Serves one client, and closes first.
constexpr const char* server_script = R"(
import socket, sys
server = socket.socket()
if sys.argv[2] == "reuse":
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", int(sys.argv[1])))
server.listen()
print(server.getsockname()[1], flush=True)
client, _ = server.accept()
client.close()
)";

class PortLesson : public PortNetwork {
 protected:
  void SetUp() override {
    REQUIRE_PROGRAM("python3");
    PortNetwork::SetUp();
  }

  [[nodiscard]] Program start(std::uint16_t number, const char* how) const {
    return Program({"python3", "-c", server_script, std::to_string(number), how},
                   {.before_exec = ns().enter_hook()});
  }

  /// A server with one client from its beginning to its end: the port that it had.
  [[nodiscard]] std::uint16_t serve(std::uint16_t number, const char* how) const {
    Program server = start(number, how);
    const auto got = static_cast<std::uint16_t>(std::stoi(server.read_line(Stream::out)));
    ns().in([&] {
      Fd client(connected_socket(ip_address("127.0.0.1", got), SOCK_STREAM));
      char byte = 0;
      if (recv(client.get(), &byte, 1, 0) != 0) fail("no end came");
    });
    EXPECT_EQ(server.wait().status, 0);
    wait_until("TIME_WAIT", [&] { return word(on_tcp(got)) == "time-wait\n"; });
    return got;
  }

  void expect_refused(std::uint16_t number, const char* how) const {
    const Outcome outcome = start(number, how).wait();
    EXPECT_EQ(outcome.status, 1) << how;
    EXPECT_TRUE(contains(outcome.err, "Address already in use")) << outcome.err;
  }
};

TEST_F(PortLesson, WithoutReuseAddr) {
  const std::uint16_t number = serve(0, "plain");
  const std::string text = shown({on_tcp(number)});
  EXPECT_TRUE(contains(folded_spaces(text),
                       "bind fails now, with SO_REUSEADDR too (the connection does not have it)"))
      << text;
  const std::string why = sentence(on_tcp(number));
  EXPECT_TRUE(why.starts_with("1 connection in TIME_WAIT for up to ")) << why;
  EXPECT_TRUE(
      why.ends_with(" s; until then no server can bind 0.0.0.0, not even with SO_REUSEADDR, which the "
                    "connection does not have; [::] is free"))
      << why;
  const int seconds = std::stoi(why.substr(std::string("1 connection in TIME_WAIT for up to ").size()));
  EXPECT_GT(seconds, 30);
  EXPECT_LE(seconds, 62);
  expect_refused(number, "plain");
  expect_refused(number, "reuse");
  // `nettool listen PORT` binds with SO_REUSEADDR, and meets the same.
  const Outcome listen = ns().run(nettool("listen", "127.0.0.1", std::to_string(number)));
  EXPECT_EQ(listen.status, 4);
  EXPECT_TRUE(contains(listen.err, "(EADDRINUSE)"));
  // The same number of UDP is another port.
  EXPECT_EQ(ns().in([&] { return bind_error(ip_address("127.0.0.1", number), SOCK_DGRAM, false, true); }), 0);
  EXPECT_EQ(sentence(on_udp(number)), "free now");
}

TEST_F(PortLesson, WithReuseAddrBothTimes) {
  const std::uint16_t number = serve(0, "reuse");
  const std::string text = shown({on_tcp(number)});
  EXPECT_TRUE(contains(folded_spaces(text), "bind fails now, works with SO_REUSEADDR")) << text;
  EXPECT_TRUE(
      sentence(on_tcp(number))
          .ends_with(" s; until then a server can bind 0.0.0.0 only if it sets SO_REUSEADDR; [::] is free"))
      << text;
  expect_refused(number, "plain");
  EXPECT_EQ(serve(number, "reuse"), number);
  EXPECT_TRUE(contains(shown({on_tcp(number)}), "2 connections in TIME_WAIT"));
}

TEST_F(PortLesson, WhileItRuns) {
  Program server = start(0, "reuse");
  const auto number = static_cast<std::uint16_t>(std::stoi(server.read_line(Stream::out)));
  const std::string pid = std::to_string(server.pid());
  EXPECT_EQ(sentence(on_tcp(number)), "held by python3 (pid " + pid + ") on 127.0.0.1 alone; [::] is free");
  const json::Value holder = object(on_tcp(number))["listeners"][0];
  EXPECT_EQ(holder["address"].string(), "127.0.0.1");
  EXPECT_EQ(holder["pid"].text(), pid);
  EXPECT_EQ(holder["program"].string(), "python3");
  EXPECT_EQ(holder["user"].string(), "root");
  expect_refused(number, "reuse");
}

}  // namespace
}  // namespace test
