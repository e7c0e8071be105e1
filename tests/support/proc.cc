#include "tests/support/proc.hh"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace test {
namespace {

namespace fs = std::filesystem;

/// The value of `key:` in a status file; "" when there is none (kernel threads and zombies lack some).
std::string value_in(std::ifstream& in, const std::string& key) {
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(key + ":")) return line.substr(key.size() + 1);
  }
  return {};
}

std::string status_value(const std::string& file, const std::string& key) {
  std::ifstream in(file);
  if (!in) fail("no such process or thread: " + file);
  return value_in(in, key);
}

std::string proc_path(pid_t pid) {
  return "/proc/" + std::to_string(pid);
}

long status_number(pid_t pid, const std::string& key) {
  std::string value = status_value(proc_path(pid) + "/status", key);
  if (value.empty()) fail(proc_path(pid) + "/status has no " + key);
  return std::stol(value);
}

/// The fields of /proc/PID/stat after the program's name, which may hold spaces and parentheses itself.
std::istringstream stat_fields(pid_t pid) {
  std::ifstream in(proc_path(pid) + "/stat");
  std::string line;
  std::getline(in, line);
  size_t name_end = line.rfind(") ");
  if (name_end == std::string::npos) fail("no such process: " + std::to_string(pid));
  return std::istringstream(line.substr(name_end + 2));
}

}  // namespace

long voluntary_switches(pid_t pid) {
  long sum = 0;
  for (const fs::directory_entry& thread : fs::directory_iterator(proc_path(pid) + "/task")) {
    // A thread may end between the listing and the look, and is then in nobody's count.
    std::ifstream in(thread.path() / "status");
    std::string value = in ? value_in(in, "voluntary_ctxt_switches") : "";
    if (!value.empty()) sum += std::stol(value);
  }
  return sum;
}

long cpu_ticks(pid_t pid) {
  std::istringstream fields = stat_fields(pid);
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;  // state ... cmajflt
  long user = 0;
  long system = 0;
  fields >> user >> system;
  return user + system;
}

long rss_kib(pid_t pid) {
  return status_number(pid, "VmRSS");
}

long peak_rss_kib(pid_t pid) {
  return status_number(pid, "VmHWM");
}

int open_fds(pid_t pid) {
  int count = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator(proc_path(pid) + "/fd")) ++count;
  return count;
}

int threads(pid_t pid) {
  return static_cast<int>(status_number(pid, "Threads"));
}

char state(pid_t pid) {
  char letter = 0;
  stat_fields(pid) >> letter;
  return letter;
}

int children(pid_t pid) {
  int count = 0;
  for (const fs::directory_entry& thread : fs::directory_iterator(proc_path(pid) + "/task")) {
    std::ifstream in(thread.path() / "children");
    for (pid_t child = 0; in >> child;) ++count;
  }
  return count;
}

void wait_idle(pid_t pid, Duration timeout) {
  long seen = -1;
  int still = 0;
  wait_until(
      "process " + std::to_string(pid) + " is idle",
      [&] {
        long now = voluntary_switches(pid);
        bool quiet = state(pid) == 'S' && now == seen;
        seen = now;
        still = quiet ? still + 1 : 0;
        return still >= 20;
      },
      timeout);
}

}  // namespace test
