"""Refresh tokens: derived from the session's secret and its generation, so that none has to be kept.

base64url(session id, 16 bytes · generation, 4 bytes · HMAC-SHA256, 32 bytes). The HMAC's key joins the session's
own secret with the service's, so that a copy of the database makes no token.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID

_ID, _GENERATION, _MAC = 16, 4, 32
TOKEN_CHARACTERS = 70


def token(*, session_id: UUID, generation: int, secret: bytes, service_key: bytes) -> str:
    """Return the session's refresh token of this generation."""
    said = session_id.bytes + generation.to_bytes(_GENERATION, "big")
    return base64.urlsafe_b64encode(said + _mac(said, secret, service_key)).decode().rstrip("=")


def _mac(said: bytes, secret: bytes, service_key: bytes) -> bytes:
    key = hmac.digest(service_key, b"sayso refresh token\x00" + secret, hashlib.sha256)
    return hmac.digest(key, said, hashlib.sha256)


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """What a refresh token says, before anyone believed it."""

    session_id: UUID
    generation: int
    said: bytes
    mac: bytes

    def is_genuine(self, *, secret: bytes, service_key: bytes) -> bool:
        """Tell whether it was made from the session's secret."""
        return hmac.compare_digest(self.mac, _mac(self.said, secret, service_key))


def read(text: str) -> RefreshToken | None:
    """Return what the token says, None where it is none."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(raw) != _ID + _GENERATION + _MAC:
        return None
    said, mac = raw[:-_MAC], raw[-_MAC:]
    return RefreshToken(UUID(bytes=said[:_ID]), int.from_bytes(said[_ID:], "big"), said, mac)


class Use(Enum):
    """What a genuine refresh token is, in the state of its session."""

    FIRST = "first"
    LOST_ANSWER = "lost answer"
    REUSE = "reuse"


def use_of(generation: int, *, current: int, rotated_at: datetime, grace_seconds: int, now: datetime) -> Use:
    """Tell the first use of a token from a retry whose answer was lost, and both from a stolen or copied one.

    Only the immediate predecessor, and only within the grace after the rotation, is a lost answer.
    """
    if generation == current:
        return Use.FIRST
    if generation == current - 1 and (now - rotated_at).total_seconds() <= grace_seconds:
        return Use.LOST_ANSWER
    return Use.REUSE
