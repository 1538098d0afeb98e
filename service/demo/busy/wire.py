"""Sending requests to a service that may be gone for a while: the same bytes and key again, until answered."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Event
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

TIMEOUT_SECONDS = 8.0
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 0.1, 2.0


class Over(Exception):
    """The morning was ended: nothing is sent any more."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and the JSON that came with it."""

    status: int
    body: Any

    @property
    def problem(self) -> str | None:
        """The refusal's type, None where it is none."""
        return self.body["type"].rpartition("/")[2] if self.status >= 400 and isinstance(self.body, dict) else None


class Wire:
    """Connections to one service, one for each thread. `retries` counts the requests that were sent again."""

    def __init__(self, url: str, over: Event) -> None:
        parts = urlsplit(url)
        self._make = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._host, self._port, self._over = parts.hostname or "", parts.port, over
        self._own = threading.local()
        self._connections: list[http.client.HTTPConnection] = []
        self.retries = 0

    def send(self, method: str, path: str, headers: Mapping[str, str], body: Any = None) -> Answer:
        """Send until someone answers: a lost answer, a 5xx, a 429 or a request still running mean "ask again".

        Raises Over.
        """
        wait = FIRST_WAIT_SECONDS
        while not self._over.is_set():
            answer, after = self._try(method, path, headers, body)
            if answer is not None:
                return answer
            self.retries += 1
            self._over.wait(after or wait)
            wait = min(2 * wait, LONGEST_WAIT_SECONDS)
        raise Over

    def _try(self, method: str, path: str, headers: Mapping[str, str], body: Any) -> tuple[Answer | None, float | None]:
        """Return the answer, or None and how long to wait where the service said it."""
        connection = self._connection()
        try:
            payload = None if body is None else json.dumps(body)
            connection.request(method, path, payload, {"Content-Type": "application/json", **headers})
            given = connection.getresponse()
            text = given.read()
            answer = Answer(given.status, json.loads(text) if text else None)
        except (OSError, http.client.HTTPException, ValueError):
            connection.close()
            return None, None
        if given.status >= 500 or given.status == 429 or answer.problem == "still-running":
            after = given.getheader("Retry-After", "")
            return None, float(after) if after.isdigit() else None
        return answer, None

    def _connection(self) -> http.client.HTTPConnection:
        connection: http.client.HTTPConnection | None = getattr(self._own, "connection", None)
        if connection is None:
            connection = self._own.connection = self._make(self._host, self._port, timeout=TIMEOUT_SECONDS)
            self._connections.append(connection)
        return connection

    def close(self) -> None:
        """Close every connection, once nobody asks any more."""
        for each in self._connections:
            each.close()


@dataclass
class Person:
    """Someone who is signed in, and signs in again when their token has ended."""

    wire: Wire
    sign_in: Callable[[Wire, str | None], Answer]
    """Takes the refresh token of the session before, if there was one."""
    _token: str | None = None
    _refresh: str | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, method: str, path: str, body: Any = None, *, with_key: bool = False) -> Answer:
        """Send it as this person; `with_key`: once, however often it takes to be answered. Raises Over."""
        key = {"Idempotency-Key": str(uuid4())} if with_key else {}
        token = self._signed_in()
        answer = self.wire.send(method, path, {"Authorization": f"Bearer {token}", **key}, body)
        if answer.status != 401:
            return answer
        again = self._signed_in(instead_of=token)
        return self.wire.send(method, path, {"Authorization": f"Bearer {again}", **key}, body)

    @property
    def token(self) -> str:
        """The access token; signs in where there is none."""
        return self._token or self._signed_in()

    def _signed_in(self, instead_of: str | None = None) -> str:
        with self._lock:
            if self._token is None or self._token == instead_of:
                answer = self.sign_in(self.wire, self._refresh)
                if answer.status in {200, 201}:
                    self._token, self._refresh = answer.body["access_token"], answer.body["refresh_token"]
            return self._token or ""


def account(email: str, password: str) -> Callable[[Wire, str | None], Answer]:
    """Return how someone with an account signs in."""
    sent = {"email": email, "password": password, "device_name": "A busy morning"}
    return lambda wire, _: wire.send("POST", "/v1/sessions", {}, sent)


def guest(wire: Wire, refresh_token: str | None) -> Answer:
    """Begin a guest's session, or go on with it."""
    if refresh_token is None:
        return wire.send("POST", "/v1/guests", {}, {})
    return wire.send("POST", "/v1/sessions/refresh", {}, {"refresh_token": refresh_token})
