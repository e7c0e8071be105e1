#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "net/sock/sockopt.hh"
#include "net/sock/sockopt_codec.hh"
#include "tests/support/forked.hh"
#include "tests/support/require.hh"
#include "tests/unit/sock/sockopt_samples.hh"
#include "tests/unit/sock/sockopt_sockets.hh"

// Every row of the option table, on every kind of socket, against the kernel that runs here.
namespace net {
namespace {

std::string on(const SocketOption& row, const TestKind& kind) {
  return std::string(row.level_name) + ":" + std::string(row.name) + " on " + std::string(kind.name);
}

/// getsockopt(2) as any program calls it, with a buffer of one of the usual sizes: the bytes, or nothing with
/// errno set.
std::optional<std::vector<std::byte>> plain_read(int fd, const SocketOption& row) {
  // Some read the buffer first, and take nothing but zeros.
  for (const std::byte fill : {std::byte{0xa5}, std::byte{0}}) {
    for (const socklen_t size : {1024U, 64U, 16U, 8U, 4U, 0U}) {
      std::vector<std::byte> bytes(65536, fill);
      socklen_t length = size;
      if (getsockopt(fd, row.level, row.number, bytes.data(), &length) == 0) {
        bytes.resize(length);
        return bytes;
      }
      // Some take one length only.
      if (errno != EINVAL) return std::nullopt;
    }
  }
  return std::nullopt;
}

template <class Number>
Number first_of(const std::vector<std::byte>& bytes) {
  Number number{};
  std::memcpy(&number, bytes.data(), std::min(bytes.size(), sizeof number));
  return number;
}

/// A number or flag in the table is the number that the kernel gave; other types have tests of their own.
void expect_same(const OptionValue& value, const std::vector<std::byte>& plain, const SocketOption& row) {
  EXPECT_FALSE(std::holds_alternative<std::monostate>(value.data));
  if (const bool* flag = std::get_if<bool>(&value.data)) EXPECT_EQ(*flag, first_of<int>(plain) != 0);
  if (row.type == OptionType::timeval) return;
  if (const auto* number = std::get_if<std::int64_t>(&value.data)) {
    const std::int64_t given = row.type == OptionType::unsigned_integer
                                   ? std::int64_t{first_of<unsigned>(plain)}
                                   : std::int64_t{first_of<int>(plain)};
    EXPECT_EQ(*number, given);
  }
  if (const auto* number = std::get_if<std::uint64_t>(&value.data)) {
    EXPECT_EQ(*number, first_of<std::uint64_t>(plain));
  }
}

/// What the table reads is what a plain call reads. Some are clocks, so that the two are tried again until no
/// tick came between.
void expect_as_plain(int fd, const SocketOption& row) {
  for (;;) {
    const auto before = plain_read(fd, row);
    ASSERT_TRUE(before) << std::strerror(errno);
    const auto value = get_option(fd, row);
    if (plain_read(fd, row) != before) continue;
    ASSERT_TRUE(value) << value.error().symbol();
    return expect_same(*value, *before, row);
  }
}

std::optional<std::string> text_of(const Socket& socket, const SocketOption& row) {
  if (!row.readable) return std::nullopt;
  const auto value = get_option(socket.fd(), row);
  return value ? std::optional(option_text(*value)) : std::nullopt;
}

TEST(SockoptKernel, ARowReadsOnEverySocketThatItClaims) {
  for (const SocketOption& row : finished_rows()) {
    for (const TestKind& kind : claimed_kinds(row)) {
      SCOPED_TRACE(on(row, kind));
      const auto socket = fresh(kind);
      if (!socket) continue;
      const auto value = get_option(socket->fd(), row);
      if (!row.readable) {
        EXPECT_FALSE(value) << "can be read";
        continue;
      }
      const Refusal* const refusal = refusal_of(row, kind);
      if (!value) {
        const std::string symbol = value.error().symbol();
        EXPECT_TRUE((refusal != nullptr && symbol == refusal->symbol) || may_lack(row, kind, symbol))
            << symbol;
        continue;
      }
      EXPECT_TRUE(refusal == nullptr || !refusal->always) << "not refused: " << refusal->symbol;
      if (codec_of(row.type).read != nullptr) continue;
      expect_as_plain(socket->fd(), row);
    }
  }
}

TEST(SockoptKernel, SetValuesReadBack) {
  REQUIRE_ROOT();
  for (const SocketOption& row : finished_rows()) {
    if (!row.settable) continue;
    for (const TestKind& kind : claimed_kinds(row)) {
      for (const Sample& sample : samples_of(row, kind)) {
        SCOPED_TRACE(on(row, kind) + "=" + std::string(sample.value));
        const auto socket = fresh(kind);
        if (!socket) continue;
        const std::string symbol = set_sample(*socket, row, sample);
        if (!symbol.empty() && may_lack(row, kind, symbol)) continue;
        EXPECT_EQ(symbol, sample.refused);
        const auto text = text_of(*socket, row);
        if (!sample.moves) EXPECT_EQ(text.value_or(""), sample.reads);
      }
    }
  }
}

/// Whether a sample's value has the word among others: "a,b".
bool has_word(const Sample& sample, std::string_view word) {
  std::string_view rest = sample.value;
  while (!rest.empty()) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    if (rest.substr(0, comma) == word) return true;
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return false;
}

TEST(SockoptKernel, EveryWordIsTakenAndGivenBack) {
  REQUIRE_ROOT();
  for (const SocketOption& row : finished_rows()) {
    if (!row.settable || !kernel_has(row.since)) continue;
    const TestKind kind = claimed_kinds(row).front();
    for (const OptionWord& word : row.words) {
      SCOPED_TRACE(on(row, kind) + "=" + std::string(word.name));
      const auto has = [&](const Sample& sample) {
        return sample.name == row.name && has_word(sample, word.name);
      };
      const auto socket = fresh(kind);
      // Of other types a word is a part of a value.
      const bool whole = encode_option(word.name, row).has_value();
      if (!socket || !whole || std::ranges::any_of(level_of(row).samples, has)) continue;
      const auto set = set_option(socket->fd(), setting_of(row, word.name));
      if (!set && may_lack(row, kind, set.error().symbol())) continue;
      EXPECT_TRUE(set) << set.error().symbol();
      EXPECT_EQ(text_of(*socket, row).value_or(std::string(word.name)), word.name);
    }
  }
}

TEST(SockoptKernel, WhatCannotBeSetIsRefused) {
  REQUIRE_ROOT();
  for (const SocketOption& row : finished_rows()) {
    if (row.settable) continue;
    for (const TestKind& kind : claimed_kinds(row)) {
      const auto socket = fresh(kind);
      if (!socket) continue;
      const std::vector<std::byte> one = [] {
        std::vector<std::byte> bytes(64);
        bytes[0] = std::byte{1};
        return bytes;
      }();
      for (const socklen_t length : {4U, 8U, 12U, 16U, 64U}) {
        EXPECT_LT(setsockopt(socket->fd(), row.level, row.number, one.data(), length), 0) << on(row, kind);
      }
    }
  }
}

/// Why a socket that the row does not claim does not have it: it refuses to tell or to take it, or takes it
/// without effect. Empty where it has it after all.
std::string why_not(const SocketOption& row, const TestKind& kind) {
  std::string why;
  const auto untouched = fresh(kind);
  if (row.readable && !text_of(*untouched, row)) return "cannot be read";
  if (!row.settable) return {};
  for (const Sample& sample : level_of(row).samples) {
    if (sample.name != row.name || !kernel_has(sample.since)) continue;
    const auto socket = fresh(kind);
    const std::string symbol = set_sample(*socket, row, sample);
    if (!symbol.empty() && symbol != sample.refused) return symbol;
    if (symbol.empty() && (!row.readable || text_of(*socket, row) != text_of(*untouched, row))) return {};
    why = symbol.empty() ? "has no effect" : symbol;
  }
  return why;
}

// The other direction: a row claims all the sockets that have it.
TEST(SockoptKernel, ARowIsRefusedByEverySocketThatItDoesNotClaim) {
  REQUIRE_ROOT();
  for (const SocketOption& row : finished_rows()) {
    for (const TestKind& kind : other_kinds(row)) {
      if (!fresh(kind) || !kernel_has(row.since)) continue;
      const auto left_out = std::ranges::find_if(level_of(row).left_out, [&](const LeftOut& left) {
        return left.name == row.name && concerns(left.kinds, 0, kind);
      });
      const std::string why = why_not(row, kind);
      if (left_out == level_of(row).left_out.end()) {
        EXPECT_NE(why, "") << on(row, kind);
      } else {
        EXPECT_TRUE(why.empty() || !left_out->always) << on(row, kind) << " " << why;
      }
    }
  }
}

/// "" if a number is taken as a row's value, else the symbol; what cannot even be written is "unwritable".
std::string set_number(const SocketOption& row, const TestKind& kind, std::int64_t number) {
  const auto bytes = encode_option(std::to_string(number), row);
  if (!bytes) return "unwritable";
  const auto socket = fresh(kind);
  const auto done = set_option(socket->fd(), {.option = &row, .bytes = *bytes, .written = {}});
  return done ? std::string() : done.error().symbol();
}

/// Whether a sample says that just this value, though within the limits, is refused.
bool is_refused_sample(const SocketOption& row, std::int64_t number) {
  return std::ranges::any_of(level_of(row).samples, [&](const Sample& sample) {
    return sample.name == row.name && !sample.refused.empty() && sample.value == std::to_string(number);
  });
}

// Of numbers; the limits of other types are in their samples.
TEST(SockoptKernel, WhatIsOutsideTheLimitsIsRefused) {
  REQUIRE_ROOT();
  for (const SocketOption& row : finished_rows()) {
    const TestKind kind = claimed_kinds(row).front();
    if (!row.settable || !row.words.empty() || !fresh(kind)) continue;
    const auto taken = [&](std::int64_t number) {
      const std::string symbol = set_number(row, kind, number);
      return symbol.empty() || may_lack(row, kind, symbol);
    };
    const auto expect = [&](std::int64_t limit, std::int64_t beyond) {
      EXPECT_NE(taken(limit), is_refused_sample(row, limit)) << on(row, kind) << "=" << limit;
      EXPECT_FALSE(taken(beyond)) << on(row, kind) << "=" << beyond;
    };
    if (row.least != SocketOption{}.least) expect(row.least, row.least - 1);
    if (row.most != SocketOption{}.most) expect(row.most, row.most + 1);
  }
}

/// What a user without capabilities is refused and root is not: setting the row, or what it asks for first.
enum class Refused : std::uint8_t { nothing, before, itself };

Refused refused_to_nobody(const SocketOption& row) {
  Refused refused = Refused::nothing;
  for (const TestKind& kind : claimed_kinds(row)) {
    for (const Sample& sample : samples_of(row, kind)) {
      const auto socket = fresh(kind);
      if (!socket) continue;
      const bool ready = set_before(*socket, sample).empty();
      const auto set = set_option(socket->fd(), setting_of(row, sample.value));
      const std::string symbol = set ? "" : set.error().symbol();
      if (may_lack(row, kind, symbol)) continue;
      if (ready && symbol != sample.refused) return Refused::itself;
      // Of what needs TCP_REPAIR, root is told so as well on a fresh socket.
      if (!ready || symbol == "EPERM") refused = Refused::before;
    }
  }
  return refused;
}

TEST(SockoptKernel, ACapabilityIsAskedForWhereTheTableSaysSo) {
  REQUIRE_ROOT();
  test::Forked nobody(
      [] {
        for (const SocketOption& row : finished_rows()) {
          // Only algorithms that this host does not allow ask for it.
          if (!row.settable || !kernel_has(row.since) || row.name == "TCP_CONGESTION") continue;
          const Refused refused = refused_to_nobody(row);
          const Refusal* const refusal = refusal_of(row, claimed_kinds(row).front());
          const bool may_be_missing = refusal != nullptr && !refusal->always;
          if (row.capability.empty()) {
            EXPECT_NE(refused, Refused::itself) << row.level_name << ":" << row.name;
          } else if (!may_be_missing) {
            EXPECT_NE(refused, Refused::nothing) << row.level_name << ":" << row.name;
          }
        }
        return testing::Test::HasFailure() ? 1 : 0;
      },
      test::Identity{});
  EXPECT_EQ(nobody.wait(), 0);
}

}  // namespace
}  // namespace net
