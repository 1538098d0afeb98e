"""Followers that lose their stream and come back: screens of the queue, and people who follow one order."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event, Thread
from typing import Any

from tests.live.reading import Told, open_stream

AGAIN_SECONDS = 0.2
QUIET_SECONDS = 12.0
"""A queue's stream says something every 5 s; one that doesn't is left."""


class Follower:
    """Follows a stream on a thread of its own until told to stop, from where it was when it was cut."""

    def __init__(self, port: int, path: str, token: Callable[[], str], over: Event) -> None:
        self.path, self.over, self.is_done = path, over, False
        self.reconnects = -1
        self._port, self._token, self._last = port, token, ""
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def join(self) -> None:
        """Wait until it has left."""
        self._thread.join(2 * QUIET_SECONDS)

    def heard(self, told: Told) -> None:
        """Take what was told."""
        raise NotImplementedError

    def _run(self) -> None:
        while not self.over.is_set() and not self.is_done:
            self.reconnects += 1
            try:
                self._follow()
            except (OSError, EOFError, ValueError, IndexError):  # cut, refused, silent, or half an answer
                self.over.wait(AGAIN_SECONDS)

    def _follow(self) -> None:
        headers = {"Authorization": f"Bearer {self._token()}"} | ({"Last-Event-ID": self._last} if self._last else {})
        stream = open_stream(self._port, self.path, headers)
        try:
            if stream.status != 200:
                raise EOFError
            while not self.over.is_set() and not self.is_done:
                told = stream.next(seconds=QUIET_SECONDS)
                self.heard(told)
                self._last = told.id or self._last
        finally:
            stream.close()


class Screen(Follower):
    """Has the queue as a screen has it: tickets by version, compared with each check, read anew where they differ."""

    def __init__(
        self, port: int, path: str, token: Callable[[], str], over: Event, read: Callable[[], dict[str, int]]
    ) -> None:
        self.tickets: dict[str, int] = {}
        self.resyncs = 0
        self._versions: dict[str, int] = {}
        self._read = read
        super().__init__(port, path, token, over)

    def heard(self, told: Told) -> None:
        """Take a ticket where it is newer than the one known; read the queue where something was missed."""
        if told.event == "ticket":
            self._take(told.data)
        elif told.event == "reset" or (told.event == "check" and not self._agrees(told.data)):
            self.resyncs += 1
            now = self._read()
            for gone in set(self.tickets) - set(now):
                del self.tickets[gone]
            for order_id, version in now.items():
                if version >= self._versions.get(order_id, 0):
                    self.tickets[order_id] = self._versions[order_id] = version

    def _take(self, row: dict[str, Any]) -> None:
        order_id, version = row["order_id"] or row["walk_in_id"], row["version"]
        if version <= self._versions.get(order_id, 0):
            return
        self._versions[order_id] = version
        if row["ticket"] is None:
            self.tickets.pop(order_id, None)
        else:
            self.tickets[order_id] = version

    def _agrees(self, check: dict[str, int]) -> bool:
        return check == {"tickets": len(self.tickets), "versions": sum(self.tickets.values())}


class Watcher(Follower):
    """Follows one order to its end; `version` is the newest it heard of, `gaps` what was told to be missed."""

    def __init__(self, port: int, order_id: str, token: Callable[[], str], over: Event) -> None:
        self.order_id, self.version, self.since = order_id, 0, time.monotonic()
        super().__init__(port, f"/v1/orders/{order_id}/events", token, over)

    def heard(self, told: Told) -> None:
        """Take the fact's version; the last one ends it."""
        self.version = max(self.version, told.data.get("version", 0))
        self.is_done = bool(told.data.get("ended", False))
