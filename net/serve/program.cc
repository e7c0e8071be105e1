#include "net/serve/program.hh"

#include <dirent.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <spawn.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

#include "net/base/escape.hh"

namespace net {
namespace {

/// A pipe(2), both ends close-on-exec.
struct Pipe {
  Fd read{};
  Fd write{};
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) < 0) return fail("pipe");
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

/// Our end of a pipe: the other one is another open file description and stays blocking.
Result<void> make_non_blocking(const Fd& fd) {
  if (fcntl(fd.get(), F_SETFL, fcntl(fd.get(), F_GETFL) | O_NONBLOCK) < 0) return fail("fcntl");
  return {};
}

/// What posix_spawn(3) does between fork and exec.
class SpawnPlan {
 public:
  SpawnPlan() {
    posix_spawnattr_init(&attributes_);
    posix_spawn_file_actions_init(&actions_);
    sigset_t signals;
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes_, &signals);
    // sigfillset(3) leaves out the two that glibc uses itself, and posix_spawn would have them ignored.
    std::memset(&signals, 0xff, sizeof signals);
    posix_spawnattr_setsigdefault(&attributes_, &signals);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(&attributes_,
                             POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  [[nodiscard]] int give(const Fd& fd, int as) {
    return posix_spawn_file_actions_adddup2(&actions_, fd.get(), as);
  }
  [[nodiscard]] int spawn(pid_t& pid, char* const* argv, char* const* environment) const {
    return posix_spawnp(&pid, argv[0], &actions_, &attributes_, argv, environment);
  }

 private:
  posix_spawnattr_t attributes_{};
  posix_spawn_file_actions_t actions_{};
};

/// As execve(2) takes them; it does not write to them.
std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (const std::string& text : texts) out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

Error not_started(const Command& command, std::error_code code) {
  Error error("exec", command.words.front(), code, Blame::local);
  const bool by_path = error.subject.contains('/');
  if (code == errno_code(ENOENT)) {
    error.hint = by_path ? "the file is missing, or the interpreter that its first line names"
                         : "no directory of PATH has a program of that name";
  } else if (code == errno_code(ENOEXEC)) {
    error.hint = "a script begins with a line such as #!/bin/sh";
  }
  return error;
}

void set_variable(std::vector<std::string>& environment, std::string_view name, std::string_view value) {
  const std::string start = std::string(name) + "=";
  std::erase_if(environment, [&start](const std::string& each) { return each.starts_with(start); });
  environment.push_back(start + std::string(value));
}

std::string address_of(const Endpoint& endpoint) {
  // "(unnamed)" is for people.
  if (endpoint.is_unix() && endpoint.size() <= sizeof(sa_family_t)) return "";
  std::string text = endpoint.address_text();
  // An abstract name may hold NULs, where a variable would end: as another one's name.
  return text.contains('\0') ? escape_terminal(text) : text;
}

}  // namespace

Result<RunningProgram> start_program(const Command& command) {
  auto input = make_pipe();
  if (!input) return std::unexpected(not_started(command, input.error().code));
  auto output = make_pipe();
  if (!output) return std::unexpected(not_started(command, output.error().code));
  for (const Fd* const ours : {&input->write, &output->read}) {
    if (const auto done = make_non_blocking(*ours); !done) return std::unexpected(done.error());
  }
  SpawnPlan plan;
  RunningProgram program;
  const std::vector<char*> argv = pointers(command.words);
  const std::vector<char*> environment = pointers(command.environment);
  int error = plan.give(input->read, STDIN_FILENO);
  if (error == 0) error = plan.give(output->write, STDOUT_FILENO);
  if (error == 0) error = plan.spawn(program.pid, argv.data(), environment.data());
  if (error != 0) return std::unexpected(not_started(command, errno_code(error)));
  program.input = std::move(input->write);
  program.output = std::move(output->read);
  return program;
}

void keep_descriptors_from_programs() {
  constexpr unsigned first = STDERR_FILENO + 1;
  if (close_range(first, ~0U, CLOSE_RANGE_CLOEXEC) == 0) return;
  // Before Linux 5.11.
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir("/proc/self/fd"), closedir);
  if (!folder) return;
  while (const dirent* const entry = readdir(folder.get())) {
    const std::string_view name(entry->d_name);
    int fd = 0;
    const auto read = std::from_chars(name.data(), name.data() + name.size(), fd);
    if (read.ec == std::errc() && fd > STDERR_FILENO) fcntl(fd, F_SETFD, FD_CLOEXEC);
  }
}

std::vector<std::string> client_environment(std::vector<std::string> environment, const Client& client) {
  const auto port_of = [](const Endpoint& endpoint) {
    return endpoint.is_ip() ? std::to_string(endpoint.port()) : "";
  };
  set_variable(environment, "NETTOOL_PEER_ADDRESS", address_of(client.peer));
  set_variable(environment, "NETTOOL_PEER_PORT", port_of(client.peer));
  set_variable(environment, "NETTOOL_LOCAL_ADDRESS", address_of(client.local));
  set_variable(environment, "NETTOOL_LOCAL_PORT", port_of(client.local));
  return environment;
}

}  // namespace net
