#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "net/dns/bulk.hh"
#include "net/dns/bulk_ports.hh"
#include "net/dns/query_ids.hh"
#include "net/dns/reply.hh"
#include "net/loop/group.hh"
#include "net/loop/pacer.hh"
#include "net/loop/timeout_ring.hh"
#include "net/sock/datagram_batch.hh"
#include "net/sock/error_queue.hh"

/// The inside of Bulk; nobody else includes it.
namespace net::dns {

/// One question that was taken and whose result was not handed on yet.
struct OpenQuestion {
  enum class State : std::uint8_t {
    free,
    queued,      ///< for the next datagram
    waiting,     ///< for a reply
    tcp_queued,  ///< for a TCP connection
    tcp,         ///< for the reply by TCP
    done,        ///< for the sink
  };
  struct Sent {
    std::uint16_t server;
    std::uint16_t port;
    std::uint16_t id;
    bool edns;
    TimePoint when;
  };
  struct Server {
    bool plain = false;  ///< it answered FORMERR to EDNS
    bool dead = false;   ///< nobody is there, or it cannot be reached; or it is not for this question
  };

  State state = State::free;
  std::uint32_t uses = 0;  ///< of this place in the table: tells a question from those before it
  BulkQuestion question{};
  QueryResult result{};
  Strangers strangers{};
  std::vector<Sent> sent{};
  std::vector<Server> servers{};
  std::size_t searched = 0;  ///< names of the search that were taken
  int round = 0;             ///< of `tries`
  std::size_t server = 0;    ///< that is asked in this round
  TimePoint began{};         ///< when it was first sent
  TimePoint deadline = TimePoint::max();
};

class Bulk::Engine {
 public:
  Engine(Reactor& reactor, BulkOptions options, BulkSource& source, BulkSink& sink);

  Task<Result<void>> run();
  [[nodiscard]] const BulkFigures& figures() const { return figures_; }

 private:
  using Number = std::uint32_t;  ///< of a place in the table
  using State = OpenQuestion::State;
  /// A place in the table, as long as the same question is there.
  struct Ticket {
    Number number;
    std::uint32_t uses;
  };
  struct Batch {
    std::uint16_t port = 0;
    std::vector<Buffer> datagrams{};
    std::vector<Ticket> tickets{};
  };

  // bulk.cc: questions in, results out, deadlines. Each of these tasks answers whether all is over.
  Task<bool> feed();
  Task<bool> deliver();
  Task<bool> watch_deadlines();
  void open(BulkQuestion question);
  void ask_name(Number number);
  /// Takes a response for the result, or goes on to the next name of the search list.
  void settle(Number number, Response response);
  [[nodiscard]] std::optional<Number> next_done() const;
  void hand_over(Number number);
  void expire(Number number);
  /// The next living server is asked, in this round or the next; without one the question has failed.
  void ask_next(Number number);
  void conclude(Number number);
  void finish(Number number);
  void give_up(Number number, std::size_t server, Error error);
  void arm(Number number, TimePoint when);
  void begin(OpenQuestion& open);
  void take_back_ids(OpenQuestion& open);
  [[nodiscard]] std::optional<Ticket> next_queued();
  [[nodiscard]] bool is_current(Ticket ticket, State state) const;
  void queue(Number number, bool first_time);

  // bulk_udp.cc
  Task<bool> send();
  Task<> transmit(Batch& batch);
  Task<bool> read(std::uint16_t port);
  void fill(Batch& batch, std::size_t most);
  [[nodiscard]] bool add_query(Batch& batch, Ticket ticket);
  [[nodiscard]] TimePoint end_of_slot(const OpenQuestion& open) const;
  void hear(std::uint16_t port, ByteView datagram);
  void accept(Number number, Message message, const OpenQuestion::Sent& query);
  void hear_icmp(std::uint16_t port);
  void refused(Number number, std::uint16_t port, const IcmpReport& report);

  // bulk_tcp.cc
  void queue_for_tcp(Number number);
  [[nodiscard]] std::optional<Number> next_for_tcp();
  Task<bool> tcp_worker();
  Task<QueryResult> fetch(Number number);
  void accept_tcp(Number number, QueryResult result);

  Reactor& reactor_;
  BulkOptions options_;
  BulkSource& source_;
  BulkSink& sink_;
  BulkFigures figures_{};
  Pacer pacer_;
  TimeoutRing ring_;
  QueryIds ids_{};
  ReceiveBatch inbox_{};
  std::optional<BulkPorts> ports_{};

  std::deque<OpenQuestion> table_{};
  std::vector<Number> free_{};
  std::deque<Ticket> again_{};  ///< to be sent once more: before
  std::deque<Ticket> fresh_{};  ///< those that were not sent at all
  std::deque<Ticket> tcp_{};
  std::deque<Number> results_{};  ///< done, or when ordered all that are open
  std::size_t in_flight_ = 0;     ///< neither free nor done
  std::size_t capacity_ = 0;      ///< of the table
  std::size_t tcp_workers_ = 0;
  std::size_t tcp_limit_ = 64;          ///< connections: servers have few to spare
  TimePoint alarm_ = TimePoint::max();  ///< when watch_deadlines() looks again
  bool ended_ = false;                  ///< the source has

  Event room_;
  Event to_send_;
  Event done_;
  Event earlier_;
  std::optional<Group<bool>> tasks_{};  ///< last: it goes before all that the tasks use
};

}  // namespace net::dns
