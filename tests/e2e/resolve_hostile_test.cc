// Replies that are forged, broken or lie: what is not believed, what is shown of the rest, and what it is
// called.

#include <gtest/gtest.h>

#include "tests/e2e/resolve_run.hh"

namespace test {
namespace {

using Deliveries = std::vector<Delivery>;

const std::string honest = "192.0.2.1", forged = "203.0.113.66";
// Where things stand in the reply for good.test: a header, the question, an A record, an OPT record.
constexpr std::size_t question_at = 12, answer_at = 27, rdlength_at = 46, rdata_at = 48, opt_at = 52,
                      reply_size = 63;

/// A server that knows good.test. Every test behaves in its own way for it.
struct Good : DnsServer {
  Good() { add("good.test", Record::address(honest)); }
};

/// The reply with another address in it, so that believing it would show.
std::string forge(std::string reply) {
  const std::string address("\xcb\x00\x71\x42", 4);
  return reply.replace(rdata_at, 4, address);
}

std::string put(std::string message, std::size_t at, const std::string& bytes) {
  return message.replace(at, bytes.size(), bytes);
}

struct Forgery {
  const char* name;
  std::function<Delivery(const std::string& forged_reply, std::uint16_t port)> make;
  std::string kind;                   ///< in the warning
  std::string source = "127.0.0.1#";  ///< named there too
};

std::function<Delivery(const std::string&, std::uint16_t)> changed(
    const std::function<std::string(std::string)>& change) {
  return [change](const std::string& reply, std::uint16_t) { return Delivery{change(reply)}; };
}

const std::vector<Forgery> forgeries = {
    {"wrong id",
     changed([](std::string m) { return put(m, 0, std::string(1, static_cast<char>(m[0] ^ 1))); }),
     "wrong id"},
    {"wrong name", changed([](const std::string& m) { return put(m, question_at + 1, "g00d"); }), "question"},
    {"wrong type", changed([](const std::string& m) { return put(m, answer_at - 3, "\x1c"); }), "question"},
    {"wrong class", changed([](const std::string& m) { return put(m, answer_at - 1, "\x03"); }), "question"},
    {"a longer name", changed([](const std::string& m) {
       return m.substr(0, question_at) + dns::question("more.good.test", type_a) + m.substr(answer_at);
     }),
     "question"},
    {"two questions", changed([](const std::string& m) {
       return put(m.substr(0, answer_at) + m.substr(question_at), 5, "\x02");
     }),
     "question"},
    {"no question", changed([](const std::string& m) {
       return put(m.substr(0, question_at) + m.substr(answer_at), 5, std::string(1, '\0'));
     }),
     "question"},
    {"QR clear",
     changed([](std::string m) { return put(m, 2, std::string(1, static_cast<char>(m[2] & 0x7f))); }), "QR"},
    {"another opcode",
     changed([](std::string m) { return put(m, 2, std::string(1, static_cast<char>(m[2] | 0x20))); }),
     "opcode"},
    {"11 bytes", changed([](const std::string& m) { return m.substr(0, 11); }), "short"},
    {"1 byte", changed([](const std::string& m) { return m.substr(0, 1); }), "short"},
    {"0 bytes", changed([](const std::string&) { return std::string(); }), "short"},
    {"another port",
     [](const std::string& m, std::uint16_t) { return Delivery{.bytes = m, .from = "127.0.0.1"}; },
     "ignored"},
    {"another address",
     [](const std::string& m, std::uint16_t port) {
       return Delivery{.bytes = m, .from = "127.0.0.2", .from_port = port};
     },
     "ignored", "127.0.0.2#"},
};

TEST(ResolveHostile, AForgeryIsCountedAndTheAnswerWaitedFor) {
  Good server;
  const std::uint16_t port = server.port();
  for (const Forgery& row : forgeries) {
    SCOPED_TRACE(row.name);
    server.behave("good.test", {.script = [&](const std::string& reply, const Question&) {
                    return Deliveries{row.make(forge(reply), port), {reply}};
                  }});
    Outcome outcome = resolve_json(server, {"good.test"});
    EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
    json::Value response = only(outcome);
    EXPECT_EQ(data_of(response["answer"]), Words{honest});
    std::string warnings = warnings_of(response);
    EXPECT_TRUE(contains(warnings, "1 datagram ")) << warnings;
    EXPECT_TRUE(contains(warnings, row.kind)) << warnings;
    EXPECT_TRUE(contains(warnings, row.source)) << warnings;
    EXPECT_FALSE(contains(outcome.out + outcome.err, forged)) << outcome.out;
    Outcome text = resolve(server, {"good.test"});
    EXPECT_EQ(text.status, 0);
    EXPECT_TRUE(contains(text.out, ";; warning: ")) << text.out;
    EXPECT_TRUE(contains(text.out, row.kind)) << text.out;
    EXPECT_FALSE(contains(text.out + text.err, forged)) << text.out;
  }
}

TEST(ResolveHostile, AForgeryAloneIsSilence) {
  Good server;
  const std::uint16_t port = server.port();
  for (const Forgery& row : forgeries) {
    SCOPED_TRACE(row.name);
    server.behave("good.test", {.script = [&](const std::string& reply, const Question&) {
                    return Deliveries{row.make(forge(reply), port)};
                  }});
    for (const Words& more : {Words{}, Words{"--json"}, Words{"--short"}}) {
      Outcome outcome = resolve(server, Words{"good.test", "-w", "200ms", "--tries", "1"} + more);
      EXPECT_EQ(outcome.status, 3) << outcome.out << outcome.err;
      EXPECT_FALSE(contains(outcome.out + outcome.err, forged)) << outcome.out;
      // What came is told even though nothing was believed.
      EXPECT_TRUE(contains(outcome.out + outcome.err, row.kind)) << outcome.out << outcome.err;
    }
  }
}

TEST(ResolveHostile, ForgeriesAreCountedByKind) {
  Good server;
  server.behave("good.test", {.script = [](const std::string& reply, const Question&) {
                  std::string wrong_id = put(reply, 0, std::string(1, static_cast<char>(reply[0] ^ 1)));
                  Delivery elsewhere{.bytes = reply, .from = "127.0.0.2"};
                  return Deliveries{{wrong_id}, elsewhere, {"x"}, {wrong_id}, {wrong_id}, {reply}};
                }});
  std::string warnings = warnings_of(only(resolve_json(server, {"good.test"})));
  EXPECT_TRUE(contains(warnings, "3 datagrams ignored: wrong id")) << warnings;
  EXPECT_TRUE(contains(warnings, "from 127.0.0.2#")) << warnings;
  EXPECT_EQ(lines_of(warnings).size(), 3U) << warnings;
}

// A flood of forgeries, more than a table of them could hold: the answer behind it is found.
TEST(ResolveHostile, AHundredForgeries) {
  Good server;
  server.behave("good.test", {.script = [](const std::string& reply, const Question&) {
                  Deliveries all;
                  for (int i = 1; i <= 100; ++i) {
                    all.push_back({put(forge(reply), 1, std::string(1, static_cast<char>(reply[1] ^ i)))});
                  }
                  all.push_back({reply});
                  return all;
                }});
  Outcome outcome = resolve_json(server, {"good.test"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(data_of(only(outcome)["answer"]), Words{honest});
  EXPECT_TRUE(contains(warnings_of(only(outcome)), "100 datagrams")) << outcome.out;
}

struct Broken {
  const char* name;
  std::function<std::string(std::string)> rewrite;
  int answers;      ///< records of the answer section that could be read
  int offset = -1;  ///< where it broke, when there is but one opinion
};

const std::vector<Broken> broken = {
    {"an owner that points to itself",
     [](const std::string& m) { return m.substr(0, answer_at) + "\xc0\x1b" + m.substr(answer_at + 11); }, 0,
     answer_at},
    {"a loop of two pointers",
     [](const std::string& m) {
       return m.substr(0, answer_at) + "\xc0\x1d\xc0\x1b" + m.substr(answer_at + 11);
     },
     0, answer_at},
    {"a loop through a label",
     [](const std::string& m) { return m.substr(0, answer_at) + "\x01x\xc0\x1b" + m.substr(answer_at + 11); },
     0},
    {"a pointer past the end",
     [](const std::string& m) { return m.substr(0, answer_at) + "\xff\xff" + m.substr(answer_at + 11); }, 0,
     answer_at},
    {"half a pointer", [](const std::string& m) { return m.substr(0, answer_at) + "\xc0"; }, 0},
    {"a label of 64 bytes' kind", [](const std::string& m) { return put(m, answer_at, "\x40"); }, 0,
     answer_at},
    {"a label of the kind 10", [](const std::string& m) { return put(m, answer_at, "\x80"); }, 0, answer_at},
    {"a label that runs out", [](const std::string& m) { return put(m, answer_at, "\x3f"); }, 0},
    {"a name of more than 255 bytes",
     [](const std::string& m) {
       std::string name;
       for (int i = 0; i < 5; ++i) name += "\x3f" + std::string(63, 'x');
       return m.substr(0, answer_at) + name + m.substr(answer_at + 10);
     },
     0},
    {"a count of answers too high", [](const std::string& m) { return put(m.substr(0, opt_at), 7, "\x02"); },
     1, opt_at},
    {"all counts as high as can be",
     [](const std::string& m) { return put(m.substr(0, opt_at), 6, "\xff\xff\xff\xff\xff\xff"); }, 1, opt_at},
    {"a count of authority records too high",
     [](const std::string& m) { return put(m.substr(0, opt_at), 9, "\x01"); }, 1, opt_at},
    {"a record cut in its header", [](const std::string& m) { return m.substr(0, rdlength_at); }, 0},
    {"a record cut in its data", [](const std::string& m) { return m.substr(0, rdata_at + 2); }, 0},
    {"data longer than the message", [](const std::string& m) { return put(m, rdlength_at, "\xff\xff"); }, 0},
    {"a cut OPT record", [](const std::string& m) { return m.substr(0, reply_size - 1); }, 1},
    {"an EDNS option that is cut",
     [](const std::string& m) {
       return put(m, reply_size - 2, std::string("\x00\x05", 2)) + std::string("\x00\x0f\x00\x09z", 5);
     },
     1},
};

TEST(ResolveHostile, ABrokenMessageIsShownUpToWhereItBreaks) {
  Good server;
  for (const Broken& row : broken) {
    SCOPED_TRACE(row.name);
    server.behave("good.test", {.rewrite = row.rewrite});
    Outcome outcome = resolve_json(server, {"good.test", "-w", "2"});
    EXPECT_EQ(outcome.status, 1) << outcome.out << outcome.err;
    json::Value response = only(outcome);
    EXPECT_EQ(response["rcode"].string(), "NOERROR");
    EXPECT_EQ(response["answer"].size(), static_cast<std::size_t>(row.answers));
    if (row.answers == 1) EXPECT_EQ(data_of(response["answer"]), Words{honest});
    std::string warnings = warnings_of(response);
    EXPECT_TRUE(contains(warnings, "malformed")) << warnings;
    if (row.offset >= 0) EXPECT_TRUE(contains(warnings, std::to_string(row.offset))) << warnings;
    Outcome text = resolve(server, {"good.test", "-w", "2"});
    EXPECT_EQ(text.status, 1);
    EXPECT_TRUE(contains(text.out, ";; warning: ")) << text.out;
    EXPECT_EQ(contains(text.out, honest), row.answers == 1) << text.out;
  }
}

TEST(ResolveHostile, RepliesCutAtEveryLength) {
  Good server;
  for (std::size_t keep = 0; keep < reply_size; ++keep) {
    SCOPED_TRACE(keep);
    server.behave("good.test", {.rewrite = [keep](const std::string& m) { return m.substr(0, keep); }});
    Outcome outcome = resolve_json(server, {"good.test", "-w", "100ms", "--tries", "1"});
    // Without a whole question it is no reply, behind that it is a broken one.
    EXPECT_EQ(outcome.status, keep < answer_at ? 3 : 1) << outcome.out << outcome.err;
    EXPECT_NO_THROW((void)only(outcome)) << outcome.out;
  }
}

// A chain of pointers, each to the one before: as deep as 64 KiB allow. Neither recursion nor squares.
TEST(ResolveHostile, ADeepChainOfPointers) {
  Good server;
  server.behave(
      "good.test", {.rewrite = [](const std::string& m) {
        std::string chain = m.substr(0, answer_at);
        // Each name is a pointer to the pointer before it: TXT data that holds them all.
        std::string pointers = "\xc0\x0c";
        while (pointers.size() < 16000) {
          pointers += dns::u16(static_cast<std::uint16_t>(0xc000 + answer_at + 22 - 1 + pointers.size() - 2));
        }
        std::string owner = dns::wire_name("good.test");
        chain += owner + dns::u16(65280) + dns::u16(1) + dns::u32(1) +
                 dns::u16(static_cast<std::uint16_t>(pointers.size())) + pointers;
        for (int i = 0; i < 500; ++i) {
          chain += dns::u16(static_cast<std::uint16_t>(0xc000 + answer_at + 21 + pointers.size() - 2)) +
                   dns::u16(1) + dns::u16(1) + dns::u32(1) + dns::u16(4) + "abcd";
        }
        chain[6] = 1;
        chain[7] = static_cast<char>(0xf5);  // 501 answers
        chain[10] = chain[11] = 0;
        return chain;
      }});
  Outcome outcome = resolve_json(server, {"good.test", "--tcp"});
  EXPECT_TRUE(outcome.status == 0 || outcome.status == 1) << outcome.err;
  EXPECT_LT(outcome.seconds, 3);
}

// Twelve bytes become a name of 255 in each of some thousand records.
TEST(ResolveHostile, RecordsThatGrow) {
  Good server;
  server.behave("good.test", {.rewrite = [](const std::string& m) {
                  std::string name;
                  for (int i = 0; i < 3; ++i) name += "\x3f" + std::string(63, '\x01');
                  name += "\x3d" + std::string(61, '\x01') + std::string(1, '\0');
                  std::string records = name + dns::u16(1) + dns::u16(1) + dns::u32(1) + dns::u16(4) + "abcd";
                  const std::string pointer = dns::u16(0xc000 + answer_at);
                  std::uint16_t count = 1;
                  for (; records.size() < 65000; ++count) {
                    records +=
                        pointer + dns::u16(type_ns) + dns::u16(1) + dns::u32(1) + dns::u16(2) + pointer;
                  }
                  return put(m.substr(0, answer_at), 6, dns::u16(count) + std::string(4, '\0')) + records;
                }});
  for (const Words& more : {Words{}, Words{"--json"}}) {
    Outcome outcome = resolve(server, Words{"good.test", "--tcp"} + more);
    EXPECT_EQ(outcome.status, 1) << outcome.err;
    EXPECT_GT(outcome.out.size(), 4000U * 2 * 4 * 250);
    EXPECT_LT(outcome.seconds, 20);
  }
}

TEST(ResolveHostile, AChainOfThousands) {
  Good server;
  server.behave("good.test", {.edit = [](dns::Message& reply, const Question&) {
                  auto name = [](int i) { return i == 0 ? "good.test" : "n" + std::to_string(i); };
                  reply.answer.clear();
                  for (int i = 0; i < 2000; ++i)
                    reply.answer.push_back({name(i), Record::cname(name(i + 1))});
                }});
  Outcome outcome = resolve(server, {"good.test", "--tcp"});
  EXPECT_EQ(outcome.status, 1) << outcome.err;
  EXPECT_GE(lines_of(outcome.out).size(), 2000U);
  EXPECT_LT(outcome.seconds, 5);
}

}  // namespace
}  // namespace test
