// `nettool addr -`: one answer a line, in order; and all that it says of random addresses against Python's
// ipaddress module.

#include <gtest/gtest.h>

#include <arpa/inet.h>

#include <array>
#include <random>
#include <string>
#include <vector>

#include "tests/support/nettool.hh"
#include "tests/support/require.hh"
#include "tests/support/words.hh"

namespace test {
namespace {

Outcome addr_of_lines(const Words& words, const std::string& lines) {
  return run(nettool_argv(Words{"addr"} + words + Words{"-"}), lines);
}

TEST(AddrStream, AnswersEachLineInItsOrder) {
  const Outcome outcome =
      addr_of_lines({}, "192.0.2.1/24\n  ::1  \r\n\n# a comment\n00:11:22:33:44:55\n10.0.0.1-2");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.err, "");
  const Words lines = lines_of(outcome.out);
  ASSERT_EQ(lines.size(), 4U) << outcome.out;
  EXPECT_EQ(lines[0],
            "192.0.2.1/24          documentation (TEST-NET-1) (RFC 5737), not global, class C, network "
            "192.0.2.0/24, hosts 192.0.2.1 - 192.0.2.254 (254)");
  EXPECT_TRUE(lines[1].starts_with("::1                   loopback")) << lines[1];
  EXPECT_TRUE(lines[2].starts_with("00:11:22:33:44:55     individual")) << lines[2];
  EXPECT_EQ(lines[3], "10.0.0.1-10.0.0.2     10.0.0.1/32 10.0.0.2/32");
}

TEST(AddrStream, BadLinesAreReportedAndPassedOver) {
  const Outcome text = addr_of_lines({"--quiet"}, "192.0.2.1\n300.0.0.1\n::1\n");
  EXPECT_EQ(text.status, 2);
  EXPECT_EQ(text.out, "192.0.2.1\n::1\n");
  EXPECT_TRUE(contains(text.err, "stdin line 2") && contains(text.err, "300")) << text.err;
  const Outcome json = addr_of_lines({"--json"}, "192.0.2.1\n300.0.0.1\n::1\n");
  EXPECT_EQ(json.status, 2);
  EXPECT_EQ(json.err, "");
  const auto objects = json::parse_lines(json.out);
  ASSERT_EQ(objects.size(), 3U);
  EXPECT_EQ(objects[1].keys(), (Words{"input", "error"}));
  EXPECT_EQ(objects[1]["input"].string(), "300.0.0.1");
  EXPECT_TRUE(contains(objects[1]["error"]["message"].string(), "300"));
  EXPECT_EQ(objects[2]["canonical"].string(), "::1");
}

TEST(AddrStream, AZoneWithoutInterfaceIsABadLine) {
  const Outcome text = addr_of_lines({"--sockaddr", "--quiet"}, "fe80::1%nosuch0\n");
  EXPECT_EQ(text.status, 2);
  EXPECT_TRUE(contains(text.err, "stdin line 1: zone nosuch0")) << text.err;
  const Outcome json = addr_of_lines({"--sockaddr", "--json"}, "fe80::1%nosuch0\n");
  EXPECT_EQ(json::parse(json.out).keys(), (Words{"input", "error"}));
}

TEST(AddrStream, ColumnsStandWhereTheyDoOnATerminal) {
  const Words lines = lines_of(addr_of_lines({}, "fe80::1%\x1b[3m\n10.0.0.1\n").out);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].find("link-local"), lines[1].find("private use")) << lines[0];
}

TEST(AddrStream, QuestionsAreAskedOfEachLine) {
  EXPECT_EQ(addr_of_lines({"--quiet", "--contains", "10.1.2.3"}, "10.0.0.0/8\n11.0.0.0/8\n").out,
            "yes\nno\n");
  EXPECT_EQ(addr_of_lines({"--contains", "10.1.2.3"}, "10.0.0.0/8\n11.0.0.0/8\n").status, 1);
  EXPECT_EQ(addr_of_lines({"--aggregate"}, "10.0.0.0/9\n10.128.0.0/9\nbad\n").out, "10.0.0.0/8\n");
  EXPECT_EQ(addr_of_lines({"--aggregate"}, "10.0.0.0/9\n10.128.0.0/9\nbad\n").status, 2);
  EXPECT_EQ(addr_of_lines({"--split", "25"}, "192.0.2.0/24\n").out,
            "192.0.2.0/24          192.0.2.0/25 192.0.2.128/25\n");
}

// More than is kept before it is brought together: every even address, then every odd one.
TEST(AddrStream, AggregatesWhatComesInAnyOrder) {
  std::string lines;
  for (const unsigned first : {0U, 1U}) {
    for (unsigned n = first; n < 140000; n += 2) {
      lines += "10." + std::to_string(n >> 16U) + "." + std::to_string((n >> 8U) & 255U) + "." +
               std::to_string(n & 255U) + "\n";
    }
  }
  EXPECT_EQ(addr_of_lines({"--aggregate"}, lines).out,
            "10.0.0.0/15\n10.2.0.0/19\n10.2.32.0/23\n10.2.34.0/25\n10.2.34.128/26\n10.2.34.192/27\n");
}

/// Checks each line of nettool's JSON (stdin) and prints what differs.
constexpr const char* oracle = R"py(
import ipaddress, json, sys
checked = 0
def check(o, key, want):
    if o.get(key) != want: print(o["input"], key, o.get(key), "instead of", want)
def number(n): return n if n <= 2**53 else str(n)
for line in sys.stdin:
    o = json.loads(line)
    i = ipaddress.ip_interface(o["input"])
    a, n = i.ip, i.network
    six = a.version == 6
    # Python 3.11 writes the last 32 bits of a mapped address in hexadecimal.
    text = "::ffff:" + str(a.ipv4_mapped) if six and a.ipv4_mapped else str(a)
    # Of a network all of it is told, of a host in it the host.
    host = a != n.network_address or n.prefixlen == a.max_prefixlen
    hosts = six or int(n.network_address) >> 28 < 14
    check(o, "kind", "ipv6" if six else "ipv4")
    check(o, "canonical", text + "/" + str(n.prefixlen))
    check(o, "prefix_length", n.prefixlen)
    if not (six and n.network_address.ipv4_mapped): check(o, "network", str(n.network_address))
    if not (six and n.broadcast_address.ipv4_mapped):
        if hosts: check(o, "last_host" if six or n.prefixlen > 30 else "broadcast", str(n.broadcast_address))
    if not six: check(o, "netmask", str(n.netmask)); check(o, "wildcard", str(n.hostmask))
    if hosts: check(o, "host_count", number(n.num_addresses - (2 if not six and n.prefixlen < 31 else 0)))
    check(o, "integer", number(int(a)))
    check(o, "hex", "0x%0*x" % (32 if six else 8, int(a)))
    check(o, "reverse", a.reverse_pointer)
    check(o, "binary", (":" if six else ".").join(format(b, "016b" if six else "08b") for b in
          (int.from_bytes(a.packed[k:k + 2], "big") if six else a.packed[k]
           for k in range(0, len(a.packed), 2 if six else 1))))
    if six:
        check(o, "expanded", a.exploded)
        for want in (a.sixtofour, a.ipv4_mapped):
            if want: check(o, "embedded_ipv4", str(want))
        if a.teredo: check(o, "embedded_ipv4", str(a.teredo[1]))
    if host and a.is_multicast and not o["type"].startswith("multicast"): print(o["input"], "type", o["type"])
    if host and a.is_private and not (o["special"] and o["special"]["global"] is not True) and not a.is_multicast:
        # What the registries that Python 3.11 has do not tell apart: 192.0.0.9 and .10, parts of 2001::/23.
        if not (o["special"] and o["special"]["prefix"] in
                ("192.0.0.9/32", "192.0.0.10/32", "2001:1::1/128", "2001:1::2/128", "2001:1::3/128",
                 "2001:3::/32", "2001:4:112::/48", "2001:20::/28", "2001:30::/28")) and not o.get("embedded_ipv4"):
            print(o["input"], "is private to Python", o["special"])
    checked += 1
print("checked", checked)
)py";

std::string random_address(std::mt19937& random) {
  // Beginnings of blocks with a meaning, so that not all are ordinary.
  constexpr std::array<const char*, 24> starts = {
      "10.0.0.0",    "127.0.0.0",   "169.254.0.0", "172.16.0.0", "192.0.0.0", "192.0.2.0",
      "192.88.99.0", "192.168.0.0", "198.18.0.0",  "224.0.0.0",  "239.0.0.0", "240.0.0.0",
      "::",          "::ffff:0:0",  "64:ff9b::",   "100::",      "2001::",    "2001:2::",
      "2001:10::",   "2001:db8::",  "2002::",      "fc00::",     "fe80::",    "ff02::"};
  const std::string start = starts[random() % starts.size()];
  const bool six = start.find(':') != std::string::npos;
  std::array<unsigned char, 16> bytes{};
  const std::size_t size = six ? 16 : 4;
  if (random() % 2 == 0 && inet_pton(six ? AF_INET6 : AF_INET, start.c_str(), bytes.data()) == 1) {
    for (std::size_t i = size - random() % size; i < size; ++i)
      bytes[i] = static_cast<unsigned char>(random() % 4 == 0 ? 0 : random());
  } else {
    for (std::size_t i = 0; i < size; ++i)
      bytes[i] = static_cast<unsigned char>(random() % 3 == 0 ? 0 : random());
  }
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(six ? AF_INET6 : AF_INET, bytes.data(), text.data(), text.size());
  return std::string(text.data()) + "/" + std::to_string(random() % (size * 8 + 1));
}

TEST(AddrStream, SaysWhatPythonSays) {
  REQUIRE_PROGRAM("python3");
  std::mt19937 random(20261121);  // NOLINT: the same every time
  std::string lines;
  constexpr int count = 20000;
  for (int i = 0; i < count; ++i) lines += random_address(random) + "\n";
  const Outcome answers = addr_of_lines({"--json"}, lines);
  ASSERT_EQ(answers.status, 0) << answers.err.substr(0, 2000);
  const Outcome judged = run({"python3", "-c", oracle}, answers.out);
  EXPECT_EQ(judged.out, "checked " + std::to_string(count) + "\n")
      << judged.out.substr(0, 4000) << judged.err;
}

// Whoever types a line gets its answer before the next.
TEST(AddrStream, AnswersWhileTheInputStaysOpen) {
  Program program(nettool("addr", "--quiet", "-"));
  for (const std::string address : {"192.0.2.1", "::2", "192.0.2.3"}) {
    program.write_stdin(address + "\n");
    EXPECT_EQ(program.read_line(Stream::out), address + "\n");
  }
  program.close_stdin();
  EXPECT_EQ(program.wait().status, 0);
}

}  // namespace
}  // namespace test
