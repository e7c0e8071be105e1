#include "tests/support/dns_peers.hh"

#include <csignal>
#include <exception>
#include <filesystem>

#include "tests/support/dns_message.hh"
#include "tests/support/net.hh"

namespace test {
namespace {

constexpr std::uint16_t class_in = 1;
constexpr std::uint16_t class_chaos = 3;

/// The reply to one question, or nothing when it is refused, or when silence lasts for so long.
std::string ask(const ServerPlace& place, const std::string& name, std::uint16_t type, std::uint16_t klass) {
  constexpr std::uint16_t id = 0x4e54;
  const std::string query = dns::u16(id) + dns::u16(0) + dns::u16(1) + dns::u16(0) + dns::u16(0) +
                            dns::u16(0) + dns::wire_name(name) + dns::u16(type) + dns::u16(klass);
  try {
    UdpSocket socket =
        place.ns.in([&] { return UdpSocket(place.address.contains(':') ? "::1" : "127.0.0.1"); });
    socket.connect(place.address, place.port);
    socket.send(query);
    return socket.recv(200ms).bytes;
  } catch (const std::exception&) {
    return {};
  }
}

std::string with_port(const ServerPlace& place) {
  const bool v6 = place.address.contains(':');
  return (v6 ? "[" + place.address + "]" : place.address) + ":" + std::to_string(place.port);
}

}  // namespace

NameServer::NameServer(const ServerPlace& place, std::unique_ptr<TempDir> files,
                       std::vector<std::string> argv)
    : place_(place), files_(std::move(files)), at_("@" + with_port(place)) {
  program_ = std::make_unique<Program>(std::move(argv), Options{.in = Stdio::null(),
                                                                .out = Stdio::null(),
                                                                .err = Stdio::file(*files_ / "log"),
                                                                .before_exec = place.ns.enter_hook()});
  wait_until("a name server at " + with_port(place), [&] {
    if (!program_->still_running()) fail("the name server ended: " + read_file(*files_ / "log"));
    // Every server has an answer of its own to this.
    return !ask(place, "version.bind", type_txt, class_chaos).empty();
  });
}

NameServer::~NameServer() {
  if (!program_) return;  // moved from
  try {
    // Not SIGKILL, which would leave nsd's children to themselves for a while.
    program_->signal(SIGTERM);
    (void)program_->wait();
  } catch (const std::exception&) {
    program_.reset();  // kills it
  }
}

NameServer NameServer::nsd(const ServerPlace& place, const std::vector<Zone>& zones) {
  auto files = std::make_unique<TempDir>();
  const std::string& folder = files->path();
  std::string config = "server:\n ip-address: " + place.address + "\n port: " + std::to_string(place.port) +
                       "\n username: \"\"\n chroot: \"\"\n zonesdir: \"" + folder + "\"\n pidfile: \"" +
                       folder + "/pid\"\n xfrdfile: \"" + folder + "/xfrd\"\n zonelistfile: \"" + folder +
                       "/zones\"\n xfrdir: \"" + folder +
                       "\"\n database: \"\"\n server-count: 1\n refuse-any: no\n round-robin: no\n"
                       "remote-control:\n control-enable: no\n";
  for (std::size_t i = 0; i < zones.size(); ++i) {
    const std::string file = *files / ("zone" + std::to_string(i));
    write_file(file, zones[i].text);
    config +=
        "zone:\n name: \"" + zones[i].name + "\"\n zonefile: \"" + file +
        "\"\n provide-xfr: 0.0.0.0/0 NOKEY\n provide-xfr: ::0/0 NOKEY\n store-ixfr: yes\n create-ixfr: yes\n";
  }
  write_file(*files / "nsd.conf", config);
  std::vector<std::string> argv{"nsd", "-d", "-c", *files / "nsd.conf"};
  return {place, std::move(files), std::move(argv)};
}

void NameServer::replace_zone(std::size_t index, const Zone& zone) const {
  const std::string file = *files_ / ("zone" + std::to_string(index));
  const auto soa = [&] { return ask(place_, zone.name, type_soa, class_in); };
  std::string before;
  wait_until("the old zone " + zone.name, [&] { return !(before = soa()).empty(); });
  const auto written = std::filesystem::last_write_time(file);
  write_file(file, zone.text);
  std::filesystem::last_write_time(file, written + 2s);  // nsd sees a new file by its time
  program_->signal(SIGHUP);
  wait_until("the new zone " + zone.name, [&] {
    const std::string now = soa();
    return !now.empty() && now != before;
  });
}

NameServer NameServer::unbound(const ServerPlace& place, const std::string& root, const std::string& more) {
  auto files = std::make_unique<TempDir>();
  write_file(*files / "root.hints", ". 3600 IN NS ns.root.\nns.root. 3600 IN " +
                                        std::string(root.contains(':') ? "AAAA " : "A ") + root + "\n");
  // Its own answers for test. and for private addresses would hide the zones of the tests.
  write_file(
      *files / "unbound.conf",
      "server:\n interface: " + place.address + "\n port: " + std::to_string(place.port) +
          "\n username: \"\"\n chroot: \"\"\n pidfile: \"\"\n directory: \"" + files->path() +
          "\"\n root-hints: \"" + *files / "root.hints" +
          "\"\n use-syslog: no\n num-threads: 1\n rrset-roundrobin: no\n so-reuseport: no\n access-control: "
          "0.0.0.0/0 allow\n"
          " access-control: ::0/0 allow\n do-not-query-localhost: no\n module-config: \"iterator\"\n"
          " unblock-lan-zones: yes\n local-zone: \"test.\" nodefault\n target-fetch-policy: \"0 0 0 0 0\"\n" +
          more + "\nremote-control:\n control-enable: no\n");
  std::vector<std::string> argv{"unbound", "-d", "-c", *files / "unbound.conf"};
  return {place, std::move(files), std::move(argv)};
}

NameServer NameServer::dnsmasq(const ServerPlace& place, const std::string& config) {
  auto files = std::make_unique<TempDir>();
  write_file(*files / "dnsmasq.conf", "listen-address=" + place.address +
                                          "\nport=" + std::to_string(place.port) +
                                          "\nbind-interfaces\nno-resolv\nno-hosts\nuser=root\ngroup=root\n"
                                          "pid-file=\nlog-facility=-\n" +
                                          config);
  std::vector<std::string> argv{"dnsmasq", "-k", "-C", *files / "dnsmasq.conf"};
  return {place, std::move(files), std::move(argv)};
}

}  // namespace test
