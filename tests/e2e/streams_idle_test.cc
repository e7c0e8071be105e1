// Nothing spins: a program that waits sleeps until there is something to do, whatever it waits for.

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/fd.hh"
#include "tests/support/files.hh"
#include "tests/support/net.hh"
#include "tests/support/nettool.hh"
#include "tests/support/proc.hh"
#include "tests/support/program.hh"
#include "tests/support/pty.hh"
#include "tests/support/unix_socket.hh"

namespace test {
namespace {

using Arguments = std::vector<std::string>;

/// A program that has nothing to do, and all that must stay as it is meanwhile.
struct Scene {
  std::optional<Program> program = {};
  Peer peer = {};
  std::optional<UdpSocket> udp = {};
  Fd keep = {};
};

/// `nettool connect`, connected to the test.
Scene connected(Arguments arguments, Options options = {}) {
  TcpServer server;
  arguments.insert(arguments.begin(), {"connect", "127.0.0.1", server.port_text()});
  Scene scene;
  scene.program.emplace(nettool_argv(arguments), std::move(options));
  scene.peer = server.accept();
  return scene;
}

Scene listening(const Arguments& arguments, Options options = {}) {
  Scene scene;
  scene.program.emplace(start_listener(arguments, std::move(options)).program);
  return scene;
}

/// `nettool listen` with the test as its client.
Scene serving(Arguments arguments, Options options = {}) {
  arguments.insert(arguments.end(), {"127.0.0.1", "0"});
  Listener listener = start_listener(arguments, std::move(options));
  Scene scene;
  scene.peer = connect_tcp("127.0.0.1", listener.port);
  scene.program.emplace(std::move(listener.program));
  return scene;
}

/// Sends until nothing more is taken.
void fill(const Peer& peer) {
  const std::string bytes(1 << 16, 'x');
  do {
    while (send(peer.fd(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL) > 0) {
    }
  } while (poll_one(peer.fd(), POLLOUT, Deadline(200ms)));
}

/// The peer has sent more than stdout takes.
Scene stalled(Scene scene) {
  fill(scene.peer);
  return scene;
}

Scene peer_ended(Scene scene) {
  scene.peer.shutdown_write();
  return scene;
}

Scene stdin_ended(Scene scene) {
  scene.program->write_stdin("x");
  scene.program->close_stdin();
  EXPECT_EQ(scene.peer.recv_until_eof(), "x");
  return scene;
}

Scene after_a_client(Scene scene) {
  scene.peer.close();
  scene.program->read_until(Stream::err, "\"closed\"");
  return scene;
}

Scene hung_up_terminal() {
  Pty pty;
  Scene scene = connected({}, {.in = Stdio::fd(pty.slave())});
  pty.close_slave();
  pty.hang_up();
  EXPECT_EQ(scene.peer.recv_until_eof(), "");
  return scene;
}

/// The peer does not read: more is waiting in stdin than the socket takes.
Scene socket_full() {
  Scene scene = connected({});
  EXPECT_GT(scene.program->offer_stdin(std::string(64 << 20, 'x'), 1s), 0U);
  return scene;
}

Scene socket_full_from_a_file() {
  TempDir dir;
  random_file(dir / "in", 64 << 20, 1);
  return connected({}, {.in = Stdio::file(dir / "in")});
}

Scene unread_stdin(const Arguments& arguments) {
  Scene scene = connected(arguments);
  scene.program->write_stdin("not for us");
  scene.program->close_stdin();
  return scene;
}

Scene reader_gone() {
  Scene scene = connected({"--send-only"});
  scene.program->close_reader(Stream::out);
  return scene;
}

Scene hung_up_stdout() {
  Pty pty;
  Scene scene = connected({}, {.out = Stdio::fd(pty.slave())});
  pty.close_slave();
  wait_idle(scene.program->pid());
  pty.hang_up();
  return scene;
}

Scene ended_socket_as_stdin() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) fail_errno("socketpair");
  Fd ours(ends[0]), theirs(ends[1]);
  Scene scene = connected({}, {.in = Stdio::fd(theirs.get())});
  if (shutdown(ours.get(), SHUT_WR) < 0) fail_errno("shutdown");
  EXPECT_EQ(scene.peer.recv_until_eof(), "");
  scene.keep = std::move(ours);
  return scene;
}

Scene udp_client() {
  Scene scene;
  UdpSocket& server = scene.udp.emplace();
  scene.program.emplace(nettool("connect", "-u", "127.0.0.1", server.port_text()));
  scene.program->write_stdin("ping");
  server.reply(server.recv(), "pong");
  EXPECT_EQ(scene.program->read_exact(Stream::out, 4), "pong");
  return scene;
}

Scene udp_listener(Arguments arguments) {
  arguments.insert(arguments.end(), {"-u", "127.0.0.1", "0"});
  Listener listener = start_listener(arguments);
  Scene scene;
  scene.udp.emplace().send_to("hello", "127.0.0.1", listener.port);
  EXPECT_EQ(listener.program.read_exact(Stream::out, 5), "hello");
  scene.program.emplace(std::move(listener.program));
  return scene;
}

/// Its client has sent more datagrams than a stdout that nobody reads takes.
Scene stalled_udp_listener() {
  Scene scene;
  Listener listener = start_listener({"-u", "127.0.0.1", "0"});
  UdpSocket& client = scene.udp.emplace();
  for (int i = 0; i < 1000; ++i) client.send_to(std::string(1000, 'x'), "127.0.0.1", listener.port);
  scene.program.emplace(std::move(listener.program));
  return scene;
}

struct Case {
  const char* name;
  Scene (*make)();
};

constexpr Case waiting_clients[] = {
    {"connect_with_pipes", [] { return connected({}); }},
    {"connect_with_a_terminal", [] { return connected({}, {.in = Stdio::pty(), .out = Stdio::pty()}); }},
    {"connect_with_timers", [] { return connected({"-i", "60", "--deadline", "60"}); }},
    {"connect_after_the_end_of_null", [] { return connected({}, {.in = Stdio::null()}); }},
    {"connect_after_the_end_of_a_pipe", [] { return stdin_ended(connected({})); }},
    {"connect_no_shutdown_after_the_end", [] { return connected({"--no-shutdown"}, {.in = Stdio::null()}); }},
    {"connect_after_the_hang_up_of_a_terminal", hung_up_terminal},
    {"connect_after_the_end_of_a_socket", ended_socket_as_stdin},
    {"connect_drains_a_pipe", [] { return peer_ended(connected({"--drain", "forever"})); }},
    {"connect_drains_a_terminal",
     [] { return peer_ended(connected({"--drain", "forever"}, {.in = Stdio::pty()})); }},
};

constexpr Case stalled_ones[] = {
    {"connect_stdout_full", [] { return stalled(connected({})); }},
    {"connect_stdout_full_terminal",
     [] { return stalled(connected({}, {.in = Stdio::pty(), .out = Stdio::pty()})); }},
    {"connect_stdout_full_peer_ended", [] { return peer_ended(stalled(connected({}))); }},
    {"connect_stdout_full_terminal_peer_ended",
     [] { return peer_ended(stalled(connected({}, {.in = Stdio::pty(), .out = Stdio::pty()}))); }},
    {"connect_stdout_full_both_ended", [] { return peer_ended(stalled(stdin_ended(connected({})))); }},
    {"connect_socket_full_from_a_pipe", socket_full},
    {"connect_socket_full_from_a_file", socket_full_from_a_file},
    {"listen_stdout_full_peer_ended", [] { return peer_ended(stalled(serving({}))); }},
    {"listen_udp_stdout_full", stalled_udp_listener},
};

constexpr Case clients_without_streams[] = {
    {"connect_no_stdin", [] { return unread_stdin({"-d"}); }},
    {"connect_recv_only", [] { return unread_stdin({"--recv-only"}); }},
    {"connect_send_only_reader_gone", reader_gone},
    {"connect_stdout_hung_up", hung_up_stdout},
    {"connect_stdout_reader_gone",
     [] {
       Scene scene = connected({});
       scene.program->close_reader(Stream::out);
       return scene;
     }},
    {"connect_udp", udp_client},
};

constexpr Case listeners[] = {
    {"listen_tcp", [] { return listening({"127.0.0.1", "0"}); }},
    {"listen_tcp_stdin_null", [] { return listening({"127.0.0.1", "0"}, {.in = Stdio::null()}); }},
    {"listen_unix", [] { return listening({"-U", "@nettool-idle-" + std::to_string(getpid())}); }},
    {"listen_udp", [] { return listening({"-u", "127.0.0.1", "0"}); }},
    {"listen_udp_with_a_client", [] { return udp_listener({}); }},
    {"listen_udp_with_clients", [] { return udp_listener({"-k"}); }},
    {"listen_with_a_client", [] { return serving({}); }},
    {"listen_with_a_client_stdin_null", [] { return serving({}, {.in = Stdio::null()}); }},
    {"listen_keep_open_after_a_client", [] { return after_a_client(serving({"-k"})); }},
};

/// All of them at once, as two seconds each would add up.
void expect_idle(std::span<const Case> cases) {
  struct Watched {
    const char* name;
    Scene scene;
    long switches = 0;
    long ticks = 0;
  };
  std::vector<Watched> all;
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    all.push_back({c.name, c.make()});
  }
  // The kernel's own late events, such as the delayed ACK of a FIN, are no spinning.
  std::this_thread::sleep_for(300ms);
  for (Watched& watched : all) {
    SCOPED_TRACE(watched.name);
    const pid_t pid = watched.scene.program->pid();
    wait_idle(pid);
    watched.switches = voluntary_switches(pid);
    watched.ticks = cpu_ticks(pid);
  }
  std::this_thread::sleep_for(2s);
  for (const Watched& watched : all) {
    SCOPED_TRACE(watched.name);
    EXPECT_TRUE(watched.scene.program->still_running());
    EXPECT_EQ(voluntary_switches(watched.scene.program->pid()) - watched.switches, 0);
    EXPECT_LE(cpu_ticks(watched.scene.program->pid()) - watched.ticks, 1);
  }
}

TEST(StreamsIdle, ClientsThatWait) {
  expect_idle(waiting_clients);
}

TEST(StreamsIdle, ThoseThatAreStalled) {
  expect_idle(stalled_ones);
}

TEST(StreamsIdle, ClientsWithoutStdinOrStdout) {
  expect_idle(clients_without_streams);
}

TEST(StreamsIdle, Listeners) {
  expect_idle(listeners);
}

}  // namespace
}  // namespace test
