#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

namespace net::kern {

/// The name of a user (getpwuid_r(3)), or nothing when the user database has none.
[[nodiscard]] std::optional<std::string> user_name(uid_t user);

}  // namespace net::kern
