#include "net/dns/config.hh"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <sstream>

#include "net/base/parse.hh"

namespace net::dns {

Patience read_patience(const std::string& path) {
  Patience patience;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string word;
    if (!(words >> word) || word != "options") continue;
    while (words >> word) {
      const auto number = parse_number(word.substr(word.find(':') + 1));
      if (!number || *number == 0) continue;
      if (word.starts_with("timeout:"))
        patience.timeout_s = static_cast<int>(std::min<std::uint64_t>(*number, 30));
      if (word.starts_with("attempts:"))
        patience.tries = static_cast<int>(std::min<std::uint64_t>(*number, 5));
    }
  }
  return patience;
}

std::string lower_case(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

bool is_localhost(const std::string& host) {
  std::string name = lower_case(host);
  if (name.ends_with('.')) name.pop_back();
  return name == "localhost" || name.ends_with(".localhost");
}

}  // namespace net::dns
