#pragma once

#include "cmd/document.hh"
#include "cmd/port_facts.hh"

namespace cmd {

/// The keys of one port of one protocol, always all of them.
[[nodiscard]] Object port_object(const PortFacts& facts);

}  // namespace cmd
