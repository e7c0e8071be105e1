#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cmd/line_reader.hh"
#include "cmd/output.hh"
#include "cmd/resolve_options.hh"
#include "net/dns/bulk.hh"
#include "net/dns/config.hh"

namespace cmd {

/// What the names of the lines came to: a name is answered when one of its types has data.
class NameStatuses {
 public:
  void open(std::uint64_t name, std::size_t questions);
  void close(std::uint64_t name, int status);
  /// The largest so far.
  [[nodiscard]] int worst() const { return worst_; }

 private:
  struct Entry {
    std::size_t open = 0;
    bool answered = false;
    int worst = status_ok;
  };
  std::map<std::uint64_t, Entry> names_{};
  int worst_ = status_ok;
};

/// The questions of the lines: NAME [TYPE...], where an address means its reverse name. Lines that are none
/// are reported and passed over. Each goes to every one of the groups of servers; questions of one line and
/// one group have the same tag.
class QuestionLines final : public net::dns::BulkSource {
 public:
  QuestionLines(LineReader& lines, Output& out, const ResolveFlags& flags,
                std::vector<net::dns::ServerRange> groups, NameStatuses& statuses);

  std::optional<net::dns::BulkQuestion> next() override;
  net::Task<bool> more() override { return lines_.more(); }

  [[nodiscard]] bool saw_bad_lines() const { return bad_lines_; }

 private:
  void read(const LineReader::Line& line);
  [[nodiscard]] net::Parsed<std::vector<AskedType>> types_of(
      const std::vector<std::string_view>& words) const;
  void add(const LineReader::Line& line, const std::string& text, const std::vector<AskedType>& types);
  void complain(const LineReader::Line& line, std::string why);

  LineReader& lines_;
  Output& out_;
  const ResolveFlags& flags_;
  std::vector<net::dns::ServerRange> groups_;
  NameStatuses& statuses_;
  net::dns::ResolverConfig config_{};
  std::deque<net::dns::BulkQuestion> ready_{};
  bool bad_lines_ = false;
};

}  // namespace cmd
