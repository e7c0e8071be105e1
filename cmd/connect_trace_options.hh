#pragma once

#include <vector>

#include "net/sock/sockopt.hh"

namespace CLI {
class App;
}

namespace cmd {

/// What --trace alone has.
struct TraceFlags {
  bool trace = false;
  unsigned max_hops = 30;
};

void declare_trace_options(CLI::App& app, TraceFlags& flags);

/// Throws UsageError for a socket option that a trace sets itself.
void check_trace_options(const std::vector<net::OptionSetting>& socket_options);

}  // namespace cmd
