#include "net/addr/ip_range.hh"

#include <algorithm>
#include <bit>

namespace net {
namespace {

std::string_view without_blanks(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

int trailing_zeros(Uint128 value) {
  return low64(value) != 0 ? std::countr_zero(low64(value)) : 64 + std::countr_zero(high64(value));
}

/// The last address: whole, or the last octet of an IPv4 address that begins as `first`.
Parsed<IpAddress> parse_last(std::string_view text, const IpAddress& first) {
  if (!first.is_v4() || text.contains('.') || text.contains(':')) return IpAddress::parse(text);
  std::string whole = first.text();
  whole.resize(whole.rfind('.') + 1);
  whole += text;
  return IpAddress::parse(whole);
}

/// The largest prefix that begins at `first` and does not pass `last`.
IpPrefix widest(const IpAddress& first, const IpAddress& last) {
  const Uint128 span = last.value() - first.value();
  // span + 1 addresses are left; written so that 2^128 of them do not overflow.
  const int room = span == uint128_max ? 128 : bit_width(span + 1) - 1;
  const int aligned = first.value() == 0 ? first.bits() : trailing_zeros(first.value());
  return {first, first.bits() - std::min(room, aligned)};
}

IpAddress next_of(const IpAddress& address) {
  return {address.family(), address.value() + 1};
}

bool touches(const IpRange& before, const IpRange& after) {
  return before.first.family() == after.first.family() &&
         (after.first <= before.last || after.first.value() - 1 == before.last.value());
}

}  // namespace

Parsed<IpRange> IpRange::parse(std::string_view text) {
  const std::size_t minus = text.find('-');
  if (minus == std::string_view::npos) return std::unexpected("no '-'");
  const std::string_view first_text = without_blanks(text.substr(0, minus));
  const std::string_view last_text = without_blanks(text.substr(minus + 1));
  if (first_text.empty()) return std::unexpected("nothing before '-'");
  if (last_text.empty()) return std::unexpected("nothing after '-'");
  const auto begin = IpAddress::parse(first_text);
  if (!begin) return std::unexpected(begin.error());
  const auto end = parse_last(last_text, *begin);
  if (!end) return std::unexpected(end.error());
  if (begin->family() != end->family()) return std::unexpected("the two ends are of different families");
  if (*end < *begin) return std::unexpected("reversed: " + end->text() + " stands before " + begin->text());
  return IpRange{*begin, *end};
}

AddressCount IpRange::size() const {
  const Uint128 span = last.value() - first.value();
  if (span == uint128_max) return std::nullopt;
  return span + 1;
}

bool IpRange::contains(const IpAddress& other) const {
  return first <= other && other <= last;
}

bool IpRange::contains(const IpRange& other) const {
  return contains(other.first) && contains(other.last);
}

std::string IpRange::text() const {
  std::string out = first.text() + "-";
  last.append_text(out);
  return out;
}

std::vector<IpPrefix> cover(const IpRange& range) {
  std::vector<IpPrefix> out;
  for (IpAddress first = range.first;; first = next_of(first)) {
    out.push_back(widest(first, range.last));
    first = out.back().last();
    if (first == range.last) return out;
  }
}

std::vector<IpPrefix> aggregate(std::vector<IpRange> ranges) {
  std::ranges::sort(ranges, {}, &IpRange::first);
  std::vector<IpPrefix> out;
  for (std::size_t i = 0; i < ranges.size();) {
    IpRange merged = ranges[i++];
    for (; i < ranges.size() && touches(merged, ranges[i]); ++i) {
      merged.last = std::max(merged.last, ranges[i].last);
    }
    std::ranges::copy(cover(merged), std::back_inserter(out));
  }
  return out;
}

Subnets::Subnets(const IpPrefix& prefix, int length)
    : next_(IpPrefix{prefix.network(), length}), last_(prefix.last()) {
  const int extra = length - prefix.length;
  if (extra < 128) count_ = Uint128{1} << static_cast<unsigned>(extra);
}

Parsed<Subnets> Subnets::of(const IpPrefix& prefix, int length) {
  const int bits = prefix.address.bits();
  if (length < prefix.length || length > bits) {
    return std::unexpected("/" + std::to_string(length) + " is out of range (" +
                           std::to_string(prefix.length) + "-" + std::to_string(bits) + " within " +
                           prefix.canonical().text() + ")");
  }
  return Subnets(prefix, length);
}

std::optional<IpPrefix> Subnets::next() {
  const auto now = next_;
  if (!now) return std::nullopt;
  const IpAddress end = now->last();
  next_ = end == last_ ? std::nullopt : std::optional(IpPrefix{next_of(end), now->length});
  return now;
}

}  // namespace net
