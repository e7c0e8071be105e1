#pragma once

#include <cstddef>

namespace net {

/// Raises the number of descriptors that this process may have (RLIMIT_NOFILE, setrlimit(2)) to `wanted`, as
/// far as its hard limit goes; never lowers it. The number that it may have then.
std::size_t raise_descriptor_limit(std::size_t wanted);

/// How many this process has open, as far as they stand side by side: the lowest free one.
[[nodiscard]] std::size_t open_descriptors();

}  // namespace net
