#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/wait.hh"

namespace test {

namespace dns {
struct Message;
}

/// One resource record's data. Names are written with or without the final dot.
struct Record {
  std::uint16_t type = 0;
  std::string rdata;  ///< as on the wire, uncompressed
  std::uint32_t ttl = 60;
  std::string target;  ///< of a CNAME: its chain is followed in the answer
  std::uint16_t klass = 1;

  [[nodiscard]] static Record address(const std::string& text);  ///< A or AAAA, by what it looks like
  [[nodiscard]] static Record cname(const std::string& name);
  [[nodiscard]] static Record ptr(const std::string& name);
  [[nodiscard]] static Record ns(const std::string& name);
  [[nodiscard]] static Record mx(std::uint16_t preference, const std::string& name);
  [[nodiscard]] static Record txt(const std::string& text);  ///< split into strings of 255 bytes
  [[nodiscard]] static Record soa(const std::string& zone, std::uint32_t serial);
  [[nodiscard]] static Record raw(std::uint16_t type, std::string rdata);
};

/// A question that came in.
struct Question {
  std::string name;  ///< as asked, without the final dot, bytes as they came
  std::uint16_t type = 0;
  bool tcp = false;
  bool edns = false;
  std::uint16_t id = 0;
  std::string message;       ///< the whole query
  std::string address = {};  ///< of who asked
  std::uint16_t port = 0;
};

/// One thing that is sent in answer to a question.
struct Delivery {
  /// A datagram; over TCP as they are, so that lengths can lie (dns::framed() is honest).
  std::string bytes = {};
  Duration delay = Duration::zero();  ///< since the question
  std::string from = {};              ///< UDP: another socket's address; empty: the server's own socket
  std::uint16_t from_port = 0;        ///< of that socket; 0: any
  bool close = false;                 ///< TCP: the end of the connection, after the bytes
};

/// What a question for one name (and type) meets instead of a plain answer. The functions are called by the
/// server's thread, one at a time.
struct Behaviour {
  bool silent = false;
  Duration delay = Duration::zero();
  std::optional<int> rcode = {};  ///< 2 SERVFAIL, 3 NXDOMAIN, 5 REFUSED: sent without records
  bool truncate = false;          ///< over UDP an empty answer with TC; TCP answers fully
  bool silent_over_tcp = false;   ///< TCP takes the question and never answers
  bool wrong_id = false;          ///< the reply's id is not the question's
  /// Changes the reply before it becomes bytes: sections, flags, EDNS.
  std::function<void(dns::Message& reply, const Question& asked)> edit = {};
  /// Changes the finished reply (without TCP's length): malformed and hostile messages.
  std::function<std::string(std::string)> rewrite = {};
  /// What is sent instead of the finished reply: several messages, none, from elsewhere, in pieces.
  std::function<std::vector<Delivery>(const std::string& reply, const Question& asked)> script = {};
};

/// Record types in numbers.
inline constexpr std::uint16_t type_a = 1, type_ns = 2, type_cname = 5, type_ptr = 12, type_mx = 15,
                               type_txt = 16, type_aaaa = 28, type_soa = 6;

/// A DNS server in a thread of its own, on UDP and TCP of one port. It answers as a resolver does (RA set,
/// CNAME chains followed), NXDOMAIN for names it does not know and an empty answer for types it does not
/// have; names compare without case. Over UDP an answer longer than the client's limit (512, or what its OPT
/// says) is sent empty with TC. All members may be called while it runs.
/// In a namespace: auto dns = ns.in([] { return std::make_unique<DnsServer>("127.0.0.1", 53); });
class DnsServer {
 public:
  explicit DnsServer(const std::string& address = "127.0.0.1", std::uint16_t port = 0);
  ~DnsServer();
  DnsServer(const DnsServer&) = delete;
  DnsServer& operator=(const DnsServer&) = delete;

  [[nodiscard]] std::uint16_t port() const;

  /// From now on TCP connections are refused, as where a firewall lets UDP pass alone.
  void refuse_tcp();

  void add(const std::string& name, Record record);
  /// add(name, Record::address(text)) for each.
  void add_addresses(const std::string& name, const std::vector<std::string>& texts);
  /// For one type of a name, or (type 0) for all that have no own; the name "*" is for all names.
  void behave(const std::string& name, Behaviour behaviour, std::uint16_t type = 0);

  /// What has been asked so far, in order.
  [[nodiscard]] std::vector<Question> questions() const;
  /// Waits until at least `count` questions have come for that name (type 0: any).
  void wait_asked(const std::string& name, std::uint16_t type = 0, size_t count = 1,
                  Duration timeout = patience) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace test
