// What connect -z refuses before it does anything.

#include <gtest/gtest.h>

#include "tests/e2e/scan_run.hh"

namespace test {
namespace {

struct Case {
  std::vector<std::string> arguments;
  std::string part;  ///< of the message
};

const std::vector<Case> cases = {
    {{}, "HOST and PORTS are missing"},
    {{"127.0.0.1"}, "PORT is missing after '127.0.0.1'"},
    {{"::1"}, "PORT is missing after '::1'"},
    {{"-f", "-"}, "PORTS are missing"},
    {{"127.0.0.1", "65536"}, "ports '65536': out of range (0-65535)"},
    {{"127.0.0.1", "22,x-1"}, "ports '22,x-1': 'x-1': no such service"},
    {{"127.0.0.1", "80-22"}, "ports '80-22': the range runs backwards"},
    {{"127.0.0.1", "22,"}, "ports '22,': '': empty"},
    {{"127.0.0.1", ""}, "ports '': empty"},
    {{"127.0.0.1:22", "80"}, "'127.0.0.1:22': a port belongs behind all hosts"},
    {{"127.0.0.1", "127.1", "80"}, "'127.1'"},
    {{"10.0.0.0/33", "80"}, "'10.0.0.0/33'"},
    {{"10.0.0.0/08", "80"}, "'10.0.0.0/08'"},
    {{"a..b", "80"}, "'a..b': not a host name"},
    {{"-n", "localhost", "80"}, "'localhost'"},
    {{"-n", "127.0.0.1", "http"}, "ports 'http': no such service"},
    {{"-6", "127.0.0.1", "80"}, "'127.0.0.1': not of the address family asked for"},
    {{"-6", "127.0.0.0/8", "80"}, "'127.0.0.0/8': not of the address family asked for"},
    {{"-s", "::1", "127.0.0.1", "80"}, "'127.0.0.1': not of the address family asked for"},
    {{"--concurrency", "0", "127.0.0.1", "80"}, "--concurrency '0': at least 1"},
    {{"--rate", "0", "127.0.0.1", "80"}, "--rate '0': at least 1"},
    {{"--rate", "1.5", "127.0.0.1", "80"}, "--rate '1.5'"},
    {{"-f", "", "80"}, "--file '': empty value"},
    {{"-U", "/tmp/x"}, "--unix is not for -z"},
    {{"-C", "127.0.0.1", "80"}, "--crlf is not for -z"},
    {{"-q", "1", "127.0.0.1", "80"}, "--quit-after is not for -z"},
    {{"--no-race", "127.0.0.1", "80"}, "--no-race is not for -z"},
    {{"--ping", "127.0.0.1", "80"}, "--ping"},
};

TEST(ScanUsage, IsRefusedByName) {
  for (const Case& each : cases) {
    const Outcome outcome = scan(each.arguments);
    const std::string shown = testing::PrintToString(each.arguments);
    EXPECT_EQ(outcome.status, 2) << shown;
    EXPECT_EQ(outcome.out, "") << shown;
    EXPECT_NE(outcome.err.find(each.part), std::string::npos) << shown << ": " << outcome.err;
  }
}

TEST(ScanUsage, ItsOptionsAreForItAlone) {
  for (const std::vector<std::string>& option : {std::vector<std::string>{"--all"},
                                                 {"--banner"},
                                                 {"-f", "-"},
                                                 {"--rate", "1"},
                                                 {"--concurrency", "1"}}) {
    std::vector<std::string> arguments{"connect"};
    arguments.insert(arguments.end(), option.begin(), option.end());
    arguments.insert(arguments.end(), {"127.0.0.1", "1"});
    const Outcome outcome = run(nettool_argv(arguments));
    EXPECT_EQ(outcome.status, 2) << option.front();
    EXPECT_NE(outcome.err.find("is for -z"), std::string::npos) << outcome.err;
  }
}

}  // namespace
}  // namespace test
