"""One handed-over connection and what is not sent to it yet. Runs in the event loop; nothing here waits."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Iterable
from uuid import UUID

from .subscription import Subscription
from .topics import Event, Follower, Topic

MOST_UNSENT = 64 * 1024
"""A reader for whom more bytes than this wait, beside the kernel's, is cut at the next event, and comes back."""
_KERNELS = 64 * 1024
_SILENT_MS = 30_000  # a peer that acknowledges nothing for so long is gone


class Stream:
    """A follower behind a socket."""

    __slots__ = (
        "_connection",
        "_gone",
        "_loop",
        "_unsent",
        "ends_at",
        "follower",
        "is_caught_up",
        "is_open",
        "session_id",
        "subscription",
        "verified_at",
        "wrote_at",
    )

    def __init__(
        self,
        connection: socket.socket,
        subscription: Subscription,
        topic: Topic,
        *,
        ends_at: float,
        gone: Callable[[Stream], None],
    ) -> None:
        self.subscription, self.ends_at = subscription, ends_at
        self.follower = Follower(topic, subscription.access, after=subscription.after)
        self.is_caught_up, self.is_open = False, True
        self.session_id: UUID | None = None
        self.verified_at = self.wrote_at = time.monotonic()
        self._connection, self._gone = connection, gone
        self._unsent: bytearray | None = None
        self._loop = asyncio.get_running_loop()
        _set_up(connection)
        self._loop.add_reader(connection, self._read)

    @property
    def followed(self) -> tuple[str, UUID]:
        """What it follows: the topic's name and the key."""
        return self.subscription.topic, self.subscription.key

    def tell(self, events: Iterable[Event]) -> None:
        """Send what of the events the follower may see and has not seen; end where nothing more will come."""
        texts = self.follower.take(events)
        if texts:
            self.write(texts[0] if len(texts) == 1 else b"".join(texts))
        if self.follower.has_ended:
            self.end()

    def write(self, text: bytes) -> None:
        """Send the text, or keep it until the reader has room; a reader too far behind is cut."""
        if not self.is_open:
            return
        self.wrote_at = time.monotonic()
        if self._unsent is None:
            sent = self._send(text)
            if sent < len(text) and self.is_open:
                self._unsent = bytearray(text[sent:])
                self._loop.add_writer(self._connection, self._write_on)
        elif len(self._unsent) > MOST_UNSENT:
            self.close()
        else:
            self._unsent += text

    def end(self) -> None:
        """Close once everything is sent."""
        self.follower.has_ended = True
        if self._unsent is None:
            self.close()

    def close(self) -> None:
        """Close at once."""
        if not self.is_open:
            return
        self.is_open = False
        self._loop.remove_reader(self._connection)
        self._loop.remove_writer(self._connection)
        self._connection.close()
        self._gone(self)

    def _send(self, text: bytes | bytearray) -> int:
        try:
            return self._connection.send(text)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError:
            self.close()
            return 0

    def _write_on(self) -> None:
        assert self._unsent is not None
        del self._unsent[: self._send(self._unsent)]
        if not self._unsent and self.is_open:
            self._unsent = None
            self._loop.remove_writer(self._connection)
            if self.follower.has_ended:
                self.close()

    def _read(self) -> None:
        """Nothing is expected of a follower but that it leaves."""
        try:
            if self._connection.recv(4_096):
                return
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            pass
        self.close()


def _set_up(connection: socket.socket) -> None:
    connection.setblocking(False)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _KERNELS)
    if connection.family in {socket.AF_INET, socket.AF_INET6}:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _SILENT_MS)
