"""Where a host's name leads: looked up once, every address checked, so that nobody makes us call a machine of ours."""

from __future__ import annotations

import ipaddress
import socket

_UNICAST = ipaddress.ip_network("2000::/3")  # all that is handed out (RFC 4291, 2.4); NAT64 and the like lie elsewhere
_6TO4, _TEREDO = ipaddress.ip_network("2002::/16"), ipaddress.ip_network("2001::/32")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class ForbiddenAddress(Exception):
    """The name leads to a machine that isn't on the public internet."""


def public_address(host: str, port: int) -> str:
    """Return an address of the host to connect to. Raises ForbiddenAddress where any of them isn't public, OSError."""
    found = {entry[4][0] for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    if not found or not all(is_public(ipaddress.ip_address(str(address).partition("%")[0])) for address in found):
        raise ForbiddenAddress()
    return min(map(str, found), key=lambda address: (":" in address, address))


def is_public(address: Address) -> bool:
    """Tell whether an address is one of the public internet, also by what is wrapped in it."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address not in _UNICAST or address in _6TO4 or address in _TEREDO:
            return False
    return address.is_global and not address.is_multicast
