"""Answers about addresses as Python's ipaddress sees them: a line in, a line out."""

import ipaddress
import re
import sys


def address(text):
    try:
        value = ipaddress.ip_address(text)
    except ValueError:
        return "-"
    return f"{value.version} {int(value)} {value} {value.exploded} {value.reverse_pointer}"


def prefix(text):
    network = ipaddress.ip_network(text, strict=False)
    answer = [network.network_address, network.broadcast_address, network.netmask, network.hostmask,
              network.prefixlen, network.num_addresses]
    if network.num_addresses <= 256 and network.version == 4:
        hosts = list(network.hosts())
        answer += [hosts[0], hosts[-1], len(hosts)]
    return " ".join(map(str, answer))


def contains(outer, inner):
    return str(ipaddress.ip_network(inner, strict=False).subnet_of(ipaddress.ip_network(outer, strict=False)))


def cover(first, last):
    networks = ipaddress.summarize_address_range(ipaddress.ip_address(first), ipaddress.ip_address(last))
    return " ".join(map(str, networks))


def collapse(*texts):
    return " ".join(map(str, ipaddress.collapse_addresses(map(ipaddress.ip_network, texts))))


def subnets(text, length):
    return " ".join(map(str, ipaddress.ip_network(text).subnets(new_prefix=int(length))))


def kind(text):
    value = ipaddress.ip_address(text)
    names = ["is_multicast", "is_loopback", "is_unspecified", "is_link_local", "is_global"]
    names += ["is_site_local"] if value.version == 6 else []
    return " ".join(name for name in names if getattr(value, name))


def embedded(text):
    value = ipaddress.ip_address(text)
    server, client = value.teredo or (None, None)
    return f"{value.ipv4_mapped} {value.sixtofour} {server} {client}"


def mac(text):
    """Regular expressions, as somebody else would write such a parser."""
    digits = r"[0-9a-fA-F]"
    for octets in (6, 8):
        forms = (rf"{digits}{{1,2}}(:{digits}{{1,2}}){{{octets - 1}}}",
                 rf"{digits}{{2}}(-{digits}{{2}}){{{octets - 1}}}",
                 rf"{digits}{{4}}(\.{digits}{{4}}){{{octets // 2 - 1}}}",
                 rf"{digits}{{{octets * 2}}}")
        if any(re.fullmatch(form, text) for form in forms):
            text = ":".join(part.zfill(2) for part in text.split(":"))
            raw = re.sub("[^0-9a-f]", "", text.lower())
            return ":".join(raw[i:i + 2] for i in range(0, len(raw), 2))
    return "-"


ANSWERS = {function.__name__: function for function in
           (address, prefix, contains, cover, collapse, subnets, kind, embedded, mac)}
for line in sys.stdin:
    name, *arguments = line.rstrip("\n").split("\t")
    print(ANSWERS[name](*arguments))
