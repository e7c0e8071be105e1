#include "net/sock/listener.hh"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <utility>

#include "tests/support/files.hh"
#include "tests/support/net.hh"
#include "tests/support/unix_socket.hh"

namespace net {
namespace {

ListenOptions on_loopback(int type = SOCK_STREAM) {
  ListenOptions options;
  options.transport.type = type;
  options.address = *Endpoint::parse_ip("127.0.0.1", 0);
  return options;
}

ListenOptions on_path(const std::string& path, int type = SOCK_STREAM) {
  ListenOptions options;
  options.transport = {true, type};
  options.address = *Endpoint::parse_unix(path);
  return options;
}

int int_option(const Socket& socket, int level, int name) {
  int value = -1;
  socklen_t length = sizeof value;
  getsockopt(socket.fd(), level, name, &value, &length);
  return value;
}

bool listens(const Listener& listener) {
  return int_option(listener.socket(), SOL_SOCKET, SO_ACCEPTCONN) == 1;
}

mode_t mode_of(const std::string& path) {
  struct stat status{};
  EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
  return status.st_mode & 07777U;
}

/// A umask for as long as it lives.
class Umask {
 public:
  explicit Umask(mode_t mask) : before_(::umask(mask)) {}
  Umask(const Umask&) = delete;
  Umask& operator=(const Umask&) = delete;
  ~Umask() { ::umask(before_); }

 private:
  mode_t before_;
};

TEST(Listener, KernelChoosesThePort) {
  const auto listener = Listener::open(on_loopback());
  ASSERT_TRUE(listener);
  EXPECT_NE(listener->local().port(), 0);
  EXPECT_EQ(listener->local().address_text(), "127.0.0.1");
  EXPECT_TRUE(listens(*listener));
  const test::Peer client = test::connect_tcp("127.0.0.1", listener->local().port());
  Endpoint peer;
  EXPECT_TRUE(listener->socket().accept(peer));
}

TEST(Listener, WithoutAddressServesBothFamilies) {
  const auto listener = Listener::open({});
  ASSERT_TRUE(listener);
  EXPECT_EQ(listener->local().family(), AF_INET6);
  EXPECT_TRUE(listener->local().is_any());
  EXPECT_FALSE(listener->ipv4_only());
  EXPECT_EQ(int_option(listener->socket(), IPPROTO_IPV6, IPV6_V6ONLY), 0);
  for (const char* host : {"127.0.0.1", "::1"}) {
    const test::Peer client = test::connect_tcp(host, listener->local().port());
    Endpoint peer;
    ASSERT_TRUE(listener->socket().accept(peer)) << host;
    EXPECT_EQ(peer.unmapped().address_text(), host);
  }
}

TEST(Listener, OneFamilyIsOneFamily) {
  ListenOptions options;
  options.family = AF_INET6;
  const auto six = Listener::open(options);
  ASSERT_TRUE(six);
  EXPECT_EQ(int_option(six->socket(), IPPROTO_IPV6, IPV6_V6ONLY), 1);
  // So that the other family of that port is still free.
  options.family = AF_INET;
  options.port = six->local().port();
  const auto four = Listener::open(options);
  ASSERT_TRUE(four) << four.error().message();
  EXPECT_EQ(four->local().family(), AF_INET);
}

TEST(Listener, AnAddressOfIpv6IsAskedForAsSuch) {
  ListenOptions options;
  options.address = *Endpoint::parse_ip("::", 0);
  const auto listener = Listener::open(options);
  ASSERT_TRUE(listener);
  EXPECT_EQ(int_option(listener->socket(), IPPROTO_IPV6, IPV6_V6ONLY), 1);
}

TEST(Listener, ReuseAddressForTcpAlone) {
  ListenOptions options = on_loopback();
  EXPECT_EQ(int_option(Listener::open(options)->socket(), SOL_SOCKET, SO_REUSEADDR), 1);
  options.reuse_address = false;
  EXPECT_EQ(int_option(Listener::open(options)->socket(), SOL_SOCKET, SO_REUSEADDR), 0);
  options = on_loopback(SOCK_DGRAM);
  EXPECT_EQ(int_option(Listener::open(options)->socket(), SOL_SOCKET, SO_REUSEADDR), 0);
}

TEST(Listener, InUse) {
  for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {
    const auto first = Listener::open(on_loopback(type));
    ASSERT_TRUE(first);
    EXPECT_EQ(listens(*first), type == SOCK_STREAM);
    ListenOptions options = on_loopback(type);
    options.address = first->local();
    const auto second = Listener::open(options);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().symbol(), "EADDRINUSE");
    EXPECT_EQ(second.error().subject, subject_text(first->local(), {false, type}));
    EXPECT_EQ(second.error().blame, Blame::local);
  }
}

TEST(Listener, PrepareRunsBeforeBind) {
  ListenOptions options = on_loopback();
  int family = 0;
  bool bound = true;
  options.prepare = [&](const Socket& socket, int its_family) -> Result<void> {
    family = its_family;
    bound = socket.local().port() != 0;
    return socket.set_int(SOL_SOCKET, SO_KEEPALIVE, 1, "SO_KEEPALIVE");
  };
  const auto listener = Listener::open(options);
  ASSERT_TRUE(listener);
  EXPECT_EQ(family, AF_INET);
  EXPECT_FALSE(bound);
  EXPECT_EQ(int_option(listener->socket(), SOL_SOCKET, SO_KEEPALIVE), 1);

  options.prepare = [](const Socket&, int) -> Result<void> {
    return fail("setsockopt", "X", errno_code(EPERM));
  };
  const auto refused = Listener::open(options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().subject, "X");
}

TEST(Listener, UnknownInterface) {
  ListenOptions options = on_loopback();
  options.interface = "nonesuch";
  const auto listener = Listener::open(options);
  ASSERT_FALSE(listener);
  EXPECT_EQ(listener.error().subject, "nonesuch");
}

TEST(Listener, UnixFileComesAndGoes) {
  const test::TempDir directory;
  for (const int type : {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM}) {
    const std::string path = directory / "sock";
    {
      const auto listener = Listener::open(on_path(path, type));
      ASSERT_TRUE(listener) << listener.error().message();
      EXPECT_TRUE(test::exists(path));
      EXPECT_EQ(listener->local().text(), path);
      EXPECT_EQ(listens(*listener), type != SOCK_DGRAM);
    }
    EXPECT_FALSE(test::exists(path)) << type;
  }
}

TEST(Listener, UnixStaleFileIsReplaced) {
  const test::TempDir directory;
  const std::string path = directory / "sock";
  {
    const test::UnixServer left_behind(path);
  }
  ASSERT_TRUE(test::exists(path));
  const auto listener = Listener::open(on_path(path));
  ASSERT_TRUE(listener) << listener.error().message();
  const test::Peer client = test::connect_unix(path);
}

TEST(Listener, UnixFileInUseIsLeftAlone) {
  const test::TempDir directory;
  const std::string path = directory / "sock";
  struct Case {
    int theirs;
    int ours;
  };
  for (const Case c :
       {Case{SOCK_STREAM, SOCK_STREAM}, Case{SOCK_DGRAM, SOCK_DGRAM}, Case{SOCK_DGRAM, SOCK_STREAM},
        Case{SOCK_STREAM, SOCK_DGRAM}, Case{SOCK_SEQPACKET, SOCK_STREAM}}) {
    ::unlink(path.c_str());
    const test::UnixServer owner(path, c.theirs);
    const auto listener = Listener::open(on_path(path, c.ours));
    ASSERT_FALSE(listener) << c.theirs << " " << c.ours;
    EXPECT_EQ(listener.error().symbol(), "EADDRINUSE");
    EXPECT_EQ(listener.error().subject, path);
    EXPECT_TRUE(test::exists(path));
  }
}

TEST(Listener, NothingButASocketIsEverUnlinked) {
  const test::TempDir directory;
  const std::string file = directory / "file";
  test::write_file(file, "precious");
  const std::string folder = directory / "folder";
  ASSERT_EQ(::mkdir(folder.c_str(), 0755), 0);
  const std::string link = directory / "link";
  ASSERT_EQ(::symlink("nowhere", link.c_str()), 0);
  for (const std::string& path : {file, folder, link}) {
    const auto listener = Listener::open(on_path(path));
    ASSERT_FALSE(listener) << path;
    EXPECT_EQ(listener.error().symbol(), "EEXIST") << path;
    EXPECT_EQ(listener.error().message(), "it exists and is not a socket");
  }
  EXPECT_EQ(test::read_file(file), "precious");
}

TEST(Listener, NoSuchDirectory) {
  const test::TempDir directory;
  const auto listener = Listener::open(on_path(directory / "none/sock"));
  ASSERT_FALSE(listener);
  EXPECT_EQ(listener.error().symbol(), "ENOENT");
}

TEST(Listener, ModeWhateverTheUmask) {
  const test::TempDir directory;
  struct Case {
    std::optional<mode_t> mode;
    mode_t umask;
    mode_t expect;
  };
  constexpr Case cases[] = {
      {0600, 0, 0600},           {0666, 077, 0666},         {0660, 022, 0660},
      {std::nullopt, 022, 0755}, {std::nullopt, 077, 0700},
  };
  for (const Case& c : cases) {
    const Umask mask(c.umask);
    const std::string path = directory / "sock";
    ListenOptions options = on_path(path);
    options.mode = c.mode;
    const auto listener = Listener::open(options);
    ASSERT_TRUE(listener) << listener.error().message();
    EXPECT_EQ(mode_of(path), c.expect) << std::oct << c.mode.value_or(0) << " " << c.umask;
    // The process has its own umask back.
    EXPECT_EQ(::umask(c.umask), c.umask);
  }
}

TEST(Listener, AbstractNameLeavesNoFile) {
  const auto listener = Listener::open(on_path("@nettool-unit-" + std::to_string(getpid())));
  ASSERT_TRUE(listener);
  EXPECT_TRUE(listener->local().is_abstract());
  const auto again = Listener::open(on_path(listener->local().text()));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().symbol(), "EADDRINUSE");
}

TEST(Listener, MovedFromRemovesNothing) {
  const test::TempDir directory;
  const std::string path = directory / "sock";
  std::optional<Listener> kept;
  {
    auto listener = Listener::open(on_path(path));
    ASSERT_TRUE(listener);
    kept.emplace(std::move(*listener));
  }
  EXPECT_TRUE(test::exists(path));
  {
    const test::Peer client = test::connect_unix(path);
  }
  kept.reset();
  EXPECT_FALSE(test::exists(path));
}

TEST(Listener, TakenSocketLivesOnWhileTheFileStays) {
  const test::TempDir directory;
  const std::string path = directory / "sock";
  auto listener = Listener::open(on_path(path, SOCK_DGRAM));
  ASSERT_TRUE(listener);
  const Socket socket = listener->take_socket();
  EXPECT_EQ(socket.local().text(), path);
  EXPECT_TRUE(test::exists(path));
}

}  // namespace
}  // namespace net
