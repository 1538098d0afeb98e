"""The demo's push service and device in one: takes what a real push service would, checks who sent it, and reads it
with the key of its one subscription."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jwt
import orjson
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ...config import Settings
from .sending import PushServices, as_text

_SHOWN = 100
_MOST_BYTES = 1_000_000
_FILE = "demo_push.jsonl"


class NotForUs(Exception):
    """What came is no message for this inbox; `status` is what a push service answers then."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass(frozen=True)
class Inbox:
    """One device's messages, kept in the instance folder since several processes take them."""

    endpoint: str
    sender_key: bytes
    private_key: ec.EllipticCurvePrivateKey = field(repr=False)
    auth_secret: bytes = field(repr=False)
    file: Path

    @classmethod
    def of(cls, settings: Settings, push: PushServices) -> Inbox:
        """Return the demo's inbox; its keys follow from the service's secret, so that every process has the same."""
        seed = hashlib.sha512(b"sayso demo push\x00" + settings.secret_key.encode()).digest()
        return cls(
            endpoint=push.inbox or "",
            sender_key=push.public_key,
            # Of 31 bytes, so that it is below the order of the curve.
            private_key=ec.derive_private_key(int.from_bytes(seed[:31]) + 1, ec.SECP256R1()),
            auth_secret=seed[-16:],
            file=settings.instance_path / _FILE,
        )

    @property
    def public_key(self) -> bytes:
        """The point that messages are encrypted for."""
        form = serialization.PublicFormat.UncompressedPoint
        return self.private_key.public_key().public_bytes(serialization.Encoding.X962, form)

    def subscription(self) -> dict[str, Any]:
        """Return it as a browser's PushSubscription says it."""
        keys = {"p256dh": as_text(self.public_key), "auth": as_text(self.auth_secret)}
        return {"endpoint": self.endpoint, "keys": keys}

    def take(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> None:
        """Take a message; the headers by their names in small letters. Raises NotForUs."""
        import http_ece

        self._check_sender(headers.get("authorization", ""))
        if headers.get("content-encoding") != "aes128gcm" or not headers.get("ttl", "").isdigit():
            raise NotForUs(400)
        try:
            read = http_ece.decrypt(body, private_key=self.private_key, auth_secret=self.auth_secret)
            message = orjson.loads(read)
        except (http_ece.ECEException, orjson.JSONDecodeError) as error:
            raise NotForUs(400) from error
        self._keep(
            {
                "received_at": now,
                "topic": headers.get("topic"),
                "urgency": headers.get("urgency"),
                "ttl_seconds": int(headers["ttl"]),
                "message": message,
            }
        )

    def _check_sender(self, authorization: str) -> None:
        """Let only this service's key send (RFC 8292, 3)."""
        scheme, _, given = authorization.partition(" ")
        parts = dict(part.strip().partition("=")[::2] for part in given.split(","))
        url = urlsplit(self.endpoint)
        if scheme.lower() != "vapid" or parts.get("k") != as_text(self.sender_key):
            raise NotForUs(401)
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), self.sender_key)
        try:
            jwt.decode(parts.get("t", ""), key, algorithms=["ES256"], audience=f"{url.scheme}://{url.netloc}")
        except jwt.PyJWTError as error:
            raise NotForUs(403) from error

    def _keep(self, entry: dict[str, Any]) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        if self.file.exists() and self.file.stat().st_size > _MOST_BYTES:
            self.file.replace(self.file.with_suffix(".old"))
        with self.file.open("ab") as file:  # one write: lines of two processes never mix
            file.write(orjson.dumps(entry, option=orjson.OPT_UTC_Z) + b"\n")

    def messages(self) -> list[dict[str, Any]]:
        """Return up to 100 messages, newest first."""
        try:
            lines = self.file.read_bytes().splitlines()
        except FileNotFoundError:
            return []
        return [orjson.loads(line) for line in lines[: -_SHOWN - 1 : -1]]
