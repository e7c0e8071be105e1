#include "tests/support/socket_owner.hh"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <exception>

namespace test {
namespace {

// The first byte of a reply.
constexpr char done = 'd';
constexpr char thrown = 't';

void answer(int channel, char kind, std::string_view bytes) {
  std::string message(1, kind);
  message += bytes;
  if (send(channel, message.data(), message.size(), MSG_NOSIGNAL) < 0) _exit(1);
}

/// Leaves the child with 0-2 and the channel.
int close_all_but(int channel) {
  constexpr int kept = 3;
  if (channel != kept && dup2(channel, kept) < 0) _exit(1);
  if (close_range(kept + 1, ~0U, 0) < 0) _exit(1);
  return kept;
}

}  // namespace

void SocketOwner::serve_forever(int channel, const std::function<void()>& first) {
  // Whether this is the first word or a later one, the test hears what went wrong.
  const auto attempt = [&channel](const auto& work) {
    Bytes reply = {};
    try {
      work(reply);
      answer(channel, done, {reply.data, reply.size});
    } catch (const std::exception& exception) {
      answer(channel, thrown, exception.what());
    }
  };
  attempt([&](Bytes&) {
    if (first) first();
    // After it, because a change of user takes the parent-death signal away again.
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) fail_errno("PR_SET_PDEATHSIG");
    // Now they are the test's own: `first` may have needed some. Nothing is unwound here that could miss
    // them.
    channel = close_all_but(channel);
  });
  for (;;) {
    Call call = {};
    ssize_t n = recv(channel, &call, sizeof call, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n != sizeof call) _exit(0);
    attempt([&](Bytes& reply) { call.serve({call.bytes.data, call.bytes.size}, reply); });
  }
}

SocketOwner::SocketOwner(const std::function<void()>& first) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) fail_errno("socketpair");
  channel_ = Fd(ends[0]);
  pid_ = fork();
  if (pid_ < 0) fail_errno("fork");
  if (pid_ == 0) {
    signal(SIGPIPE, SIG_IGN);
    serve_forever(ends[1], first);
  }
  ::close(ends[1]);
  receive();
}

SocketOwner::~SocketOwner() {
  kill(pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

std::string_view SocketOwner::ask(const Call& call) {
  if (send(channel_.get(), &call, sizeof call, MSG_NOSIGNAL) < 0) fail_errno("ask the owner of the sockets");
  return receive();
}

std::string_view SocketOwner::receive() {
  if (!poll_one(channel_.get(), POLLIN, Deadline(patience))) fail("the owner of the sockets is silent");
  reply_.resize(sizeof(Call));
  ssize_t n = recv(channel_.get(), reply_.data(), reply_.size(), 0);
  if (n <= 0) fail("the owner of the sockets ended");
  reply_.resize(static_cast<size_t>(n));
  if (reply_[0] != done) fail("in the owner of the sockets: " + reply_.substr(1));
  return std::string_view(reply_).substr(1);
}

}  // namespace test
