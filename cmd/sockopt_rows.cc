#include "cmd/sockopt_rows.hh"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "cmd/columns.hh"

namespace cmd {
namespace {

constexpr std::size_t line_width = 80;
constexpr std::size_t gap = 2;

std::string missing_remark(const net::SocketOption& option) {
  if (!option.readable) return "can only be set";
  return "not read: that would take it from its owner (--destructive)";
}

const net::RawOption* find_raw(const SocketReading& reading, const net::SocketOption* option) {
  const auto raw = std::ranges::find(reading.options, option, &net::RawOption::option);
  return raw == reading.options.end() || raw->skipped || raw->error ? nullptr : &*raw;
}

/// What stands behind the name.
std::string value_text(const OptionRow& row) {
  if (row.error) return row.error->message() + " (" + row.error->symbol() + ")";
  if (row.change) return net::change_text(*row.change);
  if (!row.remark.empty()) return row.remark;
  return net::option_text(row.value);
}

/// The widths of the columns of some rows.
struct Columns {
  std::size_t level = 0;
  std::size_t name = 0;
  std::size_t value = 0;  ///< of the rows that have a default behind it
};

Columns measure(const std::vector<OptionRow>& rows) {
  Columns columns;
  for (const OptionRow& row : rows) {
    columns.level = std::max(columns.level, row.option->level_name.size());
    columns.name = std::max(columns.name, row.option->name.size());
    if (row.changed() && !row.change) columns.value = std::max(columns.value, value_text(row).size());
  }
  return columns;
}

Value optional_json(const std::optional<net::OptionValue>& value) {
  return value ? option_json(*value) : Value(nullptr);
}

}  // namespace

std::vector<std::string> wrapped(std::string_view text, std::size_t width, std::string_view joint) {
  std::vector<std::string> lines;
  while (text.size() > width) {
    // The joint's blank is dropped, what stands before it stays on its line.
    std::size_t cut = text.rfind(joint, width + 1 - joint.size());
    if (cut == std::string_view::npos) cut = text.find(joint, width);
    if (cut == std::string_view::npos) break;
    lines.emplace_back(text.substr(0, cut + joint.size() - 1));
    text.remove_prefix(cut + joint.size());
  }
  lines.emplace_back(text);
  return lines;
}

bool is_state(const net::SocketOption& option, const net::SocketFacts& facts) {
  const bool tcp = (facts.kind.bit() & (net::on_tcp | net::on_mptcp)) != 0;
  switch (option.nature) {
    case net::OptionNature::setting:
      return false;
    case net::OptionNature::state:
      return true;
    case net::OptionNature::state_once_connected:
      return facts.connected || facts.used;
    case net::OptionNature::autotuned:
      return tcp && (facts.buffer_lock & option.buffer_lock) == 0;
  }
  return false;
}

std::vector<const net::SocketOption*> wanted_options(const net::SocketKind& kind,
                                                     const std::vector<const net::SocketOption*>& named) {
  if (!named.empty()) return named;
  std::vector<const net::SocketOption*> wanted;
  for (const net::SocketOption& option : net::option_table()) {
    if (net::has_option(kind, option)) wanted.push_back(&option);
  }
  return wanted;
}

net::Result<SocketReading> read_socket(const SockoptTarget& target,
                                       const std::vector<const net::SocketOption*>& named, bool destructive) {
  net::Result<SocketReading> reading;
  const auto held = target.with_descriptor([&](int fd) {
    auto facts = net::socket_facts(fd);
    if (!facts) {
      reading = std::unexpected(facts.error());
      return;
    }
    reading->facts = *facts;
    reading->options = net::read_options(fd, wanted_options(reading->facts.kind, named), destructive);
  });
  if (!held) return std::unexpected(held.error());
  return reading;
}

std::optional<SocketReading> read_fresh_like(const SocketReading& reading, const SocketLabel& label) {
  net::Fd netns;
  if (label.pid) {
    const std::string path = "/proc/" + std::to_string(*label.pid) + "/ns/net";
    netns = net::Fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  }
  const auto fresh = net::fresh_socket_like(reading.facts, netns.get());
  if (!fresh) return std::nullopt;
  auto facts = net::socket_facts(fresh->socket.get());
  if (!facts) return std::nullopt;
  std::vector<const net::SocketOption*> options;
  options.reserve(reading.options.size());
  for (const net::RawOption& raw : reading.options) options.push_back(raw.option);
  return SocketReading{*facts, net::read_options(fresh->socket.get(), options, false)};
}

std::vector<OptionRow> option_rows(const SocketReading& reading, const std::optional<SocketReading>& fresh) {
  std::vector<OptionRow> rows;
  for (const net::RawOption& raw : reading.options) {
    OptionRow& row = rows.emplace_back();
    row.option = raw.option;
    row.state = is_state(*raw.option, reading.facts);
    if (raw.skipped) {
      row.remark = missing_remark(*raw.option);
    } else if (raw.error) {
      row.error = net::Error("getsockopt", std::string(raw.option->name), raw.error);
    } else {
      row.value = net::decode_option(raw.bytes, *raw.option);
    }
    const net::RawOption* const same = fresh && !row.state ? find_raw(*fresh, raw.option) : nullptr;
    if (same != nullptr) row.fresh = net::decode_option(same->bytes, *raw.option);
  }
  return rows;
}

void print_rows(Results& results, const std::vector<OptionRow>& rows, std::size_t indent) {
  const Columns columns = measure(rows);
  for (const OptionRow& row : rows) {
    std::string head(indent, ' ');
    head += padded(std::string(row.option->level_name), columns.level + gap);
    head += padded(std::string(row.option->name), columns.name + gap);
    const std::size_t room = line_width > head.size() + 20 ? line_width - head.size() : 20;
    // Structs and lists are wrapped; a sentence stays a line, as a terminal shows it.
    const bool parts = !row.change && !row.error && row.remark.empty();
    std::vector<std::string> lines =
        parts ? wrapped(value_text(row), room, ", ") : std::vector{value_text(row)};
    if (row.changed() && !row.change) {
      lines.back() = padded(lines.back(), columns.value < room ? columns.value : 0) + "  default " +
                     net::option_text(*row.fresh);
    }
    const Tone tone = row.error ? Tone::waiting : Tone::plain;
    for (const std::string& line : lines) {
      results.line(head + line, tone);
      head.assign(head.size(), ' ');
    }
  }
}

Value option_json(const net::OptionValue& value) {
  struct Visitor {
    Value operator()(std::monostate /*none*/) const { return nullptr; }
    Value operator()(bool flag) const { return flag; }
    Value operator()(std::int64_t number) const { return number; }
    Value operator()(std::uint64_t number) const { return number; }
    Value operator()(const std::string& text) const { return text; }
    Value operator()(const net::OptionValue::List& list) const {
      List out;
      for (const net::OptionValue& item : list) out.push_back(option_json(item));
      return out;
    }
    Value operator()(const net::OptionValue::Fields& fields) const {
      Object out;
      for (const auto& [name, field] : fields) out.emplace_back(name, option_json(field));
      return out;
    }
  };
  return std::visit(Visitor(), value.data);
}

Object row_object(const OptionRow& row, const SocketLabel* label) {
  const net::SocketOption& option = *row.option;
  const std::string_view unit = net::unit_name(net::unit_of(option));
  Object object{{"level", option.level_name},
                {"name", option.name},
                {"number", option.number},
                {"type", net::codec_of(option.type).c_type},
                {"kind", row.state ? "state" : "setting"},
                {"value", option_json(row.value)},
                {"default", optional_json(row.fresh)},
                {"changed", row.changed()},
                {"settable", option.settable},
                {"unit", unit.empty() ? Value(nullptr) : Value(unit)},
                {"error", row.error ? error_value(*row.error, row.hint) : Value(nullptr)}};
  if (row.change) {
    const net::OptionChange& change = *row.change;
    object.emplace_back("requested", option_json(change.requested));
    object.emplace_back("effective", optional_json(change.effective));
    object.emplace_back("previous", optional_json(change.previous));
    object.emplace_back("bounded_by", change.bounded_by.empty() ? Value(nullptr) : Value(change.bounded_by));
    object.emplace_back("note", change.note.empty() ? Value(nullptr) : Value(change.note));
  }
  if (label != nullptr) object.emplace_back("socket", label_value(*label));
  return object;
}

std::string typed_text(const net::OptionValue& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value.data)) return std::to_string(*number);
  if (const auto* number = std::get_if<std::uint64_t>(&value.data)) return std::to_string(*number);
  if (value.text.ends_with(" s")) return value.text.substr(0, value.text.size() - 2);
  return net::option_text(value);
}

}  // namespace cmd
