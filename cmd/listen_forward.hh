#pragma once

#include <map>
#include <string>
#include <vector>

#include "cmd/document.hh"
#include "cmd/output.hh"
#include "net/serve/forward.hh"

namespace cmd {

/// HOST:PORT or unix:PATH. Throws UsageError.
[[nodiscard]] net::ForwardTarget forward_target(const std::string& text, bool datagrams, bool numeric);

/// Tells of the way to the target of a forward, client by client.
class ForwardReport final : public net::ForwardObserver {
 public:
  explicit ForwardReport(Output& out) : out_(out) {}

  void resolved(const net::Client& client, const net::dns::Answer& answer) override;
  void attempted(const net::Client& client, const net::Attempt& attempt, net::Transport transport) override;
  void connected(const net::Client& client, const net::Dialed& target, net::Transport transport) override;

  /// What the failure of the client's target usually means.
  [[nodiscard]] std::string hint(const net::Client& client, const net::Error& error) const;
  /// The client is over.
  void forget(const net::Client& client) { ways_.erase(client.id); }

 private:
  struct Way {
    net::Transport transport{};
    std::vector<net::Attempt> failures{};
    net::Endpoint peer{};  ///< once connected
  };
  void print(Document document, const net::Client& client);

  Output& out_;
  std::map<std::uint64_t, Way> ways_{};
};

/// Adds the bytes of the target's side to the document of a client's end.
void add_target_figures(Document& document, const net::TargetFigures& target);

}  // namespace cmd
