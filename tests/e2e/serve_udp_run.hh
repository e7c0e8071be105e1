#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "tests/e2e/serve_run.hh"
#include "tests/support/net.hh"

/// Servers of UDP as the tests of `listen -u --serve` start them, and who asks them.
namespace test {

struct Where {
  std::string name;
  std::vector<std::string> listen;
  std::string server;  ///< where its clients find it
  std::string client;
  std::size_t largest;
};
inline const std::vector<Where> places = {
    {"V4", {"127.0.0.1", "0"}, "127.0.0.1", "127.0.0.1", 65507},
    {"V6", {"::1", "0"}, "::1", "::1", 65527},
    {"V4OnBoth", {"0"}, "127.0.0.1", "127.0.0.1", 65507},
};

inline std::vector<std::string> joined(std::vector<std::string> words, const std::vector<std::string>& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

inline QuietServer serve_udp(const std::string& service, const std::string& model,
                             const Where& where = places[0], const std::vector<std::string>& more = {},
                             Options options = {}) {
  const std::vector<std::string> words =
      joined({"-u", "--serve", service, "--model", model}, joined(more, where.listen));
  return start_quiet(words, "udp", std::move(options));
}

inline std::string ask(UdpSocket& socket, const std::string& question) {
  socket.send(question);
  return socket.recv().bytes;
}

}  // namespace test
