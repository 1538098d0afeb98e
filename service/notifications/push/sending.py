"""One message to one device, over its push service."""

from __future__ import annotations

import base64
import http.client
import importlib.util
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.utils import parseaddr
from enum import StrEnum
from functools import cached_property
from threading import Timer
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ...config import ConfigError, Settings
from .addresses import ForbiddenAddress, public_address

TIMEOUT_SECONDS = 4
ANSWER_SECONDS = 8.0
_SIGNED_SECONDS = 12 * 60 * 60  # RFC 8292: 24 hours at most
_GONE = frozenset({404, 410})
_LATER = frozenset({401, 403, 408, 425, 429})  # 401 and 403 are about our key: that is put right, not given up


class Answer(StrEnum):
    """What became of a message."""

    TAKEN = "taken"
    GONE = "gone"  # the device takes no push any more
    LATER = "later"  # trying again may work
    REFUSED = "refused"  # this message never will


@dataclass(frozen=True)
class PushServices:
    """The way to the push services, signed with our key; `inbox` is the demo's own, reached at `own_door`.

    `answer_seconds`: how long one may take for all of its answer. A time-out alone ends no answer that comes byte by
    byte, and whoever carries messages carries everybody's.
    """

    private_key: str = field(repr=False)
    contact: str
    inbox: str | None
    own_door: tuple[str, int]
    answer_seconds: float = ANSWER_SECONDS

    @classmethod
    def from_settings(cls, settings: Settings) -> PushServices | None:
        """Return it where VAPID_PRIVATE_KEY is set. Raises ConfigError."""
        if settings.vapid_private_key is None:
            return None
        if importlib.util.find_spec("pywebpush") is None:
            if settings.demo:
                return None
            raise ConfigError("VAPID_PRIVATE_KEY needs pywebpush: install sayso[push]")
        host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104 - not listened on
        services = cls(
            private_key=settings.vapid_private_key,
            contact=f"mailto:{parseaddr(settings.mail_from)[1]}",
            inbox=f"{settings.public_url}/demo/push/inbox" if settings.demo else None,
            own_door=(host, settings.port),
        )
        try:
            services.public_key  # noqa: B018 - a number that is no key fails here, not at the first message
        except ValueError:
            raise ConfigError("VAPID_PRIVATE_KEY must be a private key on P-256: 32 bytes as base64url") from None
        return services

    @cached_property
    def public_key(self) -> bytes:
        """The key that a device subscribes with (`applicationServerKey`), a point on P-256, uncompressed."""
        number = int.from_bytes(base64.urlsafe_b64decode(self.private_key + "="))
        point = ec.derive_private_key(number, ec.SECP256R1()).public_key()
        return point.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)

    def send(
        self,
        message: bytes,
        *,
        endpoint: str,
        public_key: bytes,
        auth_secret: bytes,
        topic: str,
        ttl_seconds: int,
        is_urgent: bool,
        now_seconds: int,
    ) -> Answer:
        """Hand the message in for the device; its push service keeps it for so long at most where the device is off.

        One of the same topic that still waits there is replaced by it.
        """
        from pywebpush import WebPusher  # loaded here only: the service runs without it

        keys = {"p256dh": as_text(public_key), "auth": as_text(auth_secret)}
        body = WebPusher({"endpoint": endpoint, "keys": keys}).encode(message)["body"]
        headers = {
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(ttl_seconds),
            "Topic": topic,
            "Urgency": "high" if is_urgent else "normal",
            **self._signature(endpoint, now_seconds),
        }
        try:
            return _answer(self._post(endpoint, body, headers))
        except (ForbiddenAddress, UnicodeError, http.client.InvalidURL):  # no such address can be called
            return Answer.REFUSED
        except (OSError, http.client.HTTPException):
            return Answer.LATER

    def _signature(self, endpoint: str, now_seconds: int) -> dict[str, str]:
        from py_vapid import Vapid02

        url = urlsplit(endpoint)
        claims = {"aud": f"{url.scheme}://{url.netloc}", "sub": self.contact, "exp": now_seconds + _SIGNED_SECONDS}
        signed: dict[str, str] = Vapid02.from_raw(self.private_key.encode()).sign(claims)
        return signed

    def _post(self, endpoint: str, body: bytes, headers: dict[str, str]) -> int:
        """Return the status that the push service answers; no redirect is followed."""
        url = urlsplit(endpoint)
        host, port = url.hostname or "", url.port or 443
        connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
        try:
            connection.sock = self._connected(endpoint, host, port)
            with _cut_off(connection.sock, self.answer_seconds):
                if isinstance(connection.sock, ssl.SSLSocket):
                    connection.sock.do_handshake()
                connection.request("POST", url.path + (f"?{url.query}" if url.query else ""), body, headers)
                return connection.getresponse().status
        finally:
            connection.close()

    def _connected(self, endpoint: str, host: str, port: int) -> socket.socket:
        if endpoint == self.inbox:
            return socket.create_connection(self.own_door, TIMEOUT_SECONDS)
        # Connected to the very address that was checked, whatever the name leads to a moment later.
        plain = socket.create_connection((public_address(host, port), port), TIMEOUT_SECONDS)
        return ssl.create_default_context().wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)


@contextmanager
def _cut_off(connected: socket.socket, seconds: float) -> Iterator[None]:
    """Let the other side's answer end after so many seconds, whatever has come of it."""

    def cut() -> None:
        with suppress(OSError):
            socket.socket.shutdown(connected, socket.SHUT_RDWR)  # beneath TLS, which another thread is reading

    timer = Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _answer(status: int) -> Answer:
    if 200 <= status < 300:
        return Answer.TAKEN
    if status in _GONE:
        return Answer.GONE
    return Answer.LATER if status >= 500 or status in _LATER else Answer.REFUSED


def as_text(octets: bytes) -> str:
    """Return bytes as base64url without padding, as all of web push writes them."""
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")
