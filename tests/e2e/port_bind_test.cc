// Whether a port can be bound, beside what bind(2) itself says: everything that may be left on a port, row by
// row.

#include <fcntl.h>
#include <unistd.h>

#include <functional>

#include "tests/e2e/port_run.hh"

namespace test {
namespace {

/// Sockets that have a port; they live as long as this.
struct Held {
  std::uint16_t port = 0;
  std::vector<Fd> sockets{};
};

/// A server's socket before bind(2).
using Prepare = void (*)(int fd);

void nothing(int /*fd*/) {}
void reuse(int fd) {
  set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1);
}
void reuse_port(int fd) {
  set_int(fd, SOL_SOCKET, SO_REUSEPORT, 1);
}
void v6only(int fd) {
  set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
}
void on_lo(int fd) {
  if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3) < 0) fail_errno("SO_BINDTODEVICE");
}

Held bound(const char* host, int type, Prepare prepare) {
  Address where = ip_address(host, 0);
  Fd fd(plain_socket(where.family(), type));
  prepare(fd.get());
  if (bind(fd.get(), where.raw(), where.length) < 0) fail_errno("bind");
  Held held{local_address(fd.get()).port(), {}};
  held.sockets.push_back(std::move(fd));
  return held;
}

Held listening(const char* host, Prepare prepare) {
  Held held = bound(host, SOCK_STREAM, prepare);
  if (listen(held.sockets[0].get(), 16) < 0) fail_errno("listen");
  return held;
}

void await_end(int fd) {
  char byte = 0;
  if (recv(fd, &byte, 1, 0) != 0) fail("no end came");
}

/// Listener, accepted, client.
Held connected(const char* host, Prepare prepare) {
  Held held = listening(host, prepare);
  const std::string peer = ip_address(host, 0).family() == AF_INET ? "127.0.0.1" : "::1";
  held.sockets.emplace_back();
  held.sockets.emplace_back(connected_socket(ip_address(peer, held.port), SOCK_STREAM));
  held.sockets[1] = Fd(accept_one(held.sockets[0].get()));
  return held;
}

/// The server ends first, and everybody is gone.
Held time_wait(const char* host, Prepare prepare, Prepare before_the_end = nothing) {
  Held held = connected(host, prepare);
  before_the_end(held.sockets[1].get());
  held.sockets[0].close();
  held.sockets[1].close();
  await_end(held.sockets[2].get());
  held.sockets[2].close();
  return held;
}

Held client_ended_first() {
  Held held = connected("127.0.0.1", nothing);
  held.sockets[2].close();
  await_end(held.sockets[1].get());
  held.sockets[1].close();
  held.sockets[0].close();
  return held;
}

Held without_listener(Prepare prepare) {
  Held held = connected("127.0.0.1", prepare);
  held.sockets[0].close();
  return held;
}

/// The server has closed, the client has not: FIN_WAIT_2, which no process has.
Held orphan() {
  Held held = connected("127.0.0.1", nothing);
  held.sockets[0].close();
  held.sockets[1].close();
  await_end(held.sockets[2].get());
  return held;
}

Held listening_with_time_wait() {
  Held held = connected("127.0.0.1", reuse);
  held.sockets[1].close();
  await_end(held.sockets[2].get());
  held.sockets[2].close();
  return held;
}

/// A client's port, not a server's.
Held client_in_time_wait() {
  Held held = connected("127.0.0.1", nothing);
  const std::uint16_t port = local_address(held.sockets[2].get()).port();
  held.sockets[2].close();
  await_end(held.sockets[1].get());
  held.sockets[1].close();
  held.port = port;
  return held;
}

Held udp_client() {
  Held held = bound("127.0.0.1", SOCK_DGRAM, nothing);
  Held server = bound("127.0.0.1", SOCK_DGRAM, nothing);
  const Address where = ip_address("127.0.0.1", server.port);
  if (connect(held.sockets[0].get(), where.raw(), where.length) < 0) fail_errno("connect");
  held.sockets.push_back(std::move(server.sockets[0]));
  return held;
}

struct Case {
  const char* name;
  int type;
  std::function<Held()> make;
  const char* state;    ///< as --quiet says it
  const char* answers;  ///< 0.0.0.0 plain and with SO_REUSEADDR, [::] alone plain and with it; "" is the
                        ///< kernel's to say
  const char* meaning;  ///< a part of the closing sentence
};

const Case cases[] = {
    {"nobody", SOCK_STREAM, [] { return Held{47111, {}}; }, "free", "yyyy", "free now"},
    {"TIME_WAIT, the old one had no SO_REUSEADDR", SOCK_STREAM,
     [] { return time_wait("127.0.0.1", nothing); }, "time-wait", "nnyy",
     "no server can bind 0.0.0.0, not even with SO_REUSEADDR, which the connection does not have; [::] is "
     "free"},
    {"TIME_WAIT on 0.0.0.0, without", SOCK_STREAM, [] { return time_wait("0.0.0.0", nothing); }, "time-wait",
     "nnyy",
     "no server can bind 0.0.0.0, not even with SO_REUSEADDR, which the connection does not have; [::] is "
     "free"},
    {"TIME_WAIT, the old one had it", SOCK_STREAM, [] { return time_wait("127.0.0.1", reuse); }, "time-wait",
     "nyyy", "a server can bind 0.0.0.0 only if it sets SO_REUSEADDR; [::] is free"},
    {"TIME_WAIT, set just before the end", SOCK_STREAM, [] { return time_wait("127.0.0.1", nothing, reuse); },
     "time-wait", "nyyy", "a server can bind 0.0.0.0 only if it sets SO_REUSEADDR; [::] is free"},
    {"TIME_WAIT of IPv6, without", SOCK_STREAM, [] { return time_wait("::1", nothing); }, "time-wait", "yynn",
     "no server can bind [::], not even with SO_REUSEADDR, which the connection does not have; 0.0.0.0 is "
     "free"},
    {"TIME_WAIT of IPv6, with", SOCK_STREAM, [] { return time_wait("::1", reuse); }, "time-wait", "yyny",
     "a server can bind [::] only if it sets SO_REUSEADDR; 0.0.0.0 is free"},
    {"TIME_WAIT of a dual-stack server, without", SOCK_STREAM, [] { return time_wait("::", nothing); },
     "time-wait", "", "until then no server can bind "},
    {"TIME_WAIT of a client", SOCK_STREAM, client_in_time_wait, "time-wait", "nnyy",
     "no server can bind 0.0.0.0, not even with SO_REUSEADDR, which the connection does not have; [::] is "
     "free"},
    {"the client ended first", SOCK_STREAM, client_ended_first, "free", "yyyy", "free now"},
    {"the listener is gone, a connection is left, without", SOCK_STREAM,
     [] { return without_listener(nothing); }, "held", "nnyy",
     "nobody listens; until it ends, and maybe for 60 s of TIME_WAIT after that, no server can bind "
     "0.0.0.0, "},
    {"the listener is gone, a connection is left, with", SOCK_STREAM, [] { return without_listener(reuse); },
     "held", "nyyy", "after that, a server can bind 0.0.0.0 only if it sets SO_REUSEADDR; [::] is free"},
    {"a connection that no process has", SOCK_STREAM, orphan, "held", "nnyy",
     "1 connection that no process has any more"},
    {"a listener", SOCK_STREAM, [] { return listening("127.0.0.1", nothing); }, "held", "nnyy",
     "held by e2e_tests"},
    {"a listener with SO_REUSEADDR", SOCK_STREAM, [] { return listening("0.0.0.0", reuse); }, "held", "nnyy",
     "held by e2e_tests"},
    {"a listener with SO_REUSEPORT", SOCK_STREAM, [] { return listening("0.0.0.0", reuse_port); }, "held",
     "nnyy", "held by e2e_tests"},
    {"a listener of both families", SOCK_STREAM, [] { return listening("::", nothing); }, "held", "nnnn",
     "held by e2e_tests"},
    {"a listener of IPv6 alone", SOCK_STREAM, [] { return listening("::", v6only); }, "held", "yynn",
     "0.0.0.0 is free"},
    {"a listener on ::1", SOCK_STREAM, [] { return listening("::1", nothing); }, "held", "yynn",
     "0.0.0.0 is free"},
    {"a listener on a device", SOCK_STREAM, [] { return listening("0.0.0.0", on_lo); }, "held", "",
     "held by e2e_tests"},
    {"a listener, and TIME_WAIT", SOCK_STREAM, listening_with_time_wait, "held", "nnyy", "held by e2e_tests"},
    {"bound, not listening, without", SOCK_STREAM, [] { return bound("127.0.0.1", SOCK_STREAM, nothing); },
     "held", "nnyy", ", which bound 127.0.0.1 and does not listen; [::] is free"},
    {"bound, not listening, with", SOCK_STREAM, [] { return bound("127.0.0.1", SOCK_STREAM, reuse); }, "held",
     "nyyy", "does not listen"},
    {"UDP", SOCK_DGRAM, [] { return bound("127.0.0.1", SOCK_DGRAM, nothing); }, "held", "nnyy",
     "held by e2e_tests"},
    {"UDP with SO_REUSEADDR", SOCK_DGRAM, [] { return bound("0.0.0.0", SOCK_DGRAM, reuse); }, "held", "nyyy",
     "held by e2e_tests"},
    {"UDP with SO_REUSEPORT", SOCK_DGRAM, [] { return bound("0.0.0.0", SOCK_DGRAM, reuse_port); }, "held",
     "nnyy", "held by e2e_tests"},
    {"UDP of both families", SOCK_DGRAM, [] { return bound("::", SOCK_DGRAM, nothing); }, "held", "nnnn",
     "held by e2e_tests"},
    {"UDP of IPv6 alone", SOCK_DGRAM, [] { return bound("::", SOCK_DGRAM, v6only); }, "held", "yynn",
     "0.0.0.0 is free"},
    {"UDP on a device", SOCK_DGRAM, [] { return bound("0.0.0.0", SOCK_DGRAM, on_lo); }, "held", "",
     "held by e2e_tests"},
    {"UDP, connected", SOCK_DGRAM, udp_client, "held", "nnyy", "connected to 127.0.0.1:"},
};

class PortBind : public PortNetwork {
 protected:
  [[nodiscard]] char works(const char* host, std::uint16_t number, int type, bool with,
                           bool alone = true) const {
    const int error = ns().in([&] { return bind_error(ip_address(host, number), type, with, alone); });
    if (error != 0 && error != EADDRINUSE) fail_errno("bind", error);
    return error == 0 ? 'y' : 'n';
  }
};

std::string told_by(const json::Value& binds) {
  std::string text;
  for (const json::Value& bind : binds.elements()) {
    for (const char* how : {"plain", "reuseaddr"}) text += bind[how].boolean() ? 'y' : 'n';
    EXPECT_EQ(bind["error"].is_null(), bind["plain"].boolean());
  }
  return text;
}

TEST_F(PortBind, AsTheKernelAnswers) {
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    // A network for each: the kernel may choose the number that a case before left in TIME_WAIT.
    SetUp();
    const Held held = ns().in(c.make);
    const std::string name = c.type == SOCK_STREAM ? on_tcp(held.port) : on_udp(held.port);
    const std::string other = c.type == SOCK_STREAM ? on_udp(held.port) : on_tcp(held.port);
    // The last of a connection's two ends is closed by the kernel in its own time.
    wait_until("the state", [&] { return word(name) == c.state + std::string("\n"); });
    const json::Value told = object(name);
    std::string kernel;
    for (const char* host : {"0.0.0.0", "::"}) {
      for (const bool with : {false, true}) kernel += works(host, held.port, c.type, with);
    }
    if (*c.answers != '\0') EXPECT_EQ(kernel, c.answers);
    EXPECT_EQ(told_by(told["binds"]), kernel);
    // Both families at once: a dual-stack socket, as `nettool listen PORT` has it.
    EXPECT_EQ(told["bindable"].boolean(), works("::", held.port, c.type, false, false) == 'y');
    EXPECT_EQ(told["bindable_with_reuseaddr"].boolean(), works("::", held.port, c.type, true, false) == 'y');
    EXPECT_EQ(port({"--free", name}).status, c.state == std::string("free") ? 0 : 1);
    const Words lines = lines_of(shown({name}));
    EXPECT_TRUE(lines.back().starts_with(name + ": ")) << lines.back();
    EXPECT_TRUE(contains(lines.back(), c.meaning)) << lines.back();
    EXPECT_EQ(word(other), "free\n") << "TCP and UDP share a number";
  }
}

TEST_F(PortBind, TimeWaitIsCountedAndHasAnEnd) {
  std::vector<Held> kept;
  std::uint16_t number = 0;
  ns().in([&] {
    Held server = listening("127.0.0.1", reuse);
    number = server.port;
    for (int i = 0; i < 3; ++i) {
      Fd client(connected_socket(ip_address("127.0.0.1", number), SOCK_STREAM));
      Fd accepted(accept_one(server.sockets[0].get()));
      accepted.close();
      await_end(client.get());
    }
  });
  wait_until("three", [&] { return object(on_tcp(number))["time_wait"]["count"].integer() == 3; });
  const json::Value told = object(on_tcp(number));
  EXPECT_EQ(told["states"].text(), R"({"TIME_WAIT":3})");
  const double expiry = told["time_wait"]["last_expiry_ms"].number();
  EXPECT_GT(expiry, 1000);
  EXPECT_LE(expiry, 60000);
  EXPECT_LT(object(on_tcp(number))["time_wait"]["last_expiry_ms"].number(), expiry + 1);
  EXPECT_TRUE(object("47111/tcp")["time_wait"]["last_expiry_ms"].is_null());
}

TEST_F(PortBind, WithoutTheProbe) {
  const Held held = ns().in([] { return listening("127.0.0.1", nothing); });
  const json::Value told = objects({"--no-probe", on_tcp(held.port)}).at(0);
  EXPECT_TRUE(told["bindable"].is_null());
  EXPECT_TRUE(told["bindable_with_reuseaddr"].is_null());
  EXPECT_EQ(told["binds"].text(), "[]");
  EXPECT_EQ(shown({"--no-probe", "--quiet", on_tcp(held.port)}), "held\n");
  EXPECT_EQ(shown({"--no-probe", "--quiet", on_udp(held.port)}), "free\n");
}

// The probe is no server: who connects meanwhile is refused as ever, and a datagram stays with its owner.
TEST_F(PortBind, TheProbeTakesNothingFromAnyone) {
  const Held udp = ns().in([] { return bound("127.0.0.1", SOCK_DGRAM, reuse); });
  Fd sender = ns().in([] { return Fd(plain_socket(AF_INET, SOCK_DGRAM)); });
  const Address where = ip_address("127.0.0.1", udp.port);
  int sent = 0;
  for (int run = 0; run < 5; ++run) {
    Program program(nettool_argv({"port", "--json", on_udp(udp.port)}), {.before_exec = ns().enter_hook()});
    for (int i = 0; i < 200; ++i, ++sent) {
      ASSERT_EQ(sendto(sender.get(), "x", 1, 0, where.raw(), where.length), 1);
      char byte = 0;
      ASSERT_TRUE(poll_one(udp.sockets[0].get(), 1, Deadline(patience)));
      ASSERT_EQ(recv(udp.sockets[0].get(), &byte, 1, MSG_DONTWAIT), 1) << "datagram " << sent;
    }
    EXPECT_EQ(program.wait().status, 0);
  }
}

}  // namespace
}  // namespace test
