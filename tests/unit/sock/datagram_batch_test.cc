#include "net/sock/datagram_batch.hh"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>

#include <string>

#include "net/sock/error_queue.hh"
#include "tests/support/net.hh"

namespace net {
namespace {

Socket connected_to(std::uint16_t port) {
  auto socket = Socket::open(AF_INET, SOCK_DGRAM);
  EXPECT_TRUE(socket && socket->connect(*Endpoint::parse_ip("127.0.0.1", port)));
  return std::move(*socket);
}

Buffer bytes(const std::string& text) {
  return {text.begin(), text.end()};
}

std::string text(ByteView bytes) {
  return {bytes.begin(), bytes.end()};
}

TEST(DatagramBatch, ManyGoAndCome) {
  test::UdpSocket server;
  const Socket socket = connected_to(server.port());
  std::vector<Buffer> out;
  for (int i = 0; i < 100; ++i) out.push_back(bytes("message " + std::to_string(i)));
  EXPECT_EQ(send_batch(socket, out), batch_limit);
  EXPECT_EQ(send_batch(socket, std::span(out).subspan(batch_limit)), 36U);
  for (int i = 0; i < 100; ++i) {
    const test::Datagram got = server.recv();
    EXPECT_EQ(got.bytes, "message " + std::to_string(i));
    server.reply(got, i % 2 == 0 ? got.bytes : "");
  }
  ReceiveBatch in;
  std::size_t came = 0;
  while (came < 100) {
    const test::Deadline deadline(test::patience);
    ASSERT_TRUE(test::poll_one(socket.fd(), POLLIN, deadline));
    const auto got = in.receive(socket);
    ASSERT_TRUE(got);
    ASSERT_LE(*got, batch_limit);
    for (std::size_t i = 0; i < *got; ++i, ++came) {
      EXPECT_EQ(text(in[i]), came % 2 == 0 ? "message " + std::to_string(came) : "");
    }
  }
  const auto none = in.receive(socket);
  ASSERT_FALSE(none);
  EXPECT_TRUE(would_block(none.error()));
}

TEST(DatagramBatch, TheLongestDatagramIsWhole) {
  test::UdpSocket server;
  const Socket socket = connected_to(server.port());
  ASSERT_EQ(send_batch(socket, std::vector<Buffer>(1, bytes("hello"))), 1U);
  const test::Datagram hello = server.recv();
  const std::string longest(65507, 'x');
  server.reply(hello, longest);
  const test::Deadline deadline(test::patience);
  ASSERT_TRUE(test::poll_one(socket.fd(), POLLIN, deadline));
  ReceiveBatch in;
  ASSERT_EQ(in.receive(socket), 1U);
  EXPECT_EQ(text(in[0]), longest);
}

TEST(DatagramBatch, WhatStopsABatchIsToldNext) {
  test::UdpSocket server;
  const Socket socket = connected_to(server.port());
  const std::vector<Buffer> out = {bytes("fits"), Buffer(70000)};
  EXPECT_EQ(send_batch(socket, out), 1U);
  const auto rest = send_batch(socket, std::span(out).subspan(1));
  ASSERT_FALSE(rest);
  EXPECT_EQ(rest.error().value(), EMSGSIZE);
}

TEST(DatagramBatch, ARefusalQuotesWhatWasSent) {
  const Socket socket = connected_to(test::closed_port(SOCK_DGRAM));
  ASSERT_TRUE(socket.set_int(IPPROTO_IP, IP_RECVERR, 1, "IP_RECVERR"));
  ASSERT_EQ(send_batch(socket, std::vector<Buffer>(1, bytes("who is there"))), 1U);
  const test::Deadline deadline(test::patience);
  ASSERT_TRUE(test::poll_one(socket.fd(), POLLERR, deadline));
  const auto report = take_icmp_report(socket.fd());
  ASSERT_TRUE(report);
  EXPECT_EQ(report->code.value(), ECONNREFUSED);
  EXPECT_EQ(text(report->quoted), "who is there");
}

}  // namespace
}  // namespace net
