#include "tests/support/spawn.hh"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>

#include "tests/support/fd.hh"

namespace test {
namespace {

using Environment = std::vector<std::string>;

void erase(Environment& environment, const std::string& name) {
  std::erase_if(environment, [&](const std::string& entry) { return entry.starts_with(name + "="); });
}

Environment child_environment(const Options& options) {
  Environment result;
  for (char** entry = environ; *entry != nullptr; ++entry) result.emplace_back(*entry);
  // A sanitizer's report must not look like an answer of the program's own.
  for (const char* name : {"ASAN_OPTIONS", "UBSAN_OPTIONS"}) {
    if (getenv(name) == nullptr) result.push_back(std::string(name) + "=exitcode=99");
  }
  for (const std::string& name : options.unset) erase(result, name);
  for (const auto& [name, value] : options.env) {
    erase(result, name);
    result.push_back(name + "=" + value);
  }
  return result;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (std::string& string : strings) result.push_back(string.data());
  result.push_back(nullptr);
  return result;
}

void default_signals() {
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);  // refused for some: no matter
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

void place_streams(const SpawnRequest& request) {
  // First out of the way of 0-2, as one of them may be another's source.
  int sources[3];
  for (int i = 0; i < 3; ++i) {
    sources[i] = request.streams[i] < 0 ? -1 : fcntl(request.streams[i], F_DUPFD_CLOEXEC, 10);
    if (request.streams[i] >= 0 && sources[i] < 0) fail_errno("duplicate a descriptor");
  }
  for (int i = 0; i < 3; ++i) {
    if (sources[i] < 0) {
      ::close(i);
    } else if (dup2(sources[i], i) < 0) {
      fail_errno("dup2");
    }
  }
}

/// All that happens between fork and exec.
void prepare_child(const SpawnRequest& request, pid_t parent) {
  default_signals();
  if (request.terminal >= 0 && (setsid() < 0 || ioctl(request.terminal, TIOCSCTTY, 0) < 0)) {
    fail_errno("take the controlling terminal");
  }
  place_streams(request);
  if (request.options->before_exec) request.options->before_exec();
  // After the hook, because a change of user takes the parent-death signal away again.
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) fail_errno("PR_SET_PDEATHSIG");
  if (getppid() != parent) _exit(127);
  close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
}

}  // namespace

pid_t spawn(const SpawnRequest& request) {
  if (request.argv.empty()) fail("an empty command line");
  std::vector<std::string> argv = request.argv;
  Environment environment = child_environment(*request.options);
  std::vector<char*> argv_pointers = pointers(argv);
  std::vector<char*> environment_pointers = pointers(environment);

  // What the child cannot do is written here; exec closes it.
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) fail_errno("pipe");
  Fd reader(ends[0]);
  Fd writer(fcntl(ends[1], F_DUPFD_CLOEXEC, 10));
  ::close(ends[1]);

  pid_t parent = getpid();
  pid_t pid = fork();
  if (pid < 0) fail_errno("fork");
  if (pid == 0) {
    std::string fault;
    try {
      prepare_child(request, parent);
      execvpe(argv_pointers[0], argv_pointers.data(), environment_pointers.data());
      fault = "exec " + argv[0] + ": " + strerrordesc_np(errno);
    } catch (const std::exception& exception) {
      fault = std::string("before exec: ") + exception.what();
    }
    [[maybe_unused]] ssize_t written = write(writer.get(), fault.data(), fault.size());
    _exit(127);
  }

  writer.close();
  std::string fault;
  char buffer[512];
  for (ssize_t n = 0; (n = read(reader.get(), buffer, sizeof buffer)) != 0;) {
    if (n < 0 && errno != EINTR) break;
    if (n > 0) fault.append(buffer, static_cast<size_t>(n));
  }
  if (!fault.empty()) {
    waitpid(pid, nullptr, 0);
    fail(fault);
  }
  return pid;
}

}  // namespace test
