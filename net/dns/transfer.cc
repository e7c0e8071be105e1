#include "net/dns/transfer.hh"

#include <utility>

#include "net/base/text.hh"
#include "net/dns/reply.hh"
#include "net/dns/status.hh"

namespace net::dns {
namespace {

/// The serial of a SOA record: behind its two names (RFC 1035, 3.3.13).
std::optional<std::uint32_t> soa_serial(const Message& message, const Record& record) {
  if (record.type != Type::SOA) return std::nullopt;
  std::size_t at = record.offset;
  if (!Name::decode(message.wire, at) || !Name::decode(message.wire, at)) return std::nullopt;
  ByteReader reader(message.wire, at);
  const std::uint32_t serial = reader.u32();
  return reader.ok() ? std::optional(serial) : std::nullopt;
}

/// Why a message is no part of the transfer; all but the first may lack the question (RFC 5936, 2.2.1).
std::string_view foreign(const Message& message, std::uint16_t id, const Question& question, bool first) {
  if (!first && message.questions.empty() && message.wire.size() >= 12) {
    return message.id != id ? "wrong id" : !message.flags.qr ? "QR bit clear" : "";
  }
  return mismatch(message, id, question);
}

}  // namespace

bool TransferEnd::take(std::optional<std::uint32_t> serial) {
  switch (part_) {
    case Part::begin:
      part_ = serial ? Part::second : Part::over;
      newest_ = serial.value_or(0);
      break;
    case Part::second:
      // Only differences have a second SOA here that is not the end: the version they begin with. A zone
      // that is nothing but its SOA ends with it.
      part_ = !serial ? Part::whole_zone : !known_ || *serial == newest_ ? Part::over : Part::removed;
      break;
    case Part::whole_zone:
      if (serial) part_ = Part::over;
      break;
    case Part::removed:
      if (serial) part_ = Part::added;
      break;
    case Part::added:
      // The next difference begins with what this one led to; the newest version ends it all.
      if (serial) part_ = *serial == newest_ ? Part::over : Part::removed;
      break;
    case Part::over:
      break;
  }
  return part_ == Part::over;
}

bool TransferEnd::complete() const {
  // RFC 1982: "not newer" in serial arithmetic.
  const bool nothing_new =
      known_ && part_ == Part::second && static_cast<std::int32_t>(newest_ - *known_) <= 0;
  return part_ == Part::over || nothing_new;
}

Transfer::Transfer(Reactor& reactor, QuerySpec spec, QueryOptions options)
    : reactor_(reactor),
      spec_(std::move(spec)),
      options_(std::move(options)),
      server_(options_.servers.front()),
      began_(reactor.now()),
      deadline_(saturating_add(began_, options_.timeout)),
      end_(spec_.ixfr_serial),
      with_edns_(spec_.edns.has_value()) {}

Task<std::optional<Error>> Transfer::begin() {
  std::optional<Error> failure;
  for (std::size_t i = 0; i < options_.servers.size(); ++i) {
    server_ = options_.servers[i];
    const auto left = static_cast<Duration::rep>(options_.servers.size() - i);
    const TimePoint until = reactor_.now() + (deadline_ - reactor_.now()) / left;
    channel_.emplace(reactor_, query_subject(spec_.question, server_, true));
    auto opened = co_await channel_->open(server_, options_.source, until);
    if (opened) {
      id_ = random_id();
      QuerySpec spec = spec_;
      if (!with_edns_) spec.edns.reset();
      opened = co_await channel_->send(encode_query(spec, id_), deadline_);
    }
    if (opened) co_return std::nullopt;
    failure = std::move(opened.error());
  }
  co_return failure;
}

Task<Result<Message>> Transfer::receive() {
  auto bytes = co_await channel_->receive(deadline_);
  if (!bytes) co_return std::unexpected(std::move(bytes.error()));
  Message message = Message::decode(std::move(*bytes));
  const std::string_view why = foreign(message, id_, spec_.question, first_);
  if (why.empty()) co_return std::move(message);
  Error error("resolve", query_subject(spec_.question, server_, true), Status::malformed);
  error.detail = "a message that is no part of the transfer: " + std::string(why);
  co_return std::unexpected(std::move(error));
}

void Transfer::look_for_end(const Message& message) {
  over_ = message.flaw || message.rcode() != 0 || (first_ && message.answer.empty());
  for (const Record& record : message.answer) {
    if (over_) break;
    over_ = end_.take(soa_serial(message, record));
  }
  over_ = over_ || end_.complete();
}

Task<std::optional<Result<Response>>> Transfer::next() {
  if (over_) co_return std::nullopt;
  if (!channel_) {
    if (auto failure = co_await begin()) {
      over_ = true;
      if (failure->code == Status::timed_out)
        failure->detail = "no answer in " + duration_text(reactor_.now() - began_);
      co_return Result<Response>(std::unexpected(std::move(*failure)));
    }
  }
  auto message = co_await receive();
  if (message && first_ && with_edns_ && refuses_edns(*message)) {
    with_edns_ = false;
    channel_.reset();
    co_return co_await next();
  }
  if (!message) {
    over_ = true;
    if (message.error().code == Status::incomplete) {
      message.error().detail =
          "the transfer was not complete after " + duration_text(reactor_.now() - began_);
    }
    co_return Result<Response>(std::unexpected(std::move(message.error())));
  }
  look_for_end(*message);
  Response response;
  if (first_) response.warnings = oddities(*message, spec_.question, true);
  if (first_ && spec_.edns && !with_edns_) {
    response.warnings.emplace_back(
        "FORMERR to the query with EDNS: asked again without EDNS, and that was answered");
  }
  first_ = false;
  response.message = std::move(*message);
  response.server = server_;
  response.tcp = true;
  response.time = reactor_.now() - began_;
  response.with_edns = with_edns_;
  co_return Result<Response>(std::move(response));
}

}  // namespace net::dns
