// What a reply's OPT record says, in words.

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/e2e/resolve_run.hh"

namespace test {
namespace {

/// The line of the text that tells about EDNS.
std::string edns_line(const std::string& text) {
  for (const std::string& line : lines_of(text)) {
    if (line.starts_with(";; edns")) return line;
  }
  return {};
}

Behaviour with_options(std::vector<dns::Opt::Option> options) {
  return {.edit = [options = std::move(options)](dns::Message& reply, const Question&) {
    if (reply.opt) reply.opt->options = options;
  }};
}

struct Row {
  const char* name;
  dns::Opt::Option option;
  Words shown;  ///< in the text, and in JSON
};

const std::vector<Row> table = {
    {"NSID", {3, "ns7.fra"}, {"nsid", "6e73372e667261", "ns7.fra"}},
    {"NSID of control bytes", {3, "a\x1b[2J\xff"}, {"nsid", "\\027[2J\\255"}},
    {"an empty NSID", {3, ""}, {"nsid"}},
    {"a subnet and its scope",
     {8, std::string("\x00\x01\x18\x14\xc0\x00\x02", 7)},
     {"ecs", "192.0.2.0/24/20"}},
    {"a subnet of IPv6", {8, std::string("\x00\x02\x20\x00\x20\x01\x0d\xb8", 8)}, {"ecs", "2001:db8::/32/0"}},
    {"a subnet of an unknown family", {8, std::string("\x00\x07\x18\x00\xc0", 5)}, {"ecs", "00071800c0"}},
    {"a subnet that is cut", {8, std::string("\x00\x01", 2)}, {"ecs", "0001"}},
    {"a subnet longer than an address",
     {8, std::string("\x00\x01\x20\x00"
                     "abcde",
                     9)},
     {"ecs", "00012000616263"}},
    {"a cookie", {10, "abcdefghABCDEFGH"}, {"cookie", "61626364656667684142434445464748"}},
    {"keepalive", {11, std::string("\x04\xb0", 2)}, {"keepalive", "120"}},
    {"keepalive of three bytes", {11, std::string("\x04\xb0\x01", 3)}, {"keepalive", "04b001"}},
    {"padding", {12, std::string(57, '\0')}, {"padding", "57"}},
    {"a reason", {15, dns::u16(3)}, {"ede", "3", "Stale Answer"}},
    {"a reason with words", {15, dns::u16(9) + "no key"}, {"ede", "9", "DNSKEY Missing", "no key"}},
    {"a reason without a name", {15, dns::u16(4242) + "words"}, {"ede", "4242", "words"}},
    {"half a reason", {15, "a"}, {"ede", "61"}},
    {"expire", {9, std::string("\x00\x09\x3a\x80", 4)}, {"expire", "604800"}},
    {"an unknown option", {65001, "\x01\x02"}, {"65001", "0102"}},
    {"an unknown option without data", {65001, ""}, {"65001"}},
};

TEST(ResolveEdns, EachOptionIsShown) {
  DnsServer server;
  server.add("good.test", Record::address("192.0.2.1"));
  for (const Row& row : table) {
    SCOPED_TRACE(row.name);
    server.behave("good.test", with_options({row.option}));
    Outcome text = resolve(server, {"good.test"});
    EXPECT_EQ(text.status, 0) << text.err;
    for (const std::string& part : row.shown)
      EXPECT_TRUE(contains(text.out, part)) << part << "\n" << text.out;
    EXPECT_TRUE(std::ranges::all_of(text.out, [](char c) { return c == '\n' || (c >= ' ' && c < 127); }))
        << text.out;
    json::Value response = only(resolve_json(server, {"good.test"}));
    for (const std::string& part : row.shown) {
      // Backslashes are doubled in JSON's text; their parts are compared without.
      std::string plain =
          part.substr(part.find_last_of('\\') == std::string::npos ? 0 : part.find_last_of('\\') + 1);
      EXPECT_TRUE(contains(response["edns"].text(), plain)) << plain << "\n" << response["edns"].text();
    }
  }
}

TEST(ResolveEdns, ManyOptionsAtOnce) {
  DnsServer server;
  server.add("good.test", Record::address("192.0.2.1"));
  std::vector<dns::Opt::Option> all;
  for (const Row& row : table) all.push_back(row.option);
  server.behave("good.test", with_options(all));
  Outcome text = resolve(server, {"good.test"});
  for (const Row& row : table) {
    for (const std::string& part : row.shown)
      EXPECT_TRUE(contains(text.out, part)) << part << "\n" << text.out;
  }
}

TEST(ResolveEdns, VersionFlagsAndSize) {
  DnsServer server;
  server.add("good.test", Record::address("192.0.2.1"));
  server.behave("good.test", {.edit = [](dns::Message& reply, const Question&) {
                  reply.opt = dns::Opt{.size = 4097, .version = 3, .flags = 0x8000};
                }});
  std::string line = edns_line(resolve(server, {"good.test", "--dnssec"}).out);
  EXPECT_TRUE(contains(line, "4097")) << line;
  EXPECT_TRUE(contains(line, "3")) << line;
  EXPECT_TRUE(contains(line, "do")) << line;
}

TEST(ResolveEdns, NoneInTheReply) {
  DnsServer server;
  server.add("good.test", Record::address("192.0.2.1"));
  server.behave("good.test", {.edit = [](dns::Message& reply, const Question&) { reply.opt.reset(); }});
  EXPECT_EQ(edns_line(resolve(server, {"good.test"}).out), "");
  EXPECT_TRUE(only(resolve_json(server, {"good.test"}))["edns"].is_null());
  // An OPT record is EDNS's and no additional record.
  server.behave("good.test", {});
  json::Value response = only(resolve_json(server, {"good.test"}));
  EXPECT_EQ(response["edns"].kind(), json::Kind::object);
  EXPECT_EQ(response["additional"].size(), 0U);
}

TEST(ResolveEdns, BadVersion) {
  DnsServer server;
  server.behave("good.test", {.edit = [](dns::Message& reply, const Question&) {
                  reply.flags &= ~15U;
                  reply.opt->extended_rcode = 1;
                }});
  Outcome text = resolve(server, {"good.test"});
  EXPECT_EQ(text.status, 1);
  EXPECT_TRUE(contains(text.out, " BADVERS ")) << text.out;
}

// Two OPT records are a broken message (RFC 6891, 6.1.1); which of them is believed is never silent.
TEST(ResolveEdns, TwoOptRecords) {
  DnsServer server;
  server.add("good.test", Record::address("192.0.2.1"));
  server.behave("good.test", {.edit = [](dns::Message& reply, const Question&) {
                  Record second = Record::raw(41, "");
                  second.klass = 512;
                  reply.additional.push_back({".", second});
                }});
  Outcome outcome = resolve_json(server, {"good.test"});
  EXPECT_FALSE(warnings_of(only(outcome)).empty()) << outcome.out;
}

// The cookie that comes back is not the one that was sent: said, since it may be a forgery (RFC 7873, 5.3).
TEST(ResolveEdns, AForeignCookie) {
  DnsServer server;
  server.add("good.test", Record::address("192.0.2.1"));
  server.behave("good.test", with_options({{10, "abcdefghABCDEFGH"}}));
  Outcome outcome = resolve_json(server, {"good.test", "--cookie"});
  EXPECT_TRUE(contains(warnings_of(only(outcome)), "cookie")) << outcome.out;
  // The right one is no news.
  server.behave("good.test", {.edit = [](dns::Message& reply, const Question& asked) {
                  std::string own = dns::parse_query(asked.message).value().opt.value().options.at(0).data;
                  reply.opt->options = {{10, own + "ABCDEFGH"}};
                }});
  EXPECT_EQ(warnings_of(only(resolve_json(server, {"good.test", "--cookie"}))), "");
}

}  // namespace
}  // namespace test
