// listen --chat: lines of text with who sent them, that do no harm to a terminal.

#include <gtest/gtest.h>
#include <poll.h>

#include <csignal>
#include <string>
#include <vector>

#include "tests/e2e/broker_run.hh"
#include "tests/support/files.hh"
#include "tests/support/net.hh"
#include "tests/support/nettool.hh"

namespace test {
namespace {

std::string tag(const Peer& peer) {
  return "<127.0.0.1:" + std::to_string(peer.local_port()) + "> ";
}

struct Line {
  std::string said;
  std::vector<std::string> heard;
};

TEST(BrokerChat, LinesAndWhoSentThem) {
  BrokerRun run({"--chat"});
  Peer speaker = run.join();
  Peer hears = run.join();
  const std::string long_line(10'000, 'x');
  const std::vector<Line> lines = {
      {"hello\n", {"hello"}},
      {"CR LF\r\n", {"CR LF"}},
      {"one\ntwo\r\n\nfour\n", {"one", "two", "", "four"}},
      {"tab\tstays\n", {"tab\tstays"}},
      {"\x1b[31mred\x07\n", {"\\x1b[31mred\\x07"}},
      {"caf\xc3\xa9 \xff \xe2\x80\xae\n", {"caf\xc3\xa9 \\xff \\xe2\\x80\\xae"}},
      {std::string("nul\0byte\n", 9), {"nul\\x00byte"}},
      {"alone\rin the middle\n", {"alone\\x0din the middle"}},
      {long_line + "\n", {long_line.substr(0, 4096), long_line.substr(0, 4096), long_line.substr(0, 1808)}},
      {long_line.substr(0, 4096) + "\n", {long_line.substr(0, 4096)}},
  };
  for (const Line& line : lines) {
    speaker.send_all(line.said);
    for (const std::string& heard : line.heard) {
      EXPECT_EQ(hears.recv_until("\n"), tag(speaker) + heard + "\n");
    }
  }
  EXPECT_FALSE(poll_one(hears.fd(), POLLIN, Deadline(0ms)));
}

TEST(BrokerChat, ALineIsWholeBeforeItGoes) {
  BrokerRun run({"--chat"});
  Peer slow = run.join();
  Peer other = run.join();
  Peer hears = run.join();
  slow.send_all("be");
  other.send_all("meanwhile\n");
  EXPECT_EQ(hears.recv_until("\n"), tag(other) + "meanwhile\n");
  slow.send_all("gun");
  EXPECT_TRUE(hears.silent_for(300ms));
  slow.send_all("\n");
  EXPECT_EQ(hears.recv_until("\n"), tag(slow) + "begun\n");
  // The last one may lack its newline.
  const std::string who = tag(slow);
  slow.send_all("good-bye");
  slow.close();
  EXPECT_EQ(hears.recv_until("\n"), who + "good-bye\n");
}

TEST(BrokerChat, UnixClientsHaveNumbers) {
  TempDir dir;
  Listener chat = start_listener({"--chat", "-U", dir / "chat"}, {.in = Stdio::null()});
  Peer first = connect_unix(dir / "chat");
  static_cast<void>(next_event(chat, "accepted"));
  Peer second = connect_unix(dir / "chat");
  static_cast<void>(next_event(chat, "accepted"));
  second.send_all("hello\n");
  EXPECT_EQ(first.recv_until("\n"), "<client 2> hello\n");
}

TEST(BrokerChat, ADatagramIsALine) {
  Listener chat = start_listener({"--chat", "-u", "127.0.0.1", "0"}, {.in = Stdio::null()});
  UdpSocket first;
  first.connect("127.0.0.1", chat.port);
  first.send("");
  static_cast<void>(next_event(chat, "accepted"));
  UdpSocket second;
  second.connect("127.0.0.1", chat.port);
  second.send("no newline");
  const std::string who = "<127.0.0.1:" + second.port_text() + "> ";
  EXPECT_EQ(first.recv().bytes, who + "no newline\n");
  second.send("one\ntwo\n");
  EXPECT_EQ(first.recv().bytes, who + "one\n" + who + "two\n");
}

TEST(BrokerChat, ImpliesBroker) {
  BrokerRun run({"--chat", "--broker", "--clients", "2"});
  Peer one = run.join();
  Peer two = run.join();
  one.send_all("x\n");
  EXPECT_EQ(two.recv_until("\n"), tag(one) + "x\n");
  one.close();
  two.reset();
  EXPECT_EQ(run.listener.program.wait().status, 0);
}

}  // namespace
}  // namespace test
