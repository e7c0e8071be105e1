#include "net/serve/served_page.hh"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace net {
namespace {

Served full() {
  Served served;
  served.closed = {
      1, 2, 3, std::chrono::milliseconds(4), EndReason::reset, TcpInfo{11, 12, 13, 14, 15, "cubic"}};
  served.program = Exited{99, 137};
  served.error.emplace("exec", "/no/such/program", errno_code(ENOENT), Blame::local);
  served.error->detail = "a detail";
  served.error->said_by = "192.0.2.1";
  served.error->hint = std::string(1000, 'h');
  return served;
}

// What a child writes, its parent reads, whole.
TEST(ServedPage, FromAChild) {
  ServedPage page;
  const pid_t child = fork();
  if (child == 0) {
    page.write(full());
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  const auto served = page.read();
  ASSERT_TRUE(served);
  EXPECT_EQ(served->closed.sent, 1U);
  EXPECT_EQ(served->closed.received, 2U);
  EXPECT_EQ(served->closed.unsent, 3U);
  EXPECT_EQ(served->closed.duration, std::chrono::milliseconds(4));
  EXPECT_EQ(served->closed.reason, EndReason::reset);
  ASSERT_TRUE(served->closed.tcp_info);
  EXPECT_EQ(served->closed.tcp_info->rtt_us, 11U);
  EXPECT_EQ(served->closed.tcp_info->cwnd, 15U);
  EXPECT_EQ(served->closed.tcp_info->congestion_control, "cubic");
  ASSERT_TRUE(served->program);
  EXPECT_EQ(served->program->pid, 99);
  EXPECT_EQ(served->program->status, 137);
  ASSERT_TRUE(served->error);
  EXPECT_EQ(served->error->op, "exec");
  EXPECT_EQ(served->error->subject, "/no/such/program");
  EXPECT_EQ(served->error->code, errno_code(ENOENT));
  EXPECT_EQ(served->error->blame, Blame::local);
  EXPECT_EQ(served->error->detail, "a detail");
  EXPECT_EQ(served->error->said_by, "192.0.2.1");
  EXPECT_EQ(served->error->hint, std::string(512, 'h'));
}

TEST(ServedPage, AChildThatNeverWrote) {
  const ServedPage page;
  EXPECT_FALSE(page.read());
}

TEST(ServedPage, WithoutWhatMayLack) {
  ServedPage page;
  page.write(Served{});
  const auto served = page.read();
  ASSERT_TRUE(served);
  EXPECT_FALSE(served->closed.tcp_info);
  EXPECT_FALSE(served->program);
  EXPECT_FALSE(served->error);
}

}  // namespace
}  // namespace net
