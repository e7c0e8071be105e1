#include <string_view>

#include "net/dns/name.hh"
#include "tests/fuzz/fuzz.hh"

/// Any bytes as a domain name: in a message, at the offset that the first byte says, and as text.
namespace net::dns {
namespace {

void look_at(const Name& name) {
  require(name.wire().size() <= 255 && name.wire().back() == 0);
  require(name.labels() <= 127);
  require(is_printable(name.text()));
  const auto again = Name::parse(name.text());
  require(again && again->same_bytes(name) && *again == name && again->folded() == name.folded());
  require(name.is_within(name) && name.is_within(Name()) && name.is_within(name.parent()));
  std::size_t count = 0;
  for (Name rest = name; !rest.is_root(); rest = rest.parent()) ++count;
  require(count == name.labels());
  const auto joined = name.below(name);
  require(joined.has_value() == (name.wire().size() * 2 - 1 <= 255));
  if (joined) require(joined->is_within(name));
  std::size_t offset = 0;
  const auto decoded = Name::decode(name.wire(), offset);
  require(decoded && decoded->same_bytes(name) && offset == name.wire().size());
}

void decode(ByteView message, std::size_t offset) {
  const std::size_t begin = offset;
  const auto name = Name::decode(message, offset);
  if (!name) return require(!name.error().what.empty() && name.error().offset <= message.size());
  require(offset > begin && offset <= message.size());
  look_at(*name);
}

}  // namespace
}  // namespace net::dns

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const net::ByteView message(data + 1, size - 1);
  if (*data <= message.size()) net::dns::decode(message, *data);
  const std::string_view text(reinterpret_cast<const char*>(message.data()), message.size());
  if (const auto name = net::dns::Name::parse(text)) net::dns::look_at(*name);
  return 0;
}
