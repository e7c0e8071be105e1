#include "net/serve/chat_lines.hh"

#include <gtest/gtest.h>

#include <string>

namespace net {
namespace {

TEST(ChatLines, WholeLinesAlone) {
  ChatLines lines("me");
  EXPECT_EQ(lines.feed("a"), "");
  EXPECT_EQ(lines.feed("b\nc"), "<me> ab\n");
  EXPECT_EQ(lines.feed("\r"), "");
  EXPECT_EQ(lines.feed("\n\n"), "<me> c\n<me> \n");
  EXPECT_EQ(lines.feed("rest"), "");
  EXPECT_EQ(lines.finish(), "<me> rest\n");
  EXPECT_EQ(lines.finish(), "");
}

TEST(ChatLines, WhatATerminalMustNotGet) {
  ChatLines lines("me");
  EXPECT_EQ(lines.feed("\t\x1b]0;x\x07\t\x7f\xc2\x9b\xc0\n"),
            "<me> \t\\x1b]0;x\\x07\t\\x7f\\xc2\\x9b\\xc0\n");
}

TEST(ChatLines, LongOnesInPieces) {
  const std::string full(ChatLines::longest, 'x');
  ChatLines lines("me");
  EXPECT_EQ(lines.feed(full.substr(1)), "");
  EXPECT_EQ(lines.feed("x"), "<me> " + full + "\n");
  EXPECT_EQ(lines.feed("\n"), "") << "that line has gone already";
  EXPECT_EQ(lines.feed("\n"), "<me> \n");
  EXPECT_EQ(lines.feed(full + full + "yz\n"), "<me> " + full + "\n<me> " + full + "\n<me> yz\n");
  // A newline that comes just where a piece would end.
  EXPECT_EQ(lines.feed(full + "\n"), "<me> " + full + "\n");
  EXPECT_EQ(lines.feed("next\n"), "<me> next\n");
}

TEST(ChatLines, NoCutThroughACharacter) {
  for (const std::string& character : {"\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80"}) {
    for (std::size_t before = 1; before < 5; ++before) {
      ChatLines lines("me");
      std::string said(ChatLines::longest - before, 'x');
      said += character;
      said += character;
      const std::string out = lines.feed(said + "\n");
      EXPECT_EQ(out.find('\\'), std::string::npos) << before << " " << out.substr(4000);
      std::string text;
      for (std::size_t at = 0; at < out.size(); at = out.find('\n', at) + 1) {
        text += out.substr(at + 5, out.find('\n', at) - at - 5);
      }
      EXPECT_EQ(text, said);
    }
  }
}

// Bytes that never were a character do not hold the cut up.
TEST(ChatLines, OnlyContinuationBytes) {
  ChatLines lines("me");
  const std::string out = lines.feed(std::string(ChatLines::longest * 2, '\x80'));
  EXPECT_EQ(out.substr(0, 9), "<me> \\x80");
  EXPECT_GT(out.size(), ChatLines::longest * 4);
}

}  // namespace
}  // namespace net
