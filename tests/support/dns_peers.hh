#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/files.hh"
#include "tests/support/netns.hh"
#include "tests/support/program.hh"

namespace test {

/// Where a name server listens, inside a namespace that outlives it. An address besides 127.0.0.0/8 must have
/// been given to the namespace before (Namespace::add_address).
struct ServerPlace {
  const Namespace& ns;
  std::string address = "127.0.0.1";
  std::uint16_t port = 53;
};

/// A zone as nsd serves it: AXFR and IXFR are allowed, ANY is answered.
struct Zone {
  std::string name;  ///< "example.test", "." for the root
  std::string text;  ///< a master file; `$ORIGIN` is the name already
};

/// A real name server of Debian in the foreground, with a folder of its own for all its files. It answers
/// questions when the constructor returns, and is ended (SIGTERM, waited for) by the destructor.
class NameServer {
 public:
  /// Authoritative for these zones. Needs the program nsd.
  static NameServer nsd(const ServerPlace& place, const std::vector<Zone>& zones);
  /// A recursive resolver whose only root server is at `root`, port 53. It validates nothing; `more` are
  /// further lines of its server: clause. Needs the program unbound.
  static NameServer unbound(const ServerPlace& place, const std::string& root, const std::string& more = {});
  /// What `config` says, one option of dnsmasq(8) a line, and nothing else: no resolv.conf, no hosts file.
  /// Needs the program dnsmasq.
  static NameServer dnsmasq(const ServerPlace& place, const std::string& config);

  NameServer(NameServer&&) noexcept = default;
  NameServer& operator=(NameServer&&) = delete;
  ~NameServer();

  /// Gives nsd another text for one of its zones, whose serial must be higher, and returns when it serves
  /// that. The difference is then there for IXFR.
  void replace_zone(std::size_t index, const Zone& zone) const;

  [[nodiscard]] pid_t pid() const { return program_->pid(); }
  /// "@127.0.0.1:53", as nettool takes it.
  [[nodiscard]] const std::string& at() const { return at_; }

 private:
  NameServer(const ServerPlace& place, std::unique_ptr<TempDir> files, std::vector<std::string> argv);

  ServerPlace place_;
  std::unique_ptr<TempDir> files_;
  std::unique_ptr<Program> program_;
  std::string at_;
};

}  // namespace test
