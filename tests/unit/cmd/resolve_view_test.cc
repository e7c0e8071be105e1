#include "cmd/resolve_view.hh"

#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>
#include <string>
#include <vector>

#include "net/dns/status.hh"
#include "tests/support/json.hh"
#include "tests/unit/cmd/capture.hh"
#include "tests/unit/dns/wire_parts.hh"

// Responses as text, --short and JSON, and the exit status that they mean.
namespace cmd {
namespace {

using namespace net::dns;
using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

const net::Endpoint server = endpoint("192.0.2.53", 5353);

Response response_of(const std::string& bytes, bool tcp = false) {
  Response response;
  response.message = decoded(bytes);
  response.server = server;
  response.tcp = tcp;
  response.time = 1500us;
  return response;
}

/// A reply to www.test A.
std::string reply(std::uint16_t flags, const Texts& answer = {}, const Texts& authority = {},
                  const Texts& additional = {}) {
  std::string bytes = header(1, flags,
                             {.answer = static_cast<std::uint16_t>(answer.size()),
                              .authority = static_cast<std::uint16_t>(authority.size()),
                              .additional = static_cast<std::uint16_t>(additional.size())}) +
                      question("www.test");
  for (const Texts* section : {&answer, &authority, &additional}) {
    for (const std::string& one : *section) bytes += one;
  }
  return bytes;
}

struct Shown {
  std::string out;
  std::string err;
};

template <class Work>
Shown shown(const OutputOptions& options, bool shortened, Work work) {
  const Capture out(STDOUT_FILENO);
  const Capture err(STDERR_FILENO);
  net::Reactor reactor;
  Output output(options);
  Results results(reactor, output);
  ResponseView view(results, output, shortened);
  work(view);
  EXPECT_TRUE(reactor.run(results.flush()));
  return {out.text(), err.text()};
}

const Question www = asked("www.test");

Shown shown_response(const Response& response, const OutputOptions& options = {}, bool shortened = false) {
  return shown(options, shortened, [&response](ResponseView& view) { view.response(www, response); });
}
Shown shown_result(const QueryResult& result, const OutputOptions& options = {}, bool shortened = false) {
  return shown(options, shortened, [&result](ResponseView& view) { view.result(www, result); });
}

const std::string status = ";; www.test. IN A @192.0.2.53#5353/";

/// The first line without its time and size.
std::string status_words(const std::string& text) {
  const std::string line = text.substr(0, text.find('\n'));
  return line.substr(0, line.find(" 1.5"));
}

TEST(ResponseViewText, AllSections) {
  const Shown got = shown_response(
      response_of(reply(0x8580, {a_record("www.test")}, {record("test", 2, wire_name("ns.test"), 60)},
                        {a_record("ns.test", "192.0.2.53")})));
  const std::size_t size =
      reply(0x8580, {a_record("www.test")}, {record("test", 2, wire_name("ns.test"), 60)},
            {a_record("ns.test", "192.0.2.53")})
          .size();
  EXPECT_EQ(status_words(got.out), status + "udp NOERROR qr aa rd ra");
  EXPECT_TRUE(got.out.substr(0, got.out.find('\n')).ends_with(" ms " + std::to_string(size) + " bytes"));
  EXPECT_EQ(got.out.substr(got.out.find('\n') + 1),
            "www.test.  300  IN  A   192.0.2.1\n"
            ";; AUTHORITY\n"
            "test.      60   IN  NS  ns.test.\n"
            ";; ADDITIONAL\n"
            "ns.test.   300  IN  A   192.0.2.53\n");
  EXPECT_EQ(got.err, "");
}

/// All but the status line.
std::string below(const Shown& got) {
  return got.out.substr(got.out.find('\n') + 1);
}

TEST(ResponseViewText, EachRemark) {
  struct Case {
    std::string_view what;
    std::string bytes;
    std::string_view words;
    std::string below;
  };
  const Case cases[] = {
      {"no data", reply(0x8000), "udp NOERROR qr", ";; the name has no A record\n"},
      {"no such name", reply(0x8003), "udp NXDOMAIN qr", ""},
      {"a chain of two",
       reply(0x8000,
             {cname_record("www.test", "b.test"), cname_record("b.test", "c.test"), a_record("c.test")}),
       "udp NOERROR qr",
       ";; chain www.test. -> b.test. -> c.test.\n"
       "www.test.  300  IN  CNAME  b.test.\nb.test.    300  IN  CNAME  c.test.\nc.test.    300  IN  A      "
       "192.0.2.1\n"},
      {"a single alias needs no chain",
       reply(0x8000, {cname_record("www.test", "b.test"), a_record("b.test")}), "udp NOERROR qr",
       "www.test.  300  IN  CNAME  b.test.\nb.test.    300  IN  A      192.0.2.1\n"},
      {"a loop", reply(0x8000, {cname_record("www.test", "www.test")}), "udp NOERROR qr",
       ";; warning: CNAME loop www.test. -> www.test.\nwww.test.  300  IN  CNAME  www.test.\n"},
      {"another name", reply(0x8000, {a_record("b.test")}), "udp NOERROR qr",
       ";; warning: the answer is about another name\nb.test.  300  IN  A  192.0.2.1\n"},
      {"malformed data", reply(0x8000, {record("www.test", 1, "abc")}), "udp NOERROR qr",
       ";; warning: malformed data of www.test. A at byte "},
      {"plain EDNS is not worth a line", reply(0x8000, {}, {}, {opt_record()}), "udp NOERROR qr",
       ";; the name has no A record\n"},
      {"an EDNS option is", reply(0x8000, {}, {}, {opt_record(option(15, std::string("\0\x12", 2)))}),
       "udp NOERROR qr", ";; edns 1232 bytes; ede 18 (Prohibited)\n;; the name has no A record\n"},
      {"BADVERS", reply(0x8000, {}, {}, {opt_record("", 512, 0x01010000)}), "udp BADVERS qr",
       ";; edns 512 bytes version 1\n"},
  };
  for (const Case& c : cases) {
    const Shown got = shown_response(response_of(c.bytes));
    EXPECT_EQ(status_words(got.out), status + std::string(c.words)) << c.what;
    const bool whole = c.below.empty() || c.below.ends_with('\n');
    EXPECT_EQ(whole ? below(got) : below(got).substr(0, c.below.size()), c.below) << c.what;
    EXPECT_EQ(got.err, "") << c.what;
  }
  EXPECT_EQ(below(shown_response(response_of(reply(0x8000, {a_record("www.test")}, {}, {opt_record()})),
                                 {.verbose = true})),
            ";; edns 1232 bytes\nwww.test.  300  IN  A  192.0.2.1\n");
}

TEST(ResponseViewText, WarningsOfTheResponseAndOfItsQuery) {
  QueryResult result;
  result.response = response_of(reply(0x8000, {a_record("www.test")}), true);
  result.response->warnings = {"of the response"};
  result.warnings = {"of the query"};
  result.failures.emplace_back("resolve", "x", net::errno_code(ECONNREFUSED));
  const Shown got = shown_result(result);
  EXPECT_EQ(status_words(got.out), status + "tcp NOERROR qr");
  EXPECT_EQ(below(got),
            ";; warning: of the response\n;; warning: of the query\n"
            ";; warning: passed over: x: connection refused\nwww.test.  300  IN  A  192.0.2.1\n");
}

TEST(ResponseViewText, ACutAnswerAndItsSequel) {
  QueryResult result;
  result.cut = response_of(reply(0x8200));
  result.response = response_of(reply(0x8000, {a_record("www.test")}), true);
  const Shown got = shown_result(result);
  EXPECT_EQ(status_words(got.out), status + "udp NOERROR qr tc");
  EXPECT_TRUE(got.out.substr(0, got.out.find('\n')).ends_with(", cut: asked again by TCP"));
  EXPECT_EQ(status_words(below(got)), status + "tcp NOERROR qr");
  EXPECT_EQ(shown_result(result, {}, true).out, "192.0.2.1\n");
  const auto lines = test::json::parse_lines(shown_result(result, {.json = true}).out);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0]["transport"].string(), "udp");
  EXPECT_EQ(lines[1]["transport"].string(), "tcp");
  // TCP failed: what there is, and the error.
  result.response.reset();
  result.error = net::Error("resolve", "www.test.", net::dns::Status::timed_out);
  result.server = server;
  const Shown failed = shown_result(result);
  EXPECT_EQ(status_words(failed.out), status + "udp NOERROR qr tc");
  EXPECT_TRUE(failed.err.starts_with("nettool: resolve www.test.: ")) << failed.err;
}

TEST(ResponseViewShort, OnlyTheDataOfTheAnswer) {
  const Shown got =
      shown_response(response_of(reply(0x8000, {cname_record("www.test", "b.test"), a_record("b.test")},
                                       {record("test", 2, wire_name("ns.test"))})),
                     {}, true);
  EXPECT_EQ(got.out, "b.test.\n192.0.2.1\n");
  EXPECT_EQ(got.err, "");
  const Shown no = shown_response(response_of(reply(0x8003)), {}, true);
  EXPECT_EQ(no.out, "");
  EXPECT_EQ(no.err, "nettool: resolve www.test. IN A @192.0.2.53#5353/udp: no such name (NXDOMAIN)\n");
  const Shown loop = shown_response(response_of(reply(0x8000, {cname_record("www.test", "www.test")})),
                                    {.quiet = true}, true);
  EXPECT_EQ(loop.out, "www.test.\n");
  EXPECT_TRUE(loop.err.contains("CNAME loop www.test. -> www.test. (NODATA)")) << loop.err;
  EXPECT_EQ(loop.err.find('\n'), loop.err.size() - 1) << "--quiet drops the remarks, not the error";
}

TEST(ResponseViewJson, TheContractsKeys) {
  const Shown got = shown_response(
      response_of(reply(0x8580, {a_record("www.test")}, {record("test", 2, wire_name("ns.test"))},
                        {opt_record(), a_record("ns.test")})),
      {.json = true});
  const auto one = test::json::parse_lines(got.out).at(0);
  EXPECT_EQ(one.keys(),
            (Texts{"name", "type", "class", "server", "port", "transport", "rcode", "flags", "edns",
                   "time_ms", "size", "question", "answer", "authority", "additional", "warnings"}));
  EXPECT_EQ(one["name"].string(), "www.test.");
  EXPECT_EQ(one["server"].string(), "192.0.2.53");
  EXPECT_EQ(one["port"].integer(), 5353);
  EXPECT_EQ(one["transport"].string(), "udp");
  EXPECT_EQ(one["rcode"].string(), "NOERROR");
  EXPECT_EQ(one["flags"].size(), 4U);
  EXPECT_EQ(one["time_ms"].number(), 1.5);
  EXPECT_EQ(one["question"][0].text(), R"({"name":"www.test.","type":"A","class":"IN"})");
  EXPECT_EQ(one["answer"].size(), 1U);
  EXPECT_EQ(one["authority"][0]["data"].string(), "ns.test.");
  EXPECT_EQ(one["additional"].size(), 1U);
  EXPECT_EQ(one["edns"]["udp_size"].integer(), 1232);
  EXPECT_EQ(one["warnings"].size(), 0U);
}

TEST(ResponseViewJson, AFailureIsAResult) {
  const net::Error error("resolve", "www.test.", net::dns::Status::timed_out);
  const auto fail = [&error](ResponseView& view) {
    view.failure(www, server, error, {"1 datagram ignored"});
  };
  const Shown got = shown({.json = true}, false, fail);
  EXPECT_EQ(got.err, "");
  const auto one = test::json::parse_lines(got.out).at(0);
  EXPECT_EQ(one.keys(), (Texts{"name", "type", "class", "server", "port", "error", "warnings"}));
  EXPECT_EQ(one["error"]["code"].string(), "ETIMEDOUT");
  EXPECT_TRUE(one["error"].has("hint"));
  EXPECT_EQ(one["warnings"][0].string(), "1 datagram ignored");
  const Shown text = shown({}, false, fail);
  EXPECT_EQ(text.out, "");
  EXPECT_TRUE(text.err.contains("1 datagram ignored"));
  EXPECT_FALSE(text.err.contains("hint: ")) << "what was ignored may have come from it: " << text.err;
  const Shown alone = shown({}, false, [&error](ResponseView& view) { view.failure(www, server, error); });
  EXPECT_TRUE(alone.err.contains("\nhint: the server is down")) << alone.err;
}

TEST(ResponseStatus, OfEachReply) {
  struct Case {
    std::string_view what;
    std::string bytes;
    int status;
    int more;
  };
  const Case cases[] = {
      {"data", reply(0x8000, {a_record("www.test")}), 0, 0},
      {"malformed data", reply(0x8000, {record("www.test", 1, "x")}), 1, 1},
      {"no data", reply(0x8000), 1, 0},
      {"no such name", reply(0x8003), 1, 1},
      {"refused", reply(0x8005), 1, 1},
      {"malformed", reply(0x8000, {"x"}), 1, 1},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(response_status(www, response_of(c.bytes)), c.status) << c.what;
    EXPECT_EQ(more_status(response_of(c.bytes)), c.more) << c.what;
  }
  QueryResult result;
  result.cut = response_of(reply(0x8200));
  result.error = net::Error("resolve", "x", net::dns::Status::timed_out);
  EXPECT_EQ(result_status(www, result), 3) << "the error's, though there is a cut answer";
}

TEST(ResponseViewMore, OnlyTheRecords) {
  const auto more = [](ResponseView& view) {
    view.more(www, response_of(reply(0x8000, {a_record("a.test")})));
  };
  EXPECT_EQ(shown({}, false, more).out, "a.test.  300  IN  A  192.0.2.1\n");
  EXPECT_EQ(shown({}, true, more).out, "192.0.2.1\n");
  EXPECT_EQ(test::json::parse_lines(shown({.json = true}, false, more).out).at(0)["answer"].size(), 1U);
}

}  // namespace
}  // namespace cmd
