#include <algorithm>
#include <array>
#include <cctype>

#include "net/base/parse.hh"
#include "net/dns/types.hh"

namespace net::dns {
namespace {

struct Row {
  std::uint16_t number;
  std::string_view name;
};

// IANA, "Domain Name System (DNS) Parameters": resource record types.
constexpr std::array types{
    Row{1, "A"},           Row{2, "NS"},       Row{3, "MD"},        Row{4, "MF"},       Row{5, "CNAME"},
    Row{6, "SOA"},         Row{7, "MB"},       Row{8, "MG"},        Row{9, "MR"},       Row{10, "NULL"},
    Row{11, "WKS"},        Row{12, "PTR"},     Row{13, "HINFO"},    Row{14, "MINFO"},   Row{15, "MX"},
    Row{16, "TXT"},        Row{17, "RP"},      Row{18, "AFSDB"},    Row{19, "X25"},     Row{20, "ISDN"},
    Row{21, "RT"},         Row{22, "NSAP"},    Row{23, "NSAP-PTR"}, Row{24, "SIG"},     Row{25, "KEY"},
    Row{26, "PX"},         Row{27, "GPOS"},    Row{28, "AAAA"},     Row{29, "LOC"},     Row{30, "NXT"},
    Row{31, "EID"},        Row{32, "NIMLOC"},  Row{33, "SRV"},      Row{34, "ATMA"},    Row{35, "NAPTR"},
    Row{36, "KX"},         Row{37, "CERT"},    Row{38, "A6"},       Row{39, "DNAME"},   Row{40, "SINK"},
    Row{41, "OPT"},        Row{42, "APL"},     Row{43, "DS"},       Row{44, "SSHFP"},   Row{45, "IPSECKEY"},
    Row{46, "RRSIG"},      Row{47, "NSEC"},    Row{48, "DNSKEY"},   Row{49, "DHCID"},   Row{50, "NSEC3"},
    Row{51, "NSEC3PARAM"}, Row{52, "TLSA"},    Row{53, "SMIMEA"},   Row{55, "HIP"},     Row{56, "NINFO"},
    Row{57, "RKEY"},       Row{58, "TALINK"},  Row{59, "CDS"},      Row{60, "CDNSKEY"}, Row{61, "OPENPGPKEY"},
    Row{62, "CSYNC"},      Row{63, "ZONEMD"},  Row{64, "SVCB"},     Row{65, "HTTPS"},   Row{66, "DSYNC"},
    Row{67, "HHIT"},       Row{68, "BRID"},    Row{99, "SPF"},      Row{100, "UINFO"},  Row{101, "UID"},
    Row{102, "GID"},       Row{103, "UNSPEC"}, Row{104, "NID"},     Row{105, "L32"},    Row{106, "L64"},
    Row{107, "LP"},        Row{108, "EUI48"},  Row{109, "EUI64"},   Row{249, "TKEY"},   Row{250, "TSIG"},
    Row{251, "IXFR"},      Row{252, "AXFR"},   Row{253, "MAILB"},   Row{254, "MAILA"},  Row{255, "ANY"},
    Row{256, "URI"},       Row{257, "CAA"},    Row{258, "AVC"},     Row{259, "DOA"},    Row{260, "AMTRELAY"},
    Row{261, "RESINFO"},   Row{262, "WALLET"}, Row{32768, "TA"},    Row{32769, "DLV"}};

constexpr std::array classes{Row{1, "IN"}, Row{3, "CH"}, Row{4, "HS"}, Row{254, "NONE"}, Row{255, "ANY"}};

// The 12-bit rcodes (RFC 6895, 2.3); 16 is BADSIG in a TSIG record and BADVERS in an OPT record.
constexpr std::array rcodes{Row{0, "NOERROR"},  Row{1, "FORMERR"}, Row{2, "SERVFAIL"},  Row{3, "NXDOMAIN"},
                            Row{4, "NOTIMP"},   Row{5, "REFUSED"}, Row{6, "YXDOMAIN"},  Row{7, "YXRRSET"},
                            Row{8, "NXRRSET"},  Row{9, "NOTAUTH"}, Row{10, "NOTZONE"},  Row{11, "DSOTYPENI"},
                            Row{16, "BADVERS"}, Row{17, "BADKEY"}, Row{18, "BADTIME"},  Row{19, "BADMODE"},
                            Row{20, "BADNAME"}, Row{21, "BADALG"}, Row{22, "BADTRUNC"}, Row{23, "BADCOOKIE"}};

// RFC 8914, and the codes that IANA has registered since.
constexpr std::array extended_errors{Row{0, "Other"},
                                     Row{1, "Unsupported DNSKEY Algorithm"},
                                     Row{2, "Unsupported DS Digest Type"},
                                     Row{3, "Stale Answer"},
                                     Row{4, "Forged Answer"},
                                     Row{5, "DNSSEC Indeterminate"},
                                     Row{6, "DNSSEC Bogus"},
                                     Row{7, "Signature Expired"},
                                     Row{8, "Signature Not Yet Valid"},
                                     Row{9, "DNSKEY Missing"},
                                     Row{10, "RRSIGs Missing"},
                                     Row{11, "No Zone Key Bit Set"},
                                     Row{12, "NSEC Missing"},
                                     Row{13, "Cached Error"},
                                     Row{14, "Not Ready"},
                                     Row{15, "Blocked"},
                                     Row{16, "Censored"},
                                     Row{17, "Filtered"},
                                     Row{18, "Prohibited"},
                                     Row{19, "Stale NXDOMAIN Answer"},
                                     Row{20, "Not Authoritative"},
                                     Row{21, "Not Supported"},
                                     Row{22, "No Reachable Authority"},
                                     Row{23, "Network Error"},
                                     Row{24, "Invalid Data"},
                                     Row{25, "Signature Expired before Valid"},
                                     Row{26, "Too Early"},
                                     Row{27, "Unsupported NSEC3 Iterations Value"},
                                     Row{28, "Unable to conform to policy"},
                                     Row{29, "Synthesized"}};

template <std::size_t N>
std::string_view name_of(const std::array<Row, N>& rows, std::uint16_t number) {
  const auto* const row = std::ranges::find(rows, number, &Row::number);
  return row == rows.end() ? std::string_view() : row->name;
}

template <std::size_t N>
std::string text_of(const std::array<Row, N>& rows, std::uint16_t number, std::string_view prefix) {
  const std::string_view name = name_of(rows, number);
  return name.empty() ? std::string(prefix) + std::to_string(number) : std::string(name);
}

template <std::size_t N>
std::optional<std::uint16_t> number_of(const std::array<Row, N>& rows, std::string_view text,
                                       std::string_view prefix) {
  std::string upper(text);
  std::ranges::transform(upper, upper.begin(), [](unsigned char c) { return std::toupper(c); });
  const auto* const row = std::ranges::find(rows, upper, &Row::name);
  if (row != rows.end()) return row->number;
  if (!upper.starts_with(prefix)) return std::nullopt;
  const std::string digits = upper.substr(prefix.size());
  if (digits.empty() || !std::ranges::all_of(digits, [](unsigned char c) { return std::isdigit(c) != 0; })) {
    return std::nullopt;
  }
  const auto number = parse_number(digits, 0xffff);
  if (!number) return std::nullopt;
  return static_cast<std::uint16_t>(*number);
}

}  // namespace

std::string type_text(Type type) {
  return text_of(types, static_cast<std::uint16_t>(type), "TYPE");
}

std::optional<Type> parse_type(std::string_view text) {
  const auto number = number_of(types, text, "TYPE");
  if (!number) return std::nullopt;
  return Type{*number};
}

std::string class_text(Class klass) {
  return text_of(classes, static_cast<std::uint16_t>(klass), "CLASS");
}

std::optional<Class> parse_class(std::string_view text) {
  const auto number = number_of(classes, text, "CLASS");
  if (!number) return std::nullopt;
  return Class{*number};
}

std::string rcode_text(std::uint16_t rcode) {
  return text_of(rcodes, rcode, "RCODE");
}

std::string_view extended_error_name(std::uint16_t code) {
  return name_of(extended_errors, code);
}

}  // namespace net::dns
