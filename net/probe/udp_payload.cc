#include "net/probe/udp_payload.hh"

#include <algorithm>

#include "net/dns/message.hh"
#include "net/probe/udp_service.hh"

namespace net {
namespace {

constexpr std::uint16_t tftp_port = 69;

void fill_token(UdpQuestion& question) {
  std::uint16_t random = 0;
  for (std::size_t i = 0; i < question.token_size; ++i) {
    random = i % 2 == 0 ? dns::random_id() : static_cast<std::uint16_t>(random >> 8U);
    question.bytes[question.token + i] = static_cast<std::uint8_t>(random);
  }
}

}  // namespace

std::optional<bool> UdpQuestion::answered_by(ByteView reply) const {
  if (token_size == 0) return std::nullopt;
  const ByteView wanted = ByteView(bytes).subspan(token, token_size);
  // Where it stands in the answer differs with the protocol, and with lengths before it in SNMP's.
  const bool repeated = !std::ranges::search(reply, wanted).empty();
  // A service that nobody knows may answer without repeating anything.
  if (!repeated && service.empty()) return std::nullopt;
  return repeated;
}

UdpQuestion udp_question(std::uint16_t port) {
  const auto services = udp_services();
  const auto known = std::ranges::find(services, port, &UdpService::port);
  if (known == services.end()) return {};
  UdpQuestion question{known->name, known->question(), known->token, known->token_size};
  fill_token(question);
  return question;
}

UdpQuestion udp_ping_question(std::uint16_t port, std::uint32_t sequence) {
  UdpQuestion question = udp_question(port);
  if (!question.service.empty()) return question;
  ByteWriter out;
  out.append(bytes_of("nettool "));
  out.u32(sequence);
  question.token = out.size();
  question.token_size = 20;
  question.bytes = out.take();
  question.bytes.resize(question.token + question.token_size);
  fill_token(question);
  return question;
}

Buffer udp_token() {
  ByteWriter out;
  out.u16(dns::random_id());
  out.u16(dns::random_id());
  return out.take();
}

bool udp_answers_elsewhere(std::uint16_t port, ByteView reply) {
  if (port != tftp_port) return false;
  ByteReader in(reply);
  const std::uint16_t opcode = in.u16();
  // DATA, ERROR (RFC 1350, 5), OACK (RFC 2347).
  return in.ok() && (opcode == 3 || opcode == 5 || opcode == 6);
}

}  // namespace net
