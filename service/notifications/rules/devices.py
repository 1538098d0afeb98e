"""What a device that takes push may be."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec

MOST_DEVICES = 20
MOST_ENDPOINT_CHARACTERS = 1_000
AUTH_BYTES = 16
_MOST_IN_NAME = 253
_LABEL = "[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"(?:{_LABEL}\.)+(?![0-9]+$){_LABEL}")  # RFC 1035, 2.3.4: what can be looked up at all


def fault_of_endpoint(endpoint: str) -> str | None:
    """Return what is wrong with the address of a push service, None for nothing.

    Only https at its usual port, by a host's name: where that leads is looked at each time a message goes there.
    """
    try:
        url = urlsplit(endpoint)
        port = url.port
    except ValueError:
        return "Not an address."
    if url.scheme != "https" or not url.hostname:
        return "Only an https address."
    if url.username is not None or url.password is not None or url.fragment or port not in {None, 443}:
        return "No user, fragment or port of its own."
    if not endpoint.isascii() or any(character <= " " for character in endpoint):
        return "Not an address."
    if len(url.hostname) > _MOST_IN_NAME or not _NAME.fullmatch(url.hostname):
        return "A push service has a name, not an address of a machine."
    return None


def is_public_key(point: bytes) -> bool:
    """Tell whether it is a point on P-256, uncompressed (RFC 8291, 3.1): to any other nothing can be encrypted."""
    if len(point) != _POINT_BYTES:
        return False
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        return False
    return True


_POINT_BYTES = 65
