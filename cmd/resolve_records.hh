#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cmd/document.hh"
#include "net/dns/message.hh"

namespace cmd {

/// A record in words.
struct RecordText {
  std::string owner;
  std::string ttl;
  std::string klass;
  std::string type;
  std::string data;
};

/// The records of a section; data that is not what its type says comes in the generic form, and a warning
/// about it is added.
[[nodiscard]] std::vector<RecordText> record_texts(const net::dns::Message& message,
                                                   const std::vector<net::dns::Record>& section,
                                                   std::vector<std::string>& warnings);
[[nodiscard]] bool has_malformed_data(const net::dns::Message& message);

/// As wide as the widest of several sections, so that their columns stand under each other.
class RecordColumns {
 public:
  void measure(const std::vector<RecordText>& records);
  [[nodiscard]] std::string line(const RecordText& record) const;

 private:
  std::size_t owner_ = 0;
  std::size_t ttl_ = 0;
  std::size_t klass_ = 0;
  std::size_t type_ = 0;
};

[[nodiscard]] List records_value(const std::vector<RecordText>& records);

/// "edns 1232 bytes do; nsid 6e73 ("ns")".
[[nodiscard]] std::string edns_text(const net::dns::Edns& edns);
[[nodiscard]] Value edns_value(const std::optional<net::dns::Edns>& edns);

}  // namespace cmd
