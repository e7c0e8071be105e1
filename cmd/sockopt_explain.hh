#pragma once

#include <vector>

#include "cmd/results.hh"
#include "net/sock/sockopt.hh"

namespace cmd {

/// The table of options, a line each; `named` alone when there are any.
void print_option_list(Results& results, const std::vector<const net::SocketOption*>& named);

/// All that the table knows of an option, a block.
void explain_option(Results& results, const net::SocketOption& option);

}  // namespace cmd
