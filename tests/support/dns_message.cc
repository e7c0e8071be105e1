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

/// Reads a name and moves `at` behind it; a query's records may point to its question.
std::string read_name(const std::string& message, std::size_t& at, int pointers = 0) {
  std::string name;
  for (;;) {
    auto length = static_cast<unsigned char>(message.at(at++));
    if (length == 0) return name;
    if (length >= 0xc0) {
      if (pointers > 8) fail("a query whose names loop");
      std::size_t target = static_cast<std::size_t>(length & 0x3f) << 8 | get16(message, at - 1) % 256U;
      ++at;
      return name + (name.empty() ? "" : ".") + read_name(message, target, pointers + 1);
    }
    if (length > 63) fail("a label of a kind that does not exist");
    if (at + length > message.size()) fail("a name that ends too late");
    name += (name.empty() ? "" : ".") + message.substr(at, length);
    at += length;
  }
}

/// A record, whose class is in `klass` and whose TTL is in the record.
Answer read_record(const std::string& message, std::size_t& at) {
  Answer answer;
  answer.owner = read_name(message, at);
  answer.record.type = get16(message, at);
  answer.record.klass = get16(message, at + 2);
  answer.record.ttl = static_cast<std::uint32_t>(get16(message, at + 4)) << 16 | get16(message, at + 6);
  std::size_t length = get16(message, at + 8);
  at += 10;
  if (at + length > message.size()) fail("a record that ends too late");
  answer.record.rdata = message.substr(at, length);
  at += length;
  return answer;
}

Opt opt_of(const Record& record) {
  Opt opt;
  opt.size = record.klass;
  opt.extended_rcode = static_cast<std::uint8_t>(record.ttl >> 24);
  opt.version = static_cast<std::uint8_t>(record.ttl >> 16);
  opt.flags = static_cast<std::uint16_t>(record.ttl);
  for (std::size_t at = 0; at < record.rdata.size();) {
    std::size_t length = get16(record.rdata, at + 2);
    if (at + 4 + length > record.rdata.size()) fail("an EDNS option that ends too late");
    opt.options.push_back({get16(record.rdata, at), record.rdata.substr(at + 4, length)});
    at += 4 + length;
  }
  return opt;
}

/// An OPT record's TTL and class hold what is no option.
Answer opt_record(const Opt& opt) {
  Record record = Record::raw(type_opt, {});
  record.klass = opt.size;
  record.ttl = static_cast<std::uint32_t>(opt.extended_rcode) << 24 |
               static_cast<std::uint32_t>(opt.version) << 16 | opt.flags;
  for (const Opt::Option& option : opt.options) {
    record.rdata += u16(option.code) + u16(static_cast<std::uint16_t>(option.data.size())) + option.data;
  }
  return {".", record};
}

std::string count(const std::vector<Answer>& records) {
  return u16(static_cast<std::uint16_t>(records.size()));
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
    for (int left = get16(message, 8); left > 0; --left) query.authority.push_back(read_record(message, at));
    for (int left = get16(message, 10); left > 0; --left) {
      Answer additional = read_record(message, at);
      if (additional.record.type == type_opt) query.opt = opt_of(additional.record);
    }
    if (at != message.size()) fail("bytes behind a query's last record");
    return query;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

std::string Message::wire() const {
  std::vector<Answer> last = additional;
  if (opt) last.push_back(opt_record(*opt));
  std::string out = u16(id) + u16(static_cast<std::uint16_t>(flags)) + u16(question.empty() ? 0 : 1) +
                    count(answer) + count(authority) + count(last) + question;
  for (const auto* section : {&answer, &authority, static_cast<const std::vector<Answer>*>(&last)}) {
    for (const auto& [owner, record] : *section) {
      out += wire_name(owner) + u16(record.type) + u16(record.klass) + u32(record.ttl) +
             u16(static_cast<std::uint16_t>(record.rdata.size())) + record.rdata;
    }
  }
  return out;
}

Message reply_to(const Query& query) {
  Message message;
  message.id = query.id;
  message.flags = qr | ra | (query.flags & rd);
  message.question = query.question;
  if (query.opt) message.opt = Opt{};
  return message;
}

std::string question(const std::string& name, std::uint16_t type, std::uint16_t klass) {
  return wire_name(name) + u16(type) + u16(klass);
}

std::string framed(const std::string& message) {
  return u16(static_cast<std::uint16_t>(message.size())) + message;
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

Record Record::soa(const std::string& zone, std::uint32_t serial) {
  std::string rdata = dns::wire_name("ns." + zone) + dns::wire_name("admin." + zone) + dns::u32(serial);
  for (std::uint32_t seconds : {7200U, 3600U, 86400U, 300U}) rdata += dns::u32(seconds);
  return raw(type_soa, rdata);
}

Record Record::raw(std::uint16_t type, std::string rdata) {
  Record record;
  record.type = type;
  record.rdata = std::move(rdata);
  return record;
}

}  // namespace test
