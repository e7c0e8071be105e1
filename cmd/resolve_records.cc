#include "cmd/resolve_records.hh"

#include <algorithm>
#include <array>

#include "net/base/bytes.hh"

namespace cmd {
namespace {

// A name of 255 bytes in one record must not push the data of all others off the screen.
constexpr std::size_t widest_owner = 40;

void append_cell(std::string& out, const std::string& text, std::size_t width) {
  out += text;
  out.append(text.size() < width ? width - text.size() : 0, ' ');
  out += "  ";
}

}  // namespace

std::vector<RecordText> record_texts(const net::dns::Message& message,
                                     const std::vector<net::dns::Record>& section,
                                     std::vector<std::string>& warnings) {
  std::vector<RecordText> out;
  out.reserve(section.size());
  for (const net::dns::Record& record : section) {
    const net::dns::RdataView view = message.data(record);
    auto data = net::dns::rdata_text(record.type, record.klass, view);
    RecordText text{record.owner.text(),
                    std::to_string(record.ttl),
                    net::dns::class_text(record.klass),
                    net::dns::type_text(record.type),
                    {}};
    if (!data) {
      warnings.push_back("malformed data of " + text.owner + " " + text.type + " at byte " +
                         std::to_string(data.error().offset) + ": " + data.error().what);
    }
    text.data = data ? std::move(*data) : net::dns::unknown_rdata_text(view.bytes());
    out.push_back(std::move(text));
  }
  return out;
}

bool has_malformed_data(const net::dns::Message& message) {
  const auto is_malformed = [&message](const net::dns::Record& record) {
    return !net::dns::rdata_text(record.type, record.klass, message.data(record));
  };
  return std::ranges::any_of(message.answer, is_malformed);
}

void RecordColumns::measure(const std::vector<RecordText>& records) {
  for (const RecordText& record : records) {
    owner_ = std::max(owner_, std::min(record.owner.size(), widest_owner));
    ttl_ = std::max(ttl_, record.ttl.size());
    klass_ = std::max(klass_, record.klass.size());
    type_ = std::max(type_, record.type.size());
  }
}

std::string RecordColumns::line(const RecordText& record) const {
  std::string out;
  append_cell(out, record.owner, owner_);
  append_cell(out, record.ttl, ttl_);
  append_cell(out, record.klass, klass_);
  append_cell(out, record.type, type_);
  return out + record.data;
}

List records_value(const std::vector<RecordText>& records) {
  List out;
  out.reserve(records.size());
  for (const RecordText& record : records) {
    out.emplace_back(Object{{"name", record.owner},
                            {"type", record.type},
                            {"class", record.klass},
                            {"ttl", std::uint64_t{std::stoul(record.ttl)}},
                            {"data", record.data}});
  }
  return out;
}

std::string edns_text(const net::dns::Edns& edns) {
  std::string out = "edns " + std::to_string(edns.udp_size) + " bytes";
  if (edns.version != 0) out += " version " + std::to_string(edns.version);
  if (edns.dnssec_ok) out += " do";
  for (const net::dns::EdnsOption& option : edns.options) {
    const std::string text = option_text(option);
    out += "; " + net::dns::option_name(option.code) + (text.empty() ? "" : " " + text);
  }
  return out;
}

Value edns_value(const std::optional<net::dns::Edns>& edns) {
  if (!edns) return nullptr;
  List options;
  for (const net::dns::EdnsOption& option : edns->options) {
    options.emplace_back(Object{{"code", std::uint64_t{option.code}},
                                {"name", net::dns::option_name(option.code)},
                                {"data", net::hex_text(option.data)},
                                {"text", option_text(option)}});
  }
  List flags;
  if (edns->dnssec_ok) flags.emplace_back("do");
  return Object{{"version", std::uint64_t{edns->version}},
                {"udp_size", std::uint64_t{edns->udp_size}},
                {"flags", std::move(flags)},
                {"options", std::move(options)}};
}

}  // namespace cmd
