#include "net/sock/sockopt_codec.hh"

#include <algorithm>
#include <array>
#include <cctype>

#include "net/sock/sockopt_codecs.hh"

namespace net {

const OptionCodec& codec_of(OptionType type) {
  static const std::vector<OptionCodec> codecs = [] {
    std::vector<OptionCodec> all;
    for (const auto group : {scalar_codecs(), struct_codecs(), filter_codecs(), peer_codecs(),
                             address_codecs(), group_codecs(), packet_codecs(), icmp_codecs(),
                             tcp_info_codecs(), tcp_struct_codecs(), tcp_ao_codecs(), mptcp_codecs()}) {
      all.insert(all.end(), group.begin(), group.end());
    }
    return all;
  }();
  return *std::ranges::find(codecs, type, &OptionCodec::type);
}

Unit unit_of(const SocketOption& option) {
  return option.unit != Unit::none ? option.unit : codec_of(option.type).unit;
}

Parsed<OptionBytes> encode_option(std::string_view text, const SocketOption& option) {
  const OptionCodec& codec = codec_of(option.type);
  if (!option.settable || codec.encode == nullptr) return std::unexpected("can only be read");
  return codec.encode(text, option);
}

OptionValue decode_option(OptionView bytes, const SocketOption& option) {
  return codec_of(option.type).decode(bytes, option);
}

std::vector<std::string_view> comma_parts(std::string_view text) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t comma = text.find(',');
    parts.push_back(text.substr(0, comma));
    if (comma == std::string_view::npos) return parts;
    text.remove_prefix(comma + 1);
  }
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](unsigned char x, unsigned char y) { return tolower(x) == tolower(y); });
}

}  // namespace net
