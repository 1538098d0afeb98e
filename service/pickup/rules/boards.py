"""Tokens of board links: whoever has one may look, so only its hash is kept."""

from __future__ import annotations

import hashlib


def hash_of(token: str) -> str:
    """Return what is kept of a token; it has 192 random bits, so a fast hash will do."""
    return hashlib.sha256(token.encode()).hexdigest()
