#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "cmd/command.hh"
#include "cmd/resolve_bulk.hh"
#include "cmd/resolve_compare.hh"
#include "cmd/resolve_hosts.hh"
#include "cmd/resolve_options.hh"
#include "cmd/resolve_trace.hh"
#include "cmd/resolve_wire.hh"
#include "cmd/results.hh"
#include "cmd/session.hh"

namespace cmd {
namespace {

class Resolve final : public Command {
 public:
  void declare(CLI::App& app) override { declare_resolve_flags(app, flags_); }
  int run(const std::vector<std::string>& words, Output& out) override;

 private:
  net::Task<int> work(Results& results, Output& out);
  net::Task<int> each_name(Results& results, Output& out);
  net::Task<int> compare(Results& results, Output& out);
  void note_unreadable(Output& out) const;

  ResolveFlags flags_{};
  net::Reactor reactor_{};
};

net::Task<int> Resolve::each_name(Results& results, Output& out) {
  int status = status_ok;
  for (const std::string& name : flags_.names) {
    status = std::max(status, co_await resolve_hosts(reactor_, results, out, name, flags_.family()));
    if (!co_await results.flush()) co_return status_local;
  }
  co_return status;
}

net::Task<int> Resolve::compare(Results& results, Output& out) {
  ResolveWire wire(reactor_, results, out, flags_);
  if (const int failed = co_await wire.find_servers(); failed != status_ok) co_return failed;
  int status = status_ok;
  for (const std::string& name : flags_.names) {
    if (&name != flags_.names.data()) results.line("");
    const auto options = wire.query_options(wire.server_groups().front(), net::dns::Type::A);
    status = std::max(status, co_await resolve_compare(reactor_, results, out, name, options));
    if (!co_await results.flush()) co_return status_local;
  }
  co_return status;
}

net::Task<int> Resolve::work(Results& results, Output& out) {
  if (flags_.compare) co_return co_await compare(results, out);
  if (flags_.trace) co_return co_await resolve_trace(reactor_, results, out, flags_);
  if (!flags_.file.empty()) co_return co_await resolve_bulk(reactor_, results, out, flags_);
  if (!flags_.wire()) co_return co_await each_name(results, out);
  ResolveWire wire(reactor_, results, out, flags_);
  co_return co_await wire.run();
}

/// A look-up goes on without a file that it may not read, and must not look as if the file were empty.
void Resolve::note_unreadable(Output& out) const {
  const bool programs = flags_.compare || (!flags_.wire() && !flags_.trace);
  const bool servers = flags_.servers.empty() && !flags_.trace;
  for (const auto& [path, used] :
       {std::pair("/etc/hosts", programs), std::pair("/etc/nsswitch.conf", programs),
        std::pair("/etc/resolv.conf", servers || flags_.search)}) {
    const auto why = used ? net::dns::why_unreadable(path) : std::nullopt;
    if (why) out.note(why->subject + " cannot be read: " + why->message() + " (" + why->symbol() + ")");
  }
}

int Resolve::run(const std::vector<std::string>& words, Output& out) {
  read_resolve_words(flags_, words);
  if (!flags_.wire() && !flags_.trace) {
    for (const std::string& name : flags_.names) check_host_word(name, flags_.family());
  }
  note_unreadable(out);
  Results results(reactor_, out);
  const Ending ending = run_session(reactor_, work(results, out), net::forever);
  return ending.kind == Ending::Kind::signal ? 128 + ending.value : ending.value;
}

}  // namespace

std::unique_ptr<Command> make_resolve() {
  return std::make_unique<Resolve>();
}

}  // namespace cmd
