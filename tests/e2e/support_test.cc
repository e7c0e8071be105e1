// The harness itself, proved against programs that are known: nothing here needs nettool.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <thread>

#include "tests/support/dns_server.hh"
#include "tests/support/files.hh"
#include "tests/support/json.hh"
#include "tests/support/net.hh"
#include "tests/support/netns.hh"
#include "tests/support/proc.hh"
#include "tests/support/program.hh"
#include "tests/support/pty.hh"
#include "tests/support/require.hh"
#include "tests/support/unix_socket.hh"

namespace test {
namespace {

TEST(SupportProgram, CollectsBothOutputsAndTheStatus) {
  Outcome outcome = run({"sh", "-c", "cat; echo oops >&2; exit 7"}, "text");
  EXPECT_EQ(outcome.status, 7);
  EXPECT_EQ(outcome.signal, 0);
  EXPECT_EQ(outcome.out, "text");
  EXPECT_EQ(outcome.err, "oops\n");
}

TEST(SupportProgram, PassesMegabytesBothWaysAtOnce) {
  std::string bytes = random_bytes(8 << 20, 1);
  EXPECT_EQ(first_difference(run({"cat"}, bytes).out, bytes), std::nullopt);
}

TEST(SupportProgram, StatusOfASignalIsTheShells) {
  Outcome outcome = run({"sh", "-c", "kill -TERM $$"});
  EXPECT_EQ(outcome.status, 128 + SIGTERM);
  EXPECT_EQ(outcome.signal, SIGTERM);
}

TEST(SupportProgram, ChildHasDefaultSignalsAndNoOtherDescriptors) {
  sigset_t blocked, before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR1);
  sigprocmask(SIG_BLOCK, &blocked, &before);
  std::string status = run_ok({"grep", "-E", "Sig(Blk|Ign)", "/proc/self/status"});
  sigprocmask(SIG_SETMASK, &before, nullptr);
  EXPECT_EQ(status, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
  Fd leaky(dup(0));  // without CLOEXEC
  Program sleeper({"sleep", "1000"});
  // While it is being loaded, a library is open too.
  wait_until("three descriptors", [&] { return open_fds(sleeper.pid()) == 3; });
}

TEST(SupportProgram, StreamsGoWhereTheyAreSent) {
  TempDir dir;
  write_file(dir / "in", "from a file");
  Fd write_end(::open((dir / "err").c_str(), O_WRONLY | O_CREAT, 0600));
  Options options;
  options.in = Stdio::file(dir / "in");
  options.out = Stdio::file(dir / "out");
  options.err = Stdio::fd(write_end.get());
  EXPECT_EQ(run({"sh", "-c", "cat; echo problem >&2"}, options).status, 0);
  EXPECT_EQ(read_file(dir / "out"), "from a file");
  EXPECT_EQ(read_file(dir / "err"), "problem\n");

  options = {};
  options.in = Stdio::null();
  options.out = Stdio::closed();
  Outcome outcome = run({"sh", "-c", "cat; [ -e /proc/self/fd/1 ] || exit 5"}, options);
  EXPECT_EQ(outcome.status, 5);
}

TEST(SupportProgram, ReadUntilHandsOutWhatComesPieceByPiece) {
  Program program({"sh", "-c", "echo one two; read line; echo got $line; cat"});
  EXPECT_EQ(program.read_until(Stream::out, "one"), "one");
  EXPECT_EQ(program.read_line(Stream::out), " two\n");
  program.write_stdin("abc\n");
  EXPECT_EQ(program.read_line(Stream::out), "got abc\n");
  program.write_stdin("tail");
  EXPECT_EQ(program.read_exact(Stream::out, 4), "tail");
  EXPECT_TRUE(program.still_running());
  program.close_stdin();
  Outcome outcome = program.wait();
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out, "one two\ngot abc\ntail");
  EXPECT_FALSE(program.still_running());
}

TEST(SupportProgram, SaysWhatWasSeenWhenTheTextNeverComes) {
  Program program({"sh", "-c", "echo other; echo why >&2; cat"});
  program.read_line(Stream::out);
  program.read_line(Stream::err);
  std::string late = message_of([&] { program.read_until(Stream::out, "text", 30ms); });
  EXPECT_NE(late.find("\"text\" did not come"), std::string::npos) << late;
  EXPECT_NE(late.find("why"), std::string::npos) << late;
  program.close_stdin();
  std::string ended = message_of([&] { program.read_until(Stream::out, "text"); });
  EXPECT_NE(ended.find("other"), std::string::npos) << ended;
}

TEST(SupportProgram, KillsWhatDoesNotEnd) {
  Program program({"sh", "-c", "echo begun; exec sleep 1000"});
  program.read_line(Stream::out);
  pid_t pid = program.pid();
  std::string message = message_of([&] { program.wait(50ms); });
  EXPECT_NE(message.find("did not end within 50 ms"), std::string::npos) << message;
  EXPECT_NE(message.find("begun"), std::string::npos) << message;
  EXPECT_EQ(kill(pid, 0), -1);
  EXPECT_EQ(errno, ESRCH);
}

TEST(SupportProgram, AFullPipeStallsOnlyTheWriter) {
  Program program({"sleep", "1000"});
  size_t taken = program.offer_stdin(std::string(1 << 20, 'x'), 50ms);
  EXPECT_GT(taken, 0U);
  EXPECT_LT(taken, size_t{1} << 20);
  program.signal(SIGKILL);
  EXPECT_EQ(program.wait().status, 128 + SIGKILL);
}

TEST(SupportProgram, EnvironmentHookAndMissingProgram) {
  Options options;
  options.env = {{"SUPPORT_TEST", "set"}};
  options.unset = {"HOME"};
  EXPECT_EQ(run({"sh", "-c", "echo $SUPPORT_TEST,$HOME"}, options).out, "set,\n");
  options.before_exec = [] { throw std::runtime_error("no luck"); };
  EXPECT_EQ(message_of([&] { run({"true"}, options); }), "before exec: no luck");
  EXPECT_EQ(message_of([] { run({"/no/such/program"}); }),
            "exec /no/such/program: No such file or directory");
}

TEST(SupportProgram, RunsAsAnotherUser) {
  REQUIRE_ROOT();
  Options options;
  options.before_exec = [] {
    if (setuid(65534) < 0) fail_errno("setuid");
  };
  EXPECT_EQ(run({"id", "-u"}, options).out, "65534\n");
}

TEST(SupportProgram, AClosedReaderIsSigpipe) {
  Program program({"yes"});
  program.read_line(Stream::out);
  program.close_reader(Stream::out);
  EXPECT_EQ(program.wait().signal, SIGPIPE);
}

TEST(SupportProc, AnIdleProgramSleepsAndABusyOneDoesNot) {
  Program idle({"sleep", "1000"});
  wait_idle(idle.pid());
  EXPECT_EQ(state(idle.pid()), 'S');
  long before = voluntary_switches(idle.pid());
  EXPECT_GT(before, 0);
  EXPECT_EQ(voluntary_switches(idle.pid()), before);
  EXPECT_EQ(open_fds(idle.pid()), 3);
  EXPECT_EQ(threads(idle.pid()), 1);
  EXPECT_GT(rss_kib(idle.pid()), 0);
  EXPECT_GE(peak_rss_kib(idle.pid()), rss_kib(idle.pid()));
  EXPECT_EQ(children(idle.pid()), 0);
  Program busy({"sh", "-c", "while :; do :; done"});
  wait_until("it has used CPU", [&] { return cpu_ticks(busy.pid()) > 2; });
}

TEST(SupportPty, ProgramSeesATerminalAndCtrlC) {
  Options options;
  options.in = options.out = options.err = Stdio::pty();
  Program program({"sh", "-c", "test -t 0 && test -t 1 && echo tty; stty size; read x; echo =$x; exec cat"},
                  options);
  program.read_until(Stream::out, "tty\r\n");
  program.read_line(Stream::out);
  program.pty().window(132, 43);
  program.write_stdin("word\n");
  program.read_until(Stream::out, "=word\r\n");
  program.write_stdin("\x03");
  EXPECT_EQ(program.wait().signal, SIGINT);

  Program ended({"cat"}, options);
  ended.write_stdin("a\n");
  ended.read_until(Stream::out, "a\r\na\r\n");
  ended.close_stdin();
  EXPECT_EQ(ended.wait().status, 0);
}

TEST(SupportPty, NothingIsLostAtTheEnd) {
  Options options;
  options.in = Stdio::null();
  options.out = Stdio::pty();
  for (int i = 0; i < 20; ++i) {
    Outcome outcome = run({"sh", "-c", "seq 1 20000; echo why >&2"}, options);
    EXPECT_TRUE(outcome.out.ends_with("\n20000\r\n"));
    EXPECT_EQ(outcome.out.size(), 128894U);
    EXPECT_EQ(outcome.err, "why\n");
  }
}

TEST(SupportPty, RawPassesEveryByte) {
  Pty pty;
  pty.raw();
  std::string all;
  for (int i = 0; i < 256; ++i) all.push_back(static_cast<char>(i));
  pty.write(all);
  Options options;
  options.in = Stdio::fd(pty.slave());
  EXPECT_EQ(run({"head", "-c", "256"}, options).out, all);
}

TEST(SupportFiles, RandomFilesAreReproducible) {
  TempDir dir;
  random_file(dir / "a", 3'000'001, 5);
  EXPECT_EQ(file_size(dir / "a"), 3'000'001U);
  EXPECT_EQ(first_difference(read_file(dir / "a"), random_bytes(3'000'001, 5)), std::nullopt);
  EXPECT_EQ(sha256_of_file(dir / "a"), sha256(read_file(dir / "a")));
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(first_difference("abcd", "abXd"), 2U);
  EXPECT_EQ(first_difference("ab", "abc"), 2U);
}

TEST(SupportNet, TcpPeersOfBothFamilies) {
  for (const char* address : {"127.0.0.1", "::1"}) {
    TcpServer server(address);
    EXPECT_TRUE(server.nobody_for(0ms));
    Peer client = connect_tcp(address, server.port());
    Peer served = server.accept();
    EXPECT_EQ(served.peer_address(), address);
    EXPECT_EQ(served.peer_port(), client.local_port());
    client.send_all("line\nrest");
    client.shutdown_write();
    EXPECT_EQ(served.recv_until("\n"), "line\n");
    EXPECT_EQ(served.recv_until_eof(), "rest");
    EXPECT_TRUE(client.silent_for(0ms));
    served.reset();
    EXPECT_TRUE(client.ends_by_reset());
  }
}

TEST(SupportNet, ClosedPortsRefuse) {
  std::uint16_t port = closed_port(SOCK_STREAM);
  EXPECT_NE(message_of([&] { (void)connect_tcp("127.0.0.1", port); }).find("refused"), std::string::npos);
  UdpSocket udp;
  udp.connect("127.0.0.1", closed_port(SOCK_DGRAM));
  udp.send("x");
  EXPECT_NE(message_of([&] { (void)udp.recv(); }).find("refused"), std::string::npos);
}

TEST(SupportNet, UdpKeepsBoundariesAndSenders) {
  for (const char* address : {"127.0.0.1", "::1"}) {
    UdpSocket a(address);
    UdpSocket b(address);
    b.send_to("", address, a.port());
    b.send_to(std::string(60000, 'x'), address, a.port());
    EXPECT_EQ(a.recv().bytes, "");
    Datagram second = a.recv();
    EXPECT_EQ(second.bytes.size(), 60000U);
    EXPECT_EQ(second.port, b.port());
    a.reply(second, "answer");
    EXPECT_EQ(b.recv().bytes, "answer");
    EXPECT_TRUE(b.silent_for(0ms));
  }
}

TEST(SupportNet, ASilentPortAnswersNothingUntilItOpens) {
  for (const char* address : {"127.0.0.1", "::1"}) {
    SilentPort silent(address);
    std::string message = message_of([&] { (void)connect_tcp(address, silent.port(), 1200ms); });
    EXPECT_NE(message.find("timed out"), std::string::npos) << message;
    silent.open();
    EXPECT_NO_THROW((void)connect_tcp(address, silent.port()));
  }
}

TEST(SupportNet, PeersTalkToNetcat) {
  REQUIRE_PROGRAM("nc");
  TcpServer server;
  Program nc({"nc", "-N", "127.0.0.1", server.port_text()});
  Peer peer = server.accept();
  nc.write_stdin("hello");
  nc.close_stdin();
  EXPECT_EQ(peer.recv_until_eof(), "hello");
  peer.send_all("reply");
  peer.close();
  Outcome outcome = nc.wait();
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out, "reply");
}

TEST(SupportUnix, EveryTypeAndAbstractNames) {
  TempDir dir;
  for (const std::string& path : {dir / "s", "@support-test-" + std::to_string(getpid())}) {
    for (int type : {SOCK_STREAM, SOCK_SEQPACKET}) {
      UnixServer server(path, type);
      Peer client = connect_unix(path, type);
      Peer served = server.accept();
      served.send_all("words");
      EXPECT_EQ(client.recv_some(), "words");
      server.close();
      unlink(path.c_str());
    }
    UnixServer server(path, SOCK_DGRAM);
    Peer client = connect_unix(path, SOCK_DGRAM);
    client.send_all("question");
    UnixServer::Message message = server.recv();
    EXPECT_EQ(message.bytes, "question");
    ASSERT_TRUE(message.from.starts_with("@"));
    server.send_to("answer", message.from);
    EXPECT_EQ(client.recv_some(), "answer");
  }
}

}  // namespace
}  // namespace test
