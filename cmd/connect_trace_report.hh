#pragma once

#include <string>

#include "cmd/document.hh"
#include "net/probe/trace.hh"

namespace cmd {

/// A hop as a line in columns, and as the event `hop`. `name` is that of its address, or empty.
[[nodiscard]] Document hop_document(const net::Hop& hop, int family, const std::string& name);

/// The status of a trace that ended with this hop.
[[nodiscard]] int trace_status(const net::Hop& last);

}  // namespace cmd
