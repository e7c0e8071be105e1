#include "tests/lint/scanner.hh"

#include <fnmatch.h>

#include <algorithm>
#include <cctype>
#include <ranges>

#include "tests/lint/rules.hh"

namespace lint {
namespace {

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    if (end > 0 || separator == '\n') {
      parts.push_back(text.substr(0, end));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

bool matches_any(std::string_view globs, std::string_view path) {
  const std::string subject(path);
  return std::ranges::any_of(split(globs, ' '), [&](std::string_view glob) {
    return fnmatch(std::string(glob).c_str(), subject.c_str(), FNM_PATHNAME) == 0;
  });
}

bool has_word(std::string_view words, std::string_view word) {
  return std::ranges::count(split(words, ' '), word) > 0;
}

bool below(std::string_view folder, std::string_view path) {
  return folder.empty() || (path.starts_with(folder) && path.substr(folder.size()).starts_with('/'));
}

bool below_any(std::string_view folders, std::string_view path) {
  return folders.empty() ||
         std::ranges::any_of(split(folders, ' '), [&](std::string_view f) { return below(f, path); });
}

const Room* room_of(std::string_view path) {
  const auto* found = std::ranges::find_if(kRooms, [&](const Room& r) { return below(r.name, path); });
  return found == std::end(kRooms) ? nullptr : found;
}

// "cmd/listen_udp.cc" is of "listen"; "cmd/app.cc" is of none.
std::string_view command_of(std::string_view path) {
  if (!below("cmd", path)) {
    return {};
  }
  const std::string_view file = path.substr(path.find('/') + 1);
  const std::string_view name = file.substr(0, file.find_first_of("._/"));
  return has_word(kCommands, name) ? name : std::string_view{};
}

bool is_word_char(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// Collects what is wrong with one file.
class Scan {
 public:
  explicit Scan(std::string_view path) : path_(path) {}

  void add(int line, std::string what) { found_.push_back({std::string(path_), line, std::move(what)}); }
  [[nodiscard]] std::string_view path() const { return path_; }
  std::vector<Violation> take() { return std::move(found_); }

 private:
  std::string_view path_;
  std::vector<Violation> found_;
};

void check_own_include(Scan& scan, int line, std::string_view header) {
  const Room* to = room_of(header);
  if (to == nullptr) {
    scan.add(line,
             "include of \"" + std::string(header) + "\": ours are rooted in a room, as \"net/base/fd.hh\"");
    return;
  }
  const Room* from = room_of(scan.path());
  if (from != nullptr && from != to && !matches_any(from->uses, to->name)) {
    scan.add(line, std::string(from->name) + " must not include " + std::string(to->name));
  }
  const std::string_view mine = command_of(scan.path());
  const std::string_view other = command_of(header);
  if (!mine.empty() && !other.empty() && mine != other) {
    scan.add(line, "command " + std::string(mine) + " must not include command " + std::string(other));
  }
}

void check_foreign_include(Scan& scan, int line, std::string_view header) {
  if (!below_any("net cmd", scan.path())) {
    return;
  }
  for (const Door& door : kDoors) {
    if (matches_any(door.header, header) && !matches_any(door.files, scan.path())) {
      scan.add(line, "<" + std::string(header) + "> has another door: " + std::string(door.files));
    }
  }
}

// `code` is the line with literals blanked; the name of the header is read
// from `line`, at the same place.
void check_include(Scan& scan, int number, std::string_view line, std::string_view code) {
  const std::size_t hash = code.find_first_not_of(" \t");
  if (hash == std::string_view::npos || code[hash] != '#') {
    return;
  }
  const std::size_t word = code.find_first_not_of(" \t", hash + 1);
  if (word == std::string_view::npos || !code.substr(word).starts_with("include")) {
    return;
  }
  const std::size_t open = code.find_first_of("\"<", word);
  if (open == std::string_view::npos) {
    return;
  }
  const bool ours = code[open] == '"';
  const std::size_t close = line.find(ours ? '"' : '>', open + 1);
  const std::string_view header = line.substr(open + 1, close - open - 1);
  if (ours) {
    check_own_include(scan, number, header);
  } else {
    check_foreign_include(scan, number, header);
  }
}

bool is_banned_use(std::string_view code, std::size_t at, std::size_t size, bool call) {
  if ((at > 0 && is_word_char(code[at - 1])) || (at + size < code.size() && is_word_char(code[at + size]))) {
    return false;
  }
  if (!call) {
    return true;
  }
  const std::string_view before = code.substr(0, at);
  const std::size_t next = code.find_first_not_of(" \t", at + size);
  return next != std::string_view::npos && code[next] == '(' && !before.ends_with('.') &&
         !before.ends_with("->");
}

void check_bans(Scan& scan, int number, std::string_view code) {
  for (const Ban& ban : kBans) {
    if (!below_any(ban.where, scan.path()) || matches_any(ban.except, scan.path())) {
      continue;
    }
    for (const std::string_view name : split(ban.names, ' ')) {
      for (std::size_t at = code.find(name); at != std::string_view::npos; at = code.find(name, at + 1)) {
        if (is_banned_use(code, at, name.size(), ban.call)) {
          scan.add(number, std::string(name) + ": " + std::string(ban.why));
        }
      }
    }
  }
}

// Where the literal or comment that begins at `at` ends (the first byte after
// it), or `at` when none begins there.
std::size_t literal_end(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at);
  const char before = at > 0 ? text[at - 1] : ' ';
  const auto after = [&](std::string_view mark, std::size_t from) {
    const std::size_t found = text.find(mark, from);
    return found == std::string_view::npos ? text.size() : found + mark.size();
  };
  if (rest.starts_with("//")) {
    return std::min(text.find('\n', at), text.size());
  }
  if (rest.starts_with("/*")) {
    return after("*/", at + 2);
  }
  if (rest.starts_with("R\"") && !is_word_char(before)) {
    const std::size_t paren = text.find('(', at);
    return after(")" + std::string(text.substr(at + 2, paren - at - 2)) + "\"", paren);
  }
  // A quote after a digit or a letter is a digit separator: 1'000, 0xff'ff.
  if (rest.front() != '"' && (rest.front() != '\'' || is_word_char(before))) {
    return at;
  }
  std::size_t end = at + 1;
  while (end < text.size() && text[end] != rest.front() && text[end] != '\n') {
    end += text[end] == '\\' ? 2 : 1;
  }
  return std::min(end + 1, text.size());
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Violation& violation) {
  return out << violation.path << ':' << violation.line << ": " << violation.what;
}

std::string blank_non_code(std::string_view text) {
  std::string code(text);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = literal_end(text, at);
    // The opening quote stays: it tells an include of ours from a foreign one.
    const bool quoted = text[at] == '"' || text[at] == '\'';
    for (std::size_t i = quoted ? at + 1 : at; i < end; ++i) {
      code[i] = text[i] == '\n' ? '\n' : ' ';
    }
    at = std::max(end, at + 1);
  }
  return code;
}

std::vector<Violation> scan_code(std::string_view path, std::string_view text) {
  Scan scan(path);
  if (!path.ends_with(".cc") && !path.ends_with(".hh")) {
    return {};
  }
  if (below_any("net cmd", path) && room_of(path) == nullptr) {
    scan.add(0, "no such room; tests/lint/rules.hh lists them");
  }
  const std::string code = blank_non_code(text);
  const auto lines = split(text, '\n');
  const auto code_lines = split(code, '\n');
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const int number = static_cast<int>(i) + 1;
    check_include(scan, number, lines[i], code_lines[i]);
    check_bans(scan, number, code_lines[i]);
  }
  if (path.ends_with(".hh") && std::ranges::count(code_lines, "#pragma once") == 0) {
    scan.add(0, "a header without #pragma once");
  }
  if (lines.size() > kMaxLines && !path.ends_with(kTables)) {
    scan.add(0, std::to_string(lines.size()) + " lines, more than " + std::to_string(kMaxLines));
  }
  return scan.take();
}

std::vector<Violation> scan_text(std::string_view path, std::string_view text) {
  Scan scan(path);
  const auto lines = split(text, '\n');
  for (const Phrase& phrase : kPhrases) {
    if (!below_any(phrase.where, path)) {
      continue;
    }
    std::string needle(phrase.text);
    std::erase(needle, '|');
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (lines[i].contains(needle)) {
        scan.add(static_cast<int>(i) + 1, "\"" + needle + "\": " + std::string(phrase.why));
      }
    }
  }
  return scan.take();
}

std::vector<std::string> source_files(const std::filesystem::path& root) {
  namespace fs = std::filesystem;
  std::vector<std::string> files;
  for (auto it = fs::recursive_directory_iterator(root); it != fs::recursive_directory_iterator(); ++it) {
    const std::string path = it->path().lexically_relative(root).generic_string();
    if (it->is_directory() && has_word("build .git .cache", path)) {
      it.disable_recursion_pending();
    } else if (it->is_regular_file() && path != ".git") {  // a file in a worktree of git
      files.push_back(path);
    }
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace lint
