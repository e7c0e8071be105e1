#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "net/dns/edns.hh"
#include "net/dns/message.hh"
#include "net/dns/rdata.hh"
#include "net/dns/reply.hh"
#include "tests/fuzz/fuzz.hh"

/// Any bytes as a DNS message: all that is ever read out of one, and what is written from it.
namespace net::dns {
namespace {

void look_at(const Name& name) {
  require(name.wire().size() <= 255 && !name.wire().empty());
  const auto again = Name::parse(name.text());
  require(again && again->same_bytes(name));
}

void look_at(const Message& message, const Record& record) {
  require(record.offset <= message.wire.size() && record.length <= message.wire.size() - record.offset);
  look_at(record.owner);
  const RdataView data = message.data(record);
  require(is_printable(unknown_rdata_text(data.bytes())));
  if (const auto text = rdata_text(record.type, record.klass, data)) require(is_printable(*text));
  if (const auto name = rdata_name(record.type, data)) look_at(*name);
  require(is_printable(type_text(record.type)) && is_printable(class_text(record.klass)));
}

/// What was asked is asked again, and read back the same.
void ask_again(const Message& message, const Question& question) {
  QuerySpec spec;
  spec.question = question;
  spec.edns = message.edns;
  const Message query = Message::decode(encode_query(spec, message.id));
  require(!query.flaw && query.trailing == 0 && query.id == message.id);
  require(query.questions.size() == 1 && query.questions.front() == question);
  require(query.edns.has_value() == message.edns.has_value());
  if (query.edns) require(query.edns->options.size() == message.edns->options.size());
}

void look_at(const Message& message) {
  if (message.flaw) require(message.flaw->offset <= message.wire.size() && !message.flaw->what.empty());
  require(is_printable(rcode_text(message.rcode())));
  require(flag_names(message.flags).size() <= 8);
  for (const auto* section : {&message.answer, &message.authority, &message.additional}) {
    // A record takes 11 bytes at least: no memory for what the counts claim.
    require(section->size() <= message.wire.size() / 11);
    for (const Record& record : *section) look_at(message, record);
  }
  if (message.edns) {
    for (const EdnsOption& option : message.edns->options) {
      require(is_printable(option_text(option)) && is_printable(option_name(option.code)));
    }
  }
  for (const Question& question : message.questions) {
    look_at(question.name);
    require(is_printable(question_text(question)));
    static_cast<void>(mismatch(message, message.id, question));
    static_cast<void>(oddities(message, question, true));
    static_cast<void>(judge(message, question));
    ask_again(message, question);
    // Thousands of questions in one message would only take time.
    if (&question == &message.questions[std::min<std::size_t>(message.questions.size() - 1, 3)]) break;
  }
}

}  // namespace
}  // namespace net::dns

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  net::dns::look_at(net::dns::Message::decode(net::Buffer(data, data + size)));
  return 0;
}
