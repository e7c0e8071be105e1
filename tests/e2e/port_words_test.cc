// What can stand for a port, and what cannot: refused with status 2 and named, before anything is done.

#include "tests/e2e/port_run.hh"

namespace test {
namespace {

constexpr const char* services =
    "www      80/tcp   http\n"
    "domain   53/tcp\n"
    "domain   53/udp\n"
    "foo-bar  777/tcp  foo\n"
    "foo-bar  778/udp\n"
    "9pfs     564/tcp\n"
    "3com-tsmux 106/udp\n";

class PortWords : public PortNetwork {
 protected:
  void SetUp() override {
    PortNetwork::SetUp();
    if (!IsSkipped() && !HasFatalFailure()) ns().services(services);
  }

  /// "80/tcp 80/udp": what the words come to, in order.
  [[nodiscard]] std::string ports(const Words& words) const {
    std::string text;
    for (const json::Value& each : objects(Words{"--no-probe"} + words)) {
      text += each["port"].text() + "/" + each["protocol"].string() + " ";
    }
    return text;
  }
};

TEST_F(PortWords, WhatTheyComeTo) {
  struct Case {
    Words words;
    const char* ports;
  };
  const Case cases[] = {
      {{"80"}, "80/tcp 80/udp "},
      {{"80/tcp"}, "80/tcp "},
      {{"0080/udp"}, "80/udp "},
      {{"0/tcp"}, "0/tcp "},
      {{"65535/tcp"}, "65535/tcp "},
      {{"80-82/tcp"}, "80/tcp 81/tcp 82/tcp "},
      {{"80-81"}, "80/tcp 81/tcp 80/udp 81/udp "},
      {{"80-80/udp"}, "80/udp "},
      {{"90,80-81,90/tcp"}, "90/tcp 80/tcp 81/tcp 90/tcp "},
      {{"90/tcp", "80/udp"}, "90/tcp 80/udp "},
      {{"www"}, "80/tcp "},
      {{"http"}, "80/tcp "},
      {{"domain"}, "53/tcp 53/udp "},
      {{"domain/udp"}, "53/udp "},
      {{"foo-bar"}, "777/tcp 778/udp "},
      {{"foo-bar,www/tcp"}, "777/tcp 80/tcp "},
      {{"9pfs"}, "564/tcp "},
      {{"3com-tsmux"}, "106/udp "},
      {{"--", "80/tcp"}, "80/tcp "},
  };
  for (const Case& c : cases) EXPECT_EQ(ports(c.words), c.ports) << testing::PrintToString(c.words);
}

TEST_F(PortWords, MalformedOnes) {
  struct Case {
    std::string word;
    const char* part;  ///< that the message names
  };
  const Case cases[] = {
      {"", "''"},
      {",", "','"},
      {"80,", "'80,'"},
      {",80", "',80'"},
      {"80,,81", "'80,,81'"},
      {"80-", "'80-'"},
      {"-80", "'-80'"},
      {"80-79", "'80-79'"},
      {"80-81-82", "'81-82'"},
      {"80-http", "'http'"},
      {"http-90", "'http-90'"},
      {"65536", "'65536'"},
      {"0-65536", "'65536'"},
      {"70000-70001", "'70000'"},
      {"99999999999999999999999", "'99999999999999999999999'"},
      {"+80", "'+80'"},
      {"-1", "'-1'"},
      {"80 ", "'80 '"},
      {" 80", "' 80'"},
      {"8 0", "'8 0'"},
      {"80\n", "'80\\x0a'"},
      {"80\x1b[2J", "'80\\x1b[2J'"},
      {"\xff", "'\\xff'"},
      {"0x50", "'0x50'"},
      {"0b1", "'0b1'"},
      {"8.0", "'8.0'"},
      {"1e3", "'1e3'"},
      {"80:81", "'80:81'"},
      {":80", "':80'"},
      {"[::]:80", "'[::]:80'"},
      {"127.0.0.1:80", "'127.0.0.1:80'"},
      {"80;81", "'80;81'"},
      {"80/", "''"},
      {"/tcp", "'/tcp'"},
      {"80/sctp", "'sctp'"},
      {"80/TCP", "'TCP'"},
      {"80/tcp/udp", "'80/tcp/udp'"},
      {"80/tcp,81/udp", "'80/tcp'"},
      {"80,x,90", "'x'"},
      {"80,90-,100", "'90-'"},
      {"80,65536,90", "'65536'"},
      {"no-such-service", "'no-such-service'"},
      {"WWW", "'WWW'"},
      {"www/udp", "over udp (it is 80/tcp)"},
      {std::string(5000, '9'), "'999"},
      {std::string(5000, 'x'), "'xxx"},
  };
  for (const Case& c : cases) {
    // What stands before it is not answered either.
    const Outcome outcome = port({"--", "22/tcp", c.word});
    EXPECT_EQ(outcome.status, 2) << c.word << "\n" << outcome.out;
    EXPECT_EQ(outcome.out, "") << c.word;
    const std::string line = lines_of(outcome.err).at(0);
    EXPECT_TRUE(line.starts_with("nettool: usage: ")) << line;
    EXPECT_TRUE(contains(line, c.part)) << line << "\nshould name " << c.part;
  }
}

TEST_F(PortWords, Options) {
  struct Case {
    Words words;
    const char* complaint;
  };
  const Case cases[] = {
      {{}, "PORT is missing"},
      {{"--free"}, "PORT is missing"},
      {{"--no-probe"}, "PORT is missing"},
      {{"--listening", "--free"}, "exclude each other"},
      {{"--free=1", "80"}, "--free takes no value"},
      {{"--listen", "80"}, "--listen"},
      {{"-80"}, "-80"},
      {{"80", "--tcp"}, "--tcp"},
  };
  for (const Case& c : cases) {
    const Outcome outcome = port(c.words);
    EXPECT_EQ(outcome.status, 2) << testing::PrintToString(c.words);
    EXPECT_EQ(outcome.out, "");
    EXPECT_TRUE(contains(lines_of(outcome.err).at(0), c.complaint)) << outcome.err;
  }
}

TEST_F(PortWords, UsageErrorsAsJson) {
  const Outcome outcome = port({"--json", "80", "65536"});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.out, "");
  const json::Value error = json::parse_lines(outcome.err).at(0)["error"];
  EXPECT_EQ(error["op"].string(), "usage");
  EXPECT_EQ(error["code"].string(), "EINVAL");
  EXPECT_TRUE(contains(error["message"].string(), "'65536'"));
}

TEST_F(PortWords, EveryPortThereIs) {
  EXPECT_EQ(lines_of(shown({"--no-probe", "--quiet", "0-65535"})).size(), 2 * 65536U);
  for (const auto& [word, name] : {std::pair("0/tcp", "system"), std::pair("1023/tcp", "system"),
                                   std::pair("1024/udp", "user"), std::pair("49151/tcp", "user"),
                                   std::pair("49152/udp", "dynamic"), std::pair("65535/tcp", "dynamic")}) {
    EXPECT_EQ(object(word)["class"].string(), name) << word;
  }
}

TEST_F(PortWords, ServicesAndTheirOtherNames) {
  const json::Value www = object("80/tcp");
  EXPECT_EQ(www["service"].string(), "www");
  EXPECT_EQ(www["aliases"].text(), R"(["http"])");
  EXPECT_TRUE(object("80/udp")["service"].is_null());
  EXPECT_EQ(object("80/udp")["aliases"].text(), "[]");
  // Many ports are looked up in another way than a few.
  const auto many = objects({"--no-probe", "1-1000"});
  EXPECT_EQ(many.at(79).text(), objects({"--no-probe", "80/tcp"}).at(0).text());
}

}  // namespace
}  // namespace test
