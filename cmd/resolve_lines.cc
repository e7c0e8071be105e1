#include "cmd/resolve_lines.hh"

#include <algorithm>
#include <utility>

#include "net/base/words.hh"
#include "net/dns/search.hh"

namespace cmd {
namespace {

using net::dns::Type;

bool is_transfer(const AskedType& asked) {
  return asked.type == Type::AXFR || asked.type == Type::IXFR;
}

}  // namespace

void NameStatuses::open(std::uint64_t name, std::size_t questions) {
  names_[name].open = questions;
}

void NameStatuses::close(std::uint64_t name, int status) {
  const auto found = names_.find(name);
  if (found == names_.end()) return;
  Entry& entry = found->second;
  entry.answered = entry.answered || status == status_ok;
  entry.worst = std::max(entry.worst, status);
  if (--entry.open > 0) return;
  if (!entry.answered) worst_ = std::max(worst_, entry.worst);
  names_.erase(found);
}

QuestionLines::QuestionLines(LineReader& lines, Output& out, const ResolveFlags& flags,
                             std::vector<net::dns::ServerRange> groups, NameStatuses& statuses)
    : lines_(lines), out_(out), flags_(flags), groups_(std::move(groups)), statuses_(statuses) {
  if (flags.search) config_ = net::dns::read_resolver_config();
}

std::optional<net::dns::BulkQuestion> QuestionLines::next() {
  while (ready_.empty()) {
    const auto line = lines_.next();
    if (!line) return std::nullopt;
    read(*line);
  }
  net::dns::BulkQuestion question = std::move(ready_.front());
  ready_.pop_front();
  return question;
}

void QuestionLines::read(const LineReader::Line& line) {
  if (line.too_long) return complain(line, "longer than 4096 bytes");
  const std::string_view text = std::string_view(line.text).substr(0, line.text.find('#'));
  const std::vector<std::string_view> words = net::split_words(text, " \t,");
  if (words.empty()) return;
  const auto types = types_of(words);
  if (!types) return complain(line, types.error());
  add(line, std::string(words.front()), *types);
}

net::Parsed<std::vector<AskedType>> QuestionLines::types_of(
    const std::vector<std::string_view>& words) const {
  std::vector<AskedType> types;
  for (std::size_t i = 1; i < words.size(); ++i) {
    auto type = parse_asked_type(words[i]);
    if (!type) return std::unexpected(std::move(type.error()));
    if (is_transfer(*type)) return std::unexpected("a zone transfer is not for -f");
    types.push_back(*type);
  }
  if (!types.empty()) return types;
  if (!flags_.types.empty()) return flags_.types;
  if (net::Endpoint::parse_ip(words.front(), 0)) return std::vector{AskedType{Type::PTR, {}}};
  return std::vector{AskedType{Type::A, {}}, AskedType{Type::AAAA, {}}};
}

void QuestionLines::add(const LineReader::Line& line, const std::string& text,
                        const std::vector<AskedType>& types) {
  const auto address = net::Endpoint::parse_ip(text, 0);
  const bool backwards =
      address && std::ranges::all_of(types, [](const AskedType& asked) { return asked.type == Type::PTR; });
  net::Parsed<std::vector<net::dns::Name>> names;
  if (backwards) {
    names->push_back(net::dns::Name::reverse_of(address->address_bytes()));
  } else if (flags_.search && !address) {
    names = net::dns::search_names(text, config_);
  } else if (auto name = net::dns::Name::parse(text)) {
    names->push_back(std::move(*name));
  } else {
    names = std::unexpected(std::move(name.error()));
  }
  if (!names) return complain(line, "'" + text + "': " + names.error());
  for (std::size_t group = 0; group < groups_.size(); ++group) {
    statuses_.open(line.number * groups_.size() + group, types.size());
  }
  for (const AskedType& type : types) {
    for (std::size_t group = 0; group < groups_.size(); ++group) {
      net::dns::BulkQuestion question;
      question.tag = line.number * groups_.size() + group;
      question.servers = groups_[group];
      question.spec = query_spec(flags_, names->front(), type);
      question.search.assign(std::next(names->begin()), names->end());
      question.as_it_is = net::dns::begins_as_it_is(text, config_);
      ready_.push_back(std::move(question));
    }
  }
}

void QuestionLines::complain(const LineReader::Line& line, std::string why) {
  bad_lines_ = true;
  net::Error error("resolve", "line " + std::to_string(line.number), net::errno_code(EINVAL),
                   net::Blame::usage);
  error.detail = std::move(why);
  out_.error(error);
}

}  // namespace cmd
