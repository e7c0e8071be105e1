// `nettool port --listening` beside ss(8), on a network with a hundred listeners of every kind.

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <map>
#include <regex>
#include <set>

#include "tests/e2e/port_run.hh"
#include "tests/support/socket_owner.hh"
#include "tests/support/user.hh"

namespace test {
namespace {

constexpr uid_t somebody = 65533;

enum Wish : unsigned { plain = 0, reuse_port = 1, v6only = 2, on_lo = 4, connect_back = 8 };

/// A socket that receives whatever comes: listening, or bound where there is nothing to listen.
std::uint16_t receiver(Address where, int type, int protocol, unsigned wish) {
  int fd = plain_socket(where.family(), type, protocol);
  if ((wish & reuse_port) != 0) set_int(fd, SOL_SOCKET, SO_REUSEPORT, 1);
  if ((wish & v6only) != 0) set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
  if ((wish & on_lo) != 0 && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3) < 0) fail_errno("to lo");
  if (bind(fd, where.raw(), where.length) < 0) fail_errno("bind");
  if (type == SOCK_STREAM && listen(fd, 16) < 0) fail_errno("listen");
  Address own = local_address(fd);
  // Then it receives from one alone, and is no listener.
  if ((wish & connect_back) != 0 && connect(fd, own.raw(), own.length) < 0) fail_errno("connect");
  return own.port();
}

struct Kind {
  const char* address;
  int type;
  int protocol;
  unsigned wish;
};

constexpr int mptcp = 262;

constexpr Kind kinds[] = {
    {"0.0.0.0", SOCK_STREAM, 0, plain},
    {"127.0.0.1", SOCK_STREAM, 0, plain},
    {"127.0.0.53", SOCK_STREAM, 0, on_lo},
    {"0.0.0.0", SOCK_STREAM, 0, on_lo},
    {"192.0.2.1", SOCK_STREAM, 0, plain},
    {"::", SOCK_STREAM, 0, plain},
    {"::", SOCK_STREAM, 0, v6only},
    {"::", SOCK_STREAM, 0, on_lo},
    {"::1", SOCK_STREAM, 0, plain},
    {"2001:db8::1", SOCK_STREAM, 0, plain},
    {"fe80::1%lo", SOCK_STREAM, 0, plain},
    {"::ffff:127.0.0.1", SOCK_STREAM, 0, plain},
    {"0.0.0.0", SOCK_STREAM, mptcp, plain},
    {"::", SOCK_STREAM, mptcp, plain},
    {"0.0.0.0", SOCK_DGRAM, 0, plain},
    {"127.0.0.1", SOCK_DGRAM, 0, on_lo},
    {"224.0.0.251", SOCK_DGRAM, 0, plain},
    {"255.255.255.255", SOCK_DGRAM, 0, plain},
    {"::", SOCK_DGRAM, 0, plain},
    {"::", SOCK_DGRAM, 0, v6only},
    {"ff02::1%lo", SOCK_DGRAM, 0, plain},
    {"fe80::1%lo", SOCK_DGRAM, 0, plain},
    {"127.0.0.1", SOCK_DGRAM, 0, connect_back},
};

/// Each kind with a port of the kernel's choice.
void open_every_kind(SocketOwner& owner) {
  for (const Kind& kind : kinds) {
    owner.in(receiver, ip_address(kind.address, 0), kind.type, kind.protocol, kind.wish);
  }
}

/// What is neither: bound only, connected, and accepted.
void open_no_listeners(SocketOwner& owner) {
  owner.in([] { return bound_socket(ip_address("127.0.0.1", 0), SOCK_STREAM); });
  owner.in([] {
    int listener = listening_socket(ip_address("127.0.0.1", 0), SOCK_STREAM);
    static_cast<void>(connected_socket(local_address(listener), SOCK_STREAM));
    return accept_one(listener);
  });
}

/// A child that has all of its parent's sockets, for as long as the parent lives.
pid_t fork_in_place() {
  const pid_t child = fork();
  if (child != 0) return child;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (;;) pause();
}

/// Who has one listener, by either account.
struct Seen {
  std::set<std::string> holders{};  ///< "nsd 812"; empty where nobody was seen
  std::string user{};
};

/// "tcp 127.0.0.1 80" to those that listen there: several in a SO_REUSEPORT group.
using Listeners = std::map<std::string, std::vector<Seen>>;

/// An address of ss as nettool has it: "*" is both families, and a device stands behind it all.
std::string address_of_ss(std::string text) {
  if (text.starts_with("*")) text = "::" + text.substr(1);
  std::erase_if(text, [](char c) { return c == '[' || c == ']'; });
  return text;
}

std::string user_of_uid(const std::string& uid) {
  if (uid.empty()) return "root";
  return uid == "65534" ? "nobody" : uid;
}

Listeners by_ss(const std::string& text) {
  static const std::regex holder(R"re(\("([^"]*)",pid=([0-9]+),fd=[0-9]+\))re");
  static const std::regex uid(R"(\buid:([0-9]+))");
  Listeners listeners;
  for (const std::string& line : lines_of(text)) {
    std::istringstream words(line);
    std::string protocol;
    std::string state;
    std::string queues[2];
    std::string local;
    words >> protocol >> state >> queues[0] >> queues[1] >> local;
    const std::size_t colon = local.rfind(':');
    Seen seen;
    for (std::sregex_iterator at(line.begin(), line.end(), holder), end; at != end; ++at) {
      seen.holders.insert((*at)[1].str() + " " + (*at)[2].str());
    }
    std::smatch match;
    seen.user = user_of_uid(std::regex_search(line, match, uid) ? match[1].str() : "");
    listeners[protocol + " " + address_of_ss(local.substr(0, colon)) + " " + local.substr(colon + 1)]
        .push_back(seen);
  }
  return listeners;
}

Listeners by_nettool(const std::vector<json::Value>& objects) {
  Listeners listeners;
  for (const json::Value& object : objects) {
    for (const json::Value& each : object["listeners"].elements()) {
      Seen seen;
      if (!each["pid"].is_null()) seen.holders.insert(each["program"].string() + " " + each["pid"].text());
      EXPECT_EQ(each["pid"].is_null(), each["program"].is_null());
      seen.user = each["user"].string();
      listeners[object["protocol"].string() + " " + each["address"].string() + " " + object["port"].text()]
          .push_back(seen);
    }
  }
  return listeners;
}

/// nettool names one of the processes that share a socket, ss all of them.
void expect_same(const Listeners& ss, const Listeners& nettool) {
  for (const auto& [where, theirs] : ss) {
    const auto found = nettool.find(where);
    EXPECT_NE(found, nettool.end()) << where << " is not told";
    if (found == nettool.end()) continue;
    EXPECT_EQ(found->second.size(), theirs.size()) << where;
    for (const Seen& seen : found->second) {
      const bool agrees = std::ranges::any_of(theirs, [&](const Seen& one) {
        return one.user == seen.user && std::ranges::includes(one.holders, seen.holders) &&
               one.holders.empty() == seen.holders.empty();
      });
      EXPECT_TRUE(agrees) << where << ": " << testing::PrintToString(seen.holders) << " of " << seen.user;
    }
    for (const Seen& one : theirs) {
      EXPECT_TRUE(std::ranges::any_of(
          found->second, [&](const Seen& seen) { return std::ranges::includes(one.holders, seen.holders); }))
          << where << ": nobody of " << testing::PrintToString(one.holders);
    }
  }
  for (const auto& [where, ours] : nettool) EXPECT_TRUE(ss.contains(where)) << where << " is told";
}

/// "80/tcp": each port once, in order.
Words ports_of(const Listeners& listeners) {
  std::set<std::pair<std::string, int>> ports;
  for (const auto& [where, each] : listeners) {
    ports.emplace(where.substr(0, 3), std::stoi(where.substr(where.rfind(' '))));
  }
  Words words;
  for (const auto& [protocol, number] : ports) words.push_back(std::to_string(number) + "/" + protocol);
  return words;
}

class PortListening : public PortNetwork {
 protected:
  void SetUp() override {
    REQUIRE_PROGRAM("ss");
    PortNetwork::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    ns().add_address("192.0.2.1");
    ns().add_address("2001:db8::1");
    ns().run_ip({"address", "add", "fe80::1/64", "dev", "lo", "nodad"});
  }

  [[nodiscard]] std::function<void()> inside(uid_t user) const {
    return [enter = ns().enter_hook(), user] {
      enter();
      become(user)();
      if (prctl(PR_SET_DUMPABLE, 1) < 0) fail_errno("PR_SET_DUMPABLE");
    };
  }
  [[nodiscard]] Listeners ss() const { return by_ss(ns().run({"ss", "-tulnpeH"}).out); }
};

TEST_F(PortListening, AHundredOfEveryKind) {
  SocketOwner root(ns().enter_hook());
  SocketOwner more(ns().enter_hook());
  SocketOwner user(inside(somebody));
  SocketOwner other(inside(nobody));
  for (SocketOwner* owner : {&root, &more, &user, &other}) open_every_kind(*owner);
  for (SocketOwner* owner : {&root, &user}) open_no_listeners(*owner);
  // Groups, within a process and across two of the same user.
  for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {
    const std::uint16_t group = root.in(receiver, ip_address("0.0.0.0", 0), type, 0, +reuse_port);
    for (SocketOwner* owner : {&root, &more})
      owner->in(receiver, ip_address("0.0.0.0", group), type, 0, +reuse_port);
    root.in(receiver, ip_address("::", group), type, 0, reuse_port | v6only);
  }
  // Of both protocols, on one number.
  const std::uint16_t both = root.in(receiver, ip_address("127.0.0.1", 0), SOCK_STREAM, 0, +plain);
  root.in(receiver, ip_address("127.0.0.1", both), SOCK_DGRAM, 0, +plain);
  root.in(receiver, ip_address("127.0.0.2", both), SOCK_STREAM, 0, +plain);
  more.in(fork_in_place);

  const Listeners expected = ss();
  std::size_t count = 0;
  for (const auto& [where, each] : expected) count += each.size();
  EXPECT_GE(count, 100U);
  expect_same(expected, by_nettool(objects({"--listening"})));

  // The same of some ports alone, of one protocol, and as text.
  Listeners tcp = expected;
  std::erase_if(tcp, [](const auto& each) { return !each.first.starts_with("tcp "); });
  expect_same(tcp, by_nettool(objects({"--listening", "--no-probe", "0-65535/tcp"})));
  EXPECT_EQ(lines_of(shown({"--listening", "--quiet"})), ports_of(expected));
  const json::Value shared = object(on_tcp(both));
  EXPECT_EQ(shared["listeners"].size(), 2U);
  EXPECT_EQ(shared["states"].text(), R"({"LISTEN":2})");
}

TEST_F(PortListening, AsOneWhoIsNotRoot) {
  SocketOwner root(ns().enter_hook());
  SocketOwner own(inside(nobody));
  for (SocketOwner* owner : {&root, &own}) open_every_kind(*owner);
  const Outcome outcome = port_as_nobody({"--json", "--listening"});
  EXPECT_EQ(outcome.status, 0);
  const Listeners told = by_nettool(json::parse_lines(outcome.out));
  const auto enter = [hook = ns().enter_hook()] {
    hook();
    become(nobody)();
  };
  expect_same(by_ss(run({"ss", "-tulnpeH"}, {.before_exec = enter}).out), told);
  std::size_t seen = 0;
  std::size_t unseen = 0;
  for (const auto& [where, each] : told) {
    for (const Seen& one : each) ++(one.holders.empty() ? unseen : seen);
  }
  EXPECT_EQ(seen, std::size(kinds) - 1) << "one kind is no listener";
  EXPECT_EQ(unseen, std::size(kinds) - 1);
  const Outcome text = port_as_nobody({"--listening"});
  EXPECT_TRUE(contains(text.out, "a process of user root")) << text.out;
  EXPECT_TRUE(contains(text.err, "run as root")) << text.err;
}

// A program may call itself what it likes.
TEST_F(PortListening, HostileNames) {
  SocketOwner owner(ns().enter_hook());
  owner.in([] { return prctl(PR_SET_NAME, "\x1b[2J\xff\n\"x"); });
  const std::uint16_t number = owner.in(receiver, ip_address("127.0.0.1", 0), SOCK_STREAM, 0, +plain);
  for (const Words& words : {Words{"--listening"}, Words{on_tcp(number)}}) {
    const std::string text = shown(words);
    EXPECT_TRUE(contains(text, "\\x1b[2J\\xff\\x0a\"x (pid ")) << text;
    EXPECT_FALSE(contains(text, "\x1b"));
  }
  EXPECT_TRUE(contains(object(on_tcp(number))["listeners"][0]["program"].string(), "[2J\\xff"));
}

}  // namespace
}  // namespace test
