#pragma once

#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/net.hh"
#include "tests/support/nettool.hh"
#include "tests/support/words.hh"

/// `nettool connect --ping`, and who answers it.
namespace test {

[[nodiscard]] inline Words ping(Words words) {
  words.insert(words.begin(), {NETTOOL_BINARY, "connect", "--ping"});
  return words;
}

/// Answers each datagram, with itself or with `answer`, until the end of its life.
class UdpEcho {
 public:
  explicit UdpEcho(const std::string& address = "127.0.0.1")
      : address_(address), socket_(address), thread_([this] { work(); }) {}
  UdpEcho(const UdpEcho&) = delete;
  UdpEcho& operator=(const UdpEcho&) = delete;
  ~UdpEcho() {
    UdpSocket(address_).send_to("stop", address_, socket_.port());
    thread_.join();
  }

  [[nodiscard]] std::string port_text() const { return socket_.port_text(); }

 private:
  void work() {
    for (;;) {
      const Datagram asked = socket_.recv();
      if (asked.bytes == "stop") return;
      socket_.reply(asked, asked.bytes);
    }
  }

  std::string address_;
  UdpSocket socket_;
  std::thread thread_;
};

/// The time of an event in seconds of its day.
[[nodiscard]] inline double second_of(const json::Value& event) {
  const std::string& text = event["time"].string();
  return std::stod(text.substr(11, 2)) * 3600 + std::stod(text.substr(14, 2)) * 60 +
         std::stod(text.substr(17, text.find('Z') - 17));
}

}  // namespace test
