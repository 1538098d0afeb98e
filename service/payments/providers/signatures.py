"""Signatures of webhooks as Standard Webhooks has them: HMAC-SHA256 over id, instant and body."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

from .port import Unsigned

TOLERANCE_SECONDS = 300


def sign(secret: bytes, *, event_id: str, body: bytes, now: datetime) -> dict[str, str]:
    """Return the headers that a webhook is sent with."""
    at = str(int(now.timestamp()))
    return {
        "webhook-id": event_id,
        "webhook-timestamp": at,
        "webhook-signature": f"v1,{_signature(secret, event_id, at, body)}",
    }


def verify(secret: bytes, headers: Mapping[str, str], body: bytes, *, now: datetime) -> str:
    """Return the id of a webhook that was signed with the secret within five minutes of now. Raises Unsigned."""
    event_id, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not (0 < len(event_id) <= 100 and event_id.isascii() and at.isascii() and at.isdigit() and len(at) < 12):
        raise Unsigned("headers")
    expected = _signature(secret, event_id, at, body).encode()
    given = headers.get("webhook-signature", "")[:2_000].split(" ")
    signatures = [each[3:].encode("utf-8", "surrogateescape") for each in given if each.startswith("v1,")]
    if not any(hmac.compare_digest(expected, each) for each in signatures):
        raise Unsigned("signature")
    if abs(now.timestamp() - int(at)) > TOLERANCE_SECONDS:
        raise Unsigned("too old")
    return event_id


def _signature(secret: bytes, event_id: str, at: str, body: bytes) -> str:
    signed = b".".join([event_id.encode(), at.encode(), body])
    return base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()
