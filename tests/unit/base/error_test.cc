#include "net/base/error.hh"

#include <gtest/gtest.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "net/dns/status.hh"

namespace net {
namespace {

TEST(Error, MessageIsLowerCase) {
  EXPECT_EQ(Error("connect", "h", errno_code(ECONNREFUSED)).message(), "connection refused");
  EXPECT_EQ(Error("socket", "", errno_code(EMFILE)).message(), "too many open files");
}

TEST(Error, AnAcronymKeepsItsCapitals) {
  // strerror: "RFS specific error".
  EXPECT_EQ(Error("call", "", errno_code(EDOTDOT)).message(), "RFS specific error");
  Error error("x", "", errno_code(EIO));
  error.detail = "A";
  EXPECT_EQ(error.message(), "A");
}

TEST(Error, DetailStandsInPlaceOfTheWords) {
  Error error("bind", "/tmp/x", errno_code(EEXIST));
  error.detail = "It exists and is not a socket";
  EXPECT_EQ(error.message(), "it exists and is not a socket");
  EXPECT_EQ(error.symbol(), "EEXIST");
}

TEST(Error, SaysWhoSaidIt) {
  Error error("connect", "192.0.2.1:80/tcp", errno_code(EHOSTUNREACH));
  error.said_by = "198.51.100.1";
  EXPECT_EQ(error.message(), "no route to host, said by 198.51.100.1");
  // The subject itself needs no second naming.
  error.said_by = "192.0.2.1";
  EXPECT_EQ(error.message(), "no route to host");
  // Another one whose text begins alike does.
  error.subject = "192.0.2.10:80/tcp";
  EXPECT_EQ(error.message(), "no route to host, said by 192.0.2.1");
  error.subject = "[2001:db8::1]:80/tcp";
  error.said_by = "2001:db8::1";
  EXPECT_EQ(error.message(), "no route to host");
  error.subject = "[2001:db8::1:2]:80/tcp";
  EXPECT_EQ(error.message(), "no route to host, said by 2001:db8::1");
  // A subject may have the address behind something else.
  error.subject = "www.test. A @192.0.2.1#53/udp";
  error.said_by = "192.0.2.1";
  EXPECT_EQ(error.message(), "no route to host");
  error.said_by = "2.0.2.1";
  EXPECT_EQ(error.message(), "no route to host, said by 2.0.2.1");
}

TEST(Error, Symbols) {
  EXPECT_EQ(Error("x", "", errno_code(ECONNREFUSED)).symbol(), "ECONNREFUSED");
  EXPECT_EQ(Error("x", "", errno_code(99999)).symbol(), "errno 99999");
  EXPECT_EQ(Error("x", "", dns::Status::no_such_name).symbol(), "NXDOMAIN");
  EXPECT_EQ(Error("x", "", std::make_error_code(std::io_errc::stream)).symbol(), "iostream 1");
}

TEST(Error, UsualBlame) {
  struct Case {
    std::error_code code;
    Blame blame;
  };
  const Case cases[] = {
      {errno_code(ECONNREFUSED), Blame::remote},  {errno_code(ECONNRESET), Blame::remote},
      {errno_code(ECONNABORTED), Blame::remote},  {errno_code(EPIPE), Blame::remote},
      {errno_code(ETIMEDOUT), Blame::silence},    {errno_code(ENETUNREACH), Blame::local},
      {errno_code(EADDRINUSE), Blame::local},     {errno_code(EACCES), Blame::local},
      {errno_code(ENOENT), Blame::local},         {errno_code(EMFILE), Blame::local},
      {dns::Status::no_such_name, Blame::remote}, {dns::Status::server_failure, Blame::remote},
      {dns::Status::timed_out, Blame::silence},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(usual_blame(c.code), c.blame) << c.code.message();
    EXPECT_EQ(Error("x", "", c.code).blame, c.blame) << c.code.message();
  }
  EXPECT_EQ(Error("x", "", errno_code(EACCES), Blame::remote).blame, Blame::remote);
}

TEST(Error, FailTakesErrno) {
  errno = ENOTDIR;
  const Result<int> failed = fail("open", "/a");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, errno_code(ENOTDIR));
  EXPECT_EQ(failed.error().op, "open");
  EXPECT_EQ(failed.error().subject, "/a");
}

TEST(Error, WouldBlockIsErrnoOnly) {
  EXPECT_TRUE(would_block(errno_code(EAGAIN)));
  EXPECT_TRUE(would_block(errno_code(EWOULDBLOCK)));
  EXPECT_FALSE(would_block(errno_code(EINTR)));
  EXPECT_FALSE(would_block({}));
  EXPECT_FALSE(would_block({EAGAIN, std::iostream_category()}));
}

}  // namespace
}  // namespace net
