#pragma once

#include <string_view>

namespace net {

/// Whether this thread has one of the capabilities (capabilities(7)) that a text names, as in "CAP_NET_RAW or
/// CAP_NET_ADMIN". A name that is not known here counts as one that it has: nothing can be said of it.
[[nodiscard]] bool has_capability(std::string_view names);

/// Whether this process is in a user namespace of its own (user_namespaces(7)), where a capability does not
/// reach what belongs to the host.
[[nodiscard]] bool in_own_user_namespace();

}  // namespace net
