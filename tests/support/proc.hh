#pragma once

#include <sys/types.h>

#include <string>

#include "tests/support/wait.hh"

namespace test {

/// How often all threads of a live process went to sleep by themselves: an idle one's count stands still.
[[nodiscard]] long voluntary_switches(pid_t pid);
/// CPU time of all threads so far, in clock ticks (10 ms): finds what spins without ever sleeping.
[[nodiscard]] long cpu_ticks(pid_t pid);
/// Resident memory now, and the most it ever was.
[[nodiscard]] long rss_kib(pid_t pid);
[[nodiscard]] long peak_rss_kib(pid_t pid);
[[nodiscard]] int open_fds(pid_t pid);
[[nodiscard]] int threads(pid_t pid);
/// As in /proc/PID/stat: R runs, S sleeps, T is stopped, Z is a zombie.
[[nodiscard]] char state(pid_t pid);
/// Direct children, zombies too.
[[nodiscard]] int children(pid_t pid);
/// Waits until it sleeps (S) at several looks in a row: it has done what there was to do.
void wait_idle(pid_t pid, Duration timeout = patience);

}  // namespace test
