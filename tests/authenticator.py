"""A passkey authenticator in software, with the browser in front of it: answers as a phone would, or as told to."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

ORIGIN = "http://localhost:8000"
PRESENT, VERIFIED, SYNCABLE, SYNCED, HAS_KEY = 1, 4, 8, 16, 64  # WebAuthn, section 6.1: the flags


def encoded(raw: bytes) -> str:
    """Return bytes as WebAuthn's JSON has them."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decoded(text: str) -> bytes:
    """Return what `encoded` was given."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Key:
    """A passkey: the private half, and whose it is."""

    rp_id: str
    user_id: bytes
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def cose(self) -> bytes:
        """Return the public half as COSE_Key: ES256 on P-256."""
        numbers = self.private.public_key().public_numbers()
        x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})


class Authenticator:
    """Makes passkeys and signs with the newest; `counts` says whether its counter goes up or stays 0.

    Every keyword of `create` and `get` replaces a part of the truth, for what an attacker would send.
    """

    def __init__(self, *, counts: bool = False, flags: int = PRESENT | VERIFIED, origin: str = ORIGIN) -> None:
        self.keys: list[Key] = []
        self.counts, self.counter, self.flags, self.origin = counts, 0, flags, origin

    def create(self, public_key: dict[str, Any], **lies: Any) -> dict[str, Any]:
        """Answer `navigator.credentials.create` with RegistrationResponseJSON."""
        key = lies.get("key") or Key(public_key["rp"]["id"], decoded(public_key["user"]["id"]))
        self.keys.append(key)
        attested = bytes(16) + len(key.id).to_bytes(2, "big") + key.id + lies.get("cose", key.cose())
        data = self._data(lies.get("rp_id", key.rp_id), HAS_KEY, lies) + attested
        attestation = {"fmt": "none", "attStmt": {}, "authData": data} | lies.get("attestation", {})
        response = {
            "clientDataJSON": self._client_data("webauthn.create", public_key, lies),
            "attestationObject": encoded(cbor2.dumps(attestation)),
            "authenticatorData": encoded(data),
            "transports": ["internal", "hybrid", "telepathy"],
            "publicKeyAlgorithm": -7,
        }
        return self._credential(key, response)

    def get(self, public_key: dict[str, Any], **lies: Any) -> dict[str, Any]:
        """Answer `navigator.credentials.get` with AuthenticationResponseJSON, signed by the newest passkey."""
        key = lies.get("key") or self.keys[-1]
        self.counter += self.counts
        client_data = self._client_data("webauthn.get", public_key, lies)
        data = self._data(lies.get("rp_id", public_key["rpId"]), 0, lies)
        signed = data + hashlib.sha256(decoded(client_data)).digest()
        signature = lies.get("signer", key.private).sign(signed, ec.ECDSA(hashes.SHA256()))
        user_handle = lies.get("user_handle", key.user_id)
        response = {
            "clientDataJSON": client_data,
            "authenticatorData": encoded(data),
            "signature": encoded(lies.get("signature", signature)),
            "userHandle": encoded(user_handle) if user_handle is not None else None,
        }
        return self._credential(key, response)

    def _credential(self, key: Key, response: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": encoded(key.id),
            "rawId": encoded(key.id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {"credProps": {"rk": True}},
            "response": response,
        }

    def _data(self, rp_id: str, more_flags: int, lies: dict[str, Any]) -> bytes:
        flags = lies.get("flags", self.flags) | more_flags
        counter: int = lies.get("counter", self.counter)
        return hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + counter.to_bytes(4, "big")

    def _client_data(self, kind: str, public_key: dict[str, Any], lies: dict[str, Any]) -> str:
        said = {
            "type": kind,
            "challenge": lies.get("challenge", public_key["challenge"]),
            "origin": self.origin,
            "crossOrigin": False,
        }
        return encoded(json.dumps(said | lies.get("client_data", {})).encode())
