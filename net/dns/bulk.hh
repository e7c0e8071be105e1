#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "net/base/error.hh"
#include "net/dns/query.hh"
#include "net/loop/task.hh"

namespace net::dns {

/// Some of the servers of the options: those from `first` on, `count` of them.
struct ServerRange {
  std::size_t first = 0;
  std::size_t count = SIZE_MAX;

  [[nodiscard]] bool has(std::size_t server) const { return server >= first && server - first < count; }
};

/// One of many questions.
struct BulkQuestion {
  std::uint64_t tag = 0;  ///< the asker's own, comes back with the result
  ServerRange servers{};  ///< asked in turn
  QuerySpec spec{};
  std::vector<Name> search{};  ///< names to go on with, in turn, when the one before brought no answer
  bool as_it_is = false;       ///< the first is the name as it is, before the search list
};

/// Where the questions come from.
class BulkSource {
 public:
  BulkSource() = default;
  BulkSource(const BulkSource&) = delete;
  BulkSource& operator=(const BulkSource&) = delete;
  virtual ~BulkSource() = default;

  /// The next question, if one is at hand.
  virtual std::optional<BulkQuestion> next() = 0;
  /// Waits until one is at hand; false when there are no more.
  virtual Task<bool> more() = 0;
};

/// Where the results go.
class BulkSink {
 public:
  BulkSink() = default;
  BulkSink(const BulkSink&) = delete;
  BulkSink& operator=(const BulkSink&) = delete;
  virtual ~BulkSink() = default;

  /// One result. The question's name is the one asked last, which the search list may have made.
  virtual void take(const BulkQuestion& question, const QueryResult& result) = 0;
  /// True when flush() should come before more.
  [[nodiscard]] virtual bool full() const = 0;
  /// Hands on what was taken, however long that takes; false when nobody wants any more.
  virtual Task<bool> flush() = 0;
};

struct BulkOptions {
  QueryOptions query{};                 ///< the timeout is for one name, its names of the search included
  std::size_t concurrency = 100;        ///< questions unanswered at a time
  std::optional<std::uint64_t> rate{};  ///< queries a second, repeated ones included
  bool ordered = false;                 ///< results in the order of the questions
};

/// What happened so far.
struct BulkFigures {
  std::uint64_t asked = 0;     ///< questions taken from the source
  std::uint64_t answered = 0;  ///< with a response, whatever it says
  std::uint64_t failed = 0;    ///< without
  std::uint64_t sent = 0;      ///< queries, repeated ones and those by TCP included
  std::uint64_t ignored = 0;   ///< datagrams that were no reply to anything asked
};

/// Asks many questions at once, with the checks and the codec of ask(): one table of those unanswered, one
/// ring of their deadlines, several UDP sockets for each server, so that neither the 65536 ids of one port
/// nor one socket's buffer are a limit. The sockets are connected: the kernel drops what others send, and
/// tells of refusals. Memory is bounded by the options, not by the questions: while the sink does not take
/// results (or, when ordered, while the oldest question is open), no more are taken from the source.
class Bulk {
 public:
  Bulk(Reactor& reactor, BulkOptions options, BulkSource& source, BulkSink& sink);
  Bulk(const Bulk&) = delete;
  Bulk& operator=(const Bulk&) = delete;
  ~Bulk();

  /// Asks until source or sink end. An error means that nothing could be asked at all.
  Task<Result<void>> run();

  [[nodiscard]] const BulkFigures& figures() const;

 private:
  class Engine;
  std::unique_ptr<Engine> engine_;
};

}  // namespace net::dns
