#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "net/sock/sockopt.hh"
#include "net/sock/sockopt_codec.hh"
#include "tests/support/fd.hh"
#include "tests/support/forked.hh"
#include "tests/support/net.hh"
#include "tests/support/require.hh"
#include "tests/unit/sock/sockopt_sockets.hh"

// Filters: written as tcpdump -ddd prints them, attached, at work, read back and detached.
namespace net {
namespace {

constexpr std::string_view drop_all = "6 0 0 0";
constexpr std::string_view pass_all = "6 0 0 262144";

/// "" or the symbol of the error.
std::string attach(int fd, std::string_view name, std::string_view value) {
  return set_text(fd, std::string(name) + "=" + std::string(value));
}

TEST(SockoptFilter, IsWrittenAsTcpdumpAndIptablesDo) {
  const SocketOption& row = **find_option("SO_ATTACH_FILTER");
  constexpr std::string_view written[] = {
      "48 0 0 0,21 0 1 69,6 0 0 0xffff,6 0 0 0",
      "4,48 0 0 0,21 0 1 69,6 0 0 65535,6 0 0 0",
      "4\n48 0 0 0\n21 0 1 69\n6 0 0 65535\n6 0 0 0\n",
  };
  for (const std::string_view text : written) {
    const auto bytes = encode_option(text, row);
    ASSERT_TRUE(bytes) << bytes.error();
    ASSERT_EQ(bytes->size(), 4 * sizeof(sock_filter));
    std::array<sock_filter, 4> program{};
    std::memcpy(program.data(), bytes->data(), sizeof program);
    EXPECT_EQ(program[1].code, BPF_JMP | BPF_JEQ | BPF_K);
    EXPECT_EQ(program[1].jf, 1);
    EXPECT_EQ(program[1].k, 69U);
    EXPECT_EQ(program[2].k, 65535U);
    EXPECT_EQ(option_text(decode_option(*bytes, row)), "48 0 0 0,21 0 1 69,6 0 0 65535,6 0 0 0");
  }
}

TEST(SockoptFilter, RefusesWhatIsNone) {
  struct Case {
    std::string_view text;
    std::string_view complaint;
  };
  const std::string too_many = [] {
    std::string text;
    for (int i = 0; i < 4097; ++i) text += "0 0 0 0,";
    return text;
  }();
  const Case cases[] = {
      {"6", "0 instructions, not 6"},

      {"6 0 0", "CODE JT JF K"},
      {"6 0 0 0 0", "CODE JT JF K"},
      {"6 0 0 x", "not a number"},
      {"6 0 256 0", "out of range"},
      {"65536 0 0 0", "out of range"},
      {"6 0 0 4294967296", "out of range"},
      {"2,6 0 0 0", "1 instructions, not 2"},
      {"0", "1 to 4096"},
      {"6  0 0 0", "not a number"},
      {too_many, "1 to 4096"},
      {"6 0 0 0,,6 0 0 0", "CODE JT JF K"},
  };
  for (const Case& c : cases) {
    const auto bytes = encode_option(c.text, **find_option("SO_ATTACH_FILTER"));
    EXPECT_FALSE(bytes) << c.text;
    EXPECT_TRUE(bytes || bytes.error().contains(c.complaint)) << c.text << ": " << bytes.error();
  }
}

/// Two sockets that talk to each other.
struct Pair {
  explicit Pair() {
    int ends[2] = {-1, -1};
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends), 0);
    sender = test::Fd(ends[0]);
    receiver = test::Fd(ends[1]);
  }
  /// Whether a datagram arrives; a Unix socket says at once that its peer's filter dropped it (or takes it).
  [[nodiscard]] bool delivers() const {
    static_cast<void>(send(sender.get(), "x", 1, MSG_DONTWAIT));
    char byte = 0;
    return recv(receiver.get(), &byte, 1, MSG_DONTWAIT) == 1;
  }
  test::Fd sender;
  test::Fd receiver;
};

TEST(SockoptFilter, IsAtWorkUntilDetached) {
  const Pair pair;
  const int fd = pair.receiver.get();
  EXPECT_TRUE(pair.delivers());
  EXPECT_EQ(read_text(fd, "SO_ATTACH_FILTER"), "none");
  EXPECT_EQ(attach(fd, "SO_ATTACH_FILTER", drop_all), "");
  EXPECT_FALSE(pair.delivers());
  EXPECT_EQ(read_text(fd, "SO_GET_FILTER"), drop_all);
  EXPECT_EQ(set_text(fd, "SO_DETACH_FILTER"), "");
  EXPECT_TRUE(pair.delivers());
  EXPECT_EQ(set_text(fd, "SO_DETACH_FILTER"), "ENOENT");
}

// What it reads without one can be given back.
TEST(SockoptFilter, NoneDetaches) {
  const Pair pair;
  const int fd = pair.receiver.get();
  ASSERT_EQ(attach(fd, "SO_ATTACH_FILTER", drop_all), "");
  EXPECT_EQ(attach(fd, "SO_ATTACH_FILTER", "none"), "");
  EXPECT_TRUE(pair.delivers());
  EXPECT_EQ(read_text(fd, "SO_ATTACH_FILTER"), "none");
  EXPECT_EQ(attach(fd, "SO_ATTACH_FILTER", "none"), "");
}

TEST(SockoptFilter, ReadsWhatAPlainCallReads) {
  const Pair pair;
  const int fd = pair.receiver.get();
  std::string text;
  for (int i = 0; i < 100; ++i) text += "0 0 0 " + std::to_string(i) + ",";
  text += pass_all;
  ASSERT_EQ(attach(fd, "SO_ATTACH_FILTER", text), "");
  std::array<sock_filter, 200> program{};
  socklen_t count = program.size();
  ASSERT_EQ(getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, program.data(), &count), 0);
  EXPECT_EQ(count, 101U);
  EXPECT_EQ(program.at(99).k, 99U);
  EXPECT_EQ(read_text(fd, "SO_ATTACH_FILTER"), text);
}

TEST(SockoptFilter, LockedStays) {
  const Pair pair;
  const int fd = pair.receiver.get();
  ASSERT_EQ(attach(fd, "SO_ATTACH_FILTER", drop_all), "");
  ASSERT_EQ(set_text(fd, "SO_LOCK_FILTER"), "");
  EXPECT_EQ(attach(fd, "SO_ATTACH_FILTER", pass_all), "EPERM");
  EXPECT_EQ(set_text(fd, "SO_DETACH_FILTER"), "EPERM");
  EXPECT_EQ(read_text(fd, "SO_ATTACH_FILTER"), drop_all);
}

/// An eBPF program that returns a constant, or -1 where bpf(2) is not to be had.
int ebpf_program(bpf_prog_type type, int result) {
  const std::array<bpf_insn, 2> code{
      {{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = result},
       {.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0}}};
  constexpr std::string_view license = "MIT";
  bpf_attr attr{};
  attr.prog_type = type;
  attr.insns = reinterpret_cast<std::uint64_t>(code.data());
  attr.insn_cnt = code.size();
  attr.license = reinterpret_cast<std::uint64_t>(license.data());
  return static_cast<int>(syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof attr));
}

TEST(SockoptFilter, AnExtendedOneIsAtWorkAndCannotBeRead) {
  REQUIRE_ROOT();
  const test::Fd program(ebpf_program(BPF_PROG_TYPE_SOCKET_FILTER, 0));
  REQUIRE_THAT(program.get() >= 0, "needs bpf(2)");
  const Pair pair;
  const int fd = pair.receiver.get();
  ASSERT_EQ(attach(fd, "SO_ATTACH_BPF", std::to_string(program.get())), "");
  EXPECT_FALSE(pair.delivers());
  EXPECT_EQ(read_text(fd, "SO_ATTACH_FILTER"), "EACCES");
  EXPECT_EQ(set_text(fd, "SO_DETACH_BPF"), "");
  EXPECT_TRUE(pair.delivers());
}

TEST(SockoptFilter, OnlyTcpAsksForTheCapability) {
  REQUIRE_ROOT();
  test::Forked unprivileged(
      [] {
        const test::Fd udp(::socket(AF_INET, SOCK_DGRAM, 0));
        const test::Fd tcp(::socket(AF_INET, SOCK_STREAM, 0));
        if (!attach(udp.get(), "SO_ATTACH_FILTER", pass_all).empty()) return 1;
        return attach(tcp.get(), "SO_ATTACH_FILTER", pass_all) == "EPERM" ? 0 : 2;
      },
      test::Identity{});
  const int status = unprivileged.wait();
  // Earlier kernels asked nobody.
  EXPECT_TRUE(status == 0 || (status == 2 && !kernel_has("6.12"))) << status;
}

/// A group of UDP sockets on one port, and which of them gets what is sent to it.
class ReuseportGroup {
 public:
  ReuseportGroup() {
    for (test::Fd& member : members_) {
      member = test::Fd(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0));
      EXPECT_EQ(set_text(member.get(), "SO_REUSEPORT"), "");
      EXPECT_EQ(bind(member.get(), reinterpret_cast<sockaddr*>(&address_), sizeof address_), 0);
      socklen_t length = sizeof address_;
      EXPECT_EQ(getsockname(member.get(), reinterpret_cast<sockaddr*>(&address_), &length), 0);
    }
  }
  [[nodiscard]] int member(std::size_t index) const { return members_.at(index).get(); }
  /// How many of these many datagrams, each from another port, came to that member; loopback is at once.
  [[nodiscard]] int received(std::size_t index, int sent) const {
    for (int i = 0; i < sent; ++i) {
      const test::Fd sender(::socket(AF_INET, SOCK_DGRAM, 0));
      EXPECT_EQ(
          sendto(sender.get(), "x", 1, 0, reinterpret_cast<const sockaddr*>(&address_), sizeof address_), 1);
    }
    std::array<int, 3> counts{};
    char byte = 0;
    for (std::size_t i = 0; i < members_.size(); ++i) {
      while (recv(member(i), &byte, 1, 0) == 1) ++counts.at(i);
    }
    return counts.at(index);
  }

 private:
  sockaddr_in address_{
      .sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
  std::array<test::Fd, 3> members_{};
};

constexpr int many = 40;

TEST(SockoptFilter, PicksTheSocketOfAGroup) {
  const ReuseportGroup group;
  ASSERT_EQ(set_text(group.member(0), "SO_ATTACH_REUSEPORT_CBPF=6 0 0 1"), "");
  EXPECT_EQ(group.received(1, many), many);
  ASSERT_EQ(set_text(group.member(2), "SO_ATTACH_REUSEPORT_CBPF=6 0 0 2"), "");
  EXPECT_EQ(group.received(2, many), many);
  ASSERT_EQ(set_text(group.member(0), "SO_DETACH_REUSEPORT_BPF"), "");
  EXPECT_LT(group.received(2, many), many);
  EXPECT_EQ(set_text(group.member(0), "SO_DETACH_REUSEPORT_BPF"), "ENOENT");
  ASSERT_EQ(set_text(group.member(1), "SO_ATTACH_REUSEPORT_CBPF=6 0 0 2"), "");
  ASSERT_EQ(set_text(group.member(1), "SO_ATTACH_REUSEPORT_CBPF=none"), "");
  EXPECT_LT(group.received(2, many), many);
}

TEST(SockoptFilter, AnExtendedOnePicksTheSocketOfAGroup) {
  REQUIRE_ROOT();
  const test::Fd program(ebpf_program(BPF_PROG_TYPE_SOCKET_FILTER, 1));
  REQUIRE_THAT(program.get() >= 0, "needs bpf(2)");
  const ReuseportGroup group;
  ASSERT_EQ(attach(group.member(0), "SO_ATTACH_REUSEPORT_EBPF", std::to_string(program.get())), "");
  EXPECT_EQ(group.received(1, many), many);
}

TEST(SockoptFilter, TokensOfDeviceMemory) {
  const SocketOption& row = **find_option("SO_DEVMEM_DONTNEED");
  const auto bytes = encode_option("1,7+3", row);
  ASSERT_TRUE(bytes);
  std::array<std::uint32_t, 4> words{};
  ASSERT_EQ(bytes->size(), sizeof words);
  std::memcpy(words.data(), bytes->data(), sizeof words);
  EXPECT_EQ(words, (std::array<std::uint32_t, 4>{1, 1, 7, 3}));
  EXPECT_EQ(option_text(decode_option(*bytes, row)), "1+1,7+3");
  for (const std::string_view bad : {"x", "1+", "+1", "1+2+3", "4294967296", "1,,2", "-1"}) {
    EXPECT_FALSE(encode_option(bad, row)) << bad;
  }
}

}  // namespace
}  // namespace net
