#include "net/dns/name.hh"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tests/unit/dns/wire_parts.hh"

// Names as text: escapes, limits, comparison, and what lies within what.
namespace net::dns {
namespace {

using namespace std::string_literals;

std::string wire_of(const Name& parsed) {
  const ByteView wire = parsed.wire();
  return {wire.begin(), wire.end()};
}

TEST(NameParse, IntoTheBytesOfTheWire) {
  struct Case {
    std::string_view text;
    std::string wire;
  };
  const Case cases[] = {
      {".", "\0"s},
      {"a", "\1a\0"s},
      {"a.", "\1a\0"s},
      {"www.Example.", "\3www\7Example\0"s},
      {"a b", "\3a b\0"s},
      {R"(a\.b.c)", "\3a.b\1c\0"s},
      {R"(a\.)", "\2a.\0"s},
      {R"(\\)", "\1\\\0"s},
      {R"(\@\"\x)", "\3@\"x\0"s},
      {R"(\000\255\009)", "\3\0\xff\t\0"s},
      {R"(\0461)", "\2.1\0"s},
      {R"(*._tcp)", "\1*\4_tcp\0"s},
  };
  for (const Case& c : cases) {
    const auto parsed = Name::parse(c.text);
    ASSERT_TRUE(parsed) << c.text << ": " << parsed.error();
    EXPECT_EQ(wire_of(*parsed), c.wire) << c.text;
  }
}

TEST(NameParse, Refuses) {
  struct Case {
    std::string_view text;
    std::string_view why;
  };
  const Case cases[] = {
      {"", "empty name"},
      {"..", "empty label"},
      {".a", "empty label"},
      {"a..b", "empty label"},
      {"a..", "empty label"},
      {"a\\", "ends with a backslash"},
      {"a.\\", "ends with a backslash"},
      {"\\1", "\\ and a digit need three digits"},
      {"\\12", "\\ and a digit need three digits"},
      {"\\1x3", "\\ and a digit need three digits"},
      {"\\12x", "\\ and a digit need three digits"},
      {"\\12.", "\\ and a digit need three digits"},
      {"\\256", "\\DDD is at most \\255"},
      {"\\999", "\\DDD is at most \\255"},
      {"b\xc3\xbc"
       "cher",
       "not ASCII: write its xn-- form"},
      {"\\\xc3\xbc", "not ASCII: write its xn-- form"},
  };
  for (const Case& c : cases) EXPECT_EQ(complaint(Name::parse(c.text)), c.why) << c.text;
}

TEST(NameParse, LimitsOfLabelsAndNames) {
  const std::string longest_label(63, 'x');
  EXPECT_EQ(name(longest_label).wire().size(), 65U);
  EXPECT_EQ(complaint(Name::parse(longest_label + "x")), "a label is longer than 63 bytes");
  // An escape is one byte.
  EXPECT_TRUE(Name::parse(longest_label.substr(1) + "\\120"));
  const std::string three = longest_label + "." + longest_label + "." + longest_label + ".";
  // 3 * 64 + 1 + 61 + the root = 255.
  EXPECT_EQ(name(three + std::string(61, 'y')).wire().size(), 255U);
  EXPECT_EQ(complaint(Name::parse(three + std::string(62, 'y'))), "longer than 255 bytes");
  std::string many;
  for (int i = 0; i < 127; ++i) many += "a.";
  EXPECT_EQ(name(many).labels(), 127U);
  EXPECT_EQ(complaint(Name::parse(many + "a")), "longer than 255 bytes");
}

TEST(NameText, IsDigsWithAFinalDot) {
  EXPECT_EQ(Name().text(), ".");
  EXPECT_EQ(name("Www.example").text(), "Www.example.");
  EXPECT_EQ(name(R"(\"\(\)\.\;\\\@\$)").text(), R"(\"\(\)\.\;\\\@\$.)");
  EXPECT_EQ(name(R"(a\032b\000\127\255\009)").text(), R"(a\032b\000\127\255\009.)");
  EXPECT_EQ(name("!~-_*'").text(), "!~-_*'.");
}

TEST(NameText, EveryByteComesBack) {
  for (int byte = 0; byte < 256; ++byte) {
    Buffer wire{2, 'a', static_cast<std::uint8_t>(byte), 0};
    std::size_t offset = 0;
    const auto decoded_name = Name::decode(wire, offset);
    ASSERT_TRUE(decoded_name);
    const auto back = Name::parse(decoded_name->text());
    ASSERT_TRUE(back) << byte << ": " << decoded_name->text();
    EXPECT_TRUE(back->same_bytes(*decoded_name)) << byte;
    for (const char c : decoded_name->text()) EXPECT_TRUE(c > 0x20 && c < 0x7f) << byte;
  }
}

TEST(QuotedText, AsMasterFilesHaveStrings) {
  EXPECT_EQ(quoted_text({}), "\"\"");
  EXPECT_EQ(quoted_text(bytes_of("a b;c$(@).")), "\"a b;c$(@).\"");
  EXPECT_EQ(quoted_text(bytes_of("\"\\")), R"("\"\\")");
  EXPECT_EQ(quoted_text(bytes_of("\x1b\x1f\x7f\xff"s + '\0')), R"("\027\031\127\255\000")");
}

TEST(NameReverse, OfBothFamilies) {
  const std::uint8_t v4[] = {192, 0, 2, 5};
  EXPECT_EQ(Name::reverse_of(v4).text(), "5.2.0.192.in-addr.arpa.");
  const auto v6 = endpoint("2001:db8::567:89ab", 0);
  EXPECT_EQ(Name::reverse_of(v6.address_bytes()).text(),
            "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.")
      << "the example of RFC 3596, 2.5, with other digits";
}

TEST(NameCompare, WithoutCaseButTheBytesAreKept) {
  EXPECT_EQ(name("WWW.Example."), name("www.eXAMPLE"));
  EXPECT_FALSE(name("WWW.test").same_bytes(name("www.test")));
  EXPECT_TRUE(name("WWW.test").same_bytes(name("WWW.test.")));
  EXPECT_EQ(name("WWW.test").text(), "WWW.test.");
  EXPECT_EQ(name("WWW.Test").folded(), "\3www\4test\0"s);
  // RFC 4343: only ASCII letters have case; @ and ` or [ and { do not.
  EXPECT_NE(name("\\@"), name("`"));
  EXPECT_NE(name("["), name("{"));
  EXPECT_NE(name(R"(\196)"), name(R"(\228)"));
  EXPECT_NE(name("ab"), name("a.b"));
  EXPECT_NE(name("a"), name("a.b"));
  EXPECT_NE(name(R"(a\.b)"), name("a.b"));
  EXPECT_EQ(name("AZ"), name("az"));
}

TEST(NameWithin, ByWholeLabels) {
  struct Case {
    std::string_view name;
    std::string_view zone;
    bool within;
  };
  const Case cases[] = {
      {"example.", "example.", true},
      {"EXAMPLE.", "example.", true},
      {"a.b.example.", "example.", true},
      {"a.b.example.", "B.Example.", true},
      {"a.example.", ".", true},
      {".", ".", true},
      {".", "example.", false},
      {"example.", "a.example.", false},
      {"xexample.", "example.", false},
      {"a.xexample.", "example.", false},
      {R"(a\.example.)", "example.", false},
      {"example.test.", "example.", false},
      {R"(\007example.)", "example.", false},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(name(c.name).is_within(name(c.zone)), c.within) << c.name << " in " << c.zone;
  }
}

TEST(NameParts, ParentLabelsAndBelow) {
  EXPECT_EQ(name("a.b.c").parent().text(), "b.c.");
  EXPECT_TRUE(name("c").parent().is_root());
  EXPECT_TRUE(Name().parent().is_root());
  EXPECT_EQ(Name().labels(), 0U);
  EXPECT_EQ(name(R"(a\.b.c)").labels(), 2U);
  EXPECT_FALSE(name("a").is_root());
  EXPECT_EQ(name("a.b").below(name("c.d"))->text(), "a.b.c.d.");
  EXPECT_EQ(name("a").below(Name())->text(), "a.");
  EXPECT_EQ(Name().below(name("a"))->text(), "a.");
  const std::string label(63, 'x');
  const Name long_name = name(label + "." + label + "." + label);
  EXPECT_EQ(name(std::string(61, 'y')).below(long_name)->wire().size(), 255U);
  EXPECT_FALSE(name(std::string(62, 'y')).below(long_name));
}

}  // namespace
}  // namespace net::dns
