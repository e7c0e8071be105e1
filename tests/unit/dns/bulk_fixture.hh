#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "net/dns/bulk.hh"
#include "net/loop/group.hh"
#include "net/sock/datagram.hh"
#include "tests/support/dns_message.hh"

namespace net::dns {

using namespace std::chrono_literals;

inline Name name_of(const std::string& text) {
  return *Name::parse(text);
}

/// "n17.test" and so on, as many as told, and how often it was asked for one.
class CountingSource final : public BulkSource {
 public:
  explicit CountingSource(std::uint64_t count) : count_(count) {}
  std::optional<BulkQuestion> next() override {
    if (taken == count_) return std::nullopt;
    BulkQuestion question;
    question.tag = taken++;
    question.spec.question.name = name_of("n" + std::to_string(question.tag) + ".test");
    if (change) change(question);
    return question;
  }
  Task<bool> more() override { co_return taken < count_; }

  std::uint64_t taken = 0;
  std::function<void(BulkQuestion&)> change;

 private:
  std::uint64_t count_;
};

/// Keeps what it is given; flush() waits for `open`.
class KeepingSink final : public BulkSink {
 public:
  explicit KeepingSink(Reactor& reactor) : open(reactor) { open.set(); }
  void take(const BulkQuestion& question, const QueryResult& result) override {
    tags.push_back(question.tag);
    results.insert_or_assign(question.tag, result);
    names.insert_or_assign(question.tag, question.spec.question.name.text());
    ++seen[question.tag];
  }
  [[nodiscard]] bool full() const override { return !open.is_set(); }
  Task<bool> flush() override {
    co_await open.wait();
    co_return wanted;
  }

  [[nodiscard]] std::size_t doubled() const { return tags.size() - seen.size(); }

  Event open;
  bool wanted = true;
  std::vector<std::uint64_t> tags;
  std::map<std::uint64_t, QueryResult> results;
  std::map<std::uint64_t, std::string> names;
  std::map<std::uint64_t, int> seen;
};

/// A server on the test's own loop. The script gets each query and gives the datagrams to send, and to whom.
class ScriptedServer {
 public:
  struct Query {
    test::dns::Query parts;
    std::string bytes;
    Endpoint from;
    int nth = 1;  ///< of those for this name
  };
  struct Out {
    Out(std::string what, Endpoint whom) : bytes(std::move(what)), to(std::move(whom)) {}
    std::string bytes;
    Endpoint to;
  };
  using Script = std::function<std::vector<Out>(const Query&)>;

  ScriptedServer(Reactor& reactor, Script script)
      : reactor_(reactor), script_(std::move(script)), datagram_(bound()) {}

  [[nodiscard]] Endpoint address() const { return datagram_.socket().local(); }

  Task<bool> serve() {
    Event in(reactor_);
    Event out(reactor_);
    const Watch watch(reactor_, datagram_.socket().fd(), in, out);
    std::vector<std::byte> buffer(65536);
    for (int turn = 1;; ++turn) {
      const auto got = datagram_.receive(buffer);
      if (!got) {
        in.reset();
        co_await in.wait();
        continue;
      }
      Query query;
      query.bytes.assign(reinterpret_cast<const char*>(buffer.data()), got->size);
      query.parts = *test::dns::parse_query(query.bytes);
      query.from = got->peer;
      query.nth = ++asked[query.parts.name];
      ++queries;
      for (const Out& reply : script_(query)) {
        while (datagram_.send_to(std::as_bytes(std::span(reply.bytes)), reply.to)) co_await reactor_.yield();
        // The client has its turn, or its buffers would overflow.
        if (++sent % 64 == 0) co_await reactor_.yield();
      }
      if (turn % 64 == 0) co_await reactor_.yield();
    }
  }

  std::map<std::string, int> asked;
  int queries = 0;
  std::uint64_t sent = 0;

 private:
  static Datagram bound() {
    auto socket = Socket::open(AF_INET, SOCK_DGRAM);
    EXPECT_TRUE(socket && socket->bind(*Endpoint::parse_ip("127.0.0.1", 0)));
    EXPECT_TRUE(socket->set_int(SOL_SOCKET, SO_RCVBUF, 1 << 20, "SO_RCVBUF"));
    return Datagram(std::move(*socket));
  }

  Reactor& reactor_;
  Script script_;
  Datagram datagram_;
};

/// A reply with one address, or none and an rcode.
inline std::string reply_to(const ScriptedServer::Query& query, int rcode = 0, bool truncated = false) {
  test::dns::Message reply = test::dns::reply_to(query.parts);
  reply.flags |= static_cast<unsigned>(rcode) | (truncated ? test::dns::tc : 0U);
  if (rcode == 0 && !truncated) {
    reply.answer.push_back({query.parts.name, test::Record::address("192.0.2.1")});
  }
  return reply.wire();
}

inline std::vector<ScriptedServer::Out> nothing() {
  return {};
}

inline std::vector<ScriptedServer::Out> one(std::string bytes, const Endpoint& to) {
  std::vector<ScriptedServer::Out> out;
  out.emplace_back(std::move(bytes), to);
  return out;
}

/// The engine, a sink, and servers beside them on one loop, until the engine ends.
class BulkFixture : public testing::Test {
 protected:
  ScriptedServer& serve(ScriptedServer::Script script) {
    servers_.push_back(std::make_unique<ScriptedServer>(reactor_, std::move(script)));
    options_.query.servers.push_back(servers_.back()->address());
    return *servers_.back();
  }
  /// Answers everything at once.
  ScriptedServer& serve() {
    return serve([](const ScriptedServer::Query& query) { return one(reply_to(query), query.from); });
  }
  Result<void> run(BulkSource& source) {
    bulk_ = std::make_unique<Bulk>(reactor_, options_, source, sink_);
    auto ended = reactor_.run(together());
    figures_ = bulk_->figures();
    bulk_.reset();
    return ended;
  }
  Result<void> ask(std::uint64_t count) {
    CountingSource source(count);
    return run(source);
  }
  [[nodiscard]] const QueryResult& result(std::uint64_t tag) const { return sink_.results.at(tag); }
  [[nodiscard]] std::uint16_t rcode(std::uint64_t tag) const { return result(tag).response->message.rcode(); }
  void expect_all_answered(std::size_t count) {
    EXPECT_EQ(sink_.seen.size(), count) << "lost";
    EXPECT_EQ(sink_.doubled(), 0U);
    EXPECT_EQ(figures_.answered, count);
    EXPECT_EQ(figures_.failed, 0U);
  }

  Reactor reactor_{};
  BulkOptions options_{};
  KeepingSink sink_{reactor_};
  BulkFigures figures_{};
  std::vector<std::unique_ptr<ScriptedServer>> servers_{};
  std::unique_ptr<Bulk> bulk_{};
  std::function<Task<bool>()> beside_{};  ///< a further task of the test

 private:
  Task<bool> engine(Result<void>& ended) {
    ended = co_await bulk_->run();
    co_return true;
  }
  Task<Result<void>> together() {
    Result<void> ended;
    Group<bool> tasks(reactor_);
    for (auto& server : servers_) tasks.add(server->serve());
    if (beside_) tasks.add(beside_());
    tasks.add(engine(ended));
    while (!co_await tasks.next()) continue;
    co_return ended;
  }
};

}  // namespace net::dns
