#include "cmd/sockopt_watch.hh"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "net/base/text.hh"
#include "net/loop/group.hh"

namespace cmd {
namespace {

/// "rtt 22 us -> 30 us, cwnd 10 -> 12" of a struct, else "10 -> 12".
std::string difference_text(const net::OptionValue& before, const net::OptionValue& after) {
  const auto* const old_fields = std::get_if<net::OptionValue::Fields>(&before.data);
  const auto* const new_fields = std::get_if<net::OptionValue::Fields>(&after.data);
  if (old_fields == nullptr || new_fields == nullptr || !after.text.empty()) {
    return net::option_text(before) + " -> " + net::option_text(after);
  }
  std::string text;
  for (const auto& [name, value] : *new_fields) {
    const auto old = std::ranges::find(*old_fields, name, [](const auto& field) { return field.first; });
    if (old != old_fields->end() && old->second == value) continue;
    text += text.empty() ? "" : ", ";
    text += std::string(name) + " " + (old == old_fields->end() ? "-" : net::option_text(old->second)) +
            " -> " + net::option_text(value);
  }
  return text;
}

/// What one option was and is; the error in place of a value that can no longer be read.
struct Difference {
  OptionRow row;
  net::OptionValue before;
};

/// Clocks and ages run by themselves: they are news only along with something else.
bool is_clock(std::string_view name) {
  return name == "TCP_TIMESTAMP" || name.starts_with("last_");
}

bool only_clocks_differ(const net::OptionValue& before, const net::OptionValue& after) {
  const auto* const old_fields = std::get_if<net::OptionValue::Fields>(&before.data);
  const auto* const new_fields = std::get_if<net::OptionValue::Fields>(&after.data);
  if (old_fields == nullptr || new_fields == nullptr) return false;
  return std::ranges::equal(*old_fields, *new_fields, [](const auto& a, const auto& b) {
    return a.first == b.first && (a.second == b.second || is_clock(a.first));
  });
}

std::vector<Difference> differences(const SocketReading& before, const SocketReading& after, bool named) {
  std::vector<Difference> found;
  for (const OptionRow& row : option_rows(after, std::nullopt)) {
    const auto was = std::ranges::find(before.options, row.option, &net::RawOption::option);
    const auto is = std::ranges::find(after.options, row.option, &net::RawOption::option);
    if (was == before.options.end() || (was->bytes == is->bytes && was->error == is->error)) continue;
    net::OptionValue old;
    if (!was->error && !was->skipped) old = net::decode_option(was->bytes, *was->option);
    // Bytes that mean nothing (padding) may differ.
    if (row.value == old && was->error == is->error) continue;
    if (!named && (is_clock(row.option->name) || only_clocks_differ(old, row.value))) continue;
    found.push_back({row, std::move(old)});
  }
  return found;
}

void print_differences(Results& results, const std::vector<Difference>& found, const Watched& socket,
                       const std::string& when) {
  for (const Difference& difference : found) {
    Object object = row_object(difference.row, &socket.label);
    object.emplace_back("previous", option_json(difference.before));
    results.object(object);
    const OptionRow& row = difference.row;
    results.line(when + std::string(row.option->level_name) + "  " + std::string(row.option->name) + "  " +
                 (row.error ? row.error->message() + " (" + row.error->symbol() + ")"
                            : difference_text(difference.before, row.value)));
  }
}

/// The process has ended, or closed it (and perhaps opened something else of that number).
bool has_gone(const net::Error& error) {
  return error.code == net::errno_code(ESRCH) || error.code == net::errno_code(EBADF);
}

net::Task<int> look_again(net::Reactor& reactor, Results& results, std::vector<Watched> sockets,
                          const std::vector<const net::SocketOption*>& named, net::Duration tick) {
  const bool several = sockets.size() > 1;
  int status = status_ok;
  const net::TimePoint began = reactor.now();
  net::TimePoint next = began;
  while (!sockets.empty()) {
    next = std::max(net::saturating_add(next, tick), reactor.now());
    co_await reactor.sleep_until(next);
    const std::string when = "+" + net::duration_text(reactor.now() - began) + "  ";
    for (Watched& socket : sockets) {
      auto reading = read_socket(*socket.target, named, false);
      if (!reading) {
        if (has_gone(reading.error())) {
          results.note(label_text(socket.label) + " has gone");
        } else {
          results.error(reading.error(), borrow_hint(reading.error(), socket.label));
          status = exit_status(reading.error());
        }
        socket.target = nullptr;
        continue;
      }
      socket.label = label_from(socket.label, reading->facts);
      const auto found = differences(socket.last, *reading, !named.empty());
      if (several && !found.empty()) results.line(when + label_text(socket.label));
      print_differences(results, found, socket, several ? "  " : when);
      socket.last = std::move(*reading);
    }
    std::erase_if(sockets, [](const Watched& socket) { return socket.target == nullptr; });
    if (!co_await results.flush()) co_return status_local;
  }
  co_return status;
}

net::Task<int> until_reader_gone(Results& results) {
  co_await results.reader_gone();
  co_return status_local;
}

}  // namespace

net::Task<int> watch_sockets(net::Reactor& reactor, Results& results, std::vector<Watched> sockets,
                             const std::vector<const net::SocketOption*>& named, net::Duration tick) {
  net::Group<int> first(reactor);
  first.add(look_again(reactor, results, std::move(sockets), named, tick));
  first.add(until_reader_gone(results));
  co_return co_await first.next();
}

}  // namespace cmd
