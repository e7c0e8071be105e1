#include "net/dns/message.hh"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace net::dns {
namespace {

// The header's second word (RFC 1035, 4.1.1; RFC 4035, 3.1.6 for AD and CD).
struct FlagRow {
  std::string_view name;
  bool Flags::* member;
  std::uint16_t bit;
};
constexpr std::array flag_rows{FlagRow{"qr", &Flags::qr, 0x8000}, FlagRow{"aa", &Flags::aa, 0x0400},
                               FlagRow{"tc", &Flags::tc, 0x0200}, FlagRow{"rd", &Flags::rd, 0x0100},
                               FlagRow{"ra", &Flags::ra, 0x0080}, FlagRow{"z", &Flags::z, 0x0040},
                               FlagRow{"ad", &Flags::ad, 0x0020}, FlagRow{"cd", &Flags::cd, 0x0010}};

constexpr std::uint32_t dnssec_ok_bit = 0x8000;

Flags flags_of(std::uint16_t word) {
  Flags flags;
  for (const FlagRow& row : flag_rows) flags.*row.member = (word & row.bit) != 0;
  flags.opcode = static_cast<std::uint8_t>(word >> 11U & 0xfU);
  flags.rcode = static_cast<std::uint8_t>(word & 0xfU);
  return flags;
}

std::uint16_t word_of(const Flags& flags) {
  unsigned word = static_cast<unsigned>(flags.opcode) << 11U | flags.rcode;
  for (const FlagRow& row : flag_rows) word |= flags.*row.member ? row.bit : 0U;
  return static_cast<std::uint16_t>(word);
}

/// Takes a message apart, as far as it goes.
class Decoder {
 public:
  explicit Decoder(Message& message) : message_(message), reader_(message.wire) {}

  void run() {
    message_.id = reader_.u16();
    message_.flags = flags_of(reader_.u16());
    std::array<std::uint16_t, 4> counts{};
    for (std::uint16_t& count : counts) count = reader_.u16();
    if (!reader_.ok()) return stop(message_.wire.size(), "shorter than a header");
    for (unsigned i = 0; i < counts[0]; ++i) {
      if (!question()) return;
    }
    const std::array sections{&message_.answer, &message_.authority, &message_.additional};
    for (std::size_t section = 0; section < sections.size(); ++section) {
      for (unsigned i = 0; i < counts.at(section + 1); ++i) {
        if (!record(*sections.at(section))) return;
      }
    }
    message_.trailing = reader_.remaining();
  }

 private:
  void stop(std::size_t offset, std::string_view what) { message_.flaw = Flaw{offset, std::string(what)}; }

  bool name(Name& into) {
    std::size_t at = reader_.offset();
    auto decoded = Name::decode(message_.wire, at);
    if (!decoded) {
      message_.flaw = decoded.error();
      return false;
    }
    into = std::move(*decoded);
    reader_.seek(at);
    return true;
  }

  bool question() {
    Question question;
    if (!name(question.name)) return false;
    question.type = Type{reader_.u16()};
    question.klass = Class{reader_.u16()};
    if (!reader_.ok()) {
      stop(message_.wire.size(), "the question runs past the end");
      return false;
    }
    message_.questions.push_back(std::move(question));
    return true;
  }

  bool record(std::vector<Record>& into) {
    Record record;
    if (!name(record.owner)) return false;
    record.type = Type{reader_.u16()};
    record.klass = Class{reader_.u16()};
    record.ttl = reader_.u32();
    record.length = reader_.u16();
    if (!reader_.ok()) {
      stop(message_.wire.size(), "a record runs past the end");
      return false;
    }
    record.offset = reader_.offset();
    if (reader_.remaining() < record.length) {
      stop(record.offset, "a record's data runs past the end");
      return false;
    }
    reader_.seek(record.offset + record.length);
    // RFC 6891, 6.1.1: one OPT record, in the additional section. What else calls itself OPT is a record.
    if (record.type == Type::OPT && &into == &message_.additional && !message_.edns) return opt(record);
    into.push_back(std::move(record));
    return true;
  }

  /// RFC 6891, 6.1.2 and 6.1.3: class and TTL are fields of their own.
  bool opt(const Record& record) {
    Edns& edns = message_.edns.emplace();
    edns.udp_size = static_cast<std::uint16_t>(record.klass);
    edns.extended_rcode = static_cast<std::uint8_t>(record.ttl >> 24U);
    edns.version = static_cast<std::uint8_t>(record.ttl >> 16U);
    edns.dnssec_ok = (record.ttl & dnssec_ok_bit) != 0;
    ByteReader options(message_.data(record).bytes());
    while (!options.at_end()) {
      const std::size_t begin = options.offset();
      const std::uint16_t code = options.u16();
      const std::uint16_t length = options.u16();
      const ByteView data = options.take(length);
      if (!options.ok()) {
        stop(record.offset + begin, "an EDNS option runs past its record");
        return false;
      }
      edns.options.push_back(EdnsOption{code, Buffer(data.begin(), data.end())});
    }
    return true;
  }

  Message& message_;
  ByteReader reader_;
};

/// Writes names, those already written by pointers to them (RFC 1035, 4.1.4).
class NameWriter {
 public:
  explicit NameWriter(ByteWriter& out) : out_(out) {}

  void write(const Name& name) {
    for (Name rest = name; !rest.is_root(); rest = rest.parent()) {
      const auto seen = std::ranges::find(written_, rest, &Written::name);
      if (seen != written_.end()) {
        out_.u16(static_cast<std::uint16_t>(0xc000U | seen->offset));
        return;
      }
      // A pointer has 14 bits.
      if (out_.size() < 0x4000) written_.push_back(Written{rest, out_.size()});
      out_.append(rest.wire().first(rest.wire().size() - rest.parent().wire().size()));
    }
    out_.u8(0);
  }

 private:
  struct Written {
    Name name;
    std::size_t offset;
  };
  ByteWriter& out_;
  std::vector<Written> written_;
};

void write_option(ByteWriter& out, std::uint16_t code, ByteView data) {
  out.u16(code);
  out.u16(static_cast<std::uint16_t>(data.size()));
  out.append(data);
}

void write_opt(ByteWriter& out, const Edns& edns, std::uint16_t padding) {
  out.u8(0);
  out.u16(static_cast<std::uint16_t>(Type::OPT));
  out.u16(edns.udp_size);
  out.u8(edns.extended_rcode);
  out.u8(edns.version);
  out.u16(edns.dnssec_ok ? dnssec_ok_bit : 0);
  const std::size_t length = out.size();
  out.u16(0);
  for (const EdnsOption& option : edns.options) write_option(out, option.code, option.data);
  if (padding > 0) {
    const std::size_t before = out.size() + 4;
    const Buffer zeros((padding - before % padding) % padding, 0);
    write_option(out, static_cast<std::uint16_t>(EdnsCode::padding), zeros);
  }
  out.put_u16(length, static_cast<std::uint16_t>(out.size() - length - 2));
}

/// The SOA of an IXFR query: only its serial counts (RFC 1995, 3).
void write_serial(ByteWriter& out, NameWriter& names, const Question& question, std::uint32_t serial) {
  constexpr std::uint16_t length = 2 + 5 * 4;
  names.write(question.name);
  out.u16(static_cast<std::uint16_t>(Type::SOA));
  out.u16(static_cast<std::uint16_t>(question.klass));
  out.u32(0);
  out.u16(length);
  // Both names are the root.
  out.u16(0);
  out.u32(serial);
  for (int i = 0; i < 4; ++i) out.u32(0);
}

}  // namespace

std::vector<std::string_view> flag_names(const Flags& flags) {
  std::vector<std::string_view> names;
  for (const FlagRow& row : flag_rows) {
    if (flags.*row.member) names.push_back(row.name);
  }
  return names;
}

std::string question_text(const Question& question) {
  return question.name.text() + " " + class_text(question.klass) + " " + type_text(question.type);
}

std::uint16_t Message::rcode() const {
  const unsigned upper = edns ? edns->extended_rcode : 0U;
  return static_cast<std::uint16_t>(upper << 4U | flags.rcode);
}

Message Message::decode(Buffer wire) {
  Message message;
  message.wire = std::move(wire);
  Decoder(message).run();
  return message;
}

Buffer encode_query(const QuerySpec& spec, std::uint16_t id) {
  Flags flags;
  flags.rd = spec.recurse;
  flags.ad = spec.authentic_data;
  flags.cd = spec.checking_disabled;
  ByteWriter out;
  NameWriter names(out);
  out.u16(id);
  out.u16(word_of(flags));
  out.u16(1);
  out.u16(0);
  out.u16(spec.ixfr_serial ? 1 : 0);
  out.u16(spec.edns ? 1 : 0);
  names.write(spec.question.name);
  out.u16(static_cast<std::uint16_t>(spec.question.type));
  out.u16(static_cast<std::uint16_t>(spec.question.klass));
  if (spec.ixfr_serial) write_serial(out, names, spec.question, *spec.ixfr_serial);
  if (spec.edns) write_opt(out, *spec.edns, spec.padding);
  return out.take();
}

std::uint16_t random_id() {
  // Up to 256 bytes getrandom(2) gives all or nothing, and no signal interrupts it.
  thread_local std::array<std::uint8_t, 256> pool{};
  thread_local std::size_t used = pool.size();
  if (used == pool.size()) {
    if (getrandom(pool.data(), pool.size(), 0) != static_cast<ssize_t>(pool.size())) {
      throw std::system_error(errno, std::generic_category(), "getrandom");
    }
    used = 0;
  }
  used += 2;
  return static_cast<std::uint16_t>(pool.at(used - 2) << 8U | pool.at(used - 1));
}

}  // namespace net::dns
