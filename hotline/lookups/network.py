"""Which machines may be asked. A name is resolved once, and the address that was judged is the one that is used."""

from __future__ import annotations

import ipaddress
import socket

from hotline.lookups.source import LookUpFailed


def address_of(host: str, port: int, *, allow_private: bool) -> str:
    """An address of *host* that may be asked. Raises :class:`LookUpFailed`.

    Nobody asks multicast, link-local (where clouds keep their secrets) or unspecified addresses.
    """
    try:
        found = {str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except OSError as error:
        raise LookUpFailed(f"{host} is not known to the name server") from error
    allowed = [address for address in sorted(found) if _allowed(address, allow_private)]
    if not allowed or len(allowed) != len(found):
        raise LookUpFailed(f"{host} is in a private network, which this source is not allowed to ask")
    return allowed[0]


def _allowed(text: str, allow_private: bool) -> bool:
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if address.is_multicast or address.is_link_local or address.is_unspecified:
        return False
    return address.is_global or (allow_private and (address.is_private or address.is_loopback))
