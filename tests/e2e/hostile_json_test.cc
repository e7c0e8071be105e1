// --json stays valid JSON Lines (by a parser of the tests' own) whatever bytes argv holds, and keeps their
// text.

#include <gtest/gtest.h>

#include <csignal>

#include "tests/support/dns_server.hh"
#include "tests/support/files.hh"
#include "tests/support/netns.hh"
#include "tests/support/nettool.hh"
#include "tests/support/require.hh"

namespace test {
namespace {

using Words = std::vector<std::string>;

std::string hex_escape(unsigned char byte) {
  constexpr const char* digits = "0123456789abcdef";
  return {'\\', 'x', digits[byte >> 4U], digits[byte & 0xfU]};
}

/// What one byte alone must read as after parsing: ASCII as it is, others (no UTF-8) as \xHH.
std::string read_as(int byte) {
  return byte < 0x80 ? std::string(1, static_cast<char>(byte)) : hex_escape(static_cast<unsigned char>(byte));
}

/// The `message` of the last event and the `subject`, in one string; every line was valid.
std::string words_of_error(const Words& words, const Namespace* inside = nullptr) {
  Words all = words;
  all.insert(all.begin(), "--json");
  Outcome outcome = inside == nullptr ? run(nettool_argv(all)) : inside->run(nettool_argv(all));
  EXPECT_NE(outcome.status, 0);
  std::vector<json::Value> lines = json::parse_lines(outcome.err);
  if (lines.empty()) fail("no line of JSON");
  const json::Value& error = lines.back()["error"];
  return error["subject"].string() + "\n" + error["message"].string();
}

/// Where an argument shows in an error; @ stands for it.
const std::vector<Words> places = {{"@"},
                                   {"--no-such-@"},
                                   {"connect", "-n", "host@", "1"},
                                   {"connect", "127.0.0.1", "port@"},
                                   {"connect", "127.0.0.1", "1", "more@"},
                                   {"connect", "-w", "x@", "127.0.0.1", "1"},
                                   {"connect", "-o", "IP_TTL=@", "127.0.0.1", "1"},
                                   {"connect", "-x", "/no/such/@", "127.0.0.1", "1"},
                                   {"connect", "-U", "/no/such/@"},
                                   {"listen", "-U", "/no/such/@"},
                                   {"listen", "--mode", "@", "-U", "x"}};

Words filled(const Words& place, const std::string& bytes) {
  Words words = place;
  for (std::string& word : words) {
    if (size_t at = word.find('@'); at != std::string::npos) word.replace(at, 1, bytes);
  }
  return words;
}

TEST(HostileJson, EveryByteValueInAnArgument) {
  for (int byte = 1; byte <= 255; ++byte) {
    // In the middle of a word: at its begin it could be a dash, a slash or a bracket.
    std::string bytes = std::string("a") + static_cast<char>(byte) + "z";
    std::string expected = "a" + read_as(byte) + "z";
    for (const Words& place :
         {Words{"connect", "-w", "x@", "127.0.0.1", "1"}, Words{"connect", "-U", "/no/such/@"}}) {
      std::string words = words_of_error(filled(place, bytes));
      EXPECT_NE(words.find(expected), std::string::npos) << "byte " << byte << ": " << words;
    }
  }
}

// In ascending order no two of them make a character: each is shown by itself.
TEST(HostileJson, AllBytesAtOnceEverywhere) {
  std::string bytes;
  for (int byte = 1; byte <= 255; ++byte) {
    // These end a word of some place.
    if (byte != '=' && byte != ':' && byte != '/') bytes.push_back(static_cast<char>(byte));
  }
  // Pieces, since the path of a socket has room for 107 bytes.
  for (size_t from = 0; from < bytes.size(); from += 80) {
    std::string part = "a" + bytes.substr(from, 80) + "z";
    std::string expected;
    for (char c : part) expected += read_as(static_cast<unsigned char>(c));
    for (const Words& place : places) {
      SCOPED_TRACE(testing::PrintToString(place));
      std::string words = words_of_error(filled(place, part));
      EXPECT_NE(words.find(expected), std::string::npos) << words;
    }
  }
}

// Good UTF-8 comes through as it is, of any length.
TEST(HostileJson, TextStaysText) {
  for (const std::string text : {"caf\xc3\xa9", "\xe6\xbc\xa2\xe5\xad\x97", "\xf0\x9f\x98\x80",
                                 "\xf4\x8f\xbf\xbf", "\"quoted\" \\ back", "</script>", "\xe2\x80\xa8"}) {
    for (const Words& place : places) {
      std::string words = words_of_error(filled(place, text));
      EXPECT_NE(words.find(text), std::string::npos) << words;
    }
  }
}

struct Broken {
  std::string bytes;
  std::string expected;
};

TEST(HostileJson, BrokenUtf8) {
  for (const Broken& broken :
       {Broken{"\xff\xfe", "\\xff\\xfe"}, Broken{"\xc3", "\\xc3"}, Broken{"\xc3(", "\\xc3("},
        Broken{"\xc0\xaf", "\\xc0\\xaf"}, Broken{"\xed\xa0\x80", "\\xed\\xa0\\x80"},
        Broken{"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"}, Broken{"\xe2\x82", "\\xe2\\x82"},
        Broken{"\x80\xc3\xa9\x80", "\\x80\xc3\xa9\\x80"}}) {
    for (const Words& place : places) {
      std::string words = words_of_error(filled(place, broken.bytes));
      EXPECT_NE(words.find(broken.expected), std::string::npos) << words;
    }
  }
}

// In events too, not only in errors.
TEST(HostileJson, Paths) {
  TempDir dir;
  for (int byte = 1; byte <= 255; ++byte) {
    if (byte == '/') continue;
    std::string path = dir / ("a" + std::string(1, static_cast<char>(byte)));
    Listener listener = start_listener({"-U", path});
    EXPECT_EQ(listener.path, dir / ("a" + read_as(byte)));
    listener.program.signal(SIGKILL);
  }
}

TEST(HostileJson, Names) {
  REQUIRE_NAMESPACES();
  Namespace ns;
  ns.resolv_conf("nameserver 127.0.0.1\n");
  ns.hosts("");
  auto dns = ns.in([] { return std::make_unique<DnsServer>("127.0.0.1", 53); });
  for (int byte = 1; byte <= 255; ++byte) {
    if (byte == ':' || byte == '[') continue;  // the port, or an address
    std::string name = "a" + std::string(1, static_cast<char>(byte)) + "z.test";
    Outcome outcome = ns.run(nettool("--json", "connect", name, "80"));
    EXPECT_NE(outcome.status, 0) << byte;
    std::vector<json::Value> lines = json::parse_lines(outcome.err);
    EXPECT_FALSE(lines.empty());
    for (const json::Value& resolved : json::events(outcome.err, "resolved")) {
      EXPECT_EQ(resolved["host"].string(), "a" + read_as(byte) + "z.test");
    }
  }
}

TEST(HostileJson, AVeryLongArgument) {
  std::string longest(100'000, 'x');
  for (const Words& place : places) {
    std::string words = words_of_error(filled(place, longest));
    EXPECT_FALSE(words.empty());
  }
  EXPECT_EQ(run(nettool("connect", longest, "1")).status, 2);
}

}  // namespace
}  // namespace test
