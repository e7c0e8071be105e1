#include "net/base/words.hh"

#include <algorithm>

namespace net {

std::vector<std::string_view> split_words(std::string_view text, std::string_view between) {
  std::vector<std::string_view> words;
  for (;;) {
    const std::size_t begin = text.find_first_not_of(between);
    if (begin == std::string_view::npos) return words;
    const std::size_t end = std::min(text.find_first_of(between, begin), text.size());
    words.push_back(text.substr(begin, end - begin));
    text.remove_prefix(end);
  }
}

}  // namespace net
