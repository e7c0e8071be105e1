#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cmd/document.hh"
#include "cmd/results.hh"
#include "cmd/sockopt_target.hh"
#include "net/sock/fresh_socket.hh"
#include "net/sock/sockopt_change.hh"
#include "net/sock/sockopt_read.hh"

namespace cmd {

/// The options of one socket at one moment, read in one go.
struct SocketReading {
  net::SocketFacts facts{};
  std::vector<net::RawOption> options{};
};

/// Whether an option of this socket is the kernel's doing at the moment, and no setting of anybody's.
[[nodiscard]] bool is_state(const net::SocketOption& option, const net::SocketFacts& facts);

/// Which rows of the table are wanted: those that were named, else all that such a socket has.
[[nodiscard]] std::vector<const net::SocketOption*> wanted_options(
    const net::SocketKind& kind, const std::vector<const net::SocketOption*>& named);

[[nodiscard]] net::Result<SocketReading> read_socket(const SockoptTarget& target,
                                                     const std::vector<const net::SocketOption*>& named,
                                                     bool destructive);

/// What a fresh socket of the same family, type and role reads, where one can be made: in the network
/// namespace of the socket's process, where that may be entered.
[[nodiscard]] std::optional<SocketReading> read_fresh_like(const SocketReading& reading,
                                                           const SocketLabel& label);

/// One option of a socket, ready to be shown.
struct OptionRow {
  const net::SocketOption* option = nullptr;
  net::OptionValue value{};                   ///< empty when it was not read
  std::optional<net::OptionValue> fresh{};    ///< of settings: what a fresh socket has
  std::optional<net::OptionChange> change{};  ///< after a set
  std::optional<net::Error> error{};
  std::string hint{};    ///< to the error, where more is known
  std::string remark{};  ///< why there is no value, where that is no error
  bool state = false;    ///< the kernel's doing; else a setting

  [[nodiscard]] bool changed() const {
    return !state && fresh && !error && remark.empty() && value != *fresh;
  }
};

[[nodiscard]] std::vector<OptionRow> option_rows(const SocketReading& reading,
                                                 const std::optional<SocketReading>& fresh);

/// The rows as lines of aligned columns, `indent` blanks before each. A row that was set says what became of
/// it; long values are wrapped.
void print_rows(Results& results, const std::vector<OptionRow>& rows, std::size_t indent);

/// `text` cut where `joint` (", " or " ") allows it into pieces of at most `width`, if they can be.
[[nodiscard]] std::vector<std::string> wrapped(std::string_view text, std::size_t width,
                                               std::string_view joint);

/// The keys of one option; socket{} is added for a labelled one.
[[nodiscard]] Object row_object(const OptionRow& row, const SocketLabel* label);

[[nodiscard]] Value option_json(const net::OptionValue& value);

/// As it is written after NAME= to set it again.
[[nodiscard]] std::string typed_text(const net::OptionValue& value);

}  // namespace cmd
