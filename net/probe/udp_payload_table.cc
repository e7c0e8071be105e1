#include "net/dns/message.hh"
#include "net/probe/udp_service.hh"

namespace net {
namespace {

Buffer zeros(ByteWriter& out, std::size_t size) {
  Buffer bytes = out.take();
  bytes.resize(size);
  return bytes;
}

// RFC 862: whatever comes is sent back.
Buffer echo() {
  ByteWriter out;
  return zeros(out, 16);
}

// RFC 864, 865, 867, 868: any datagram is answered, its bytes are ignored. It is not empty, since some
// servers take an empty one for the end of their input.
Buffer anything() {
  ByteWriter out;
  out.append(bytes_of("\r\n"));
  return out.take();
}

Buffer dns_question(std::string_view name, dns::Type type, bool recurse) {
  dns::QuerySpec spec;
  if (const auto parsed = dns::Name::parse(name)) spec.question.name = *parsed;
  spec.question.type = type;
  spec.recurse = recurse;
  spec.authentic_data = false;
  // The oldest servers answer a question without EDNS, and the answer stays small.
  spec.edns.reset();
  return dns::encode_query(spec, 0);
}

// RFC 1035: the root's name servers, which a resolver knows and any other server answers for or refuses.
Buffer root_servers() {
  return dns_question(".", dns::Type::NS, true);
}

// RFC 6763, 9, asked of one responder from a port that is not 5353: RFC 6762, 6.7 has it answered by unicast,
// its id repeated.
Buffer service_types() {
  return dns_question("_services._dns-sd._udp.local.", dns::Type::PTR, false);
}

// RFC 1350, 5: RRQ, a file that no server has, "octet". The server's error is the answer.
Buffer tftp_read() {
  ByteWriter out;
  out.u16(1);
  out.append(bytes_of("nettool-scan"));
  out.u8(0);
  out.append(bytes_of("octet"));
  out.u8(0);
  return out.take();
}

// RFC 5531, 9: a call (0) of RPC version 2 to the program 100000 (RFC 1833, 3: rpcbind, version 2), procedure
// 0, which does nothing; no credentials, no verifier (AUTH_NONE, length 0).
Buffer rpc_null_call() {
  ByteWriter out;
  for (const std::uint32_t word : {0U, 0U, 2U, 100000U, 2U, 0U, 0U, 0U, 0U, 0U}) out.u32(word);
  return out.take();
}

// RFC 5905, 7.3: leap 0, version 4, mode 3 (client), and all else zero but the transmit timestamp, which the
// server returns as the origin and need not be a time.
Buffer ntp_client() {
  ByteWriter out;
  out.u8(0x23);
  return zeros(out, 48);
}

// RFC 1002, 4.2.17: a node status request (NBSTAT, 33; IN, 1) for "*", each half octet of whose sixteen bytes
// is a letter from A on (RFC 1001, 14.1).
Buffer netbios_status() {
  ByteWriter out;
  // id, flags, one question, and nothing else.
  for (const std::uint32_t words : {0U, 1U << 16U, 0U}) out.u32(words);
  out.u8(32);
  out.append(bytes_of("CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
  out.u8(0);
  out.u16(33);
  out.u16(1);
  return out.take();
}

// RFC 3416, 3 in BER: SNMPv2c (version 1), community "public", GetRequest of sysDescr.0
// (1.3.6.1.2.1.1.1.0, RFC 3418). The request id is four bytes whose first is fixed: BER has no leading zeros.
Buffer snmp_get() {
  constexpr std::uint8_t message[] = {
      0x30, 0x29, 0x02, 0x01, 0x01,                        // SEQUENCE, INTEGER 1: the version
      0x04, 0x06, 'p',  'u',  'b',  'l',  'i', 'c',        // OCTET STRING: the community
      0xa0, 0x1c, 0x02, 0x04, 0x40, 0,    0,   0,          // GetRequest, its id
      0x02, 0x01, 0x00, 0x02, 0x01, 0x00,                  // error status and index
      0x30, 0x0e, 0x30, 0x0c,                              // one variable:
      0x06, 0x08, 0x2b, 6,    1,    2,    1,   1,   1, 0,  // its OBJECT IDENTIFIER
      0x05, 0x00};                                         // NULL
  return {std::begin(message), std::end(message)};
}

// RFC 9000, 6 and 14.1: the beginning of a connection in a version that nobody has (15: 0x?a?a?a?a), in a
// datagram of 1200 bytes. The server answers with the versions it has and repeats the connection id (RFC
// 8999, 6).
Buffer quic_unknown_version() {
  ByteWriter out;
  out.u8(0xc0);
  out.u32(0x1a2a3a4a);
  out.u8(8);
  return zeros(out, 1200);
}

// RFC 2453, 3.9.1: version 2, one entry of family 0 and metric 16 asks for the whole table.
Buffer rip_whole_table() {
  ByteWriter out;
  out.u8(1);
  out.u8(2);
  out.u16(0);
  for (const std::uint32_t word : {0U, 0U, 0U, 0U, 16U}) out.u32(word);
  return out.take();
}

// RFC 8489, 5: a Binding request without attributes; the magic cookie, and a transaction id of twelve bytes.
Buffer stun_binding() {
  ByteWriter out;
  out.u16(1);
  out.u16(0);
  out.u32(0x2112a442);
  return zeros(out, 20);
}

// RFC 7252, 4.3: an empty confirmable message, which is answered by a reset with the same message id.
Buffer coap_ping() {
  ByteWriter out;
  out.u8(0x40);
  return zeros(out, 4);
}

constexpr UdpService table[] = {
    {7, "echo", echo, 0, 16},
    {13, "daytime", anything},
    {17, "qotd", anything},
    {19, "chargen", anything},
    {37, "time", anything},
    {53, "DNS", root_servers, 0, 2},
    {69, "TFTP", tftp_read},
    {111, "rpcbind", rpc_null_call, 0, 4},
    {123, "NTP", ntp_client, 40, 8},
    {137, "NetBIOS", netbios_status, 0, 2},
    {161, "SNMP", snmp_get, 18, 3},
    {443, "QUIC", quic_unknown_version, 6, 8},
    {520, "RIP", rip_whole_table},
    {853, "QUIC", quic_unknown_version, 6, 8},  // RFC 9250: DNS over QUIC
    {3478, "STUN", stun_binding, 8, 12},
    {5353, "mDNS", service_types, 0, 2},
    {5683, "CoAP", coap_ping, 2, 2},
};

}  // namespace

std::span<const UdpService> udp_services() {
  return table;
}

}  // namespace net
