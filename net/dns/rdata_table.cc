#include "net/dns/rdata_fields.hh"

namespace net::dns {
namespace {

using namespace field;  // so that a row reads like its RFC

// Sorted by number. A type without a row is shown as RFC 3597 writes unknown ones.
constexpr std::array rows{
    RdataRow{Type::A, Class::IN, {ipv4}},
    RdataRow{Type::A, Class::CH, {name, octal16}},
    RdataRow{Type::A, Class::HS, {ipv4}},
    RdataRow{Type::NS, Class::ANY, {name}},
    RdataRow{Type{3}, Class::ANY, {name}},  // MD
    RdataRow{Type{4}, Class::ANY, {name}},  // MF
    RdataRow{Type::CNAME, Class::ANY, {name}},
    RdataRow{Type::SOA, Class::ANY, {name, name, u32, u32, u32, u32, u32}},
    RdataRow{Type{7}, Class::ANY, {name}},  // MB
    RdataRow{Type{8}, Class::ANY, {name}},  // MG
    RdataRow{Type{9}, Class::ANY, {name}},  // MR
    RdataRow{Type::PTR, Class::ANY, {name}},
    RdataRow{Type::HINFO, Class::ANY, {string, string}},
    RdataRow{Type{14}, Class::ANY, {name, name}},  // MINFO
    RdataRow{Type::MX, Class::ANY, {u16, name}},
    RdataRow{Type::TXT, Class::ANY, {strings}},
    RdataRow{Type{17}, Class::ANY, {name, name}},              // RP
    RdataRow{Type{18}, Class::ANY, {u16, name}},               // AFSDB
    RdataRow{Type{19}, Class::ANY, {string}},                  // X25
    RdataRow{Type{20}, Class::ANY, {strings}},                 // ISDN
    RdataRow{Type{21}, Class::ANY, {u16, name}},               // RT
    RdataRow{Type{23}, Class::IN, {name}},                     // NSAP-PTR
    RdataRow{Type{25}, Class::ANY, {u16, u8, u8, base64}},     // KEY
    RdataRow{Type{26}, Class::IN, {u16, name, name}},          // PX
    RdataRow{Type{27}, Class::ANY, {string, string, string}},  // GPOS
    RdataRow{Type::AAAA, Class::IN, {ipv6}},
    RdataRow{Type::LOC, Class::ANY, {loc}},
    RdataRow{Type::SRV, Class::IN, {u16, u16, u16, name}},
    RdataRow{Type::NAPTR, Class::ANY, {u16, u16, string, string, string, name}},
    RdataRow{Type{36}, Class::IN, {u16, name}},             // KX
    RdataRow{Type{37}, Class::ANY, {certificate, base64}},  // CERT
    RdataRow{Type::DNAME, Class::ANY, {name}},
    RdataRow{Type{42}, Class::IN, {apl}},  // APL
    RdataRow{Type::DS, Class::ANY, {u16, u8, u8, hex}},
    RdataRow{Type::SSHFP, Class::ANY, {u8, u8, hex}},
    RdataRow{Type{45}, Class::ANY, {ipsec_gateway}},  // IPSECKEY
    RdataRow{Type::RRSIG, Class::ANY, {type, u8, u8, u32, time, time, u16, name, base64}},
    RdataRow{Type::NSEC, Class::ANY, {name, some_types}},
    RdataRow{Type::DNSKEY, Class::ANY, {u16, u8, u8, base64}},
    RdataRow{Type{49}, Class::IN, {base64}},  // DHCID
    RdataRow{Type::NSEC3, Class::ANY, {u8, u8, u16, salt, hash, types}},
    RdataRow{Type::NSEC3PARAM, Class::ANY, {u8, u8, u16, salt}},
    RdataRow{Type::TLSA, Class::ANY, {u8, u8, u8, hex}},
    RdataRow{Type{53}, Class::ANY, {u8, u8, u8, hex}},      // SMIMEA
    RdataRow{Type{55}, Class::ANY, {hip}},                  // HIP
    RdataRow{Type{56}, Class::ANY, {strings}},              // NINFO
    RdataRow{Type{57}, Class::ANY, {u16, u8, u8, base64}},  // RKEY
    RdataRow{Type{58}, Class::ANY, {name, name}},           // TALINK
    RdataRow{Type::CDS, Class::ANY, {u16, u8, u8, hex}},
    RdataRow{Type::CDNSKEY, Class::ANY, {u16, u8, u8, base64}},
    RdataRow{Type{61}, Class::ANY, {base64}},            // OPENPGPKEY
    RdataRow{Type{62}, Class::ANY, {u32, u16, types}},   // CSYNC
    RdataRow{Type{63}, Class::ANY, {u32, u8, u8, hex}},  // ZONEMD
    RdataRow{Type::SVCB, Class::IN, {u16, name, service_params}},
    RdataRow{Type::HTTPS, Class::IN, {u16, name, service_params}},
    RdataRow{Type::SPF, Class::ANY, {strings}},
    RdataRow{Type{104}, Class::ANY, {u16, locator64}},  // NID
    RdataRow{Type{105}, Class::ANY, {u16, ipv4}},       // L32
    RdataRow{Type{106}, Class::ANY, {u16, locator64}},  // L64
    RdataRow{Type{107}, Class::ANY, {u16, name}},       // LP
    RdataRow{Type{108}, Class::ANY, {eui48}},           // EUI48
    RdataRow{Type{109}, Class::ANY, {eui64}},           // EUI64
    RdataRow{Type::URI, Class::ANY, {u16, u16, quoted}},
    RdataRow{Type::CAA, Class::ANY, {u8, tag, quoted}},
    RdataRow{Type{258}, Class::ANY, {strings}},             // AVC
    RdataRow{Type{260}, Class::ANY, {amt_relay}},           // AMTRELAY
    RdataRow{Type{261}, Class::ANY, {strings}},             // RESINFO
    RdataRow{Type{262}, Class::ANY, {strings}},             // WALLET
    RdataRow{Type{32768}, Class::ANY, {u16, u8, u8, hex}},  // TA
    RdataRow{Type{32769}, Class::ANY, {u16, u8, u8, hex}},  // DLV
};

}  // namespace

std::span<const RdataRow> rdata_table() {
  return rows;
}

}  // namespace net::dns
