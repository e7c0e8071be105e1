#pragma once

#include <string_view>

// The rules of the house, as data: who may include whom, which file is the
// one door to a foreign header, what must not be called, how long a file may
// be, and what must not be written. CONTRIBUTING.md says why; scanner.cc
// applies them.
//
// Lists are words with a space between them; a word may be a glob as fnmatch(3)
// reads it with FNM_PATHNAME, so that `*` stays within one folder.
namespace lint {

// A room and the rooms whose headers it may include, its own aside.
struct Room {
  std::string_view name;
  std::string_view uses;
};

inline constexpr Room kRooms[] = {
    {"net/base", ""},
    {"net/loop", "net/base"},
    {"net/addr", "net/base"},
    {"net/sock", "net/base net/loop net/addr"},
    {"net/stream", "net/base net/loop net/addr net/sock"},
    {"net/dns", "net/base net/loop net/addr net/sock net/stream"},
    {"net/kern", "net/base net/addr net/sock"},
    {"net/dial", "net/base net/loop net/addr net/sock net/stream net/dns net/kern"},
    {"net/serve", "net/base net/loop net/addr net/sock net/stream net/dns net/kern net/dial"},
    {"net/probe", "net/base net/loop net/addr net/sock net/stream net/dns net/kern net/dial"},
    {"cmd", "net/*"},
    {"tests", "net/* cmd"},
};

// The subcommands: a file cmd/NAME.* or cmd/NAME_* is of that command, and no
// command includes another. What two of them need is shared under a name of
// its own.
inline constexpr std::string_view kCommands =
    "connect listen resolve sockopt endian addr port iface completion";

// A foreign header (a glob) and the only files of net/ and cmd/ that may
// include it.
struct Door {
  std::string_view header;
  std::string_view files;
};

inline constexpr Door kDoors[] = {
    {"ares*.h", "net/dns/ares_channel.cc"},
    {"sys/epoll.h", "net/loop/reactor.cc net/loop/ready_set.cc"},
    {"netdb.h", "net/dns/ares_channel.cc net/dns/libc_view.cc net/kern/services_db.cc"},
    {"pwd.h", "net/kern/users_db.cc"},
    {"CLI/*", "cmd/*.cc"},
    {"openssl/*", "net/stream/tls.cc"},
};

// Names that must not stand in the code of the folders `where`. With `call`
// only a call counts, and a member function of that name is not meant.
struct Ban {
  std::string_view names;
  bool call;
  std::string_view where;
  std::string_view except;
  std::string_view why;
};

inline constexpr Ban kBans[] = {
    {"cout cerr clog", false, "net", "", "net/ returns results and prints nothing"},
    {"printf vprintf fprintf vfprintf dprintf vdprintf puts fputs putchar putc fputc perror", true, "net", "",
     "net/ returns results and prints nothing"},
    {"exit quick_exit abort", true, "net", "", "net/ ends no process: a failure is returned"},
    {"_exit _Exit", true, "net", "net/serve/*.cc net/dns/libc_view.cc", "only a forked child ends itself"},
    {"getenv secure_getenv setenv putenv unsetenv environ", false, "net", "", "net/ reads no environment"},
    {"system popen", true, "net cmd tests", "", "no shell is started on the way"},
};

// Text that must not stand in any file below the folders `where` ("" is the
// whole tree). The bar is no part of it: with it this file passes too.
struct Phrase {
  std::string_view text;
  std::string_view where;
  std::string_view why;
};

inline constexpr Phrase kPhrases[] = {
    {"../sha|red", "", "the tree stands by itself"},
    {"/wo|rk/", "", "a path of one machine"},
    {"TO|DO", "net cmd man packaging", "open ends are issues"},
    {"FIX|ME", "net cmd man packaging", "open ends are issues"},
};

// Above this a file is two files; tables of data are exempt.
inline constexpr int kMaxLines = 350;
inline constexpr std::string_view kTables = "_table.cc";

}  // namespace lint
