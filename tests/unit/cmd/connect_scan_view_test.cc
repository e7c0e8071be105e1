#include "cmd/connect_scan_view.hh"

#include <gtest/gtest.h>

#include "tests/unit/cmd/written.hh"

namespace cmd {
namespace {

using namespace std::chrono_literals;

ConnectFlags numeric_flags(bool udp = false) {
  ConnectFlags flags;
  flags.way = ConnectWay::scan;
  flags.relay.numeric = true;
  flags.relay.udp = udp;
  return flags;
}

net::ScanHost host(const std::string& name, const std::string& address) {
  return {name, *net::Endpoint::parse_ip(address, 0)};
}

net::PortResult result(const net::ScanHost& of, std::uint16_t port, net::PortState state,
                       net::Duration time = 300us) {
  return {of, of.address.with_port(port), state, time};
}

/// What the view makes of it, as text.
template <class Work>
std::string shown(const ConnectFlags& flags, Work work, OutputOptions options = {}) {
  return written(options,
                 [&](Results& results) {
                   ScanView view(results, flags, options.quiet);
                   work(view);
                 })
      .out;
}

TEST(ScanView, Columns) {
  const net::ScanHost one = host("192.0.2.10", "192.0.2.10");
  ConnectFlags flags = numeric_flags();
  flags.scan.ports = {{443, 65535}, {22, 22}};
  const auto text = shown(flags, [&](ScanView& view) {
    auto first = result(one, 22, net::PortState::open);
    first.banner = "SSH-2.0\r\nmore";
    view.take(first);
    view.take(result(one, 443, net::PortState::open, 12345us));
    auto third = result(one, 65535, net::PortState::filtered, 1s);
    third.error.emplace("connect", "192.0.2.10:65535/tcp", net::errno_code(ETIMEDOUT));
    third.error->detail = "no answer in 1 s";
    view.take(third);
  });
  EXPECT_EQ(text,
            "192.0.2.10  22/tcp     open      0.30 ms    SSH-2.0\n"
            "            443/tcp    open      12.3 ms\n"
            "            65535/tcp  filtered  1000.0 ms  no answer in 1 s\n");
}

TEST(ScanView, ServicesHaveAColumnWhereTheyAreLookedUp) {
  ConnectFlags flags = numeric_flags();
  flags.relay.numeric = false;
  const net::ScanHost one = host("192.0.2.10", "192.0.2.10");
  const auto text = shown(flags, [&](ScanView& view) {
    view.take(result(one, 22, net::PortState::open));
    view.take(result(one, 1, net::PortState::open));
  });
  EXPECT_TRUE(text.starts_with("192.0.2.10  22/tcp    open      ssh        0.30 ms\n")) << text;
}

TEST(ScanView, AUdpStateIsWider) {
  const net::ScanHost one = host("::1", "::1");
  const auto text = shown(numeric_flags(true), [&](ScanView& view) {
    view.take(result(one, 53, net::PortState::open_filtered));
    view.take(result(one, 54, net::PortState::open));
  });
  EXPECT_EQ(text,
            "::1  53/udp    open|filtered  0.30 ms\n"
            "     54/udp    open           0.30 ms\n");
}

TEST(ScanView, ANameHasItsAddressBesideIt) {
  const net::ScanHost one = host("a.test", "192.0.2.1");
  const net::ScanHost two = host("192.0.2.1", "192.0.2.1");
  const auto text = shown(numeric_flags(), [&](ScanView& view) {
    view.take(result(one, 1, net::PortState::open));
    view.take(result(two, 1, net::PortState::open));
    view.take(result(two, 2, net::PortState::open));
  });
  EXPECT_EQ(text,
            "a.test (192.0.2.1)  1/tcp     open      0.30 ms\n"
            "192.0.2.1           1/tcp     open      0.30 ms\n"
            "                    2/tcp     open      0.30 ms\n");
}

TEST(ScanView, ColourTellsTheState) {
  const net::ScanHost one = host("::1", "::1");
  OutputOptions options;
  options.colour_results = true;
  const auto text = shown(
      numeric_flags(), [&](ScanView& view) { view.take(result(one, 1, net::PortState::open)); }, options);
  EXPECT_NE(text.find("\x1b[32m"), std::string::npos) << text;
  EXPECT_NE(text.find("\x1b[0m\n"), std::string::npos) << text;
}

struct Summary {
  net::ScanFigures figures;
  std::optional<std::uint64_t> untried;
  std::string text;
};

TEST(ScanView, Summaries) {
  const Summary cases[] = {
      {{.open = 2, .closed = 998, .filtered = 24, .silent = 24, .hosts = 1},
       0,
       "2 open, 998 closed, 24 filtered (no answer) of 1024 ports in 1 s\n"},
      {{.filtered = 3, .silent = 1, .hosts = 2},
       0,
       "0 open, 3 filtered (1 without an answer) of 3 ports on 2 hosts in 1 s\n"},
      {{.filtered = 1, .hosts = 1}, 0, "0 open, 1 filtered of 1 port in 1 s\n"},
      {{.open = 1, .open_filtered = 2, .hosts = 1, .icmp_rate_limited = true},
       5,
       "1 open, 2 open|filtered (no answer) of 3 ports in 1 s, 5 not tried (silence is not "
       "proved: ICMP answers may be limited)\n"},
      {{.open = 1, .hosts = 1}, std::nullopt, "1 open of 1 port in 1 s, the rest not tried\n"},
      {{.skipped = 1, .unanswered = 3},
       5,
       "0 open of 0 ports in 1 s, 1 port could not be asked, 3 not "
       "answered yet, 5 not tried\n"},
      {{}, 0, "0 open of 0 ports in 1 s\n"},
  };
  for (const Summary& each : cases) {
    EXPECT_EQ(shown(numeric_flags(), [&](ScanView& view) { view.summary(each.figures, 1s, each.untried); }),
              each.text);
  }
  OutputOptions quiet;
  quiet.quiet = true;
  EXPECT_EQ(shown(numeric_flags(), [&](ScanView& view) { view.summary({}, 1s, 0); }, quiet), "");
}

}  // namespace
}  // namespace cmd
