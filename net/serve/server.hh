#pragma once

#include <optional>

#include "net/loop/group.hh"
#include "net/serve/model.hh"
#include "net/serve/source.hh"

namespace net {

/// Told how clients end.
class ServerObserver : public ServeObserver {
 public:
  virtual void closed(const Client& client, const Served& served) = 0;
  /// Clients wait for what it takes to serve them, and further ones are not taken; told when that begins.
  virtual void short_of(const Error& error) = 0;
};

/// Takes clients from a source and has a model serve them, at most `at_once` at the same time: further ones
/// wait where they are, in the backlog.
class Server {
 public:
  Server(Reactor& reactor, Source& source, Model& model, Gate& gate, ServerObserver& observer,
         std::size_t at_once, std::optional<std::uint64_t> in_all);

  /// Until `in_all` clients have been served, or no more are taken and the last one has ended.
  Task<> run();
  /// Takes no more clients.
  void close() { source_.close(); }
  /// Takes no more, and ends those that are being served.
  void stop(EndReason reason);

 private:
  /// What comes next: a client or the end of the source, the end of a client, another look at a shortage.
  struct Happening {
    enum class Kind : std::uint8_t { came, ended, look } kind = Kind::came;
    std::optional<Connection> connection{};
  };
  Task<Happening> await_client();
  Task<Happening> serve(Connection connection);
  Task<Happening> look_again();
  [[nodiscard]] bool takes_more() const;
  /// Whether a shortage lasts; tells of it when it begins.
  [[nodiscard]] bool is_short();
  void take(Group<Happening>& running, std::optional<Connection> connection);

  Reactor& reactor_;
  Source& source_;
  Model& model_;
  Gate& gate_;
  ServerObserver& observer_;
  std::size_t at_once_;
  std::optional<std::uint64_t> in_all_;
  Stop stop_;
  bool open_ = true;
  bool accepting_ = false;
  bool short_ = false;
  bool looking_ = false;
  std::uint64_t began_ = 0;
  std::uint64_t ended_ = 0;
};

}  // namespace net
