#include "cmd/text_out.hh"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace cmd {
namespace {

Document document(std::string label, std::string subject, std::string text, Tone tone = Tone::plain) {
  Document out;
  out.tone = tone;
  out.label = std::move(label);
  out.subject = std::move(subject);
  out.text = std::move(text);
  return out;
}

TEST(TextOut, Columns) {
  // Nine columns for the label, twenty-five for the subject.
  EXPECT_EQ(to_text(document("attempt", "192.0.2.1:80/tcp", "refused"), false),
            "attempt  192.0.2.1:80/tcp         refused");
  EXPECT_EQ(to_text(document("", "", "just text"), false), "just text");
  EXPECT_EQ(to_text(document("label", "", "text"), false), "label    text");
  EXPECT_EQ(to_text(document("", "subject", "text"), false), "subject                  text");
}

TEST(TextOut, WhatIsTooLongPushesTheRest) {
  EXPECT_EQ(to_text(document("connected", "s", "t"), false), "connected s                        t");
  const std::string subject(40, 's');
  EXPECT_EQ(to_text(document("label", subject, "text"), false), "label    " + subject + " text");
}

TEST(TextOut, NoBlanksAtTheEnd) {
  EXPECT_EQ(to_text(document("label", "subject", ""), false), "label    subject");
  EXPECT_EQ(to_text(document("label", "", ""), false), "label");
  EXPECT_EQ(to_text(document("", "", "text   "), false), "text");
  EXPECT_EQ(to_text(document("", "", ""), false), "");
}

TEST(TextOut, EscapesEverything) {
  const std::string line = to_text(document("a\x1b", "b\nc", "d\x9b\xff\te"), false);
  EXPECT_EQ(line, "a\\x1b    b\\x0ac                   d\\x9b\\xff\\x09e");
  for (const char c : line) EXPECT_TRUE(c >= 0x20 && c < 0x7f);
}

TEST(TextOut, AlignsByCharactersNotBytes) {
  const std::string plain = to_text(document("l", "cafe", "t"), false);
  const std::string accent = to_text(document("l", "caf\xc3\xa9", "t"), false);
  EXPECT_EQ(plain.find(" t"), accent.find(" t") - 1);
}

TEST(TextOut, ColoursTheLabelOrATextThatStandsAlone) {
  EXPECT_EQ(to_text(document("ok", "s", "t", Tone::good), true),
            "\x1b[32mok       \x1b[0ms                        t");
  EXPECT_EQ(to_text(document("no", "", "t", Tone::bad), true), "\x1b[31mno       \x1b[0mt");
  EXPECT_EQ(to_text(document("wait", "", "t", Tone::waiting), true), "\x1b[33mwait     \x1b[0mt");
  EXPECT_EQ(to_text(document("plain", "", "t"), true), "plain    t");
  EXPECT_EQ(to_text(document("ok", "s", "t", Tone::good), false), "ok       s                        t");
  EXPECT_EQ(to_text(document("", "", "t", Tone::bad), true), "\x1b[31mt\x1b[0m");
}

// The colour is ours; a colour of the peer's is not.
TEST(TextOut, HostileLabelsStayInTheirPaint) {
  EXPECT_EQ(to_text(document("\x1b[0m", "", "", Tone::good), true), "\x1b[32m\\x1b[0m  \x1b[0m");
}

}  // namespace
}  // namespace cmd
