#include "net/dns/rdata.hh"

#include <algorithm>
#include <array>

#include "net/dns/rdata_fields.hh"

namespace net::dns {
namespace {

const RdataRow* find_row(Type type, Class klass) {
  const auto rows = rdata_table();
  const auto row = std::ranges::find_if(rows, [&](const RdataRow& candidate) {
    return candidate.type == type && (candidate.klass == klass || candidate.klass == Class::ANY);
  });
  return row == rows.end() ? nullptr : &*row;
}

/// Empty data is how a dynamic update names a whole set of records (RFC 2136, 2.5.2).
bool is_meta(Class klass) {
  return klass == Class::NONE || klass == Class::ANY;
}

std::unexpected<Flaw> outside(const RdataView& data) {
  return std::unexpected(Flaw{data.offset, "data runs past the end"});
}

bool is_inside(const RdataView& data) {
  return data.offset <= data.message.size() && data.length <= data.message.size() - data.offset;
}

/// Where the name of a record stands in its data.
struct NamePlace {
  Type type;
  std::size_t offset;
};
constexpr std::array name_places{NamePlace{Type::CNAME, 0}, NamePlace{Type::NS, 0}, NamePlace{Type::PTR, 0},
                                 NamePlace{Type::DNAME, 0}, NamePlace{Type::MX, 2}, NamePlace{Type::SRV, 6},
                                 NamePlace{Type::SOA, 0}};

}  // namespace

std::expected<std::string, Flaw> rdata_text(Type type, Class klass, const RdataView& data) {
  if (!is_inside(data)) return outside(data);
  const RdataRow* const row = find_row(type, klass);
  if (row == nullptr || (is_meta(klass) && data.length == 0)) return unknown_rdata_text(data.bytes());
  RdataPrinter out(data.message.first(data.offset + data.length), data.offset);
  for (const RdataField read : row->fields) {
    if (read == nullptr || out.failed() || out.is_unknown()) break;
    read(out);
  }
  if (out.is_unknown() && !out.failed()) return unknown_rdata_text(data.bytes());
  if (const auto flaw = out.flaw()) return std::unexpected(*flaw);
  return out.text();
}

std::string unknown_rdata_text(ByteView data) {
  return "\\# " + std::to_string(data.size()) + (data.empty() ? "" : " ") + hex_pieces(data);
}

std::expected<Name, Flaw> rdata_name(Type type, const RdataView& data) {
  if (!is_inside(data)) return outside(data);
  const auto* const place = std::ranges::find(name_places, type, &NamePlace::type);
  if (place == name_places.end()) return std::unexpected(Flaw{data.offset, "no name in this type"});
  std::size_t offset = data.offset + std::min(place->offset, data.length);
  return Name::decode(data.message.first(data.offset + data.length), offset);
}

}  // namespace net::dns
