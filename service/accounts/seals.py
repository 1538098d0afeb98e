"""Seals: what a customer carries away signed, so that it can be told whether it comes back as it was given.

A JWS (RFC 7515, ES256) by joserfc, with a key that signs nothing else and types that are no login's. The key follows
from the service's secret: it needs no row, is the same in every process, and changes with the secret only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc import jws
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import ECKey

ALGORITHM = "ES256"
MOST_CHARACTERS = 240_000  # under the 256 KiB that a body may have
_ORDER = ec.SECP256R1.group_order


class BrokenSeal(Exception):
    """What was sealed doesn't open: it is nothing of the type, another service sealed it, or it was changed."""

    def __init__(self, reason: Literal["not_this", "not_ours", "changed"]) -> None:
        super().__init__(reason)
        self.reason = reason


class _Registry(jws.JWSRegistry):
    max_payload_length = MOST_CHARACTERS


class Seal:
    """Signs documents of the service and opens those that it signed."""

    def __init__(self, secret_key: str) -> None:
        # 128 bits more than the order, so that no key is likelier than another (FIPS 186-5, A.2.1).
        drawn = HKDF(SHA256(), length=48, salt=None, info=b"sayso seals").derive(secret_key.encode())
        number = int.from_bytes(drawn, "big") % (_ORDER - 1) + 1
        self._key = ECKey.import_key(ec.derive_private_key(number, ec.SECP256R1()))
        self._kid = self._key.thumbprint()
        self._registry = _Registry(algorithms=[ALGORITHM])

    def public_key(self) -> dict[str, Any]:
        """Return the public key as an entry of a JSON Web Key Set."""
        return {**self._key.as_dict(private=False), "kid": self._kid, "alg": ALGORITHM, "use": "sig"}

    def sealed(self, content: Mapping[str, Any], *, kind: str) -> str:
        """Return the content signed, as one line of text; `kind` is its `typ`."""
        header = {"alg": ALGORITHM, "kid": self._kid, "typ": kind}
        return jws.serialize_compact(header, json.dumps(content).encode(), self._key, registry=self._registry)

    def opened(self, text: str, *, kind: str) -> dict[str, Any]:
        """Return the content of what was sealed as the kind. Raises BrokenSeal."""
        try:
            header = jws.extract_compact(text.encode(), registry=self._registry).headers()
        except (JoseError, ValueError) as error:
            raise BrokenSeal("not_this") from error
        if header.get("typ") != kind or header.get("alg") != ALGORITHM:
            raise BrokenSeal("not_this")
        if header.get("kid") != self._kid:
            raise BrokenSeal("not_ours")
        try:
            payload = jws.deserialize_compact(text.encode(), self._key, registry=self._registry).payload
            content: dict[str, Any] = json.loads(payload or b"")
        except BadSignatureError as error:
            raise BrokenSeal("changed") from error
        except (JoseError, ValueError) as error:
            raise BrokenSeal("not_this") from error
        return content
