// Texts and addresses against the C library's inet_pton(3), inet_ntop(3) and inet_aton(3).
#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <string>
#include <string_view>

#include "net/addr/ip_address.hh"
#include "net/addr/legacy_ipv4.hh"
#include "tests/support/require.hh"
#include "tests/unit/addr/samples.hh"

#ifdef __GLIBC__
inline constexpr bool is_glibc = true;
#else
inline constexpr bool is_glibc = false;
#endif
#define REQUIRE_GLIBC() REQUIRE_THAT(is_glibc, "needs glibc: others read and write differently")

namespace net {
namespace {

constexpr std::string_view alphabet = "0123456789abcdefABCDEFgx:::...%/ -";

std::optional<IpAddress> theirs(const std::string& text) {
  std::array<std::uint8_t, 16> bytes{};
  const bool v6 = text.contains(':');
  if (inet_pton(v6 ? AF_INET6 : AF_INET, text.c_str(), bytes.data()) != 1) return std::nullopt;
  return IpAddress::from_bytes(ByteView(bytes).first(v6 ? 16 : 4));
}

std::string their_text(const IpAddress& address) {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  const auto bytes = address.bytes();
  return inet_ntop(address.is_v4() ? AF_INET : AF_INET6, bytes.view().data(), buffer.data(), buffer.size());
}

/// glibc writes a dotted tail in the deprecated ::/96 too.
bool is_compatible(const IpAddress& address) {
  return !address.is_v4() && address.value() >> 32U == 0;
}

void agree_on_text(const IpAddress& address) {
  if (!is_compatible(address)) ASSERT_EQ(address.text(), their_text(address));
  ASSERT_EQ(IpAddress::parse(address.text()), address);
  ASSERT_EQ(IpAddress::parse(address.expanded()), address);
}

void agree_on_value(const std::string& text) {
  const auto ours = IpAddress::parse(text);
  const auto reference = theirs(text);
  ASSERT_EQ(ours.has_value(), reference.has_value())
      << "'" << text << "': " << (ours ? "taken" : ours.error());
  if (ours) ASSERT_EQ(*ours, *reference) << text;
}

TEST(Glibc, WritesTheSame) {
  REQUIRE_GLIBC();
  for (const IpFamily family : {IpFamily::v4, IpFamily::v6}) {
    SCOPED_TRACE("seed 1");
    Samples samples(1);
    for (const IpAddress& address : boundaries(family)) ASSERT_NO_FATAL_FAILURE(agree_on_text(address));
    for (std::size_t i = 0; i < sample_count; ++i) {
      ASSERT_NO_FATAL_FAILURE(agree_on_text(samples.address(family)));
    }
  }
}

TEST(Glibc, WritesAlikeForEveryPatternOfZeroGroups) {
  REQUIRE_GLIBC();
  for (const unsigned group : {0x1U, 0x10U, 0xabcU, 0xffffU}) {
    for (unsigned pattern = 0; pattern < 256; ++pattern) {
      Uint128 value = 0;
      for (unsigned i = 0; i < 8; ++i) value = value << 16U | ((pattern >> i & 1U) != 0 ? group : 0U);
      ASSERT_NO_FATAL_FAILURE(agree_on_text(IpAddress::v6(value)));
    }
  }
}

TEST(Glibc, ReadsTheSameOfTextsAndNearMisses) {
  for (const IpFamily family : {IpFamily::v4, IpFamily::v6}) {
    SCOPED_TRACE("seed 2");
    Samples samples(2);
    std::size_t taken = 0;
    for (std::size_t i = 0; i < sample_count; ++i) {
      const std::string text = samples.spelling(samples.address(family));
      ASSERT_NO_FATAL_FAILURE(agree_on_value(text));
      const std::string near = samples.mutated(text, alphabet);
      ASSERT_NO_FATAL_FAILURE(agree_on_value(near));
      if (theirs(near)) ++taken;
    }
    // Both answers come often, or this test would show little.
    EXPECT_GT(taken, sample_count / 20);
    EXPECT_LT(taken, sample_count * 3 / 4);
  }
}

/// Every text of up to `length` of these pieces.
void all_texts(const std::string& text, std::span<const std::string_view> pieces, int length) {
  ASSERT_NO_FATAL_FAILURE(agree_on_value(text));
  if (length == 0) return;
  for (const std::string_view piece : pieces) {
    ASSERT_NO_FATAL_FAILURE(all_texts(text + std::string(piece), pieces, length - 1));
  }
}

TEST(Glibc, ReadsTheSameOfEveryShortText) {
  constexpr std::array<std::string_view, 4> characters{":", ".", "0", "1"};
  all_texts("", characters, 8);
  constexpr std::array<std::string_view, 5> with_letters{":", "f", "g", "%", ".1"};
  all_texts("", with_letters, 6);
}

TEST(Glibc, ReadsTheSameOfEveryRowOfGroups) {
  constexpr std::array<std::string_view, 3> groups{"1:", ":", "1.2.3.4:"};
  for (const std::string_view begin : {"", "0:0:0:"}) {
    all_texts(std::string(begin), groups, 8);
  }
  constexpr std::array<std::string_view, 4> octets{"0.", "255.", "256.", "01."};
  all_texts("", octets, 5);
  for (const std::string_view last : {"0", "255", "256", "01", ""}) {
    for (const std::string_view first : {"1.2.3.", "::1.2.3.", "1:2:3:4:5:6:1.2.3.", "::ffff:1.2.3."}) {
      agree_on_value(std::string(first) + std::string(last));
    }
  }
}

std::optional<IpAddress> their_legacy(const std::string& text) {
  in_addr address{};
  if (inet_aton(text.c_str(), &address) == 0) return std::nullopt;
  return IpAddress::v4(ntohl(address.s_addr));
}

void agree_on_legacy(const std::string& text) {
  // glibc takes a blank and then anything; we do not.
  if (std::ranges::any_of(text, [](unsigned char c) { return std::isspace(c) != 0; })) return;
  const auto ours = parse_legacy_ipv4(text);
  ASSERT_EQ(ours ? ours->octal : std::nullopt, their_legacy(text)) << "'" << text << "'";
}

std::string legacy_part(Samples& samples, unsigned bits) {
  const std::uint64_t limit = std::uint64_t{1} << bits;
  std::uint64_t value = samples.word() % limit;
  if (samples.one_in(4)) value = samples.one_in(2) ? limit - 1 : limit;
  if (samples.one_in(4)) value = samples.below(20);
  std::array<char, 32> text{};

  const auto number = static_cast<unsigned long long>(value);
  switch (samples.below(5)) {
    case 0:
      std::snprintf(text.data(), text.size(), "%llu", number);
      break;
    case 1:
      std::snprintf(text.data(), text.size(), "0%llo", number);
      break;
    case 2:
      std::snprintf(text.data(), text.size(), "0x%llx", number);
      break;
    case 3:
      std::snprintf(text.data(), text.size(), "0X%04llX", number);
      break;
    default:
      std::snprintf(text.data(), text.size(), "0%llu", number);
  }
  return text.data();
}

TEST(Glibc, ReadsTheSameOldForms) {
  REQUIRE_GLIBC();
  SCOPED_TRACE("seed 3");
  Samples samples(3);
  std::size_t taken = 0;
  for (std::size_t i = 0; i < sample_count; ++i) {
    const auto parts = static_cast<unsigned>(1 + samples.below(4));
    std::string text;
    for (unsigned part = 1; part < parts; ++part) text += legacy_part(samples, 8) + ".";
    text += legacy_part(samples, 8 * (5 - parts));
    ASSERT_NO_FATAL_FAILURE(agree_on_legacy(text));
    ASSERT_NO_FATAL_FAILURE(agree_on_legacy(samples.mutated(text, "0123456789abcdefxX.. -+:")));
    if (their_legacy(text)) ++taken;
  }
  EXPECT_GT(taken, sample_count / 4);
  EXPECT_LT(taken, sample_count * 3 / 4);
}

TEST(Glibc, ReadsTheSameOldFormsOfEveryShortText) {
  REQUIRE_GLIBC();
  constexpr std::array<std::string_view, 6> pieces{".", "0", "8", "0x", "255", "f"};
  const auto all = [&](const auto& self, const std::string& text, int length) -> void {
    ASSERT_NO_FATAL_FAILURE(agree_on_legacy(text));
    if (length == 0) return;
    for (const std::string_view piece : pieces) self(self, text + std::string(piece), length - 1);
  };
  all(all, "", 6);
}

TEST(LegacyIpv4, DecimalReadingIsTheTextWithoutLeadingZeros) {
  SCOPED_TRACE("seed 4");
  Samples samples(4);
  for (std::size_t i = 0; i < sample_count; ++i) {
    const IpAddress address = samples.ipv4();
    std::string padded;
    for (const std::uint8_t octet : address.bytes().view()) {
      padded += (padded.empty() ? "" : ".") + std::string(samples.below(3), '0') + std::to_string(octet);
    }
    const auto parsed = parse_legacy_ipv4(padded);
    ASSERT_TRUE(parsed) << padded << ": " << parsed.error();
    ASSERT_EQ(parsed->decimal, address) << padded;
  }
}

}  // namespace
}  // namespace net
