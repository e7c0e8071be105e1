#include "cmd/resolve_options.hh"

#include <gtest/gtest.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "net/base/bytes.hh"

// The command line of resolve: which view it means, what excludes what, and the query that comes of it.
namespace cmd {
namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::string>;
using net::dns::Type;

struct Read {
  ResolveFlags flags{};
  std::string complaint{};
};

Read read(Words arguments) {
  Read out;
  CLI::App app;
  Words words;
  declare_resolve_flags(app, out.flags);
  add_words(app, words);
  std::ranges::reverse(arguments);
  try {
    app.parse(arguments);
    read_resolve_words(out.flags, words);
  } catch (const UsageError& error) {
    out.complaint = error.what();
  } catch (const CLI::ParseError& error) {
    out.complaint = error.what();
  }
  return out;
}

/// The query for www.test with these options besides.
net::dns::QuerySpec spec_of(Words arguments, const AskedType& type = {}) {
  arguments.emplace_back("www.test");
  const Read got = read(arguments);
  EXPECT_EQ(got.complaint, "");
  return query_spec(got.flags, net::dns::Name::parse("www.test").value(), type);
}

TEST(ResolveOptions, WhatMeansTheWire) {
  const Words wire[] = {{"-t", "A"},
                        {"-t", "MX,A"},
                        {"@192.0.2.1"},
                        {"-c", "CH"},
                        {"-x", "192.0.2.1"},
                        {"-s", "127.0.0.1"},
                        {"--tcp"},
                        {"--no-recurse"},
                        {"--dnssec"},
                        {"--check-disabled"},
                        {"--nsid"},
                        {"--ecs", "192.0.2.0/24"},
                        {"--cookie"},
                        {"--padding", "128"},
                        {"--bufsize", "512"},
                        {"--no-edns"},
                        {"--edns-option", "3"},
                        {"--search"},
                        {"-w", "1"},
                        {"--tries", "1"},
                        {"--short"}};
  for (Words arguments : wire) {
    const std::string what = arguments.front();
    arguments.emplace_back("www.test");
    const Read got = read(arguments);
    EXPECT_EQ(got.complaint, "") << what;
    EXPECT_TRUE(got.flags.wire()) << what;
  }
  EXPECT_TRUE(read({"-f", "names"}).flags.wire());
  for (const Words& view :
       {Words{"www.test"}, Words{"-4", "www.test"}, Words{"-6", "www.test"}, Words{"--compare", "www.test"},
        Words{"--trace", "www.test"}, Words{"--trace", "--root", "192.0.2.1", "www.test"}}) {
    const Read got = read(view);
    EXPECT_EQ(got.complaint, "") << view.front();
    EXPECT_FALSE(got.flags.wire()) << view.front();
  }
}

TEST(ResolveOptions, Refused) {
  struct Case {
    Words arguments;
    std::string_view why;
  };
  const Case cases[] = {
      {{}, "NAME is missing"},
      {{"@192.0.2.1"}, "NAME is missing"},
      {{"-4", "-6", "a"}, "-4 and -6 exclude each other"},
      {{"-4", "-s", "::1", "a"}, "--source: not of the address family asked for"},
      {{"-6", "-s", "127.0.0.1", "a"}, "--source: not of the address family asked for"},
      {{"-4", "a", "@::1"}, "'@::1': not of the address family asked for"},
      {{"-s", "127.0.0.1", "a", "@::1"}, "'@::1': not of the address family asked for"},
      {{"a", "@"}, "'@': no server"},
      {{"a", "@192.0.2.1:0"}, "'@192.0.2.1:0': port: out of range (1-65535)"},
      {{"--dnssec", "--no-edns", "a"}, "--dnssec is not for --no-edns"},
      {{"--nsid", "--no-edns", "a"}, "--nsid is not for --no-edns"},
      {{"--ecs", "::/0", "--no-edns", "a"}, "--ecs is not for --no-edns"},
      {{"--cookie", "--no-edns", "a"}, "--cookie is not for --no-edns"},
      {{"--padding", "1", "--no-edns", "a"}, "--padding is not for --no-edns"},
      {{"--bufsize", "512", "--no-edns", "a"}, "--bufsize is not for --no-edns"},
      {{"--edns-option", "3", "--no-edns", "a"}, "--edns-option is not for --no-edns"},
      {{"--concurrency", "5", "a"}, "--concurrency is for -f"},
      {{"--rate", "5", "a"}, "--rate is for -f"},
      {{"--ordered", "a"}, "--ordered is for -f"},
      {{"--progress", "a"}, "--progress is for -f"},
      {{"-f", "x", "a"}, "'a': -f takes the names from its file"},
      {{"-f", "x", "--compare"}, "--compare is not for -f"},
      {{"-f", "x", "--trace"}, "--trace is not for -f"},
      {{"-f", "x", "-x", "192.0.2.1"}, "--reverse is not for -f"},
      {{"-f", "x", "-t", "AXFR"}, "AXFR is not for -f"},
      {{"-f", "x", "-t", "A,IXFR=1"}, "IXFR is not for -f"},
      {{"--compare", "--trace", "a"}, "--compare is not for --trace"},
      {{"--root", "192.0.2.1", "a"}, "--root is for --trace"},
      {{"--trace", "a", "@192.0.2.1"}, "--trace asks the servers that it finds: --root names the first"},
      {{"--trace", "-t", "A,MX", "a"}, "--trace takes one type"},
      {{"--trace", "--search", "a"}, "--search is not for --trace"},
      {{"--trace", "-t", "AXFR", "a"}, "AXFR is not for --trace"},
      {{"--trace", "-t", "IXFR=1", "a"}, "IXFR is not for --trace"},
      {{"-t", "A", "a..b"}, "'a..b': empty label"},
      {{"-t", "A", "\xc3\xbc.test"}, "'\xc3\xbc.test': not ASCII: write its xn-- form"},
      {{"--trace", "a..b"}, "'a..b': empty label"},
  };
  for (const Case& c : cases) EXPECT_EQ(read(c.arguments).complaint, c.why);
  for (const std::string option : {"-t", "-c", "-x", "--short"}) {
    Words arguments{"--compare", "a", option};
    if (option == "-t") arguments.emplace_back("A");
    if (option == "-c") arguments.emplace_back("IN");
    if (option == "-x") arguments.emplace_back("::1");
    EXPECT_TRUE(read(arguments).complaint.starts_with("--compare ")) << option;
  }
}

TEST(ResolveOptions, MalformedValuesAreNamed) {
  struct Case {
    std::string option;
    Words values;
  };
  const Case cases[] = {
      {"--type",
       {"", "X", "A,", ",A", "A,,MX", "IXFR", "IXFR=", "IXFR=x", "IXFR=4294967296", "A=1", "TYPE65536"}},
      {"--class", {"X", "CLASS65536"}},
      {"--reverse", {"a.test", "192.0.2", "192.0.2.01", "192.0.2.0/24"}},
      {"--source", {"a.test", "127.0.0.1:53"}},
      {"--ecs", {"192.0.2.0/33", "a.test"}},
      {"--padding", {"0", "4097", "-1", "x"}},
      {"--bufsize", {"65536", "x"}},
      {"--edns-option", {"65536", "x", "3:0", "3:xx", ":00", "3:" + std::string(2050, '0')}},
      {"--timeout", {"x", "-1", "1 s"}},
      {"--tries", {"0", "101", "x"}},
      {"--concurrency", {"0", "1000001"}},
      {"--rate", {"0"}},
      {"--root", {"a.test", "192.0.2.1,", "192.0.2.1:0", ",192.0.2.1"}},
  };
  for (const Case& c : cases) {
    for (const std::string& value : c.values) {
      const std::string complaint = read({c.option, value, "www.test"}).complaint;
      EXPECT_TRUE(complaint.starts_with(c.option + " '" + value + "': "))
          << c.option << " " << value << ": " << complaint;
    }
  }
}

TEST(ResolveOptions, TypesAreGathered) {
  const Read got = read({"-t", "a,mx", "-t", "TYPE65280,IXFR=0x10", "www.test", "other.test"});
  ASSERT_EQ(got.flags.types.size(), 4U);
  EXPECT_EQ(got.flags.types[0].type, Type::A);
  EXPECT_FALSE(got.flags.types[0].serial);
  EXPECT_EQ(got.flags.types[1].type, Type::MX);
  EXPECT_EQ(got.flags.types[2].type, Type{65280});
  EXPECT_EQ(got.flags.types[3].type, Type::IXFR);
  EXPECT_EQ(got.flags.types[3].serial, 16U);
  EXPECT_EQ(got.flags.names, (Words{"www.test", "other.test"}));
  EXPECT_EQ(parse_asked_type("IXFR=4294967295")->serial, 0xffffffffU);
}

TEST(ResolveOptions, ServersStandAnywhere) {
  const Read got =
      read({"@192.0.2.1", "www.test", "@192.0.2.2:5353", "@[2001:db8::1]:54", "@2001:db8::2", "@ns.test:55"});
  ASSERT_EQ(got.complaint, "");
  const auto& servers = got.flags.servers;
  ASSERT_EQ(servers.size(), 5U);
  EXPECT_EQ(servers[0].address->text(), "192.0.2.1:53");
  EXPECT_EQ(servers[1].address->text(), "192.0.2.2:5353");
  EXPECT_EQ(servers[2].address->text(), "[2001:db8::1]:54");
  EXPECT_EQ(servers[3].address->text(), "[2001:db8::2]:53");
  EXPECT_FALSE(servers[4].address);
  EXPECT_EQ(servers[4].host, "ns.test");
  EXPECT_EQ(servers[4].port, 55);
  EXPECT_EQ(got.flags.names, Words{"www.test"});
}

TEST(ResolveOptions, TheFamily) {
  EXPECT_EQ(read({"a"}).flags.family(), AF_UNSPEC);
  EXPECT_EQ(read({"-4", "a"}).flags.family(), AF_INET);
  EXPECT_EQ(read({"-6", "a"}).flags.family(), AF_INET6);
}

TEST(ResolveOptions, TheLastOfTwoRootsCounts) {
  const Read got = read({"--trace", "--root", "192.0.2.9", "--root", "192.0.2.1,[::1]:54", "a"});
  ASSERT_EQ(got.flags.roots.size(), 2U);
  EXPECT_EQ(got.flags.roots[0].text(), "192.0.2.1:53");
  EXPECT_EQ(got.flags.roots[1].text(), "[::1]:54");
}

TEST(QuerySpecOf, ByDefault) {
  const auto spec = spec_of({});
  EXPECT_EQ(question_text(spec.question), "www.test. IN A");
  EXPECT_TRUE(spec.recurse && spec.authentic_data);
  EXPECT_FALSE(spec.checking_disabled || spec.ixfr_serial);
  ASSERT_TRUE(spec.edns);
  EXPECT_EQ(spec.edns->udp_size, 1232);
  EXPECT_FALSE(spec.edns->dnssec_ok);
  EXPECT_TRUE(spec.edns->options.empty()) << "no cookie";
  EXPECT_EQ(spec.padding, 0);
}

TEST(QuerySpecOf, EachOption) {
  EXPECT_FALSE(spec_of({"--no-recurse"}).recurse);
  EXPECT_TRUE(spec_of({"--check-disabled"}).checking_disabled);
  EXPECT_TRUE(spec_of({"--dnssec"}).edns->dnssec_ok);
  EXPECT_EQ(spec_of({"--bufsize", "4096"}).edns->udp_size, 4096);
  EXPECT_EQ(spec_of({"--padding", "468"}).padding, 468);
  EXPECT_FALSE(spec_of({"--no-edns"}).edns);
  EXPECT_EQ(spec_of({"-c", "CH"}).question.klass, net::dns::Class::CH);
  EXPECT_EQ(question_text(spec_of({}, {Type::IXFR, 7}).question), "www.test. IN IXFR");
  EXPECT_EQ(spec_of({}, {Type::IXFR, 7}).ixfr_serial, 7U);
}

TEST(QuerySpecOf, EdnsOptionsInOrder) {
  const auto spec = spec_of({"--edns-option", "65001:DEad", "--edns-option", "0xfde8", "--cookie", "--nsid",
                             "--ecs", "192.0.2.0/24"});
  const auto& options = spec.edns->options;
  ASSERT_EQ(options.size(), 5U);
  EXPECT_EQ(options[0].code, 3);
  EXPECT_TRUE(options[0].data.empty());
  EXPECT_EQ(net::hex_text(options[1].data), "00011800c00002");
  EXPECT_EQ(options[2].code, 10);
  EXPECT_EQ(options[2].data.size(), 8U);
  EXPECT_EQ(options[3].code, 65001);
  EXPECT_EQ(net::hex_text(options[3].data), "dead");
  EXPECT_EQ(options[4].code, 65000);
  EXPECT_TRUE(options[4].data.empty());
}

TEST(QuerySpecOf, ACookieIsFreshEachTime) {
  EXPECT_NE(spec_of({"--cookie"}).edns->options[0].data, spec_of({"--cookie"}).edns->options[0].data);
}

TEST(ResolveOptions, ThirtyTwoOptionsAtMost) {
  Words arguments{"a"};
  for (int i = 0; i < 32; ++i) arguments.insert(arguments.end(), {"--edns-option", "65001"});
  EXPECT_EQ(read(arguments).complaint, "");
  arguments.insert(arguments.end(), {"--edns-option", "65001"});
  EXPECT_EQ(read(arguments).complaint, "--edns-option: 32 at most");
}

}  // namespace
}  // namespace cmd
