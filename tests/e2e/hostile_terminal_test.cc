// Nothing from argv, the network or other programs reaches a terminal unescaped: stderr is a pty here.

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>

#include "tests/support/address.hh"
#include "tests/support/dns_server.hh"
#include "tests/support/files.hh"
#include "tests/support/net.hh"
#include "tests/support/netns.hh"
#include "tests/support/nettool.hh"
#include "tests/support/pty.hh"
#include "tests/support/require.hh"
#include "tests/support/unix_socket.hh"

namespace test {
namespace {

using Words = std::vector<std::string>;

struct Hostile {
  std::string bytes;
  std::string shown;  ///< as it must appear
};

const std::vector<Hostile> table = {
    {"\x1b[31mred", "\\x1b[31mred"},             // colours
    {"\x1b]0;title\x07", "\\x1b]0;title\\x07"},  // the window's title
    {"a\nnettool forged", "a\\x0anettool forged"},
    {"a\r\x1b[Kforged", "a\\x0d\\x1b[Kforged"},
    {"a\b\b", "a\\x08\\x08"},
    {"tab\tbell\x07", "tab\\x09bell\\x07"},
    {"del\x7f", "del\\x7f"},
    {"\xff\xfe", "\\xff\\xfe"},
    {"cut\xc3", "cut\\xc3"},
    {"overlong\xc0\xaf", "overlong\\xc0\\xaf"},
    {"surrogate\xed\xa0\x80", "surrogate\\xed\\xa0\\x80"},
    {"beyond\xf4\x90\x80\x80", "beyond\\xf4\\x90\\x80\\x80"},
    {"csi\xc2\x9b"
     "31m",
     "csi\\xc2\\x9b31m"},  // C1, as UTF-8
    {"rlo\xe2\x80\xae"
     "cod.",
     "rlo\\xe2\\x80\\xaecod."},                 // U+202E: right to left from here
    {"rli\xe2\x81\xa7", "rli\\xe2\\x81\\xa7"},  // U+2067
    {"rlm\xe2\x80\x8f", "rlm\\xe2\\x80\\x8f"},  // U+200F
    {"alm\xd8\x9c", "alm\\xd8\\x9c"},           // U+061C
    {"ls\xe2\x80\xa8", "ls\\xe2\\x80\\xa8"},    // U+2028
    {"bom\xef\xbb\xbf", "bom\\xef\\xbb\\xbf"},  // U+FEFF
    // What a terminal may have.
    {"caf\xc3\xa9", "caf\xc3\xa9"},
    {"\xe6\xbc\xa2\xf0\x9f\x98\x80", "\xe6\xbc\xa2\xf0\x9f\x98\x80"},
};

std::string hex(const std::string& text) {
  std::string out;
  for (char c : text) {
    char digits[8];
    (void)std::snprintf(digits, sizeof digits, "%02x ", static_cast<unsigned char>(c));
    out += digits;
  }
  return out;
}

/// No control character but the line ends that the terminal itself makes of \n.
void expect_harmless(const std::string& screen) {
  for (size_t i = 0; i < screen.size(); ++i) {
    auto c = static_cast<unsigned char>(screen[i]);
    bool line_end = (c == '\r' && i + 1 < screen.size() && screen[i + 1] == '\n') || c == '\n';
    EXPECT_TRUE(line_end || (c >= 0x20 && c != 0x7f)) << "byte " << int{c} << " in " << hex(screen);
    if (c == 0xc2 && i + 1 < screen.size()) {
      EXPECT_GE(static_cast<unsigned char>(screen[i + 1]), 0xa0) << hex(screen);
    }
  }
  for (const char* bad :
       {"\xe2\x80\xae", "\xe2\x81\xa7", "\xe2\x80\x8f", "\xd8\x9c", "\xe2\x80\xa8", "\xef\xbb\xbf"}) {
    EXPECT_EQ(screen.find(bad), std::string::npos) << hex(screen);
  }
}

/// What a terminal on stderr gets. Without our own colours, which are escape sequences too.
std::string screen_of(Words words, const Namespace* inside = nullptr) {
  words.insert(words.begin(), "--color=never");
  Options options;
  options.in = Stdio::null();
  options.err = Stdio::pty();
  if (inside != nullptr) options.before_exec = inside->enter_hook();
  return run(nettool_argv(words), std::move(options)).err;
}

void expect_shown(const Words& words, const Hostile& hostile, const Namespace* inside = nullptr) {
  SCOPED_TRACE(hex(hostile.bytes));
  std::string screen = screen_of(words, inside);
  expect_harmless(screen);
  EXPECT_NE(screen.find(hostile.shown), std::string::npos) << screen << "\n" << hex(screen);
}

/// The whole table as one argument, where its length does not matter.
Hostile everything() {
  Hostile all;
  for (const Hostile& h : table) {
    all.bytes += h.bytes + "|";
    all.shown += h.shown + "|";
  }
  return all;
}

TEST(HostileTerminal, UsageErrors) {
  for (const Hostile& h : {everything(), table.front()}) {
    expect_shown({h.bytes}, h);
    expect_shown({"--" + h.bytes}, h);
    expect_shown({"connect", "--" + h.bytes, "127.0.0.1", "1"}, h);
    expect_shown({"connect", "-n", h.bytes, "1"}, h);
    expect_shown({"connect", "127.0.0.1", h.bytes}, h);
    expect_shown({"connect", "127.0.0.1", "1", h.bytes}, h);
    expect_shown({"connect", "-w", h.bytes, "127.0.0.1", "1"}, h);
    expect_shown({"connect", "--type=" + h.bytes, "127.0.0.1", "1"}, h);
    expect_shown({"connect", "-o", h.bytes, "127.0.0.1", "1"}, h);
    expect_shown({"connect", "-o", "IP_TTL=" + h.bytes, "127.0.0.1", "1"}, h);
    expect_shown({"connect", "-s", h.bytes, "127.0.0.1", "1"}, h);
    expect_shown({"connect", "--interface", h.bytes, "127.0.0.1", "1"}, h);
    expect_shown({"connect", "-o", "TCP_CONGESTION=" + h.bytes, "127.0.0.1", "1"}, h);
    expect_shown({"connect", "-x", "/no/such/" + h.bytes, "127.0.0.1", "1"}, h);
    expect_shown({"listen", "--mode", h.bytes, "-U", "x"}, h);
    expect_shown({"--color", h.bytes, "listen", "0"}, h);
  }
}

TEST(HostileTerminal, Paths) {
  TempDir dir;
  for (const Hostile& h : table) {
    expect_shown({"-v", "connect", "-U", dir / h.bytes}, h);
    expect_shown({"listen", "-U", dir / "none/" + h.bytes}, h);
    expect_shown({"connect", "-U", "@" + h.bytes}, h);
  }
}

// A name that a resolver is asked for, in the error and in each line of the timeline.
TEST(HostileTerminal, Names) {
  REQUIRE_NAMESPACES();
  Namespace ns;
  ns.resolv_conf("nameserver 127.0.0.1\n");
  ns.hosts("");
  auto dns = ns.in([] { return std::make_unique<DnsServer>("127.0.0.1", 53); });
  for (const Hostile& h : table) {
    expect_shown({"-v", "connect", h.bytes + ".test", "80"}, h, &ns);
    expect_shown({"listen", h.bytes + ".test", "0"}, h, &ns);
  }
}

TEST(HostileTerminal, PeersOfAListener) {
  TempDir dir;
  for (const Hostile& h : table) {
    Options options;
    options.err = Stdio::pty();
    Program listener(nettool("-v", "--color=never", "listen", "-uU", dir / h.bytes), options);
    listener.read_until(Stream::err, "listening on ");
    // The client's own path is hostile as well.
    Fd client(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    Address from = unix_address(dir / ("client" + h.bytes));
    Address to = unix_address(dir / h.bytes);
    ASSERT_EQ(bind(client.get(), from.raw(), from.length), 0);
    ASSERT_EQ(sendto(client.get(), "x", 1, 0, to.raw(), to.length), 1);
    listener.read_until(Stream::err, "client" + h.shown);
    listener.signal(SIGTERM);
    expect_harmless(listener.wait().err);
  }
}

// The program that holds a port chose its own name.
TEST(HostileTerminal, ProgramsInHints) {
  TempDir dir;
  for (const Hostile& h : table) {
    std::string name = h.bytes.substr(0, 15);  // as much as the kernel keeps
    if (name.find('/') != std::string::npos) continue;
    std::string binary = dir / name;
    std::filesystem::copy_file(NETTOOL_BINARY, binary, std::filesystem::copy_options::overwrite_existing);
    chmod(binary.c_str(), 0755);
    Program holder({binary, "listen", "127.0.0.1", "0"});
    std::string line = holder.read_line(Stream::err);
    std::string screen = screen_of(
        {"listen", "127.0.0.1", line.substr(line.find(':') + 1, line.find('/') - line.find(':') - 1)});
    expect_harmless(screen);
    EXPECT_NE(screen.find("pid " + std::to_string(holder.pid())), std::string::npos) << screen;
  }
}

// Payload is not ours to change, on a terminal either.
TEST(HostileTerminal, PayloadGoesThroughAsItIs) {
  TcpServer server;
  Options options;
  options.in = Stdio::null();
  options.out = Stdio::pty();
  Program program(nettool("connect", "127.0.0.1", server.port_text()), options);
  Peer peer = server.accept();
  program.pty().raw();
  std::string all;
  for (int i = 0; i < 256; ++i) all.push_back(static_cast<char>(i));
  peer.send_all(all);
  EXPECT_EQ(program.read_exact(Stream::out, 256), all);
}

// A dump shows bytes as hex and text, and no control character of them.
TEST(HostileTerminal, TheHexdump) {
  TcpServer server;
  Options options;
  options.in = Stdio::null();
  options.err = Stdio::pty();
  Program program(nettool("connect", "-x", "-", "127.0.0.1", server.port_text()), options);
  Peer peer = server.accept();
  std::string all;
  for (int i = 0; i < 256; ++i) all.push_back(static_cast<char>(i));
  peer.send_all(all);
  peer.close();
  Outcome outcome = program.wait();
  EXPECT_EQ(outcome.out, all);
  expect_harmless(outcome.err);
  EXPECT_NE(outcome.err.find("1b"), std::string::npos);
}

}  // namespace
}  // namespace test
