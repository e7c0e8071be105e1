#pragma once

#include <string>

#include "cmd/output.hh"
#include "cmd/results.hh"
#include "net/loop/reactor.hh"

namespace cmd {

/// What the default view refuses before anything is asked: names that are not ASCII, numbers with a leading
/// zero ("010.0.0.1", which some read as octal), an address of the other family, a zone that is no
/// interface. Throws UsageError or StartError.
void check_host_word(const std::string& word, int family);

/// The default view of a name or an address: one block (or JSON object) per family that has addresses, as
/// struct hostent has them (gethostbyname(3)), IPv4 first. Why there is none goes to stderr. The status is 0
/// if a family has addresses, else 1 if anybody said no, 3 if nobody answered, 4 if nobody could be asked.
net::Task<int> resolve_hosts(net::Reactor& reactor, Results& results, Output& out, std::string name,
                             int family);

}  // namespace cmd
