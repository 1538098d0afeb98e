"""Hashing passwords: argon2id, a bounded number at once.

A hash takes a tenth of a second and 64 MiB. Call this before the request's session is used: on SQLite a writing
transaction holds the one write lock, on PostgreSQL a connection.
"""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import BoundedSemaphore
from uuid import UUID

import argon2

from ..errors import Invalid, Refusal, Unavailable
from .queries import Credentials
from .rules.passwords import fault_of, normalised

# RFC 9106, section 4, second recommended option (with the memory of the settings); argon2 takes no less per lane.
_PASSES, _LANES, _LEAST_KIB_PER_LANE = 3, 4, 8
_HASH_BYTES, _SALT_BYTES = 32, 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The password of this version was proved; `better_hash` is one of today's strength where the kept one isn't."""

    person_id: UUID
    password_version: int
    better_hash: str | None


class Passwords:
    """Makes and checks hashes, up to `concurrent` at once; who waits longer than `wait_seconds` is turned away."""

    def __init__(self, memory_kib: int, *, concurrent: int | None = None, wait_seconds: float = 3.0) -> None:
        # Half the processors: sign-ins must leave room for orders.
        self.slots = BoundedSemaphore(concurrent or max(1, (os.cpu_count() or 1) // 2))
        self._wait_seconds = wait_seconds
        memory = max(memory_kib, _LEAST_KIB_PER_LANE * _LANES)
        self._hasher = argon2.PasswordHasher(_PASSES, memory, _LANES, _HASH_BYTES, _SALT_BYTES)
        self._nobody = _hash_of_nobody(memory)

    def hash_new(self, password: str, *, about: Iterable[str | None]) -> str:
        """Return the hash of a password that will do. Raises Invalid, Unavailable."""
        fault = fault_of(password, about)
        if fault is not None:
            raise Invalid({"password": [fault]})
        with self._slot():
            return self._hasher.hash(normalised(password))

    def prove(self, credentials: Credentials | None, password: str, refusal: type[Refusal]) -> Proof:
        """Return the proof that the password is the one of the credentials; takes as long where there are none.

        Raises the refusal, or Unavailable.
        """
        kept = credentials.password_hash if credentials is not None else None
        with self._slot():
            matches = self._matches(kept or self._nobody, normalised(password))
        if credentials is None or kept is None or not matches:
            raise refusal()  # type: ignore[call-arg]
        better = None
        if self._hasher.check_needs_rehash(kept):
            with self._slot():
                better = self._hasher.hash(normalised(password))
        return Proof(person_id=credentials.person_id, password_version=credentials.password_version, better_hash=better)

    def _matches(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, password)
        except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
            return False

    @contextmanager
    def _slot(self) -> Iterator[None]:
        if not self.slots.acquire(timeout=self._wait_seconds):
            raise Unavailable("Many people are signing in right now. Try again in a moment.", retry_after_seconds=2)
        try:
            yield
        finally:
            self.slots.release()


def _hash_of_nobody(memory_kib: int) -> str:
    """A hash that no password has, of the same cost as a real one."""

    def encoded(length: int) -> str:
        return base64.b64encode(secrets.token_bytes(length)).decode().rstrip("=")

    return f"$argon2id$v=19$m={memory_kib},t={_PASSES},p={_LANES}${encoded(_SALT_BYTES)}${encoded(_HASH_BYTES)}"
