#include <gtest/gtest.h>
#include <signal.h>

#include <string>

#include "tests/support/files.hh"
#include "tests/support/json.hh"
#include "tests/support/nettool.hh"
#include "tests/support/proc.hh"
#include "tests/support/pty.hh"
#include "tests/support/words.hh"

// endian - : one line out for each line in.
namespace test {
namespace {

/// The numbers from `begin` on as 32 bits, one a line.
std::string numbers(unsigned count, const char* format = "%u\n") {
  std::string out;
  char text[32];
  for (unsigned i = 0; i < count; ++i) {
    out.append(text, static_cast<std::size_t>(std::snprintf(text, sizeof text, format, i)));
  }
  return out;
}

const Words quick = {"endian", "--width", "32", "--quiet", "-"};

/// Freed memory, which the sanitizer would keep for a while, shall not count.
Options measured(const std::string& input, const std::string& output) {
  return {.in = Stdio::file(input),
          .out = Stdio::file(output),
          .env = {{"ASAN_OPTIONS", "exitcode=99:quarantine_size_mb=1:thread_local_quarantine_size_kb=64"}}};
}

TEST(EndianStream, AMillionLinesInTheirOrderAndNoMemoryForThem) {
  const TempDir dir;
  const auto peak = [&dir](unsigned count) {
    write_file(dir / "in", numbers(count));
    const Outcome done = run(nettool_argv(quick), measured(dir / "in", dir / "out"), "", 170s);
    EXPECT_EQ(done.status, 0) << done.err;
    // On a host of the network's order nothing is swapped.
    const bool little = run_ok(nettool("endian", "--quiet", "0x0001")) == "0x0100\n";
    std::string expected;
    char text[32];
    for (unsigned i = 0; i < count; ++i) {
      const unsigned value = little ? __builtin_bswap32(i) : i;
      expected.append(text, static_cast<std::size_t>(std::snprintf(text, sizeof text, "0x%08x\n", value)));
    }
    EXPECT_EQ(first_difference(read_file(dir / "out"), expected), std::nullopt);
    return done.usage.ru_maxrss;
  };
  const long small = peak(10000);
  const long large = peak(1000000);
  EXPECT_LT(large, small + small / 5) << small << " and " << large << " KiB";
}

TEST(EndianStream, AnAnswerComesWhileStdinIsOpen) {
  Program program(nettool("endian", "0x01", "-"));
  EXPECT_EQ(program.read_line(Stream::out), "value         0x01 = 1, 8 bits\n")
      << "words before it do not wait";
  static_cast<void>(program.read_until(Stream::out, "network bytes \"\\x01\"\n"));
  program.write_stdin("0x1234\n");
  EXPECT_EQ(program.read_line(Stream::out), "0x1234            0x1234    4660  12 34  34 12  0x3412\n");
  program.write_stdin("192.0.2.1\n-2\n12");
  EXPECT_TRUE(program.read_line(Stream::out).starts_with("192.0.2.1 "));
  EXPECT_TRUE(program.read_line(Stream::out).starts_with("-2 "));
  program.write_stdin("8");
  program.close_stdin();
  EXPECT_TRUE(program.read_line(Stream::out).starts_with("128 ")) << "a last line without its end";
  EXPECT_EQ(program.wait().status, 0);
}

TEST(EndianStream, OnATerminal) {
  Program program(nettool("endian", "-"), {.in = Stdio::pty(), .out = Stdio::pty()});
  program.pty().echo(false);
  program.write_stdin("0x1234\n");
  EXPECT_EQ(program.read_line(Stream::out), "0x1234            0x1234    4660  12 34  34 12  0x3412\r\n");
  program.write_stdin("-1\n");
  EXPECT_TRUE(program.read_line(Stream::out).starts_with("-1  "));
  program.close_stdin();
  EXPECT_EQ(program.wait().status, 0);
}

TEST(EndianStream, ControlC) {
  Program program(nettool("endian", "-"), {.in = Stdio::pty(), .out = Stdio::pty()});
  program.pty().echo(false);
  program.write_stdin("1\n");
  static_cast<void>(program.read_line(Stream::out));
  program.write_stdin("\x03");
  EXPECT_EQ(program.wait().status, 128 + SIGINT);
}

TEST(EndianStream, ASignalEndsItInTheMidstOfAStream) {
  const TempDir dir;
  write_file(dir / "in", numbers(1000000));
  for (const int number : {SIGINT, SIGTERM}) {
    // Nobody reads: it stalls with the pipe full.
    Program program(nettool_argv(quick), {.in = Stdio::file(dir / "in")});
    static_cast<void>(program.read_line(Stream::out));
    program.signal(number);
    const Outcome done = program.wait();
    EXPECT_EQ(done.status, 128 + number);
    EXPECT_EQ(done.err, "");
  }
}

TEST(EndianStream, AReaderThatIsGoneEndsItQuietly) {
  const TempDir dir;
  write_file(dir / "in", numbers(1000000));
  Program program(nettool_argv(quick), {.in = Stdio::file(dir / "in")});
  EXPECT_EQ(program.read_line(Stream::out), "0x00000000\n");
  program.close_reader(Stream::out);
  const Outcome done = program.wait();
  EXPECT_EQ(done.status, 4);
  EXPECT_EQ(done.err, "");
}

TEST(EndianStream, BadLinesAreToldAndPassedOver) {
  const std::string input = "\xef\xbb\xbf 5 \r\nx\n\n# none\n010\n1 2\n" + std::string(5000, '1') +
                            "\n340282366920938463463374607431768211456\n7";
  const Outcome done = run(nettool("endian", "--quiet", "1", "-", "2"), input);
  EXPECT_EQ(done.status, 2);
  EXPECT_EQ(lines_of(done.out).size(), 4U) << done.out;
  const Words errors = lines_of(done.err);
  ASSERT_EQ(errors.size(), 5U) << done.err;
  const Words beginnings = {"2: 'x': 'x' is no decimal", "5: '010': a leading zero",
                            "6: '1 2': ' ' is no decimal", "7: longer than 4096", "8: '3402823"};
  for (std::size_t i = 0; i < errors.size(); ++i) {
    EXPECT_TRUE(errors[i].starts_with("nettool: endian stdin line " + beginnings[i])) << errors[i];
  }
  const auto objects = json::parse_lines(run(nettool("endian", "--json", "1", "-", "2"), input).out);
  Words order;
  for (const json::Value& object : objects)
    order.push_back(object.has("error") ? "error" : object["input"].string());
  EXPECT_EQ(order, (Words{"1", "5", "error", "error", "error", "error", "error", "7", "2"}));
}

TEST(EndianStream, AWidthAndItsRefusalsHoldForLines) {
  const Outcome done = run(nettool("endian", "--width", "8", "--json", "-"), "255\n256\n-128\n-129\n");
  const auto objects = json::parse_lines(done.out);
  ASSERT_EQ(objects.size(), 4U);
  EXPECT_EQ(objects[0]["hex"].string(), "0xff");
  EXPECT_TRUE(contains(objects[1]["error"]["message"].string(), "--width 16 holds it"));
  EXPECT_EQ(objects[2]["value"].integer(), -128);
  EXPECT_EQ(objects[3]["error"]["subject"].string(), "stdin line 4");
  EXPECT_EQ(done.status, 2);
}

TEST(EndianStream, StandardStreamsThatAreNotThere) {
  const Outcome no_input = run(nettool("endian", "-"), {.in = Stdio::closed()});
  EXPECT_EQ(no_input.status, 0) << no_input.err;
  EXPECT_EQ(no_input.out, "");
  const Outcome no_output = run(nettool("endian", "1"), {.out = Stdio::closed()});
  EXPECT_EQ(no_output.status, 4);
  const Outcome full = run(nettool("endian", "-"), {.out = Stdio::file("/dev/full")}, "1\n");
  EXPECT_EQ(full.status, 4);
  EXPECT_TRUE(contains(full.err, "(ENOSPC)")) << full.err;
}

}  // namespace
}  // namespace test
