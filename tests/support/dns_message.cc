#include "tests/support/dns_message.hh"

#include <arpa/inet.h>

#include <algorithm>
#include <cctype>

namespace test::dns {
namespace {

constexpr std::size_t header_size = 12;
constexpr std::uint16_t type_opt = 41;

std::uint16_t get16(const std::string& message, std::size_t at) {
  auto byte = [&](std::size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(message.at(i))); };
  return static_cast<std::uint16_t>(byte(at) << 8 | byte(at + 1));
}

/// Reads an uncompressed name and moves `at` behind it. Clients send no compressed questions.
std::string read_name(const std::string& message, std::size_t& at) {
  std::string name;
  for (;;) {
    auto length = static_cast<unsigned char>(message.at(at++));
    if (length == 0) return name;
    if (length > 63) fail("a compressed name in a query");
    if (at + length > message.size()) fail("a name that ends too late");
    name += (name.empty() ? "" : ".") + message.substr(at, length);
    at += length;
  }
}

}  // namespace

std::string u16(std::uint16_t value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value & 0xff)};
}

std::string u32(std::uint32_t value) {
  return u16(static_cast<std::uint16_t>(value >> 16)) + u16(static_cast<std::uint16_t>(value & 0xffff));
}

std::string wire_name(const std::string& name) {
  std::string out;
  for (std::size_t begin = 0; begin < name.size();) {
    std::size_t end = std::min(name.find('.', begin), name.size());
    if (end == begin && name != ".") fail("an empty label in " + name);
    if (end - begin > 63) fail("a label of more than 63 bytes in " + name);
    if (end > begin) {
      out.push_back(static_cast<char>(end - begin));
      out += name.substr(begin, end - begin);
    }
    begin = end + 1;
  }
  out.push_back('\0');
  return out;
}

std::string folded(std::string name) {
  if (name.ends_with('.')) name.pop_back();
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return name;
}

std::optional<Query> parse_query(const std::string& message) {
  try {
    Query query;
    query.id = get16(message, 0);
    query.flags = get16(message, 2);
    bool is_reply = (query.flags & 0x8000) != 0;
    if (is_reply || get16(message, 4) != 1) return std::nullopt;
    std::size_t at = header_size;
    query.name = read_name(message, at);
    query.type = get16(message, at);
    query.klass = get16(message, at + 2);
    at += 4;
    query.question = message.substr(header_size, at - header_size);
    // A query's only other record is an OPT: root name, type, and its class is the size.
    int additional = get16(message, 10);
    if (additional > 0 && message.at(at) == '\0' && get16(message, at + 1) == type_opt) {
      query.edns_size = get16(message, at + 3);
    }
    return query;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

std::string reply(const Query& query, int rcode, bool truncated, const std::vector<Answer>& answers) {
  constexpr unsigned qr = 0x8000, tc = 0x0200, rd = 0x0100, ra = 0x0080;
  unsigned flags = qr | ra | (query.flags & rd) | (truncated ? tc : 0) | (static_cast<unsigned>(rcode) & 15);
  bool has_opt = query.edns_size.has_value();
  std::string out = u16(query.id) + u16(static_cast<std::uint16_t>(flags)) + u16(1) +
                    u16(static_cast<std::uint16_t>(answers.size())) + u16(0) +
                    u16(static_cast<std::uint16_t>(has_opt ? 1 : 0)) + query.question;
  for (const Answer& answer : answers) {
    const Record& record = answer.record;
    out += wire_name(answer.owner) + u16(record.type) + u16(1) + u32(record.ttl) +
           u16(static_cast<std::uint16_t>(record.rdata.size())) + record.rdata;
  }
  if (has_opt) out += std::string(1, '\0') + u16(type_opt) + u16(1232) + u32(0) + u16(0);
  return out;
}

}  // namespace test::dns

namespace test {

Record Record::address(const std::string& text) {
  char bytes[16];
  if (inet_pton(AF_INET, text.c_str(), bytes) == 1) return raw(type_a, std::string(bytes, 4));
  if (inet_pton(AF_INET6, text.c_str(), bytes) == 1) return raw(type_aaaa, std::string(bytes, 16));
  fail("not an address: " + text);
}

Record Record::cname(const std::string& name) {
  Record record = raw(type_cname, dns::wire_name(name));
  record.target = name;
  return record;
}

Record Record::ptr(const std::string& name) {
  return raw(type_ptr, dns::wire_name(name));
}

Record Record::ns(const std::string& name) {
  return raw(type_ns, dns::wire_name(name));
}

Record Record::mx(std::uint16_t preference, const std::string& name) {
  return raw(type_mx, dns::u16(preference) + dns::wire_name(name));
}

Record Record::txt(const std::string& text) {
  std::string rdata;
  for (std::size_t begin = 0; begin == 0 || begin < text.size(); begin += 255) {
    std::string part = text.substr(begin, 255);
    rdata += static_cast<char>(part.size()) + part;
  }
  return raw(type_txt, rdata);
}

Record Record::raw(std::uint16_t type, std::string rdata) {
  Record record;
  record.type = type;
  record.rdata = std::move(rdata);
  return record;
}

}  // namespace test
