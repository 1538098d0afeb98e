"""The live process: every stream of the service, in one event loop (`flask live`).

It learns of facts by a nudge after each commit on this machine, and looks by itself every 250 ms, for what was
committed elsewhere or whose nudge was lost. While the database can't be read there is no heartbeat either: a client
that hears nothing knows that what it shows is old.
"""

from __future__ import annotations

import asyncio
import random
import resource
import signal
import socket
import time
from collections.abc import Sequence
from contextlib import suppress

import structlog
from prometheus_client import Gauge

from ...db import Database
from ..audiences import Callers
from .alone import CHECK_SECONDS, HEARTBEAT, HEARTBEAT_SECONDS
from .answering import Live
from .rounds import Followed, Reader, Round
from .sockets import CONNECTIONS, NUDGES, drained, received
from .stream import Stream
from .subscription import loaded
from .topics import Event

log = structlog.get_logger()

LOOK_SECONDS = 0.25
GATHER_SECONDS = 0.005
"""How long a round waits for more: one that begins now would make the next one, a moment later, wait for it."""
WATCH_SECONDS = 0.5
AT_ONCE = 500
"""Newcomers in one round, so that those who are there already don't wait for a thousand who come back."""
_TICK_SECONDS = 1.0
_SPARE_FILES = 64

STREAMS = Gauge("sayso_live_streams", "Streams that the live process writes.", multiprocess_mode="mostrecent")


class Hub:
    """Takes connections, tells them what they follow, and cuts off who may not follow any more."""

    def __init__(self, database: Database, live: Live, callers: Callers) -> None:
        self._live = live
        self._followers: dict[Followed, set[Stream]] = {}
        self._streams: set[Stream] = set()
        self._newcomers: list[Stream] = []
        self._reader = Reader(database, live.topics, callers, self._followers.__contains__)
        self._wake, self._stopping = asyncio.Event(), asyncio.Event()
        self._looked_at, self._checked_at = time.monotonic(), 0.0
        self._most = _raise_file_limit() - _SPARE_FILES

    async def run(self) -> None:
        """Stream until a signal asks to stop, or another live process took over; raise what went wrong otherwise."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stopping.set)
        nudges = self._live.doors.open(NUDGES)
        loop.add_reader(nudges, lambda: self._wake.set() if drained(nudges) else None)
        connections = self._live.doors.open(CONNECTIONS)  # the last step: from now on requests hand over
        mine = self._live.doors.taken_by()
        loop.add_reader(connections, self._admit, connections)
        works = [asyncio.ensure_future(work) for work in (self._tell_rounds(), self._watch(), self._tick(mine))]
        stopping = asyncio.ensure_future(self._stopping.wait())
        ended, _ = await asyncio.wait([stopping, *works], return_when=asyncio.FIRST_COMPLETED)
        loop.remove_reader(connections)
        if self._live.doors.taken_by() == mine:
            self._live.doors.close()
        self._admit(connections)  # who was handed over meanwhile is told to come back like everyone else
        self._say_goodbye()
        for task in (stopping, *works):
            task.cancel()
        for task in ended:
            task.result()  # a work that ended by itself failed: so does the process, to be started again

    def _admit(self, door: socket.socket) -> None:
        for message, connection in received(door):
            try:
                subscription, head = loaded(message)
                topic = self._live.topics[subscription.topic]
            except (ValueError, KeyError, TypeError):
                log.exception("not a subscription")
                connection.close()
                continue
            if len(self._streams) >= self._most:
                _turn_away(connection)
                continue
            ends_at = time.monotonic() + self._live.seconds * random.uniform(0.9, 1)  # noqa: S311 - not all at once
            stream = Stream(connection, subscription, topic, ends_at=ends_at, gone=self._forget)
            self._streams.add(stream)
            self._followers.setdefault(stream.followed, set()).add(stream)
            self._newcomers.append(stream)
            stream.write(head + _retry())
            self._wake.set()

    def _forget(self, stream: Stream) -> None:
        self._streams.discard(stream)
        followers = self._followers.get(stream.followed)
        if followers is not None:
            followers.discard(stream)
            if not followers:
                del self._followers[stream.followed]

    async def _tell_rounds(self) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), LOOK_SECONDS)
                await asyncio.sleep(GATHER_SECONDS)
            self._wake.clear()
            newcomers, self._newcomers = self._newcomers[:AT_ONCE], self._newcomers[AT_ONCE:]
            try:
                found = await asyncio.to_thread(self._reader.read, newcomers, self._due())
                await self._cut_off(self._acting_for_another(newcomers, found))
            except Exception:
                log.exception("the outbox could not be read")
                self._newcomers = newcomers + self._newcomers
                await asyncio.sleep(LOOK_SECONDS)
                continue
            self._looked_at = time.monotonic()
            self._deliver(newcomers, found)
            if found.facts or self._newcomers:
                self._wake.set()

    def _acting_for_another(self, newcomers: list[Stream], found: Round) -> list[Stream]:
        followed = [stream for each in found.news for stream in self._followers.get(each, ()) if stream.is_caught_up]
        return [each for each in (*newcomers, *followed) if each.follower.access.holder_id is not None]

    async def _cut_off(self, streams: list[Stream]) -> None:
        """Close those of the streams that may not be told what was just read: looked at after it was, so that nothing
        which happened after a grant's end is told to who held it."""
        if streams:
            going_on = await asyncio.to_thread(self._reader.standing, streams)
            for stream in streams:
                if stream not in going_on:
                    stream.close()

    def _due(self) -> list[Followed]:
        now = time.monotonic()
        if now - self._checked_at < CHECK_SECONDS:
            return []
        self._checked_at = now
        checking = {name for name, topic in self._live.topics.items() if topic.check is not None}
        return [followed for followed in self._followers if followed[0] in checking]

    def _deliver(self, newcomers: list[Stream], found: Round) -> None:
        for followed in found.failed:
            for stream in tuple(self._followers.get(followed, ())):
                stream.close()
        for followed, events in found.news.items():
            self._tell(followed, events)
        for stream in newcomers:
            if not stream.follower.may_follow():
                stream.close()
            stream.is_caught_up = True
            stream.tell(found.first.get(stream, ()))
            if stream.subscription.ends:
                stream.end()
        for followed, events in found.checks.items():
            self._tell(followed, events)

    def _tell(self, followed: Followed, events: Sequence[Event]) -> None:
        for stream in tuple(self._followers.get(followed, ())):
            if stream.is_caught_up:
                stream.tell(events)

    async def _watch(self) -> None:
        """Cut off who may not follow any more, within a second."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            streams = [stream for stream in self._streams if stream.is_caught_up]
            try:
                await asyncio.to_thread(self._reader.look_up, streams)
                going_on = await asyncio.to_thread(self._reader.standing, streams)
            except Exception:
                log.exception("the sessions could not be read")
                continue
            for stream in streams:
                if stream not in going_on:
                    stream.close()

    async def _tick(self, mine: object) -> None:
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            STREAMS.set(len(self._streams))
            now = time.monotonic()
            is_fresh = now - self._looked_at < HEARTBEAT_SECONDS / 2
            for stream in tuple(self._streams):
                if now >= stream.ends_at:
                    stream.end()
                elif is_fresh and now - stream.wrote_at >= HEARTBEAT_SECONDS - _TICK_SECONDS:
                    stream.write(HEARTBEAT)
            if self._live.doors.taken_by() != mine:
                log.warning("another live process took over")
                self._stopping.set()

    def _say_goodbye(self) -> None:
        for stream in tuple(self._streams):
            stream.write(_retry())
            stream.close()


def _retry() -> bytes:
    # Not all at the same moment: a thousand who come back are a thousand requests.
    return b"retry: %d\n\n" % random.randint(1_000, 3_000)  # noqa: S311 - spreads them


def _turn_away(connection: socket.socket) -> None:
    log.warning("too many streams for the open files this process may have")
    with connection, suppress(OSError):
        connection.send(b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\n\r\n")


def _raise_file_limit() -> int:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most if most != resource.RLIM_INFINITY else 1_000_000
