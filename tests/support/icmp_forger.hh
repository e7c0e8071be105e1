#pragma once

#include <atomic>
#include <cstdint>
#include <thread>

#include "tests/support/fd.hh"
#include "tests/support/netns.hh"

namespace test {

/// Answers each TCP SYN to a port that passes through a namespace, or ends there, by an ICMP error (IPv4) in
/// the namespace's own name: what a firewall does that rejects. Whatever else answers must be kept silent.
class IcmpForger {
 public:
  IcmpForger(const Namespace& where, std::uint16_t port, std::uint8_t type, std::uint8_t code);
  IcmpForger(const IcmpForger&) = delete;
  IcmpForger& operator=(const IcmpForger&) = delete;
  ~IcmpForger();

 private:
  void answer_all();

  Fd packets_;
  Fd icmp_;
  std::uint16_t port_;
  std::uint8_t type_;
  std::uint8_t code_;
  std::atomic<bool> over_ = false;
  std::thread thread_;
};

}  // namespace test
