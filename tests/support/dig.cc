#include "tests/support/dig.hh"

#include <sstream>

namespace test {
namespace {

std::string folded_blanks(const std::string& line) {
  std::istringstream words(line);
  std::string out;
  for (std::string word; words >> word;) out += (out.empty() ? "" : " ") + word;
  return out;
}

}  // namespace

std::string dig(const Namespace& ns, const std::string& server, std::vector<std::string> arguments) {
  std::vector<std::string> argv = {"dig", "-r", "@" + server, "+nocookie"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  const Outcome outcome = ns.run(argv);
  if (outcome.status != 0)
    fail("dig: status " + std::to_string(outcome.status) + ": " + outcome.out + outcome.err);
  return outcome.out;
}

Sections sections_of(std::string_view output) {
  Sections sections;
  std::vector<std::string>* section = &sections.answer;
  std::istringstream lines{std::string(output)};
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(";; AUTHORITY")) section = &sections.authority;
    if (line.starts_with(";; ADDITIONAL")) section = &sections.additional;
    if (!line.empty() && line.front() != ';') section->push_back(folded_blanks(line));
  }
  return sections;
}

}  // namespace test
