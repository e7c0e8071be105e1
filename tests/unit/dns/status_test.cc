#include "net/dns/status.hh"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>

#include "net/base/error.hh"

namespace net::dns {
namespace {

struct Case {
  Status status;
  std::string_view symbol;
  std::string_view message;
  Blame blame;
};

constexpr Case cases[] = {
    {Status::format_error, "FORMERR", "could not read the question", Blame::remote},
    {Status::server_failure, "SERVFAIL", "failed to answer", Blame::remote},
    {Status::no_such_name, "NXDOMAIN", "no such name", Blame::remote},
    {Status::not_implemented, "NOTIMP", "kind of question", Blame::remote},
    {Status::refused, "REFUSED", "refused to answer", Blame::remote},
    {Status::no_data, "NODATA", "no address of this family", Blame::remote},
    {Status::malformed, "BADRESP", "malformed reply", Blame::remote},
    {Status::bad_name, "BADNAME", "not a valid name", Blame::remote},
    {Status::timed_out, "ETIMEDOUT", "in time", Blame::silence},
    {Status::unreachable, "ECONNREFUSED", "could be asked", Blame::remote},
};

TEST(DnsStatus, EachHasItsNameWordsAndBlame) {
  for (const Case& c : cases) {
    const Error error("resolve", "host.test", c.status);
    EXPECT_EQ(error.symbol(), c.symbol);
    EXPECT_TRUE(error.message().contains(c.message)) << error.message();
    EXPECT_EQ(error.blame, c.blame) << c.symbol;
  }
}

TEST(DnsStatus, NoTwoSayTheSame) {
  std::set<std::string> words;
  for (const Case& c : cases)
    EXPECT_TRUE(words.insert(make_error_code(c.status).message()).second) << c.symbol;
}

// rcodes keep their numbers (RFC 1035, 4.1.1).
TEST(DnsStatus, RcodesKeepTheirNumbers) {
  EXPECT_EQ(make_error_code(Status::format_error).value(), 1);
  EXPECT_EQ(make_error_code(Status::server_failure).value(), 2);
  EXPECT_EQ(make_error_code(Status::no_such_name).value(), 3);
  EXPECT_EQ(make_error_code(Status::not_implemented).value(), 4);
  EXPECT_EQ(make_error_code(Status::refused).value(), 5);
}

TEST(DnsStatus, IsACategoryOfItsOwn) {
  const std::error_code code = Status::no_such_name;
  EXPECT_STREQ(code.category().name(), "dns");
  EXPECT_NE(code, errno_code(static_cast<int>(Status::no_such_name)));
  EXPECT_EQ(code, make_error_code(Status::no_such_name));
}

}  // namespace
}  // namespace net::dns
