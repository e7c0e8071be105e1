// listen -u --serve: each service in each model over UDP, IPv4, IPv6 and both on one socket.

#include <gtest/gtest.h>

#include <array>
#include <ctime>
#include <set>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include "tests/e2e/serve_udp_run.hh"
#include "tests/support/files.hh"
#include "tests/support/net.hh"
#include "tests/support/netns.hh"
#include "tests/support/nettool.hh"
#include "tests/support/require.hh"

namespace test {
namespace {

class ServeUdp : public testing::TestWithParam<std::tuple<std::string, Where>> {
 protected:
  [[nodiscard]] static QuietServer serve_it(const std::string& service, Options options = {}) {
    return serve_udp(service, std::get<0>(GetParam()), where(), {}, std::move(options));
  }
  [[nodiscard]] static UdpSocket client_of(const QuietServer& server) {
    UdpSocket socket(where().client);
    socket.connect(where().server, server.port);
    return socket;
  }
  [[nodiscard]] static const Where& where() { return std::get<1>(GetParam()); }
};
INSTANTIATE_TEST_SUITE_P(Models, ServeUdp,
                         testing::Combine(testing::ValuesIn(every_model), testing::ValuesIn(places)),
                         [](const auto& info) {
                           return std::get<0>(info.param) + std::get<1>(info.param).name;
                         });

TEST_P(ServeUdp, Echo) {
  QuietServer server = serve_it("echo");
  UdpSocket client = client_of(server);
  for (const std::string& text : {std::string("one"), std::string(), random_bytes(where().largest, 1),
                                  std::string("\0\xff", 2), std::string(), std::string("last")}) {
    EXPECT_EQ(first_difference(ask(client, text), text), std::nullopt) << text.size();
  }
  stop_server(server.program);
}

TEST_P(ServeUdp, Discard) {
  QuietServer server = serve_it("discard");
  UdpSocket client = client_of(server);
  for (int i = 0; i < 5; ++i) client.send(random_bytes(1000, 1));
  client.send("");
  EXPECT_TRUE(client.silent_for(200ms));
  stop_server(server.program);
}

// RFC 864: one datagram for each, of a random number of characters from 0 to 512.
TEST_P(ServeUdp, Chargen) {
  QuietServer server = serve_it("chargen");
  UdpSocket client = client_of(server);
  std::string ring;
  for (char c = ' '; c <= '~'; ++c) ring += c;
  ring += ring;
  std::set<std::size_t> sizes;
  for (std::size_t i = 0; i < 40; ++i) {
    std::string pattern;
    for (std::size_t line = i; pattern.size() < 512; ++line) pattern += ring.substr(line % 95, 72) + "\r\n";
    const std::string said = ask(client, i % 2 == 0 ? "" : "?");
    EXPECT_LE(said.size(), 512U);
    EXPECT_EQ(said, pattern.substr(0, said.size()));
    sizes.insert(said.size());
  }
  EXPECT_GT(sizes.size(), 20U);
  EXPECT_TRUE(client.silent_for(50ms)) << "more than one answer";
  stop_server(server.program);
}

TEST_P(ServeUdp, Daytime) {
  QuietServer server = serve_it("daytime", {.env = {{"TZ", "XYZ-2"}, {"LC_ALL", "C"}}});
  UdpSocket client = client_of(server);
  for (const std::string question : {"what time is it?", ""}) {
    const std::time_t before = std::time(nullptr) + 2 * 3600;
    const std::string said = ask(client, question);
    const std::time_t after = std::time(nullptr) + 2 * 3600;
    std::set<std::string> possible;
    for (std::time_t time = before; time <= after; ++time) {
      std::tm parts{};
      gmtime_r(&time, &parts);
      std::array<char, 100> text{};
      std::strftime(text.data(), text.size(), "%A, %B %d, %Y %H:%M:%S-XYZ\r\n", &parts);
      possible.insert(text.data());
    }
    EXPECT_TRUE(possible.contains(said)) << said;
  }
  stop_server(server.program);
}

TEST_P(ServeUdp, Time) {
  QuietServer server = serve_it("time");
  UdpSocket client = client_of(server);
  const std::time_t before = std::time(nullptr);
  const std::string said = ask(client, "");
  ASSERT_EQ(said.size(), 4U);
  std::uint32_t seconds = 0;
  for (const char byte : said) seconds = seconds << 8U | static_cast<unsigned char>(byte);
  EXPECT_GE(seconds, static_cast<std::uint32_t>(before + 2'208'988'800));
  EXPECT_LE(seconds, static_cast<std::uint32_t>(std::time(nullptr) + 2'208'988'800));
  stop_server(server.program);
}

class ServeUdpModel : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Models, ServeUdpModel, testing::ValuesIn(every_model),
                         [](const auto& info) { return info.param; });

TEST_P(ServeUdpModel, TheClientsThatPeopleHave) {
  REQUIRE_PROGRAM("ncat");
  REQUIRE_PROGRAM("socat");
  QuietServer server = serve_udp("echo", GetParam());
  const std::string port = std::to_string(server.port);
  const std::vector<std::vector<std::string>> clients = {
      {"nc", "-u", "127.0.0.1", port},
      {"socat", "-", "UDP-SENDTO:127.0.0.1:" + port},
      {"ncat", "-u", "127.0.0.1", port},
      nettool("connect", "-u", "127.0.0.1", port),
  };
  for (const auto& argv : clients) {
    Program client(argv);
    client.write_stdin("hello");
    EXPECT_EQ(client.read_exact(Stream::out, 5), "hello") << argv[0];
  }
  stop_server(server.program);
}

// An answer comes from where the question went, or the asker takes it for a stranger's.
TEST_P(ServeUdpModel, AnswersComeFromTheAddressAsked) {
  for (const std::vector<std::string>& listen : {std::vector<std::string>{"0.0.0.0", "0"}, {"0"}}) {
    QuietServer server = serve_udp("echo", GetParam(), Where{"", listen, "", "", 0});
    UdpSocket client;
    for (int i = 0; i < 3; ++i) {
      for (const std::string address : {"127.0.0.9", "127.0.0.1", "127.255.0.3"}) {
        client.send_to(address, address, server.port);
        const Datagram answer = client.recv();
        EXPECT_EQ(answer.address, address);
        EXPECT_EQ(answer.bytes, address);
        EXPECT_EQ(answer.port, server.port);
      }
    }
    stop_server(server.program);
  }
}

// Who may not come in is told once, costs nothing, and is welcome as soon as there is room.
TEST_P(ServeUdpModel, TheGuards) {
  Listener server =
      start_listener({"-u", "--serve", "echo", "--model", GetParam(), "--deny", "127.0.0.2",
                      "--max-per-address", "1", "--clients", "3", "-i", "500ms", "0.0.0.0", "0"});
  UdpSocket denied("127.0.0.2");
  UdpSocket first;
  UdpSocket second;
  UdpSocket elsewhere("127.0.0.3");
  for (UdpSocket* socket : {&denied, &first, &second, &elsewhere}) socket->connect("127.0.0.1", server.port);
  for (int i = 0; i < 3; ++i) denied.send("x");
  EXPECT_EQ(ask(first, "one"), "one");
  for (int i = 0; i < 3; ++i) second.send("not yet");
  EXPECT_EQ(ask(elsewhere, "three"), "three");
  wait_until("the first is let go, and the second comes in", [&] {
    second.send("two");
    return !second.silent_for(50ms);
  });
  EXPECT_EQ(second.recv().bytes, "two");
  EXPECT_TRUE(denied.silent_for(0ms));
  const Outcome outcome = server.program.wait();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  const auto rejected = json::events(outcome.err, "rejected");
  ASSERT_EQ(rejected.size(), 2U) << outcome.err;
  EXPECT_EQ(rejected[0]["peer"]["address"].string(), "127.0.0.2");
  EXPECT_EQ(rejected[0]["reason"].string(), "denied");
  EXPECT_EQ(rejected[1]["peer"]["port"].integer(), second.port());
  EXPECT_EQ(rejected[1]["reason"].string(), "max_per_address");
}

TEST_P(ServeUdpModel, Hexdump) {
  const TempDir folder;
  QuietServer server = serve_udp("echo", GetParam(), places[0], {"-x", folder / "dump"});
  UdpSocket client;
  client.connect("127.0.0.1", server.port);
  EXPECT_EQ(ask(client, "a question"), "a question");
  stop_server(server.program);
  const std::string dump = read_file(folder / "dump");
  EXPECT_TRUE(dump.contains("< 00000000")) << dump;
  EXPECT_TRUE(dump.contains("> 00000000")) << dump;
}

// CERT CA-1996-01: two that answer everything would talk with each other for ever.
TEST(ServeUdpLoop, TheSimpleServicesAreNotAnswered) {
  REQUIRE_NAMESPACES();
  Namespace net;
  const auto enter = net.enter_hook();
  Program server(nettool("listen", "-u", "--serve", "echo", "--json", "127.0.0.1", "5000"),
                 {.before_exec = enter});
  server.read_until(Stream::err, "\"listening\"");
  net.in([] {
    for (const std::uint16_t port : std::to_array<std::uint16_t>({7, 9, 13, 17, 19, 37, 5000})) {
      UdpSocket twin("127.0.0.2", port);
      twin.send_to("x", "127.0.0.1", 5000);
      twin.send_to("y", "127.0.0.1", 5000);
      if (!twin.silent_for(50ms)) throw std::runtime_error("answered " + std::to_string(port));
    }
    UdpSocket client("127.0.0.2");
    client.send_to("x", "127.0.0.1", 5000);
    if (client.recv().bytes != "x") throw std::runtime_error("not answered");
  });
  const Outcome outcome = stop_server(server);
  const auto rejected = json::events(outcome.err, "rejected");
  EXPECT_EQ(rejected.size(), 7U);
  for (const auto& event : rejected) EXPECT_EQ(event["reason"].string(), "denied");
}

}  // namespace
}  // namespace test
