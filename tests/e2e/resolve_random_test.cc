// Replies of random bytes, the same for the same seed: whatever comes, the answer is a status of the
// contract, printable text and valid JSON. The sanitizers watch the rest.

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/e2e/resolve_run.hh"
#include "tests/support/files.hh"

namespace test {
namespace {

/// Asks for good.test as text and as JSON and returns the status, which is the same for both.
int expect_sane(const DnsServer& server, const Words& more = {}) {
  const Words words = Words{"good.test", "-w", "100ms", "--tries", "1"} + more;
  Outcome text = resolve(server, words);
  EXPECT_TRUE(text.status == 0 || text.status == 1 || text.status == 3) << text.status << text.err;
  for (const std::string& stream : {text.out, text.err}) {
    EXPECT_TRUE(std::ranges::all_of(stream, [](char c) { return c == '\n' || (c >= ' ' && c < 127); }))
        << stream;
  }
  Outcome json = resolve_json(server, words);
  EXPECT_EQ(json.status, text.status) << text.out << text.err << json.out << json.err;
  EXPECT_NO_THROW((void)json::parse_lines(json.out)) << json.out;
  return text.status;
}

TEST(ResolveRandom, FlippedBytes) {
  DnsServer server;
  server.add("good.test", Record::address("192.0.2.1"));
  for (unsigned seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(seed);
    server.behave("good.test", {.rewrite = [seed](std::string reply) {
                    std::mt19937 random(seed);
                    // Behind the id, or it would be no reply of ours at all.
                    for (int i = 0; i < 3; ++i)
                      reply[2 + random() % (reply.size() - 2)] = static_cast<char>(random());
                    return reply;
                  }});
    expect_sane(server);
  }
}

TEST(ResolveRandom, BehindTheQuestion) {
  DnsServer server;
  server.add("good.test", Record::address("192.0.2.1"));
  const std::size_t answer_at = 12 + dns::question("good.test", type_a).size();
  for (unsigned seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE(seed);
    server.behave("good.test", {.rewrite = [=](const std::string& reply) {
                    return reply.substr(0, answer_at) + random_bytes(40UL * seed, seed);
                  }});
    EXPECT_EQ(expect_sane(server), 1);
  }
}

/// All types with a text of their own, and some without.
const std::vector<std::uint16_t> types = {1,  2,  5,  6,  12, 13, 15, 16, 28, 29, 33, 35,  39,  41,  43,   44,
                                          46, 47, 48, 50, 51, 52, 59, 60, 64, 65, 99, 250, 256, 257, 65280};

/// Data of some length: bytes of any value, or small ones, which look more like lengths and names.
std::string data_of_chance(std::mt19937& random) {
  std::string data(random() % 48, '\0');
  const unsigned range = random() % 2 == 0 ? 256 : 12;
  for (char& c : data) c = static_cast<char>(random() % range);
  return data;
}

TEST(ResolveRandom, DataOfEveryType) {
  DnsServer server;
  for (unsigned seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE(seed);
    server.behave("good.test", {.edit = [seed](dns::Message& reply, const Question&) {
                    std::mt19937 random(seed);
                    reply.flags &= ~15U;
                    for (auto* section : {&reply.answer, &reply.authority, &reply.additional}) {
                      for (int i = 0; i < 300; ++i) {
                        std::uint16_t type = types[random() % types.size()];
                        section->push_back({"good.test", Record::raw(type, data_of_chance(random))});
                      }
                    }
                  }});
    expect_sane(server, {"--tcp", "-w", "5"});
  }
}

TEST(ResolveRandom, EdnsOptions) {
  DnsServer server;
  server.add("good.test", Record::address("192.0.2.1"));
  for (unsigned seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE(seed);
    server.behave("good.test", {.edit = [seed](dns::Message& reply, const Question&) {
                    std::mt19937 random(seed);
                    for (int i = 0; i < 30; ++i) {
                      auto code = static_cast<std::uint16_t>(random() % 20);
                      reply.opt->options.push_back({code, data_of_chance(random)});
                    }
                  }});
    EXPECT_EQ(expect_sane(server, {"--bufsize", "4096"}), 0);
  }
}

TEST(ResolveRandom, MessagesOfNothingElse) {
  DnsServer server;
  for (unsigned seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    server.behave("good.test", {.rewrite = [seed](const std::string& reply) {
                    std::string junk = random_bytes(seed * 7, seed);
                    // With the id and QR, so that it is looked at.
                    return reply.substr(0, 3) + junk;
                  }});
    EXPECT_NE(expect_sane(server), 0);
  }
}

}  // namespace
}  // namespace test
