// How `nettool port` is asked, and in which forms it answers.

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <string>
#include <vector>

#include "tests/e2e/port_run.hh"

namespace test {
namespace {

using PortAsked = PortNetwork;

TEST_F(PortAsked, FreeIsAStatus) {
  name_ports();
  SocketOwner owner(ns().enter_hook());
  hold(owner, "0.0.0.0", SOCK_STREAM, false, true);
  struct Case {
    Words words;
    int status;
  };
  const Case cases[] = {
      {{"4000/udp"}, 0},      {{"4001"}, 0},  {{"4000/tcp"}, 1},           {{"4000"}, 1},
      {{"3990-4010/tcp"}, 1}, {{"1-100"}, 0}, {{"4001", "4000"}, 1},       {{"alpha"}, 1},
      {{"4001", "beta"}, 0},  {{"gamma"}, 0}, {{"--no-probe", "4000"}, 1}, {{"--quiet", "4000"}, 1},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(port(Words{"--free"} + c.words).status, c.status) << testing::PrintToString(c.words);
    EXPECT_EQ(port(c.words).status, 0) << testing::PrintToString(c.words);
  }
}

TEST_F(PortAsked, NamesAndRanges) {
  name_ports();
  ns().sysctl("net.ipv4.ip_local_port_range", "40000 40009");
  ns().sysctl("net.ipv4.ip_local_reserved_ports", "40004-40005");
  EXPECT_EQ(object("alpha").text(),
            R"({"port":4000,"protocol":"tcp","class":"user","service":"alpha","aliases":["first","second"],)"
            R"("privileged":false,"ephemeral":false,"reserved":false,"listeners":[],"bound_only":[],)"
            R"("states":{},"time_wait":{"count":0,"last_expiry_ms":null},"bindable":true,)"
            R"("bindable_with_reuseaddr":true,)"
            R"("binds":[{"address":"0.0.0.0","plain":true,"reuseaddr":true,"error":null},)"
            R"({"address":"::","plain":true,"reuseaddr":true,"error":null}],"connections":[]})");
  EXPECT_EQ(object("second")["port"].integer(), 4000);
  std::vector<json::Value> gamma = objects({"gamma"});
  ASSERT_EQ(gamma.size(), 2U);
  EXPECT_EQ(gamma[1]["protocol"].string(), "udp");
  EXPECT_TRUE(object("40004/tcp")["reserved"].boolean());
  EXPECT_TRUE(object("40009/tcp")["ephemeral"].boolean());
  EXPECT_FALSE(object("40010/tcp")["ephemeral"].boolean());
  // The same, however many are asked about.
  for (const json::Value& one : objects({"3950-4049/tcp"})) {
    EXPECT_EQ(one["service"].is_null(), one["port"].integer() != 4000);
  }
  EXPECT_EQ(port({"39999-40010/udp"}).out,
            "39999/udp        user port, no registered name; free\n"
            "40000-40003/udp  user ports, ephemeral (40000-40009); free\n"
            "40004-40005/udp  user ports, ephemeral (40000-40009), reserved; free\n"
            "40006-40009/udp  user ports, ephemeral (40000-40009); free\n"
            "40010/udp        user port, no registered name; free\n"
            "\n"
            "39999-40010/udp: 12 free\n");
}

TEST_F(PortAsked, Listening) {
  name_ports();
  EXPECT_EQ(port({"--listening"}).out, "");
  EXPECT_EQ(port({"--listening"}).err, "note: nothing listens there\n");
  SocketOwner owner(ns().enter_hook());
  hold(owner, "127.0.0.1", SOCK_STREAM, false, true);
  hold(owner, "::", SOCK_STREAM, false, true);
  hold(owner, "::1", SOCK_DGRAM);
  SocketOwner other(ns().enter_hook());
  const int bound = other.in([] { return bound_socket(ip_address("0.0.0.0", 0), SOCK_STREAM); });
  static_cast<void>(bound);
  const std::string program = object("4000/tcp")["listeners"][0]["program"].string();
  const std::string who = program + " (pid " + owner.pid_text() + ", user root)\n";
  EXPECT_EQ(port({"--listening"}).out, "4000/tcp  alpha  127.0.0.1, [::] (IPv6 only)  " + who +
                                           "4000/udp  beta   [::1]                        " + who);
  EXPECT_EQ(port({"--listening", "--quiet"}).out, "4000/tcp\n4000/udp\n");
  EXPECT_EQ(port({"--listening", "--quiet", "1-4000/udp"}).out, "4000/udp\n");
  EXPECT_EQ(port({"--listening", "--quiet", "4001-65535", "80"}).out, "");
  EXPECT_EQ(objects({"--listening"}).size(), 2U);
  EXPECT_EQ(objects({"--listening"})[0].text(), object("4000/tcp").text());
}

TEST_F(PortAsked, WithoutAProbe) {
  json::Value tcp = objects({"--no-probe", "4000/tcp"})[0];
  EXPECT_TRUE(tcp["bindable"].is_null());
  EXPECT_TRUE(tcp["bindable_with_reuseaddr"].is_null());
  EXPECT_EQ(tcp["binds"].size(), 0U);
  EXPECT_EQ(sentence(port({"--no-probe", "4000/tcp"}), "4000/tcp"), "nobody has it");
  REQUIRE_PROGRAM("strace");
  for (const bool probes : {false, true}) {
    Words words = {"strace", "-f", "-e", "trace=bind", "-o", "/dev/stderr"};
    words = words + nettool("port", "4000/udp");
    if (!probes) words.emplace_back("--no-probe");
    Outcome traced = ns().run(words);
    EXPECT_EQ(contains(traced.err, "htons(4000)"), probes) << traced.err;
  }
}

TEST(PortUsage, BadWordsAreNamed) {
  struct Case {
    Words words;
    const char* complaint;
  };
  const Case cases[] = {
      {{}, "PORT is missing"},
      {{"90-80"}, "port '90-80': the range runs backwards"},
      {{"65536"}, "port '65536': out of range (0-65535)"},
      {{"--", "-1"}, "port '-1': not a port number"},
      {{"-1"}, "no such option: -1"},
      {{"80/sctp"}, "port '80/sctp': no such protocol 'sctp' (tcp, udp)"},
      {{"80,,90"}, "port '80,,90': '': empty"},
      {{""}, "port '': empty"},
      {{"nosuchservice"}, "port 'nosuchservice': no such service"},
      {{"0x50"}, "port '0x50': not a port number"},
      {{" 80"}, "port ' 80': no such service"},
      {{"80", "22,99999"}, "port '22,99999': '99999': out of range (0-65535)"},
      {{"--listening", "x!"}, "port 'x!': no such service"},
      {{"--listening", "--free"}, "--listening and --free exclude each other"},
      {{"--free=yes", "80"}, "--free takes no value"},
  };
  for (const Case& c : cases) {
    Outcome outcome = run(nettool_argv(Words{"port"} + c.words));
    EXPECT_EQ(outcome.status, 2) << c.complaint;
    EXPECT_EQ(outcome.out, "");
    EXPECT_TRUE(outcome.err.starts_with(std::string("nettool: usage: ") + c.complaint + "\n")) << outcome.err;
  }
}

}  // namespace
}  // namespace test
