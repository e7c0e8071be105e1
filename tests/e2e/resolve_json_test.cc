// The shapes of what resolve prints on the wire: JSON's keys and their types, the text's lines, --short; and
// what happens when stdout does not take them.

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>

#include "tests/e2e/resolve_run.hh"
#include "tests/support/net.hh"
#include "tests/support/proc.hh"

namespace test {
namespace {

using json::Kind;

struct Key {
  const char* name;
  Kind kind;
};

const std::vector<Key> response_keys = {
    {"name", Kind::string},    {"type", Kind::string},     {"class", Kind::string},
    {"server", Kind::string},  {"port", Kind::number},     {"transport", Kind::string},
    {"rcode", Kind::string},   {"flags", Kind::array},     {"edns", Kind::object},
    {"time_ms", Kind::number}, {"size", Kind::number},     {"question", Kind::array},
    {"answer", Kind::array},   {"authority", Kind::array}, {"additional", Kind::array},
    {"warnings", Kind::array}};
const std::vector<Key> record_keys = {{"name", Kind::string},
                                      {"type", Kind::string},
                                      {"class", Kind::string},
                                      {"ttl", Kind::number},
                                      {"data", Kind::string}};

void expect_shape(const json::Value& value, const std::vector<Key>& keys) {
  Words names;
  for (const Key& key : keys) {
    names.push_back(key.name);
    ASSERT_TRUE(value.has(key.name)) << key.name << " is missing in " << value.text();
    bool none = value[key.name].is_null() && std::string(key.name) == "edns";
    EXPECT_TRUE(none || value[key.name].kind() == key.kind) << key.name << " in " << value.text();
  }
  EXPECT_EQ(value.keys(), names);
}

/// A server whose reply fills every section.
struct Full : DnsServer {
  Full() {
    behave("full.test", {.edit = [](dns::Message& reply, const Question&) {
             reply.flags = (reply.flags & ~15U) | dns::aa;
             reply.answer = {{"full.test", Record::mx(10, "mail.full.test")}};
             reply.answer[0].record.ttl = 4294967295U;
             reply.authority = {{"full.test", Record::ns("ns.full.test")}};
             reply.additional = {{"mail.full.test", Record::address("2001:db8::1")},
                                 {"ns.full.test", Record::raw(65280, "\x01\x02")}};
           }});
  }
};

TEST(ResolveJson, AResponse) {
  Full server;
  json::Value response = only(resolve_json(server, {"full.test", "-t", "MX"}));
  expect_shape(response, response_keys);
  EXPECT_EQ(response["name"].string(), "full.test.");
  EXPECT_EQ(response["type"].string(), "MX");
  EXPECT_EQ(response["class"].string(), "IN");
  EXPECT_EQ(response["server"].string(), "127.0.0.1");
  EXPECT_EQ(response["port"].integer(), server.port());
  EXPECT_EQ(response["transport"].string(), "udp");
  EXPECT_EQ(response["rcode"].string(), "NOERROR");
  EXPECT_EQ(response["flags"].text(), R"(["qr","aa","rd","ra"])");
  EXPECT_GT(response["size"].integer(), 100);
  ASSERT_EQ(response["question"].size(), 1U);
  EXPECT_EQ(response["question"][0].text(), R"({"name":"full.test.","type":"MX","class":"IN"})");
  for (const char* section : {"answer", "authority", "additional"}) {
    for (const json::Value& record : response[section].elements()) expect_shape(record, record_keys);
  }
  EXPECT_EQ(response["answer"][0].text(),
            R"({"name":"full.test.","type":"MX","class":"IN","ttl":4294967295,"data":"10 mail.full.test."})");
  EXPECT_EQ(data_of(response["authority"]), Words{"ns.full.test."});
  EXPECT_EQ(data_of(response["additional"]), (Words{"2001:db8::1", "\\# 2 0102"}));
  EXPECT_EQ(response["additional"][1]["type"].string(), "TYPE65280");
}

TEST(ResolveJson, KeysAreTheSameWhateverCame) {
  DnsServer server;
  server.add("good.test", Record::address("192.0.2.1"));
  struct Row {
    const char* name;
    Behaviour behaviour;
  };
  const std::vector<Row> table = {
      {"nothing odd", {}},
      {"NXDOMAIN", {.rcode = 3}},
      {"no EDNS", {.edit = [](dns::Message& reply, const Question&) { reply.opt.reset(); }}},
      {"an error without a question",
       {.edit =
            [](dns::Message& reply, const Question&) {
              reply.flags |= 5U;
              reply.question.clear();
              reply.answer.clear();
            }}},
      {"malformed", {.rewrite = [](const std::string& m) { return m.substr(0, 40); }}},
      {"bytes that are no text",
       {.edit =
            [](dns::Message& reply, const Question&) {
              reply.additional.push_back({"\xff\x1b\xe2\x80\xae.test", Record::txt("\xff\x1b")});
            }}},
  };
  for (const Row& row : table) {
    SCOPED_TRACE(row.name);
    server.behave("good.test", row.behaviour);
    expect_shape(only(resolve_json(server, {"good.test"})), response_keys);
  }
}

TEST(ResolveJson, WithoutAResponse) {
  DnsServer silent;
  silent.behave("*", {.silent = true});
  const std::string nobody = "@127.0.0.1:" + std::to_string(closed_port(SOCK_DGRAM));
  for (const std::string& server : {at(silent), nobody}) {
    Outcome outcome = run(nettool("resolve", "--json", "x.test", "-t", "MX", "-w", "300ms", server));
    json::Value object = only(outcome);
    for (const char* key : {"name", "type", "class", "server", "port", "error"}) {
      EXPECT_TRUE(object.has(key)) << object.text();
    }
    EXPECT_FALSE(object.has("rcode"));
    EXPECT_EQ(object["name"].string(), "x.test.");
    EXPECT_EQ(object["type"].string(), "MX");
    EXPECT_EQ(object["class"].string(), "IN");
    EXPECT_EQ(object["server"].string(), "127.0.0.1");
    EXPECT_EQ("@127.0.0.1:" + std::to_string(object["port"].integer()), server);
    for (const char* key : {"op", "subject", "code", "message"}) {
      EXPECT_EQ(object["error"][key].kind(), Kind::string) << object.text();
    }
    // It is a result, so stderr has nothing to say.
    EXPECT_EQ(outcome.err, "");
  }
}

TEST(ResolveText, StatusLineAndSections) {
  Full server;
  Outcome outcome = resolve(server, {"full.test", "-t", "MX"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.err, "");
  Words lines = lines_of(outcome.out);
  ASSERT_EQ(lines.size(), 7U) << outcome.out;
  EXPECT_TRUE(lines[0].starts_with(";; full.test. IN MX @127.0.0.1#" + std::to_string(server.port()) +
                                   "/udp NOERROR qr aa rd ra "))
      << lines[0];
  EXPECT_TRUE(contains(lines[0], " ms ")) << lines[0];
  EXPECT_TRUE(lines[0].ends_with(" bytes")) << lines[0];
  EXPECT_EQ(folded_spaces(lines[1]), "full.test. 4294967295 IN MX 10 mail.full.test.");
  EXPECT_EQ(lines[2], ";; AUTHORITY");
  EXPECT_EQ(folded_spaces(lines[3]), "full.test. 60 IN NS ns.full.test.");
  EXPECT_EQ(lines[4], ";; ADDITIONAL");
  EXPECT_EQ(folded_spaces(lines[5]), "mail.full.test. 60 IN AAAA 2001:db8::1");
  EXPECT_EQ(folded_spaces(lines[6]), "ns.full.test. 60 IN TYPE65280 \\# 2 0102");
  // The columns stand under each other, in all sections.
  for (std::size_t i : {1U, 3U, 5U, 6U})
    EXPECT_EQ(lines[i].find("  IN  "), lines[1].find("  IN  ")) << outcome.out;
}

TEST(ResolveText, NoResponse) {
  DnsServer silent;
  silent.behave("*", {.silent = true});
  Outcome outcome = resolve(silent, {"x.test", "-w", "200ms"});
  EXPECT_EQ(outcome.out, "");
  Words lines = lines_of(outcome.err);
  ASSERT_FALSE(lines.empty());
  EXPECT_TRUE(lines[0].starts_with("nettool: resolve x.test. IN A @127.0.0.1#")) << outcome.err;
  EXPECT_TRUE(contains(lines[0], ": no answer in ")) << outcome.err;
  EXPECT_TRUE(lines[0].ends_with("(ETIMEDOUT)")) << outcome.err;
  EXPECT_EQ(lines_of(resolve(silent, {"x.test", "-w", "200ms", "--quiet"}).err).size(), 1U);
}

TEST(ResolveText, ShortIsDataAlone) {
  Full server;
  EXPECT_EQ(resolve(server, {"full.test", "-t", "MX", "--short"}).out, "10 mail.full.test.\n");
  Outcome nothing = resolve(server, {"nobody.test", "--short"});
  EXPECT_EQ(nothing.status, 1);
  EXPECT_EQ(nothing.out, "");
  EXPECT_TRUE(nothing.err.starts_with("nettool: resolve nobody.test.")) << nothing.err;
  EXPECT_TRUE(contains(nothing.err, "(NXDOMAIN)")) << nothing.err;
}

// Colour is ours alone: what a server sends cannot bring its own.
TEST(ResolveText, NoColourButOurOwn) {
  DnsServer server;
  server.behave("*", {.edit = [](dns::Message& reply, const Question&) {
                  const std::string hostile = "\x1b]0;title\x07\xc2\x9b";
                  reply.flags |= dns::aa;
                  reply.opt->options = {{3, hostile}, {15, dns::u16(1) + hostile}};
                  reply.answer = {{hostile + ".test", Record::txt(hostile)},
                                  {"x.test", Record::cname(hostile)}};
                }});
  for (const Words& more : {Words{"--color", "always"}, Words{"--color", "always", "--json"},
                            Words{"--color", "always", "--short"}, Words{"-v", "--color", "always"}}) {
    Outcome outcome = resolve(server, Words{"x.test", "-t", "TXT"} + more);
    for (const std::string& text : {outcome.out, outcome.err}) {
      for (const char* raw : {"\x1b]", "\x07", "\x9b"}) EXPECT_FALSE(contains(text, raw)) << text;
    }
  }
}

// More than a pipe holds, so that it is written in pieces.
DnsServer& add_much(DnsServer& server) {
  server.behave("much.test", {.edit = [](dns::Message& reply, const Question&) {
                  reply.flags &= ~15U;
                  for (int i = 0; i < 220; ++i) {
                    reply.answer.push_back({"much.test", Record::txt(std::string(255, '\x01'))});
                  }
                }});
  return server;
}

TEST(ResolveOutput, AllOfALongAnswer) {
  DnsServer server;
  Outcome outcome = resolve(add_much(server), {"much.test", "-t", "TXT", "--tcp"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(lines_of(outcome.out).size(), 221U);
  EXPECT_GT(outcome.out.size(), 200U * 255 * 4);
}

// On one terminal an answer stands before the error that came after it.
TEST(ResolveOutput, ErrorsComeBehindWhatCameBefore) {
  DnsServer server;
  server.refuse_tcp();
  server.add("cut.test", Record::address("192.0.2.1"));
  server.behave("cut.test", {.edit = [](dns::Message& reply, const Question&) { reply.flags |= dns::tc; }});
  Program program(nettool("resolve", "cut.test", at(server)), {.out = Stdio::pty(), .err = Stdio::pty()});
  Outcome outcome = program.wait();
  EXPECT_EQ(outcome.status, 1);
  ASSERT_TRUE(contains(outcome.out, "192.0.2.1")) << outcome.out;
  ASSERT_TRUE(contains(outcome.out, "nettool: resolve")) << outcome.out;
  EXPECT_LT(outcome.out.find("192.0.2.1"), outcome.out.find("nettool: resolve")) << outcome.out;
}

TEST(ResolveOutput, AFullDiskIsStatusFour) {
  Full server;
  for (const Words& more : {Words{}, Words{"--json"}, Words{"--short"}}) {
    Options options;
    options.out = Stdio::file("/dev/full");
    Outcome outcome =
        run(nettool_argv(Words{"resolve", "full.test", "-t", "MX", at(server)} + more), std::move(options));
    EXPECT_EQ(outcome.status, 4) << outcome.err;
    EXPECT_TRUE(contains(outcome.err, "stdout")) << outcome.err;
    EXPECT_TRUE(contains(outcome.err, "ENOSPC")) << outcome.err;
    EXPECT_EQ(lines_of(outcome.err).size(), 1U) << outcome.err;
  }
}

TEST(ResolveOutput, AClosedStdoutIsStatusFour) {
  Full server;
  Options options;
  options.out = Stdio::closed();
  Outcome outcome = run(nettool("resolve", "full.test", "-t", "MX", at(server)), std::move(options));
  EXPECT_EQ(outcome.status, 4) << outcome.err;
}

// As `| head -1` does: no message, and not the status of a signal.
TEST(ResolveOutput, AReaderThatLeavesIsStatusFour) {
  DnsServer server;
  add_much(server).behave("full.test", {});
  Program program(nettool("resolve", "much.test", "-t", "TXT", "--tcp", at(server)));
  (void)program.read_line(Stream::out);
  program.close_reader(Stream::out);
  Outcome outcome = program.wait();
  EXPECT_EQ(outcome.status, 4) << outcome.err;
  EXPECT_EQ(outcome.err, "");
}

TEST(ResolveOutput, AStalledReaderStopsNoSignal) {
  DnsServer server;
  add_much(server);
  for (const auto& [number, status] : {std::pair{SIGINT, 130}, std::pair{SIGTERM, 143}}) {
    // Nobody reads: the pipe fills.
    Program program(nettool("resolve", "much.test", "-t", "TXT", "--tcp", at(server)));
    (void)program.read_line(Stream::out);
    wait_idle(program.pid());
    EXPECT_TRUE(program.still_running());
    program.signal(number);
    // Still nobody reads until it has ended.
    wait_until("it ends by the signal", [&] { return !program.still_running(); }, 5s);
    EXPECT_EQ(program.wait().status, status);
  }
}

TEST(ResolveOutput, ASignalWhileWaiting) {
  DnsServer server;
  server.behave("*", {.silent = true});
  Program program(nettool("resolve", "x.test", at(server)));
  server.wait_asked("x.test");
  program.signal(SIGINT);
  Outcome outcome = program.wait();
  EXPECT_EQ(outcome.status, 130);
  EXPECT_EQ(outcome.signal, SIGINT);
}

}  // namespace
}  // namespace test
