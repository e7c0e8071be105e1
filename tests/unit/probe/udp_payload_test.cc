#include "net/probe/udp_payload.hh"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "net/probe/udp_service.hh"
#include "tests/support/dns_message.hh"

namespace net {
namespace {

std::string text(const Buffer& bytes) {
  return {bytes.begin(), bytes.end()};
}

/// The bytes in hexadecimal, with dots for the token.
std::string shape(const UdpQuestion& question) {
  std::string hex = hex_text(question.bytes);
  std::fill_n(hex.begin() + static_cast<std::ptrdiff_t>(2 * question.token), 2 * question.token_size, '.');
  return hex;
}

struct Case {
  std::uint16_t port;
  std::string_view name;
  std::string bytes;
};
class UdpPayload : public testing::TestWithParam<Case> {};

TEST_P(UdpPayload, IsCorrectToTheByte) {
  const UdpQuestion question = udp_question(GetParam().port);
  EXPECT_EQ(question.service, GetParam().name);
  EXPECT_EQ(shape(question), GetParam().bytes);
}

const std::string zeros16(32, '0');

// clang-format off: a field of the message a word.
const Case cases[] = {
    {7, "echo", std::string(32, '.')},
    {13, "daytime", "0d0a"},
    {17, "qotd", "0d0a"},
    {19, "chargen", "0d0a"},
    {37, "time", "0d0a"},
    {53, "DNS",
     "....01000001000000000000"
     "00"
     "0002"
     "0001"},
    {69, "TFTP",
     "0001"
     "6e6574746f6f6c2d7363616e"
     "00"
     "6f63746574"
     "00"},
    {111, "rpcbind",
     "........"
     "00000000"
     "00000002"
     "000186a0"
     "00000002"
     "00000000" +
         zeros16},
    {123, "NTP",
     "23"
     "000000" +
         zeros16 + zeros16 +
         "00000000"
         "................"},
    {137, "NetBIOS",
     "....00000001000000000000"
     "20434b" +
         [] {
           std::string as;
           for (int i = 0; i < 30; ++i) as += "41";
           return as;
         }() +
         "00"
         "0021"
         "0001"},
    {161, "SNMP",
     "3029"
     "020101"
     "04067075626c6963"
     "a01c"
     "020440......"
     "020100"
     "020100"
     "300e300c"
     "06082b06010201010100"
     "0500"},
    {443, "QUIC",
     "c0"
     "1a2a3a4a"
     "08"
     "................" +
         std::string(2 * (1200 - 14), '0')},
    {520, "RIP",
     "01020000"
     "0000"
     "0000"
     "00000000"
     "00000000"
     "00000000"
     "00000010"},
    {853, "QUIC",
     "c0"
     "1a2a3a4a"
     "08"
     "................" +
         std::string(2 * (1200 - 14), '0')},
    {3478, "STUN",
     "0001"
     "0000"
     "2112a442"
     "........................"},
    {5353, "mDNS",
     "....00000001000000000000"
     "095f7365727669636573"
     "075f646e732d7364"
     "045f756470"
     "056c6f63616c"
     "00"
     "000c"
     "0001"},
    {5683, "CoAP", "4000...."},
};
// clang-format on
INSTANTIATE_TEST_SUITE_P(Ports, UdpPayload, testing::ValuesIn(cases),
                         [](const auto& info) { return "Port" + std::to_string(info.param.port); });

TEST(UdpPayloadTable, EveryRowHasItsCaseAndItsPlace) {
  ASSERT_EQ(udp_services().size(), std::size(cases));
  for (std::size_t i = 0; i < std::size(cases); ++i) EXPECT_EQ(udp_services()[i].port, cases[i].port);
}

TEST(UdpPayloadTable, DnsQuestionsAreReadBySomebodyElse) {
  const auto root = test::dns::parse_query(text(udp_question(53).bytes));
  ASSERT_TRUE(root);
  EXPECT_EQ(root->name, "");
  EXPECT_EQ(root->type, 2);
  EXPECT_EQ(root->flags, test::dns::rd);
  const auto types = test::dns::parse_query(text(udp_question(5353).bytes));
  ASSERT_TRUE(types);
  EXPECT_EQ(types->name, "_services._dns-sd._udp.local");
  EXPECT_EQ(types->type, 12);
}

TEST(UdpPayloadTable, OtherPortsGetAnEmptyDatagramInAScan) {
  for (const auto port : std::initializer_list<std::uint16_t>{1, 80, 40000}) {
    const UdpQuestion question = udp_question(port);
    EXPECT_TRUE(question.bytes.empty());
    EXPECT_TRUE(question.service.empty());
    EXPECT_FALSE(question.answered_by({}));
  }
}

TEST(UdpPayloadTable, EachQuestionHasATokenOfItsOwn) {
  std::set<Buffer> ntp;
  for (int i = 0; i < 100; ++i) ntp.insert(udp_question(123).bytes);
  EXPECT_EQ(ntp.size(), 100U);
}

TEST(UdpPayloadAnswer, RepeatsTheTokenWhereverItStands) {
  const UdpQuestion ntp = udp_question(123);
  Buffer reply(48);
  EXPECT_EQ(ntp.answered_by(reply), false);
  // The origin timestamp (RFC 5905, 7.3).
  std::copy_n(ntp.bytes.begin() + 40, 8, reply.begin() + 24);
  EXPECT_EQ(ntp.answered_by(reply), true);
  EXPECT_EQ(udp_question(123).answered_by(reply), false) << "an answer to somebody else";
}

TEST(UdpPayloadAnswer, CannotBeToldWhereNothingIsRepeated) {
  EXPECT_EQ(udp_question(13).answered_by(bytes_of("Tue")), std::nullopt);
  EXPECT_EQ(udp_question(13).answered_by({}), std::nullopt);
}

TEST(UdpPayloadAnswer, OfTftpComesFromAnotherPort) {
  constexpr std::uint8_t error[] = {0, 5, 0, 1, 'n', 'o', 0};
  EXPECT_TRUE(udp_answers_elsewhere(69, error));
  EXPECT_FALSE(udp_answers_elsewhere(53, error));
  constexpr std::uint8_t request[] = {0, 1, 'a', 0};
  EXPECT_FALSE(udp_answers_elsewhere(69, request));
  EXPECT_FALSE(udp_answers_elsewhere(69, ByteView(error).first(1)));
}

TEST(UdpPayloadPing, IsNeverEmptyAndHasItsSequence) {
  const UdpQuestion first = udp_ping_question(40000, 0x01020304);
  EXPECT_EQ(hex_text(ByteView(first.bytes).first(12)),
            "6e6574746f6f6c20"
            "01020304");
  EXPECT_EQ(first.bytes.size(), 32U);
  EXPECT_EQ(first.answered_by(first.bytes), true);
  // An unknown service may answer anything at all: which probe that is for, nobody can tell.
  EXPECT_EQ(first.answered_by(bytes_of("hello")), std::nullopt);
  EXPECT_EQ(first.answered_by(udp_ping_question(40000, 2).bytes), std::nullopt);
}

TEST(UdpPayloadPing, AsksAKnownServiceItsQuestion) {
  EXPECT_EQ(udp_ping_question(123, 7).service, "NTP");
  EXPECT_EQ(udp_ping_question(123, 7).bytes.size(), 48U);
}

}  // namespace
}  // namespace net
