#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "net/dns/message.hh"
#include "net/sock/endpoint.hh"
#include "tests/support/dns_message.hh"

/// Messages put together by hand, with the encoder of tests/support: what net/dns reads was not written by
/// it.
namespace net::dns {

using test::dns::u16;
using test::dns::u32;
using test::dns::wire_name;

/// How many records each section claims to have.
struct Counts {
  std::uint16_t questions = 1;
  std::uint16_t answer = 0;
  std::uint16_t authority = 0;
  std::uint16_t additional = 0;
};

inline std::string header(std::uint16_t id, std::uint16_t flags, const Counts& counts = {}) {
  return u16(id) + u16(flags) + u16(counts.questions) + u16(counts.answer) + u16(counts.authority) +
         u16(counts.additional);
}

inline std::string question(const std::string& name, std::uint16_t type = 1, std::uint16_t klass = 1) {
  return wire_name(name) + u16(type) + u16(klass);
}

/// A record whose owner is given as bytes on the wire.
inline std::string raw_record(const std::string& owner, std::uint16_t type, const std::string& data,
                              std::uint32_t ttl = 300) {
  return owner + u16(type) + u16(1) + u32(ttl) + u16(static_cast<std::uint16_t>(data.size())) + data;
}

inline std::string record(const std::string& owner, std::uint16_t type, const std::string& data,
                          std::uint32_t ttl = 300) {
  return raw_record(wire_name(owner), type, data, ttl);
}

inline std::string a_record(const std::string& owner, const std::string& address = "192.0.2.1") {
  return record(owner, 1, test::Record::address(address).rdata);
}

inline std::string cname_record(const std::string& owner, const std::string& target) {
  return record(owner, 5, wire_name(target));
}

inline std::string soa_record(const std::string& owner, std::uint32_t serial) {
  return record(
      owner, 6,
      wire_name("ns.test") + wire_name("root.test") + u32(serial) + u32(1) + u32(2) + u32(3) + u32(4));
}

/// An OPT record (RFC 6891, 6.1.2); `upper` is the rcode's upper part, the version and the flags.
inline std::string opt_record(const std::string& options = {}, std::uint16_t size = 1232,
                              std::uint32_t upper = 0) {
  return std::string(1, '\0') + u16(41) + u16(size) + u32(upper) +
         u16(static_cast<std::uint16_t>(options.size())) + options;
}

inline std::string option(std::uint16_t code, const std::string& data) {
  return u16(code) + u16(static_cast<std::uint16_t>(data.size())) + data;
}

inline Buffer buffer_of(std::string_view bytes) {
  const ByteView view = bytes_of(bytes);
  return {view.begin(), view.end()};
}

inline Message decoded(std::string_view bytes) {
  return Message::decode(buffer_of(bytes));
}

/// Why the text was refused, or "taken".
template <class T>
std::string complaint(const Parsed<T>& parsed) {
  return parsed ? "taken" : parsed.error();
}

/// The name, which must be one.
inline Name name(std::string_view text) {
  return Name::parse(text).value();
}

inline Question asked(std::string_view text, Type type = Type::A) {
  return {name(text), type, Class::IN};
}

/// "127.0.0.1", 53.
inline Endpoint endpoint(std::string_view address, std::uint16_t port) {
  return Endpoint::parse_ip(address, port).value();
}

}  // namespace net::dns
