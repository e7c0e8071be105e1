#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "net/sock/socket.hh"
#include "net/sock/sockopt_read.hh"
#include "tests/unit/sock/sockopt_samples.hh"

// Sockets of all kinds, and the samples on them.
namespace net {

/// One kind of socket in one family.
struct TestKind {
  std::string_view name;  ///< "tcp6"
  SocketKind kind;
};

/// The rows of the levels that are finished.
[[nodiscard]] std::vector<SocketOption> finished_rows();

/// Every kind of OptionKinds, on both families of IP.
[[nodiscard]] std::span<const TestKind> test_kinds();

/// A fresh socket; nothing where this kernel has no such kind, or this user may not make one.
[[nodiscard]] std::optional<Socket> fresh(const TestKind& kind);

/// The kinds that a row claims, and those that it does not.
[[nodiscard]] std::vector<TestKind> claimed_kinds(const SocketOption& row);
[[nodiscard]] std::vector<TestKind> other_kinds(const SocketOption& row);

/// Whether an entry with these kinds and family is about that socket.
[[nodiscard]] bool concerns(std::uint16_t kinds, int family, const TestKind& kind);

/// The samples of a row for a kind, as far as this kernel is new enough for them.
[[nodiscard]] std::vector<Sample> samples_of(const SocketOption& row, const TestKind& kind);
/// Its entry among the refusals of its level, or null.
[[nodiscard]] const Refusal* refusal_of(const SocketOption& row, const TestKind& kind);

/// The value of a sample, ready to be set; a failed test where it does not parse.
[[nodiscard]] OptionSetting setting_of(const SocketOption& row, std::string_view value);
/// Sets `first` of a sample: "" or the symbol of the first error.
[[nodiscard]] std::string set_before(const Socket& socket, const Sample& sample);
/// Sets `first` of a sample, then the sample: "" or the symbol of the first error.
[[nodiscard]] std::string set_sample(const Socket& socket, const SocketOption& row, const Sample& sample);

/// "NAME=VALUE" set: "" or the symbol of the error.
[[nodiscard]] std::string set_text(int fd, std::string_view text);
/// An option's value, or its text or the symbol of the error.
[[nodiscard]] OptionValue read_value(int fd, std::string_view name);
[[nodiscard]] std::string read_text(int fd, std::string_view name);

/// "6.3" against the kernel that runs here; true for an empty text.
[[nodiscard]] bool kernel_has(std::string_view since);
/// Whether this kernel may refuse the row as unknown: too old, or built without it.
[[nodiscard]] bool may_lack(const SocketOption& row, const TestKind& kind, std::string_view symbol);

}  // namespace net
