#pragma once

#include <string>

#include "cmd/output.hh"
#include "cmd/results.hh"
#include "net/dns/query.hh"
#include "net/dns/reply.hh"

namespace cmd {

/// How responses of the wire are shown: a status line and the records as master files write them, only the
/// answers' data (--short), or a JSON object each.
class ResponseView {
 public:
  ResponseView(Results& results, Output& out, bool shortened)
      : results_(results), out_(out), short_(shortened) {}

  /// All that a question came to: a cut datagram, the response, or why there is none.
  void result(const net::dns::Question& question, const net::dns::QueryResult& result);
  /// One response, with the warnings of its query that are no part of the message.
  void response(const net::dns::Question& question, const net::dns::Response& response,
                const std::vector<std::string>& warnings = {});
  /// A further message of a transfer: its records alone, where the whole is one answer.
  void more(const net::dns::Question& question, const net::dns::Response& response);
  /// No response: with --json a result, else an error.
  void failure(const net::dns::Question& question, const net::Endpoint& server, const net::Error& error,
               const std::vector<std::string>& warnings = {});

 private:
  void text(const net::dns::Question& question, const net::dns::Response& response,
            const std::vector<std::string>& warnings, const net::dns::Verdict& verdict);
  /// The very bytes of a message that could not be read to its end, with -v.
  void dump(const net::dns::Message& message);
  void status_line(const net::dns::Question& question, const net::dns::Response& response,
                   std::string_view remark);

  Results& results_;
  Output& out_;
  bool short_;
};

/// The exit status of one question: 0 when there is data of the type asked for.
[[nodiscard]] int result_status(const net::dns::Question& question, const net::dns::QueryResult& result);
[[nodiscard]] int response_status(const net::dns::Question& question, const net::dns::Response& response);
/// The same of a further message of a transfer.
[[nodiscard]] int more_status(const net::dns::Response& response);

}  // namespace cmd
