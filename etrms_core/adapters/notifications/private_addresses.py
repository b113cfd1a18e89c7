"""Which network addresses a message may go to."""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address

# They answer with the keys of the machine that asks.
METADATA_SERVICES = frozenset(
    map(ip_address, ["169.254.169.254", "100.100.100.200", "192.0.0.192", "fd00:ec2::254"])
)
LOW_32_BITS = (1 << 32) - 1
# Prefixes whose last 32 bits are an IPv4 address: compatible, NAT64 (RFC 6052, RFC 8215), ISATAP
# is told by its middle bits.
EMBEDDING: tuple[IPv4Network | IPv6Network, ...] = (
    ip_network("::/96"),
    ip_network("::ffff:0:0/96"),
    ip_network("::ffff:0:0:0/96"),
    ip_network("64:ff9b::/96"),
    ip_network("64:ff9b:1::/48"),
)
GLOBAL_IPV6: tuple[IPv4Network | IPv6Network, ...] = (
    ip_network("2000::/3"),
    ip_network("::ffff:0:0/96"),
    ip_network("64:ff9b::/96"),
)
ISATAP = (0x00005EFE, 0x02005EFE)


def is_public(address: Address) -> bool:
    """Say whether an address and every address written inside it lie in the public internet."""
    return all(_is_global(each) for each in _all_forms(address))


def is_never_allowed(address: Address) -> bool:
    """Say whether an address is refused even where private networks are allowed.

    Link-local and metadata services, multicast, and what is no address of a machine.
    """
    return any(
        each in METADATA_SERVICES
        or each.is_link_local
        or each.is_multicast
        or each.is_unspecified
        or each == IPv4Address(LOW_32_BITS)
        for each in _all_forms(address)
    )


def refusal(addresses: Iterable[Address], *, allows_private: bool) -> str | None:
    """Say why a host with these addresses is refused; None when it is not."""
    found = list(addresses)
    if any(is_never_allowed(each) for each in found):
        return "leads to a link-local, metadata or multicast address, which is never allowed"
    if not allows_private and not all(is_public(each) for each in found):
        return (
            "leads into a private network or to this machine; allow that expressly if you mean it"
        )
    return None


def _is_global(address: Address) -> bool:
    if not address.is_global or address.is_multicast:
        return False
    # Of IPv6 only one eighth is given to machines; Python takes the old site-local ones for global.
    return address.version == 4 or any(address in network for network in GLOBAL_IPV6)


def _all_forms(address: Address) -> Iterator[Address]:
    yield address
    if isinstance(address, IPv6Address):
        yield from _embedded(address)


def _embedded(address: IPv6Address) -> Iterator[IPv4Address]:
    if address.is_loopback or address.is_unspecified:
        return  # in the same range as the compatible forms
    low = IPv4Address(int(address) & LOW_32_BITS)
    if any(address in network for network in EMBEDDING):
        yield low
    if (int(address) >> 32) & LOW_32_BITS in ISATAP:
        yield low
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
