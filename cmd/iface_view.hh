#pragma once

#include <string>
#include <vector>

#include "cmd/document.hh"
#include "cmd/results.hh"
#include "net/kern/ifaces.hh"
#include "net/sock/endpoint.hh"

namespace cmd {

/// What is told about one interface.
struct InterfaceReport {
  net::kern::Interface interface;
  std::string master{};  ///< the name of the bridge or bond that it is a part of, or empty
  /// The name servers that are reached through this interface alone: link-local ones, with their zone.
  std::vector<net::Endpoint> own_resolvers{};
};

/// One block of text: name and state, addresses, gateways, and the rest.
void print_interface(Results& results, const InterfaceReport& report);

/// The same for programs; `resolvers` are this host's, which every interface has.
[[nodiscard]] Object interface_object(const InterfaceReport& report,
                                      const std::vector<net::Endpoint>& resolvers);

/// The line of text behind the blocks.
void print_resolvers(Results& results, const std::vector<net::Endpoint>& resolvers);

}  // namespace cmd
