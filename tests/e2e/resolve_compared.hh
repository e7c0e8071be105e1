#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/dns_server.hh"
#include "tests/support/json.hh"
#include "tests/support/netns.hh"
#include "tests/support/nettool.hh"
#include "tests/support/require.hh"

namespace test {

using Names = std::vector<std::string>;

/// Two name servers, and a host with an address of both families besides loopback's.
class Compared : public testing::Test {
 protected:
  void SetUp() override {
    REQUIRE_NAMESPACES();
    ns_ = std::make_unique<Namespace>();
    dns_ = ns_->in([] { return std::make_unique<DnsServer>("127.0.0.1", 53); });
    other_ = ns_->in([] { return std::make_unique<DnsServer>("127.0.0.2", 53); });
    ns_->resolv_conf("nameserver 127.0.0.1\nsearch sub.test\n");
    ns_->hosts("");
    ns_->nsswitch("hosts: files dns\n");
    ns_->add_address("192.0.2.77");
    ns_->add_address("2001:db8::77");
  }

  [[nodiscard]] Outcome run(Names words) const {
    words.insert(words.begin(), {"resolve", "--compare"});
    Options options;
    options.before_exec = ns_->enter_hook();
#ifdef NSS_PROBE_FOLDER
    options.env = {{"LD_LIBRARY_PATH", NSS_PROBE_FOLDER}};
#endif
    return Program(nettool_argv(words), options).wait();
  }
  [[nodiscard]] json::Value compare(Names words) const {
    words.insert(words.begin(), "--json");
    const Outcome outcome = run(words);
    EXPECT_EQ(outcome.err, "");
    return json::parse_lines(outcome.out).at(0);
  }
  [[nodiscard]] Names codes(Names words) const {
    Names out;
    for (const json::Value& difference : compare(std::move(words))["differences"].elements())
      out.push_back(difference["code"].string());
    return out;
  }
  /// The sentence of the one difference.
  [[nodiscard]] std::string sentence(Names words) const {
    const json::Value seen = compare(std::move(words));
    EXPECT_EQ(seen["differences"].size(), 1U) << seen.text();
    return seen["differences"].size() == 0 ? "" : seen["differences"][0]["text"].string();
  }

  std::unique_ptr<Namespace> ns_;
  std::unique_ptr<DnsServer> dns_, other_;
};

}  // namespace test
