#include "cmd/resolve_view.hh"

#include <cerrno>
#include <utility>

#include "cmd/resolve_records.hh"
#include "net/base/text.hh"
#include "net/stream/filter.hh"

namespace cmd {
namespace {

using net::dns::QueryResult;
using net::dns::Question;
using net::dns::Response;
using net::dns::Verdict;

std::string_view transport_name(const Response& response) {
  return response.tcp ? "tcp" : "udp";
}

/// What every object about a question begins with.
Object question_object(const Question& question, const net::Endpoint& server) {
  return {{"name", question.name.text()},
          {"type", type_text(question.type)},
          {"class", class_text(question.klass)},
          {"server", server.address_text()},
          {"port", std::uint64_t{server.port()}}};
}

List strings_value(const std::vector<std::string>& strings) {
  List out;
  for (const std::string& text : strings) out.emplace_back(text);
  return out;
}

Object response_object(const Question& question, const Response& response,
                       std::vector<std::string> warnings) {
  const net::dns::Message& message = response.message;
  List flags;
  for (const std::string_view flag : flag_names(message.flags)) flags.emplace_back(flag);
  List questions;
  for (const Question& asked : message.questions) {
    questions.emplace_back(Object{
        {"name", asked.name.text()}, {"type", type_text(asked.type)}, {"class", class_text(asked.klass)}});
  }
  Object object = question_object(question, response.server);
  List answer = records_value(record_texts(message, message.answer, warnings));
  List authority = records_value(record_texts(message, message.authority, warnings));
  List additional = records_value(record_texts(message, message.additional, warnings));
  object.emplace_back("transport", transport_name(response));
  object.emplace_back("rcode", net::dns::rcode_text(message.rcode()));
  object.emplace_back("flags", std::move(flags));
  object.emplace_back("edns", edns_value(message.edns));
  object.emplace_back("time_ms", net::to_ms(response.time));
  object.emplace_back("size", std::uint64_t{message.wire.size()});
  object.emplace_back("question", std::move(questions));
  object.emplace_back("answer", std::move(answer));
  object.emplace_back("authority", std::move(authority));
  object.emplace_back("additional", std::move(additional));
  object.emplace_back("warnings", strings_value(warnings));
  return object;
}

/// The status of a reply by whose "no" it is.
int status_of(const Verdict& verdict, const net::dns::Message& message) {
  if (verdict.status) return exit_status(net::Error("resolve", {}, *verdict.status));
  return has_malformed_data(message) ? status_refused : status_ok;
}

/// Why a reply is no answer, as an error line says it.
net::Error error_of(const Question& question, const Response& response, const Verdict& verdict) {
  const bool named = verdict.rcode <= static_cast<std::uint16_t>(net::dns::Status::refused);
  const std::error_code code =
      named ? make_error_code(*verdict.status) : net::dns::rcode_error(verdict.rcode);
  net::Error error("resolve", net::dns::query_subject(question, response.server, response.tcp), code);
  error.detail = verdict.detail;
  return error;
}

std::string hint_for(const net::Error& error, const net::Endpoint& server) {
  const std::string port = std::to_string(server.port());
  if (error.code == net::errno_code(ECONNREFUSED) && error.said_by == server.address_text()) {
    return "the host is up and says itself that nothing listens on UDP port " + port + ".";
  }
  if (error.code == net::errno_code(ECONNREFUSED)) {
    return "nothing listens on TCP port " + port + " there, or a firewall rejects.";
  }
  if (error.code == net::dns::Status::timed_out) {
    return "the server is down or does not answer this host, or something on the way drops the packets.";
  }
  if (error.code == net::dns::Status::incomplete)
    return "the server is slow, or stopped in the middle: -w gives it more time.";
  return "";
}

std::vector<std::string> warnings_of(const Response& response, const Verdict& verdict,
                                     const std::vector<std::string>& more) {
  std::vector<std::string> warnings = response.warnings;
  if (verdict.strange) warnings.push_back(verdict.detail);
  warnings.insert(warnings.end(), more.begin(), more.end());
  return warnings;
}

}  // namespace

void ResponseView::status_line(const Question& question, const Response& response, std::string_view remark) {
  const net::dns::Message& message = response.message;
  std::string line = ";; " + question_text(question) + " @" + net::dns::server_text(response.server) + "/" +
                     std::string(transport_name(response)) + " " + net::dns::rcode_text(message.rcode());
  for (const std::string_view flag : flag_names(message.flags)) line += " " + std::string(flag);
  line += " " + net::milliseconds_text(response.time) + " " + net::count_text(message.wire.size(), "byte");
  line += remark;
  results_.line(line, message.rcode() == 0 && !message.flaw ? Tone::plain : Tone::bad);
}

void ResponseView::dump(const net::dns::Message& message) {
  if (!message.flaw || !out_.options().verbose) return;
  std::vector<std::byte> passed;
  net::hexdump_filter(';', [this](std::string_view lines) {
    for (; !lines.empty(); lines.remove_prefix(lines.find('\n') + 1)) {
      results_.line(lines.substr(0, lines.find('\n')));
    }
  })(std::as_bytes(std::span(message.wire)), passed);
}

void ResponseView::text(const Question& question, const Response& response,
                        const std::vector<std::string>& warnings, const Verdict& verdict) {
  const net::dns::Message& message = response.message;
  std::vector<std::string> remarks = warnings;
  RecordColumns columns;
  struct Section {
    std::string_view heading;
    std::vector<RecordText> records;
  };
  std::vector<Section> sections;
  sections.push_back(Section{"", record_texts(message, message.answer, remarks)});
  sections.push_back(Section{";; AUTHORITY", record_texts(message, message.authority, remarks)});
  sections.push_back(Section{";; ADDITIONAL", record_texts(message, message.additional, remarks)});
  for (const Section& section : sections) columns.measure(section.records);

  status_line(question, response, "");
  if (message.edns &&
      (out_.options().verbose || message.edns->version != 0 || !message.edns->options.empty())) {
    results_.line(";; " + edns_text(*message.edns));
  }
  for (const std::string& remark : remarks) results_.line(";; warning: " + remark, Tone::waiting);
  if (verdict.status == net::dns::Status::no_data && !verdict.strange) results_.line(";; " + verdict.detail);
  const net::dns::Chain chain = follow_chain(message, question);
  if (chain.names.size() > 2 && !chain.loop) results_.line(";; chain " + chain_text(chain));
  dump(message);
  for (const Section& section : sections) {
    if (!section.records.empty() && !section.heading.empty()) results_.line(section.heading);
    for (const RecordText& record : section.records) results_.line(columns.line(record));
  }
}

void ResponseView::response(const Question& question, const Response& response,
                            const std::vector<std::string>& more) {
  const Verdict verdict = judge(response.message, question);
  const std::vector<std::string> warnings = warnings_of(response, verdict, more);
  if (results_.json()) return results_.object(response_object(question, response, warnings));
  if (!short_) return text(question, response, warnings, verdict);
  std::vector<std::string> remarks = warnings;
  for (const RecordText& record : record_texts(response.message, response.message.answer, remarks)) {
    results_.line(record.data);
  }
  for (const std::string& remark : remarks) results_.note(remark);
  if (verdict.status) results_.error(error_of(question, response, verdict));
}

void ResponseView::more(const Question& question, const Response& response) {
  if (results_.json()) return results_.object(response_object(question, response, response.warnings));
  std::vector<std::string> remarks = response.warnings;
  const auto records = record_texts(response.message, response.message.answer, remarks);
  RecordColumns columns;
  columns.measure(records);
  for (const std::string& remark : remarks) {
    short_ ? results_.note(remark) : results_.line(";; warning: " + remark, Tone::waiting);
  }
  for (const RecordText& record : records) results_.line(short_ ? record.data : columns.line(record));
}

void ResponseView::failure(const Question& question, const net::Endpoint& server, const net::Error& error,
                           const std::vector<std::string>& warnings) {
  // Who sent what was ignored may be the server itself.
  const std::string hint = warnings.empty() ? hint_for(error, server) : "";
  if (results_.json()) {
    Object object = question_object(question, server);
    object.emplace_back("error", error_value(error, out_.options().quiet ? std::string_view() : hint));
    object.emplace_back("warnings", strings_value(warnings));
    return results_.object(object);
  }
  for (const std::string& warning : warnings) results_.note(warning);
  results_.error(error, hint);
}

void ResponseView::result(const Question& question, const QueryResult& result) {
  std::vector<std::string> warnings = result.warnings;
  if (result.response) {
    for (const net::Error& passed : result.failures) {
      warnings.push_back("passed over: " + passed.subject + ": " + passed.message());
    }
  }
  if (result.cut && result.response) {
    if (results_.json()) {
      response(question, *result.cut);
    } else if (!short_) {
      status_line(question, *result.cut, ", cut: asked again by TCP");
    }
  } else if (result.cut) {
    response(question, *result.cut, warnings);
    warnings.clear();
  }
  if (result.response) response(question, *result.response, warnings);
  if (result.error) failure(question, result.server, *result.error, warnings);
}

int response_status(const Question& question, const Response& response) {
  return status_of(judge(response.message, question), response.message);
}

int more_status(const Response& response) {
  const net::dns::Message& message = response.message;
  const bool broken = message.flaw || message.rcode() != 0 || has_malformed_data(message);
  return broken ? status_refused : status_ok;
}

int result_status(const Question& question, const QueryResult& result) {
  if (result.error) return exit_status(*result.error);
  return response_status(question, *result.response);
}

}  // namespace cmd
