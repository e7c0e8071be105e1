#include "tests/support/netns.hh"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "tests/support/require.hh"

namespace test {
namespace {

constexpr const char* hole = "hole";
constexpr const char* hole_end = "hole-end";
constexpr const char* nobody = "02:00:00:00:00:99";

Fd open_own_namespace(const char* kind) {
  Fd fd(open((std::string("/proc/thread-self/ns/") + kind).c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) fail_errno(std::string("open the namespace ") + kind);
  return fd;
}

/// Makes both namespaces for the calling thread alone.
void unshare_this_thread() {
  // A mount namespace needs a root and working directory that no other thread shares: CLONE_FS.
  if (unshare(CLONE_FS | CLONE_NEWNS | CLONE_NEWNET) < 0) fail_errno("unshare");
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) < 0) fail_errno("make mounts private");
  // /sys shows the network in which it was mounted. Not every sandbox lets us; nothing but /sys depends on
  // it.
  [[maybe_unused]] int refused = mount("sysfs", "/sys", "sysfs", 0, nullptr);
}

/// Enters from a process of one thread (a forked child) or from a thread that has left CLONE_FS.
void enter(int net, int mnt) {
  char folder[4096];
  const char* here = getcwd(folder, sizeof folder);
  if (setns(net, CLONE_NEWNET) < 0) fail_errno("enter the network namespace");
  if (setns(mnt, CLONE_NEWNS) < 0) fail_errno("enter the mount namespace");
  // Joining a mount namespace leaves us in its root.
  if (here != nullptr && chdir(here) < 0) fail_errno("chdir");
}

/// Runs `work` in a new thread to its end; what it throws is thrown here.
void in_thread(const std::function<void()>& work) {
  std::exception_ptr thrown;
  std::thread([&] {
    try {
      work();
    } catch (...) {
      thrown = std::current_exception();
    }
  }).join();
  if (thrown) std::rethrow_exception(thrown);
}

bool is_v6(const std::string& address) {
  return address.find(':') != std::string::npos;
}

}  // namespace

bool Namespace::can_make() {
  static const bool possible = [] {
    try {
      Namespace trial;
      return is_root();
    } catch (const std::exception&) {
      return false;
    }
  }();
  return possible;
}

Namespace::Namespace() {
  // The open descriptors keep both alive; no process need stay in them.
  in_thread([&] {
    unshare_this_thread();
    net_ = open_own_namespace("net");
    mnt_ = open_own_namespace("mnt");
  });
  run_ip({"link", "set", "lo", "up"});
  // Else a late segment may end TIME_WAIT: it is answered, and the answer's port is closed, which is a reset.
  sysctl("net.ipv4.tcp_rfc1337", "1");
}

std::function<void()> Namespace::enter_hook() const {
  return [net = net_.get(), mnt = mnt_.get()] { enter(net, mnt); };
}

void Namespace::call(const std::function<void()>& work) const {
  in_thread([&] {
    if (unshare(CLONE_FS) < 0) fail_errno("unshare CLONE_FS");
    enter(net_.get(), mnt_.get());
    work();
  });
}

Outcome Namespace::run(std::vector<std::string> argv, std::string stdin_text, Duration timeout) const {
  Options options;
  options.before_exec = enter_hook();
  return test::run(std::move(argv), std::move(options), std::move(stdin_text), timeout);
}

std::string Namespace::run_ip(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), "ip");
  std::string shown;
  for (const std::string& argument : arguments) shown += argument + " ";
  Outcome outcome = run(std::move(arguments));
  if (outcome.status != 0) fail(shown + "said: " + outcome.err);
  return outcome.out;
}

void Namespace::etc(const std::string& name, std::string_view text) {
  std::string copy = files_ / "etc";
  if (!etc_is_private_) {
    // A copy of the whole folder: files can then be new (gai.conf), replaced or symbolic links.
    run_ok({"cp", "-a", "/etc/.", copy});
    call([&] {
      if (mount(copy.c_str(), "/etc", nullptr, MS_BIND, nullptr) < 0) fail_errno("bind /etc");
    });
    etc_is_private_ = true;
  }
  write_file(copy + "/" + name, text);
}

void Namespace::sysctl(const std::string& name, const std::string& value) const {
  std::string path = "/proc/sys/" + name;
  for (size_t i = 10; i < path.size(); ++i) {
    if (path[i] == '.') path[i] = '/';
  }
  call([&] {  // /proc/sys/net is that of whoever opens it
    std::ofstream out(path);
    out << value << std::flush;
    if (!out) fail("cannot set " + name + " to " + value);
  });
}

void Namespace::blackhole(const std::string& address) {
  // A route to lo would do for v4, but v6 answers itself on lo after a second (ENETUNREACH): hence a cable.
  if (!has_hole_) {
    run_ip({"link", "add", hole, "type", "veth", "peer", "name", hole_end});
    // No link-local address: it would speak (router solicitations) and be a source address to choose from.
    for (const char* end : {hole, hole_end}) run_ip({"link", "set", end, "addrgenmode", "none", "up"});
    run_ip({"addr", "add", "198.18.0.1/32", "dev", hole});
    run_ip({"-6", "addr", "add", "2001:db8:ffff::1/128", "dev", hole, "nodad"});
    has_hole_ = true;
  }
  const char* family = is_v6(address) ? "-6" : "-4";
  run_ip({family, "route", "replace", address, "dev", hole});
  // Without a neighbour entry the kernel would ask, hear nothing and say "no route to host" in three seconds.
  run_ip({family, "neigh", "replace", address, "lladdr", nobody, "nud", "permanent", "dev", hole});
}

void Namespace::unblackhole(const std::string& address) {
  run_ip({is_v6(address) ? "-6" : "-4", "route", "del", address, "dev", hole});
}

void Namespace::add_address(const std::string& address) const {
  if (is_v6(address)) {
    run_ip({"-6", "addr", "add", address + "/128", "dev", "lo", "nodad"});
  } else {
    run_ip({"addr", "add", address + "/32", "dev", "lo"});
  }
}

void Namespace::wait_usable(const std::string& address) const {
  wait_until(address + " is usable", [&] {
    return run_ip({"-6", "route", "show", "table", "local"}).find("local " + address + " ") !=
           std::string::npos;
  });
}

void Namespace::veth(Namespace& other, const std::string& here, const std::string& there) {
  // ip(8) moves an interface by a path: the other's network is /proc/self/fd/N of this ip's own.
  std::string path = "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(other.net_.get());
  run_ip({"link", "add", here, "type", "veth", "peer", "name", there, "netns", path});
  run_ip({"link", "set", here, "up"});
  other.run_ip({"link", "set", there, "up"});
}

}  // namespace test
