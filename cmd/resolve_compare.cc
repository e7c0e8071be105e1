#include "cmd/resolve_compare.hh"

#include <algorithm>
#include <array>
#include <numeric>
#include <string_view>
#include <utility>
#include <vector>

#include "net/base/clock.hh"
#include "net/base/escape.hh"
#include "net/base/text.hh"
#include "net/dns/address_set.hh"
#include "net/dns/compare.hh"

namespace cmd {
namespace {

using net::Endpoint;
using net::dns::Comparison;
using net::dns::Difference;
using net::dns::DnsStep;

constexpr std::array<int, 2> families{AF_INET, AF_INET6};
constexpr std::size_t page_width = 80;
constexpr std::size_t gap = 2;

std::string_view family_name(int family) {
  return family == AF_INET ? "AF_INET" : "AF_INET6";
}

List address_list(const std::vector<Endpoint>& addresses) {
  List list;
  for (const Endpoint& address : addresses) list.emplace_back(address.address_text());
  return list;
}

/// What a question to DNS came to, in a word.
std::string verdict(const DnsStep& step) {
  if (step.error) return step.error->blame == net::Blame::silence ? "no answer" : step.error->symbol();
  if (step.rcode && *step.rcode != 0) return net::dns::rcode_text(*step.rcode);
  return "-";
}

std::string dns_blank(const Comparison& seen, int family) {
  const auto type = family == AF_INET ? net::dns::Type::A : net::dns::Type::AAAA;
  std::string word = "-";
  for (const DnsStep& step : seen.steps) {
    if (step.question.type == type) word = verdict(step);
  }
  return word;
}

std::string libc_blank(const Comparison& seen) {
  const auto& error = seen.libc.error;
  if (!error) return "-";
  if (error->blame == net::Blame::silence) return "no answer";
  return error->symbol() == "EAI_NONAME" || error->symbol() == "EAI_NODATA" ? "-" : error->symbol();
}

/// The server that the DNS column is about: the one that had the addresses, else the last.
std::string dns_title(const Comparison& seen) {
  Endpoint server = seen.steps.empty() ? seen.servers.front() : seen.steps.back().server;
  for (const DnsStep& step : seen.steps) {
    if (!step.addresses.empty()) server = step.server;
  }
  return "DNS " + net::dns::servers_text({server});
}

/// A column of the table: its title, and for each family the lines of its cell.
struct Column {
  std::string title;
  std::array<std::vector<std::string>, families.size()> cells{};
};

std::vector<std::string> cell(const std::vector<Endpoint>& addresses, const std::string& blank) {
  if (addresses.empty()) return {blank};
  std::vector<std::string> lines;
  lines.reserve(addresses.size());
  for (const Endpoint& address : addresses) lines.push_back(address.address_text());
  return lines;
}

std::vector<Column> columns(const Comparison& seen) {
  std::vector<Column> out{{"hosts file"}, {dns_title(seen)}, {"libc"}};
  for (std::size_t i = 0; i < families.size(); ++i) {
    const int family = families.at(i);
    out[0].cells.at(i) = cell(seen.hosts_addresses(family), "-");
    out[1].cells.at(i) = cell(seen.dns_addresses(family), dns_blank(seen, family));
    out[2].cells.at(i) = cell(seen.libc_addresses(family), libc_blank(seen));
  }
  return out;
}

std::string padded(const std::string& text, std::size_t width) {
  const std::size_t used = net::display_width(net::escape_terminal(text));
  return text + std::string(used < width ? width - used : gap, ' ');
}

std::string trimmed(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

std::size_t widest(const Column& column) {
  std::size_t width = column.title.size();
  for (const auto& lines : column.cells) {
    for (const std::string& line : lines) width = std::max(width, line.size());
  }
  return width;
}

/// The three side by side, under their titles.
void wide_table(Results& results, const std::string& name, const std::vector<Column>& table,
                const std::vector<std::size_t>& widths) {
  std::string titles = padded(name, widths[0]);
  for (std::size_t c = 0; c < table.size(); ++c) titles += padded(table[c].title, widths[c + 1]);
  results.line(trimmed(titles));
  for (std::size_t family = 0; family < families.size(); ++family) {
    std::size_t height = 0;
    for (const Column& column : table) height = std::max(height, column.cells.at(family).size());
    for (std::size_t row = 0; row < height; ++row) {
      std::string line = padded(row == 0 ? std::string(family_name(families.at(family))) : "", widths[0]);
      for (std::size_t c = 0; c < table.size(); ++c) {
        const auto& lines = table[c].cells.at(family);
        line += padded(row < lines.size() ? lines[row] : "", widths[c + 1]);
      }
      results.line(trimmed(line));
    }
  }
}

/// The three below each other, where they are too wide to stand side by side.
void tall_table(Results& results, const std::string& name, const std::vector<Column>& table) {
  constexpr std::size_t family_width = 10;
  std::size_t title_width = 0;
  for (const Column& column : table) title_width = std::max(title_width, column.title.size() + gap);
  results.line(name);
  for (std::size_t family = 0; family < families.size(); ++family) {
    std::string label(family_name(families.at(family)));
    for (const Column& column : table) {
      std::string title = column.title;
      for (const std::string& line : column.cells.at(family)) {
        results.line(padded(label, family_width) + padded(title, title_width) + line);
        label.clear();
        title.clear();
      }
    }
  }
}

void show_table(Results& results, const Comparison& seen) {
  const std::vector<Column> table = columns(seen);
  constexpr std::size_t first_column = 18;
  constexpr std::size_t least = 16;
  const std::size_t name_width = net::display_width(net::escape_terminal(seen.name)) + gap;
  std::vector<std::size_t> widths{std::max(first_column, name_width)};
  for (const Column& column : table) widths.push_back(std::max(least, widest(column) + gap));
  widths.back() = widest(table.back());
  if (std::accumulate(widths.begin(), widths.end(), std::size_t{0}) <= page_width) {
    wide_table(results, seen.name, table, widths);
  } else {
    tall_table(results, seen.name, table);
  }
}

/// "asked    www.sub.test. A at 192.0.2.53: NXDOMAIN (0.4 ms)".
void show_steps(Results& results, const Comparison& seen) {
  for (const DnsStep& step : seen.steps) {
    std::string said = step.addresses.empty() ? verdict(step) : "";
    if (said == "-") said = "NODATA";
    for (const Endpoint& address : step.addresses)
      said += (said.empty() ? "" : ", ") + address.address_text();
    results.line("asked     " + step.question.name.text() + " " + net::dns::type_text(step.question.type) +
                 " at " + net::dns::server_text(step.server) + ": " + said + " (" +
                 net::milliseconds_text(step.time) + ")");
  }
}

void show_text(Results& results, const Comparison& seen, const std::vector<Difference>& found, bool verbose) {
  constexpr std::size_t one_name = 2;
  show_table(results, seen);
  if (verbose) {
    results.line("nsswitch  hosts: " + seen.order.line + (seen.order.from_file ? "" : " (the default)"));
  }
  if (verbose || seen.steps.size() > one_name) show_steps(results, seen);
  for (const Difference& difference : found) results.line(difference.text);
}

Value hosts_value(const Comparison& seen) {
  if (seen.hosts.empty()) return nullptr;
  const net::dns::HostsLine& first = seen.hosts.front();
  List aliases;
  for (const std::string& alias : net::dns::merge_hosts(seen.hosts, first.address.family()).aliases)
    aliases.emplace_back(alias);
  return Object{{"line", static_cast<std::uint64_t>(first.number)},
                {"h_name", first.official_name},
                {"h_aliases", std::move(aliases)},
                {"addresses", address_list(seen.hosts_addresses())}};
}

Value step_value(const DnsStep& step) {
  List cnames;
  for (const std::string& target : step.cnames) cnames.emplace_back(target);
  return Object{{"name", step.question.name.text()},
                {"type", net::dns::type_text(step.question.type)},
                {"server", step.server.address_text()},
                {"port", step.server.port()},
                {"rcode", step.rcode ? Value(net::dns::rcode_text(*step.rcode)) : Value(nullptr)},
                {"addresses", address_list(step.addresses)},
                {"cnames", std::move(cnames)},
                {"time_ms", net::to_ms(step.time)},
                {"error", step.error ? error_value(*step.error) : Value(nullptr)}};
}

Object comparison_object(const Comparison& seen, const std::vector<Difference>& found) {
  List steps;
  for (const DnsStep& step : seen.steps) steps.push_back(step_value(step));
  List sentences;
  for (const Difference& difference : found)
    sentences.emplace_back(Object{{"code", difference.code}, {"text", difference.text}});
  const std::string& h_name = seen.libc.canonical_name;
  Object libc{{"h_name", h_name.empty() ? Value(nullptr) : Value(h_name)},
              {"addresses", address_list(seen.libc.addresses)},
              {"error", seen.libc.error ? error_value(*seen.libc.error) : Value(nullptr)},
              {"time_ms", net::to_ms(seen.libc.time)}};
  return {{"name", seen.name},       {"hosts", hosts_value(seen)},  {"dns", std::move(steps)},
          {"libc", std::move(libc)}, {"nsswitch", seen.order.line}, {"differences", std::move(sentences)}};
}

int comparison_status(const Comparison& seen) {
  if (!seen.libc.error) return seen.libc.addresses.empty() ? status_refused : status_ok;
  // libc's "temporary failure" is a server's word or silence: DNS, asked beside it, knows which.
  const bool silence = !seen.steps.empty() && std::ranges::all_of(seen.steps, [](const DnsStep& step) {
    return step.error && step.error->blame == net::Blame::silence;
  });
  if (seen.libc.error->symbol() == "EAI_AGAIN" && silence) return status_silence;
  return exit_status(*seen.libc.error);
}

}  // namespace

net::Task<int> resolve_compare(net::Reactor& reactor, Results& results, Output& out, std::string name,
                               net::dns::QueryOptions options) {
  const Comparison seen = co_await net::dns::compare(reactor, std::move(name), std::move(options));
  const std::vector<Difference> found = net::dns::differences(seen);
  show_text(results, seen, found, out.options().verbose);
  results.object(comparison_object(seen, found));
  co_return comparison_status(seen);
}

}  // namespace cmd
