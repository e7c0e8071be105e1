#include "tests/support/icmp_forger.hh"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <vector>

#include "tests/support/wait.hh"

namespace test {
namespace {

/// RFC 1071.
std::uint16_t checksum(const std::vector<std::uint8_t>& bytes) {
  std::uint32_t sum = 0;
  for (size_t i = 0; i + 1 < bytes.size(); i += 2)
    sum += static_cast<std::uint32_t>(bytes[i] << 8 | bytes[i + 1]);
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

}  // namespace

IcmpForger::IcmpForger(const Namespace& where, std::uint16_t port, std::uint8_t type, std::uint8_t code)
    : packets_(where.in([] { return Fd(socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, htons(ETH_P_IP))); })),
      icmp_(where.in([] { return Fd(socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP)); })),
      port_(port),
      type_(type),
      code_(code) {
  if (packets_.get() < 0 || icmp_.get() < 0) fail_errno("socket");
  thread_ = std::thread([this] { answer_all(); });
}

IcmpForger::~IcmpForger() {
  over_ = true;
  thread_.join();
}

void IcmpForger::answer_all() {
  std::array<std::uint8_t, 2048> packet{};
  while (!over_) {
    pollfd entry{packets_.get(), POLLIN, 0};
    if (poll(&entry, 1, 20) <= 0) continue;
    sockaddr_ll from{};
    socklen_t length = sizeof from;
    const ssize_t size = recvfrom(packets_.get(), packet.data(), packet.size(), 0,
                                  reinterpret_cast<sockaddr*>(&from), &length);
    iphdr ip{};
    tcphdr tcp{};
    if (size < static_cast<ssize_t>(sizeof ip + sizeof tcp) || from.sll_pkttype == PACKET_OUTGOING) continue;
    std::memcpy(&ip, packet.data(), sizeof ip);
    if (ip.protocol != IPPROTO_TCP || ip.ihl != 5) continue;
    std::memcpy(&tcp, packet.data() + sizeof ip, sizeof tcp);
    if (ntohs(tcp.dest) != port_ || tcp.syn == 0 || tcp.ack != 0) continue;
    // Type, code, checksum, four bytes unused, then the packet's header and its first eight bytes.
    std::vector<std::uint8_t> message{type_, code_, 0, 0, 0, 0, 0, 0};
    message.insert(message.end(), packet.begin(), packet.begin() + sizeof ip + 8);
    const std::uint16_t sum = checksum(message);
    message[2] = static_cast<std::uint8_t>(sum >> 8);
    message[3] = static_cast<std::uint8_t>(sum & 0xff);
    sockaddr_in back{};
    back.sin_family = AF_INET;
    back.sin_addr.s_addr = ip.saddr;
    sendto(icmp_.get(), message.data(), message.size(), 0, reinterpret_cast<sockaddr*>(&back), sizeof back);
  }
}

}  // namespace test
