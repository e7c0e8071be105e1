#include "cmd/sockopt_rows.hh"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <string>

#include "cmd/json_out.hh"
#include "net/sock/socket.hh"
#include "tests/unit/cmd/written.hh"

// Options of a socket as rows of text and as JSON.
namespace cmd {
namespace {

using net::OptionValue;

constexpr net::SocketOption buffer{.name = "SO_X",
                                   .number = 7,
                                   .type = net::OptionType::bytes,
                                   .nature = net::OptionNature::autotuned,
                                   .buffer_lock = 2,
                                   .level_name = "SOL_SOCKET"};
constexpr net::SocketOption flag{
    .name = "TCP_LONGER", .number = 1, .type = net::OptionType::boolean, .level_name = "IPPROTO_TCP"};

OptionRow row_of(const net::SocketOption& option, OptionValue value) {
  OptionRow row;
  row.option = &option;
  row.value = std::move(value);
  return row;
}

std::string text_of(const std::vector<OptionRow>& rows, std::size_t indent = 0) {
  return written({}, [&](Results& results) { print_rows(results, rows, indent); }).out;
}

TEST(SockoptRows, ColumnsAreAligned) {
  OptionRow changed = row_of(flag, {.data = true});
  changed.fresh = OptionValue{.data = false};
  const std::vector<OptionRow> rows = {row_of(buffer, {.data = std::int64_t{2048}, .unit = net::Unit::bytes}),
                                       changed};
  EXPECT_EQ(text_of(rows, 2),
            "  SOL_SOCKET   SO_X        2 KiB\n"
            "  IPPROTO_TCP  TCP_LONGER  on  default off\n");
}

TEST(SockoptRows, ADefaultThatIsTheSameIsNotRepeated) {
  OptionRow same = row_of(flag, {.data = true});
  same.fresh = same.value;
  EXPECT_FALSE(same.changed());
  EXPECT_EQ(text_of({same}), "IPPROTO_TCP  TCP_LONGER  on\n");
  same.fresh = OptionValue{.data = false};
  EXPECT_TRUE(same.changed());
  same.state = true;
  EXPECT_FALSE(same.changed()) << "the kernel's doing";
}

TEST(SockoptRows, LongValuesAreWrappedUnderTheirColumn) {
  OptionValue::Fields fields;
  for (const std::string_view name : {"first_field", "second_field", "third_field", "fourth_field"}) {
    fields.emplace_back(name, OptionValue{.data = std::int64_t{1234567}});
  }
  const std::string text = text_of({row_of(flag, {.data = fields})});
  EXPECT_EQ(text,
            "IPPROTO_TCP  TCP_LONGER  first_field 1234567, second_field 1234567,\n"
            "                         third_field 1234567, fourth_field 1234567\n");
}

TEST(SockoptRows, AnErrorOrARemarkStandsInPlaceOfTheValue) {
  OptionRow failed = row_of(flag, {});
  failed.error = net::Error("getsockopt", "TCP_LONGER", net::errno_code(ENOPROTOOPT));
  EXPECT_EQ(text_of({failed}), "IPPROTO_TCP  TCP_LONGER  protocol not available (ENOPROTOOPT)\n");
  OptionRow unread = row_of(flag, {});
  unread.remark = "can only be set";
  EXPECT_EQ(text_of({unread}), "IPPROTO_TCP  TCP_LONGER  can only be set\n");
}

TEST(SockoptRows, JsonHasTheKeysOfTheContractInOrder) {
  OptionRow row = row_of(flag, {.data = true});
  row.fresh = OptionValue{.data = false};
  EXPECT_EQ(to_json(row_object(row, nullptr)),
            R"({"level":"IPPROTO_TCP","name":"TCP_LONGER","number":1,"type":"int","kind":"setting",)"
            R"("value":true,"default":false,"changed":true,"settable":true,"unit":null,"error":null})");
  row.change = net::OptionChange{.option = &flag,
                                 .requested = {.data = true},
                                 .previous = OptionValue{.data = false},
                                 .effective = OptionValue{.data = true},
                                 .bounded_by = "net.core.rmem_max"};
  const std::string after = to_json(row_object(row, nullptr));
  EXPECT_TRUE(after.ends_with(
      R"("requested":true,"effective":true,"previous":false,"bounded_by":"net.core.rmem_max","note":null})"))
      << after;
}

TEST(SockoptRows, JsonOfALabelledSocket) {
  SocketLabel label;
  label.pid = 12;
  label.program = "x\x1b";
  label.fd = 3;
  label.protocol = "tcp";
  label.local = net::Endpoint::loopback(AF_INET, 80);
  label.state = "LISTEN";
  const std::string json = to_json(row_object(row_of(flag, {.data = true}), &label));
  EXPECT_TRUE(json.ends_with(R"("socket":{"pid":12,"program":"x\u001b","fd":3,"protocol":"tcp",)"
                             R"("local":{"address":"127.0.0.1","port":80},"peer":null,"state":"LISTEN"}})"))
      << json;
}

TEST(SockoptRows, EveryAlternativeAsJson) {
  const OptionValue list{.data = OptionValue::List{{.data = std::string("a")}, {.data = std::int64_t{-1}}}};
  EXPECT_EQ(to_json(option_json(list)), R"(["a",-1])");
  EXPECT_EQ(to_json(option_json({.data = UINT64_MAX})), R"("18446744073709551615")");
  EXPECT_EQ(to_json(option_json({.data = OptionValue::Fields{{"on", {.data = false}}}})), R"({"on":false})");
  EXPECT_EQ(to_json(option_json({})), "null");
}

TEST(SockoptRows, AValueAsItIsTyped) {
  EXPECT_EQ(typed_text({.data = true}), "on");
  EXPECT_EQ(typed_text({.data = std::int64_t{131072}, .unit = net::Unit::bytes}), "131072");
  EXPECT_EQ(typed_text({.data = std::string("cubic")}), "cubic");
  EXPECT_EQ(typed_text({.data = OptionValue::Fields{}, .text = "7 s"}), "7");
  EXPECT_EQ(typed_text({.data = OptionValue::Fields{}, .text = "off"}), "off");
}

TEST(SockoptRows, BuffersAreStateUntilTheyAreSetByHand) {
  SocketReading reading;
  reading.facts.kind = {AF_INET, SOCK_STREAM, IPPROTO_TCP};
  reading.options.push_back({.option = &buffer});
  EXPECT_TRUE(option_rows(reading, std::nullopt)[0].state);
  reading.facts.buffer_lock = 1;
  EXPECT_TRUE(option_rows(reading, std::nullopt)[0].state) << "the other buffer";
  reading.facts.buffer_lock = 2;
  EXPECT_FALSE(option_rows(reading, std::nullopt)[0].state);
  reading.facts = {};
  reading.facts.kind = {AF_INET, SOCK_DGRAM, IPPROTO_UDP};
  EXPECT_FALSE(option_rows(reading, std::nullopt)[0].state) << "nobody tunes the buffers of UDP";
}

TEST(SockoptRows, WithoutNamesEveryOptionOfTheKindIsWanted) {
  const auto tcp4 = wanted_options({AF_INET, SOCK_STREAM, IPPROTO_TCP}, {});
  const auto of_level = [](std::string_view level) {
    return [level](const net::SocketOption* option) { return option->level_name == level; };
  };
  EXPECT_TRUE(std::ranges::any_of(tcp4, of_level("IPPROTO_TCP")));
  EXPECT_FALSE(std::ranges::any_of(tcp4, of_level("IPPROTO_IPV6")));
  EXPECT_FALSE(std::ranges::any_of(tcp4, of_level("IPPROTO_UDP")));
  EXPECT_TRUE(std::ranges::any_of(wanted_options({AF_INET6, SOCK_STREAM, IPPROTO_TCP}, {}),
                                  of_level("IPPROTO_IPV6")));
  EXPECT_EQ(wanted_options({AF_INET, SOCK_STREAM, IPPROTO_TCP}, {&flag}).size(), 1U);
}

TEST(SockoptTarget, ASocketOfOurOwnIsNotGivenAway) {
  auto socket = net::Socket::open(AF_INET, SOCK_STREAM);
  ASSERT_TRUE(socket);
  const SockoptTarget target(std::move(*socket).release(), true);
  EXPECT_FALSE(target.labelled());
  EXPECT_FALSE(target.live());
  for (int look = 0; look < 2; ++look) {
    const auto reading = read_socket(target, {}, false);
    ASSERT_TRUE(reading) << look << ": " << reading.error().message();
    EXPECT_FALSE(reading->options.empty());
  }
}

}  // namespace
}  // namespace cmd
