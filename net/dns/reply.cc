#include "net/dns/reply.hh"

#include <algorithm>

#include "net/base/text.hh"
#include "net/dns/query.hh"

namespace net::dns {
namespace {

constexpr std::uint16_t format_error = 1;
// Nobody means a longer one; the walk through an answer is quadratic.
constexpr std::size_t max_chain = 100;

/// The target of the CNAME record that `name` owns in the answer.
std::optional<Name> alias_target(const Message& reply, const Name& name) {
  for (const Record& record : reply.answer) {
    if (record.type != Type::CNAME || !(record.owner == name)) continue;
    auto target = rdata_name(Type::CNAME, reply.data(record));
    if (target) return std::move(*target);
  }
  return std::nullopt;
}

const Buffer* cookie_in(const std::optional<Edns>& edns) {
  if (!edns) return nullptr;
  const auto cookie =
      std::ranges::find(edns->options, static_cast<std::uint16_t>(EdnsCode::cookie), &EdnsOption::code);
  return cookie == edns->options.end() ? nullptr : &cookie->data;
}

/// The part that a server must send back: the client's, of 8 bytes.
bool starts_with(const Buffer& whole, const Buffer& client) {
  constexpr std::size_t client_cookie = 8;
  const std::size_t length = std::min(client.size(), client_cookie);
  return whole.size() >= length &&
         std::equal(client.begin(), client.begin() + static_cast<std::ptrdiff_t>(length), whole.begin());
}

bool is_transfer(Type type) {
  return type == Type::AXFR || type == Type::IXFR;
}

bool asks_for_everything(Type type) {
  return type == Type::ANY || is_transfer(type);
}

bool has_data(const Message& reply, const Question& question, const Name& owner) {
  return std::ranges::any_of(reply.answer, [&](const Record& record) {
    const bool same_class = record.klass == question.klass || question.klass == Class::ANY;
    return record.owner == owner && same_class &&
           (record.type == question.type || question.type == Type::ANY);
  });
}

/// The zone whose servers are named in the place of an answer.
std::optional<Name> referral(const Message& reply) {
  if (!reply.answer.empty() || reply.flags.aa) return std::nullopt;
  for (const Record& record : reply.authority) {
    if (record.type == Type::SOA) return std::nullopt;
    if (record.type == Type::NS) return record.owner;
  }
  return std::nullopt;
}

/// Why a reply without an error has nothing for the question.
std::string explain_no_data(const Message& reply, const Question& question, const Chain& chain) {
  const std::string type = type_text(question.type);
  const auto of_type = [&](const Record& record) { return record.type == question.type; };
  const bool other_owner = std::ranges::any_of(reply.answer, [&](const Record& record) {
    return of_type(record) && std::ranges::find(chain.names, record.owner) == chain.names.end();
  });
  const bool other_class = std::ranges::any_of(reply.answer, [&](const Record& record) {
    return of_type(record) && record.owner == chain.names.back();
  });
  if (reply.flags.tc) return "the answer was cut (TC), and this part has no " + type + " record";
  if (other_owner) return "the answer is about another name";
  if (other_class) return "the answer is of another class";
  if (const auto zone = referral(reply)) return "the server only refers to those of " + zone->text();
  if (chain.names.size() > 1) return "the CNAME chain " + chain_text(chain) + " ends without " + type;
  return "";
}

}  // namespace

std::string_view mismatch(const Message& reply, std::uint16_t id, const Question& question) {
  constexpr std::size_t header = 12;
  if (reply.wire.size() < header) return "shorter than a header";
  if (reply.id != id) return "wrong id";
  if (!reply.flags.qr) return "QR bit clear";
  if (reply.flags.opcode != 0) return "wrong opcode";
  if (reply.questions.empty()) return reply.rcode() != 0 && !reply.flaw ? "" : "no question";
  if (reply.questions.size() != 1 || !(reply.questions.front() == question)) return "wrong question";
  return "";
}

std::string_view mismatch(const Message& reply, std::uint16_t id, const QuerySpec& query) {
  const std::string_view why = mismatch(reply, id, query.question);
  if (!why.empty()) return why;
  const Buffer* const sent = cookie_in(query.edns);
  const Buffer* const got = cookie_in(reply.edns);
  return sent == nullptr || got == nullptr || starts_with(*got, *sent) ? "" : "wrong cookie";
}

std::vector<std::string> oddities(const Message& reply, const Question& question, bool tcp) {
  std::vector<std::string> out;
  if (reply.questions.empty()) {
    out.emplace_back("the reply has no question section");
  } else if (!reply.questions.front().name.same_bytes(question.name)) {
    out.push_back("the question came back in other letters: " + reply.questions.front().name.text());
  }
  if (reply.flaw) {
    out.push_back("malformed at byte " + std::to_string(reply.flaw->offset) + " of " +
                  std::to_string(reply.wire.size()) + ": " + reply.flaw->what);
  }
  if (std::ranges::find(reply.additional, Type::OPT, &Record::type) != reply.additional.end()) {
    out.emplace_back("more than one OPT record (RFC 6891 allows one)");
  }
  if (reply.trailing > 0) out.push_back(count_text(reply.trailing, "byte") + " behind the last record");
  if (tcp && reply.flags.tc) out.emplace_back("TC is set in a reply by TCP");
  return out;
}

bool refuses_edns(const Message& reply) {
  return reply.flags.rcode == format_error && !reply.edns;
}

void Strangers::add(std::string_view kind, const Endpoint& source, bool tcp) {
  Entry& entry = entries_[{tcp, kind}];
  if (entry.count++ == 0) entry.first = source;
  entry.several = entry.several || !(entry.first == source);
}

std::vector<std::string> Strangers::texts() const {
  std::vector<std::string> out;
  out.reserve(entries_.size());
  for (const auto& [key, entry] : entries_) {
    const auto& [tcp, kind] = key;
    out.push_back(count_text(entry.count, tcp ? "message" : "datagram") + " ignored: " + std::string(kind) +
                  " (from " + server_text(entry.first) + (entry.several ? " and others)" : ")"));
  }
  return out;
}

Chain follow_chain(const Message& reply, const Question& question) {
  Chain chain;
  chain.names.push_back(question.name);
  if (question.type == Type::CNAME || asks_for_everything(question.type)) return chain;
  while (chain.names.size() < max_chain) {
    auto target = alias_target(reply, chain.names.back());
    if (!target) break;
    chain.loop = std::ranges::find(chain.names, *target) != chain.names.end();
    chain.names.push_back(std::move(*target));
    if (chain.loop) break;
  }
  return chain;
}

std::string chain_text(const Chain& chain) {
  std::string out;
  for (const Name& name : chain.names) out += (out.empty() ? "" : " -> ") + name.text();
  return out;
}

Verdict judge(const Message& reply, const Question& question) {
  Verdict verdict;
  verdict.rcode = reply.rcode();
  if (reply.flaw) {
    verdict.status = Status::malformed;
    verdict.detail = "malformed reply: " + reply.flaw->what;
    return verdict;
  }
  if (verdict.rcode != 0) {
    const bool named = verdict.rcode <= static_cast<std::uint16_t>(Status::refused);
    verdict.status = named ? static_cast<Status>(verdict.rcode) : Status::server_failure;
    return verdict;
  }
  if (is_transfer(question.type) && !reply.answer.empty() && reply.answer.front().type != Type::SOA) {
    verdict.status = Status::malformed;
    verdict.detail = "a transfer that does not begin with the SOA record";
    verdict.strange = true;
    return verdict;
  }
  if (asks_for_everything(question.type) && !reply.answer.empty()) return verdict;
  const Chain chain = follow_chain(reply, question);
  if (chain.loop) {
    verdict.status = Status::no_data;
    verdict.detail = "CNAME loop " + chain_text(chain);
    verdict.strange = true;
  } else if (!has_data(reply, question, chain.names.back())) {
    verdict.status = Status::no_data;
    verdict.detail = explain_no_data(reply, question, chain);
    verdict.strange = !verdict.detail.empty();
    if (!verdict.strange) verdict.detail = "the name has no " + type_text(question.type) + " record";
  }
  return verdict;
}

}  // namespace net::dns
